//! Cutting of a picture into a board's cells: empty ones, and digits as a data set would show them.
//!
//! The grid has to be straight: the longest lines enclose it, and it is cut into equal cells.

use crate::data::digits::{Digits, mnist, optdigits};
use crate::data::image::{Picture, PictureError};

/// The fewest pixels of a side that a cell needs.
pub(crate) const SMALLEST_CELL: usize = 10;

/// Part of a cell at each edge that is not looked at: the grid's lines.
const EDGE: f32 = 0.05;

/// What lies in this part of a cell at each edge alone is left of a line.
const FRAME: f32 = 0.15;

/// What is darker than this counts as a line's ink, of 255.
const LINE_INK: u8 = 100;

/// Ink of a cell that is less than this above its paper, where black on white is 1, is a stain.
const FAINTEST: f32 = 0.2;

/// Paper's grain, as a share of the darkest ink in the cell.
const GRAIN: f32 = 0.15;

/// Ink that an extent is measured by, as a share of the darkest in the cell.
const SOLID: f32 = 0.25;

/// A stroke of less than this share of the heaviest one's ink is a speck.
const SPECK: f32 = 0.05;

/// A cell in which nothing is as long as this share of its side is empty.
const SHORTEST: f32 = 0.2;

/// The largest share by which a grid may be longer along one axis.
const OBLONG: f32 = 0.2;

/// Size and place of digits in a data set's images.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Layout {
    /// Pixels of an image's side.
    pub side: usize,
    /// Pixels of a digit's longer side.
    pub longer: f32,
    /// Point of a digit in the image's middle.
    pub centre: Centre,
}

/// What of a digit is in the middle of its image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Centre {
    /// Its centre of mass.
    Mass,
    /// The middle of its extent along the longer side, and along the other one halfway from there to the centre of mass:
    /// nearest to where optdigits has them.
    Extent,
}

impl Layout {
    /// 20 of 28 pixels around the centre of mass (LeCun, Cortes and Burges).
    pub const MNIST: Self = Self { side: mnist::SIDE, longer: 20.0, centre: Centre::Mass };

    /// The whole image: all 1,797 digits reach from its first to its last line.
    pub const OPTDIGITS: Self = Self { side: optdigits::SIDE, longer: 8.0, centre: Centre::Extent };
}

/// Cells of a board's picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// One image a cell, line by line; the labels have no meaning.
    pub digits: Digits,
    /// Whether a cell shows nothing; its image is blank then.
    pub empty: Vec<bool>,
}

/// Of each line and each column: its longest stretch of ink.
struct Runs {
    horizontal: Vec<usize>,
    vertical: Vec<usize>,
}

impl Runs {
    fn of(picture: &Picture) -> Self {
        let longest = |places: &mut dyn Iterator<Item = usize>| {
            let (mut longest, mut run) = (0, 0);
            for place in places {
                run = if picture.ink[place] > LINE_INK { run + 1 } else { 0 };
                longest = longest.max(run);
            }
            longest
        };
        let (width, height) = (picture.width, picture.height);
        Self {
            horizontal: (0..height).map(|y| longest(&mut (0..width).map(|x| y * width + x))).collect(),
            vertical: (0..width).map(|x| longest(&mut (0..height).map(|y| y * width + x))).collect(),
        }
    }

    /// Where the first long line begins and the last one ends, and how many there are; a long one has more than half of
    /// the longest.
    fn lines(runs: &[usize]) -> Option<(usize, usize, usize)> {
        let enough = runs.iter().max()? / 2 + 1;
        let first = runs.iter().position(|&run| run >= enough)?;
        let last = runs.iter().rposition(|&run| run >= enough)?;
        let begins = |at: usize| runs[at] >= enough && (at == 0 || runs[at - 1] < enough);
        Some((first, last + 1, (first..=last).filter(|&at| begins(at)).count()))
    }
}

impl Picture {
    /// The width of a box as the number of long lines has it, along both axes: 2 for five, 3 for ten. Nothing for other
    /// numbers, also where thin lines are too faint to count.
    pub fn box_size(&self) -> Option<usize> {
        let runs = Runs::of(self);
        match [Runs::lines(&runs.horizontal)?.2, Runs::lines(&runs.vertical)?.2] {
            [5, 5] => Some(2),
            [10, 10] => Some(3),
            _ => None,
        }
    }

    /// The digits of a board of `cells x cells` as a data set has them, line by line, and which cells are empty.
    ///
    /// A cell's ink is what is darker than its paper; what lies at its edge alone is left of a line, and what is much less
    /// than the rest is a speck. Where nothing as long as a fifth of the cell is left, the cell is empty. Otherwise its
    /// ink is scaled and centred, its darkest pixel black: place, size and pen do not matter.
    ///
    /// # Errors
    /// [`PictureError::NoGrid`].
    pub fn cut(&self, cells: usize, layout: &Layout) -> Result<Cut, PictureError> {
        let [top, left, bottom, right] = self.grid(cells).ok_or(PictureError::NoGrid { cells })?.map(|at| at as f32);
        let (height, width) = ((bottom - top) / cells as f32, (right - left) / cells as f32);
        let size = layout.side * layout.side;
        let digits = Digits { side: layout.side, pixels: Vec::new(), labels: vec![0; cells * cells] };
        let mut cut = Cut { digits, empty: Vec::new() };
        for cell in 0..cells * cells {
            let (y, x) = ((cell / cells) as f32, (cell % cells) as f32);
            let vertical = [top + (y + EDGE) * height, top + (y + 1.0 - EDGE) * height];
            let horizontal = [left + (x + EDGE) * width, left + (x + 1.0 - EDGE) * width];
            let [rows, columns] = [vertical, horizontal].map(|ends| ends.map(|at| at.round() as usize));
            let image = Cell::of(self, rows, columns).and_then(|cell| cell.digit(layout));
            cut.empty.push(image.is_none());
            cut.digits.pixels.extend(image.unwrap_or_else(|| vec![0; size]));
        }
        Ok(cut)
    }

    /// Top, left, bottom and right of the grid, the last two past its end.
    fn grid(&self, cells: usize) -> Option<[usize; 4]> {
        let runs = Runs::of(self);
        let (top, bottom, _) = Runs::lines(&runs.horizontal)?;
        let (left, right, _) = Runs::lines(&runs.vertical)?;
        let [shorter, longer] = [(bottom - top).min(right - left), (bottom - top).max(right - left)];
        let fits = cells > 0 && shorter >= cells * SMALLEST_CELL && longer as f32 <= (1.0 + OBLONG) * shorter as f32;
        fits.then_some([top, left, bottom, right])
    }
}

/// The ink of a cell, without its frame and its specks.
struct Cell {
    height: usize,
    width: usize,
    /// `[height, width]`: 0 is the paper, 1 the darkest ink.
    ink: Vec<f32>,
}

impl Cell {
    /// What is between two lines and two columns; nothing where there is hardly any ink.
    fn of(picture: &Picture, [top, bottom]: [usize; 2], [left, right]: [usize; 2]) -> Option<Self> {
        let (height, width) = (bottom.checked_sub(top)?, right.checked_sub(left)?);
        let places = (top..bottom).flat_map(|y| (left..right).map(move |x| y * picture.width + x));
        let mut ink: Vec<f32> = places.map(|place| f32::from(picture.ink[place]) / 255.0).collect();
        let mut sorted = ink.clone();
        sorted.sort_by(f32::total_cmp);
        // Paper fills most of a cell.
        let (paper, darkest) = (*sorted.get(sorted.len() / 4)?, *sorted.last()?);
        if darkest - paper < FAINTEST {
            return None;
        }
        ink.iter_mut().for_each(|ink| *ink = ((*ink - paper) / (darkest - paper)).clamp(0.0, 1.0));
        let mut cell = Self { height, width, ink };
        cell.keep_strokes();
        // The darkest may have been a line's.
        let kept = cell.ink.iter().copied().fold(0.0, f32::max);
        cell.ink.iter_mut().for_each(|ink| *ink /= kept.max(f32::MIN_POSITIVE));
        (kept * (darkest - paper) >= FAINTEST).then_some(cell)
    }

    /// Leaves the strokes that reach into the middle and are no specks, with the pixels beside them.
    fn keep_strokes(&mut self) {
        let strokes = self.strokes();
        let frame = [FRAME * self.height as f32, FRAME * self.width as f32].map(|frame| frame as usize);
        let inside = |&place: &usize| {
            let (y, x) = (place / self.width, place % self.width);
            (frame[0]..self.height - frame[0]).contains(&y) && (frame[1]..self.width - frame[1]).contains(&x)
        };
        let mass = |stroke: &Vec<usize>| stroke.iter().map(|&place| self.ink[place]).sum::<f32>();
        let reaching: Vec<&Vec<usize>> = strokes.iter().filter(|stroke| stroke.iter().any(inside)).collect();
        let heaviest = reaching.iter().map(|stroke| mass(stroke)).fold(0.0, f32::max);
        let mut kept = vec![false; self.ink.len()];
        for &place in reaching.iter().filter(|stroke| mass(stroke) >= SPECK * heaviest).flat_map(|stroke| stroke.iter())
        {
            self.around(place).for_each(|near| kept[near] = true);
        }
        self.ink.iter_mut().zip(kept).filter(|(_, kept)| !kept).for_each(|(ink, _)| *ink = 0.0);
    }

    /// The places of each connected piece of ink.
    fn strokes(&self) -> Vec<Vec<usize>> {
        let mut is_new: Vec<bool> = self.ink.iter().map(|&ink| ink >= GRAIN).collect();
        let mut strokes = Vec::new();
        for first in 0..self.ink.len() {
            if !std::mem::take(&mut is_new[first]) {
                continue;
            }
            let (mut stroke, mut next) = (vec![first], 0);
            while let Some(&place) = stroke.get(next) {
                next += 1;
                stroke.extend(self.around(place).filter(|&near| std::mem::take(&mut is_new[near])));
            }
            strokes.push(stroke);
        }
        strokes
    }

    /// A place and its up to eight neighbours.
    fn around(&self, place: usize) -> impl Iterator<Item = usize> + use<> {
        let (y, x, width) = (place / self.width, place % self.width, self.width);
        let (rows, columns) = (y.saturating_sub(1)..(y + 2).min(self.height), x.saturating_sub(1)..(x + 2).min(width));
        rows.flat_map(move |y| columns.clone().map(move |x| y * width + x))
    }

    /// The image `[side, side]` of what is left; nothing where that is too short for a digit.
    fn digit(&self, layout: &Layout) -> Option<Vec<u8>> {
        let [mut rows, mut columns] = [vec![0.0_f32; self.height], vec![0.0_f32; self.width]];
        let (mut mass, mut weighed) = (0.0, [0.0, 0.0]);
        for (place, &ink) in self.ink.iter().enumerate() {
            let (y, x) = (place / self.width, place % self.width);
            (rows[y], columns[x]) = (rows[y].max(ink), columns[x].max(ink));
            mass += ink;
            weighed = [weighed[0] + ink * y as f32, weighed[1] + ink * x as f32];
        }
        let [(up, down), (near, far)] = [extent(&rows, SOLID)?, extent(&columns, SOLID)?];
        let (tall, wide) = (down - up + 1.0, far - near + 1.0);
        let longer = tall.max(wide);
        if longer < SHORTEST * self.height.min(self.width) as f32 {
            return None;
        }
        let [row, column] = weighed.map(|sum| sum / mass);
        let centre = match layout.centre {
            Centre::Mass => [row, column],
            Centre::Extent if tall >= wide => [middle(&rows), (middle(&columns) + column) / 2.0],
            Centre::Extent => [(middle(&rows) + row) / 2.0, middle(&columns)],
        };
        let step = longer / layout.longer;
        let halfway = (layout.side as f32 - 1.0) / 2.0;
        // As many samples a pixel as it covers of the picture.
        let parts = step.ceil().max(1.0);
        let offset = |part: usize| ((part as f32 + 0.5) / parts - 0.5) * step;
        let value = |place: usize| {
            let y = centre[0] + ((place / layout.side) as f32 - halfway) * step;
            let x = centre[1] + ((place % layout.side) as f32 - halfway) * step;
            let samples = (0..parts as usize).flat_map(|i| (0..parts as usize).map(move |j| (i, j)));
            samples.map(|(i, j)| self.between(y + offset(i), x + offset(j))).sum::<f32>() / (parts * parts)
        };
        let values: Vec<f32> = (0..layout.side * layout.side).map(value).collect();
        let darkest = values.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
        Some(values.iter().map(|value| (value / darkest * 255.0).round() as u8).collect())
    }

    /// The ink between four pixels, by bilinear interpolation; paper outside.
    fn between(&self, y: f32, x: f32) -> f32 {
        let ink = |y: f32, x: f32| {
            let within = y >= 0.0 && y < self.height as f32 && x >= 0.0 && x < self.width as f32;
            if within { self.ink[y as usize * self.width + x as usize] } else { 0.0 }
        };
        let (above, before) = (y.floor(), x.floor());
        let (lower, further) = (y - above, x - before);
        let upper = ink(above, before) * (1.0 - further) + ink(above, before + 1.0) * further;
        let under = ink(above + 1.0, before) * (1.0 - further) + ink(above + 1.0, before + 1.0) * further;
        upper * (1.0 - lower) + under * lower
    }
}

/// The first and the last line with so much ink in a pixel.
fn extent(darkest: &[f32], least: f32) -> Option<(f32, f32)> {
    let first = darkest.iter().position(|&ink| ink >= least)?;
    let last = darkest.iter().rposition(|&ink| ink >= least)?;
    Some((first as f32, last as f32))
}

/// The middle of the extent, mean over the ink that it is measured by: a coarse pixel counts as far as it is covered.
fn middle(darkest: &[f32]) -> f32 {
    let extents: Vec<(f32, f32)> = (1..=8).filter_map(|tenths| extent(darkest, 0.1 * tenths as f32)).collect();
    extents.iter().map(|(first, last)| (first + last) / 2.0).sum::<f32>() / extents.len().max(1) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::image::{Picture, PictureError, render};

    /// The mean difference of two images, 0 to 255.
    fn difference(a: &[u8], b: &[u8]) -> f32 {
        a.iter().zip(b).map(|(a, b)| (f32::from(*a) - f32::from(*b)).abs()).sum::<f32>() / a.len() as f32
    }

    /// Digits as both data sets have them: bars of other widths, as high as their layout says.
    fn bars(layout: &Layout) -> Digits {
        let mut digits = Digits { side: layout.side, ..Digits::default() };
        let margin = (layout.side - layout.longer as usize) / 2;
        for label in 0..3 {
            let mut image = vec![0; layout.side * layout.side];
            for y in margin..layout.side - margin {
                image[y * layout.side..][layout.side / 2 - 1 - label..=layout.side / 2 + label].fill(255);
            }
            digits.pixels.extend(image);
            digits.labels.push(label as u8);
        }
        digits
    }

    #[test]
    fn images_of_a_drawn_board_come_back_and_empty_cells_are_found() {
        for layout in [Layout::MNIST, Layout::OPTDIGITS] {
            let digits = bars(&layout);
            let shown: Vec<Option<u32>> = (0..81).map(|cell| (cell % 4 < 3).then_some(cell % 4)).collect();
            let picture = render(&digits, &shown, 9);
            assert_eq!(picture.box_size(), Some(3));
            let cut = picture.cut(9, &layout).unwrap();
            assert_eq!(cut.empty, shown.iter().map(Option::is_none).collect::<Vec<_>>());
            for (cell, index) in shown.iter().enumerate() {
                let Some(index) = index else { continue };
                assert!(difference(cut.digits.image(cell), digits.image(*index as usize)) < 2.0, "cell {cell}");
            }
        }
        assert_eq!(render(&bars(&Layout::MNIST), &[None; 16], 4).box_size(), Some(2));
    }

    /// A 3 of straight strokes, `[top, left]` and the height in pixels, in a cell of a board of one.
    fn picture_of([top, left]: [usize; 2], height: usize, side: usize) -> Picture {
        let mut ink = vec![0; side * side];
        let mut fill = |rows: std::ops::Range<usize>, columns: std::ops::Range<usize>, shade: u8| {
            rows.for_each(|y| ink[y * side..][columns.clone()].fill(shade));
        };
        fill(0..side, 0..side, 10);
        for edge in [0..2, side - 2..side] {
            fill(edge.clone(), 0..side, 200);
            fill(0..side, edge, 200);
        }
        let (pen, width) = (height / 8, height / 2);
        for bar in [0, 7, 14] {
            fill(top + bar * height / 16..top + bar * height / 16 + pen, left..left + width, 180);
        }
        fill(top..top + height, left + width - pen..left + width, 180);
        Picture { width: side, height: side, ink }
    }

    #[test]
    fn place_and_size_and_specks_and_what_is_left_of_a_line_do_not_matter() {
        let [expected, other] = [([60, 70], 80), ([30, 100], 120)].map(|(place, height)| {
            let cut = picture_of(place, height, 200).cut(1, &Layout::MNIST).unwrap();
            assert_eq!(cut.empty, [false]);
            cut.digits
        });
        assert!(difference(expected.image(0), other.image(0)) < 6.0);
        let mut dirty = picture_of([60, 70], 80, 200);
        for place in [40 * 200 + 40, 150 * 200 + 30, 151 * 200 + 30] {
            dirty.ink[place] = 255;
        }
        dirty.ink[12 * 200..12 * 200 + 200].fill(255);
        let cut = dirty.cut(1, &Layout::MNIST).unwrap();
        assert!(difference(expected.image(0), cut.digits.image(0)) < 6.0);
    }

    #[test]
    fn a_cell_with_hardly_any_ink_is_empty() {
        let mut picture = picture_of([60, 70], 80, 200);
        for y in 20..180 {
            picture.ink[y * 200 + 20..y * 200 + 180].fill(10);
        }
        assert_eq!(picture.cut(1, &Layout::MNIST).unwrap().empty, [true]);
        // A dot, a stain, and a line that is drawn too far.
        for (rows, columns, shade) in [(90..110, 80..105, 255), (40..160, 40..160, 50), (0..200, 14..20, 255)] {
            let mut picture = picture.clone();
            rows.for_each(|y| picture.ink[y * 200..][columns.clone()].fill(shade));
            assert_eq!(picture.cut(1, &Layout::MNIST).unwrap().empty, [true], "{columns:?} {shade}");
        }
    }

    #[test]
    fn what_is_no_board_is_refused() {
        let blank = Picture { width: 300, height: 300, ink: vec![0; 90_000] };
        assert!(matches!(blank.cut(9, &Layout::MNIST), Err(PictureError::NoGrid { cells: 9 })));
        let mut oblong = Picture { width: 300, height: 300, ink: vec![0; 90_000] };
        for y in (0..301).step_by(20).map(|y| y.min(299)) {
            oblong.ink[y * 300..y * 300 + 200].fill(255);
        }
        (0..300).for_each(|y| [0, 199].iter().for_each(|x| oblong.ink[y * 300 + x] = 255));
        assert!(matches!(oblong.cut(9, &Layout::MNIST), Err(PictureError::NoGrid { cells: 9 })));
    }
}
