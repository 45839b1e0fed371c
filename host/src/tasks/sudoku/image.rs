//! A board's picture: drawn from images of digits, written and read as PNG, and a user's own cut into cells.

use super::digits::Digits;
use super::digits::mnist::SIDE;
use crate::store::{StoreError, write_atomically};
use convex_edge_core::plant::random::Pcg64;
use std::io::Cursor;
use std::path::{Path, PathBuf};

/// Pixels between two cells of a drawn board.
const LINE: usize = 2;

/// The longer side of a digit in an image of [`SIDE`] pixels, as MNIST has it.
const DIGIT: f32 = 20.0;

/// Part of a cell at each edge that is not looked at: the grid's lines.
const EDGE: f32 = 0.1;

/// Ink that is less than this above the paper, where black on white is 1, is a stain.
const FAINTEST: f32 = 0.2;

/// The fewest pixels that a cell of a picture needs.
const SMALLEST_CELL: usize = 10;

/// A grey picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Pixels in a line.
    pub width: usize,
    /// Lines.
    pub height: usize,
    /// `[height, width]`: 0 is the paper, 255 is ink.
    pub ink: Vec<u8>,
}

/// Why there is no picture or no board in it.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// There is no image of a digit to draw.
    #[error("there is no image of the digit {0}; give a larger set of digits")]
    NoDigit(u8),
    /// The file cannot be read.
    #[error("cannot read {}: {source}; check the path", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no PNG.
    #[error("{} is not a PNG that this reads ({source}); save it as an 8-bit grey PNG", path.display())]
    Format {
        /// Which.
        path: PathBuf,
        /// Why.
        source: png::DecodingError,
    },
    /// The picture cannot be put into the format.
    #[error("{} cannot be encoded: {source}; give a picture with at least one pixel", path.display())]
    Encode {
        /// Which.
        path: PathBuf,
        /// Why.
        source: png::EncodingError,
    },
    /// The file cannot be written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No grid was found.
    #[error(
        "found no grid of {cells} x {cells} cells of {SMALLEST_CELL} pixels or more; give a straight, larger picture"
    )]
    NoGrid {
        /// In a line.
        cells: usize,
    },
}

/// A random image of each cell's digit; empty cells, which are 0, show a handwritten 0 (Wang et al. 2019, "SATNet").
/// `by_label` is [`Digits::by_label`] of the set that they are taken from.
///
/// # Errors
/// [`PictureError::NoDigit`].
pub fn draw(board: &[u8], by_label: &[Vec<u32>; 10], random: &mut Pcg64) -> Result<Vec<u32>, PictureError> {
    let image = |&digit: &u8| {
        let images = by_label.get(usize::from(digit)).filter(|images| !images.is_empty());
        let images = images.ok_or(PictureError::NoDigit(digit))?;
        Ok(images[(random.next_u64() % images.len() as u64) as usize])
    };
    board.iter().map(image).collect()
}

/// The board of these images, `cells` in a line, with the grid's lines: black around the boxes of a sudoku, grey inside.
pub fn render(digits: &Digits, indices: &[u32], cells: usize) -> Picture {
    let pitch = digits.side + LINE;
    let side = cells * pitch + LINE;
    let boxes = cells.isqrt().max(1);
    let mut ink = vec![0; side * side];
    for (y, x) in (0..side).flat_map(|y| (0..side).map(move |x| (y, x))) {
        let shade = |at: usize| match at % pitch < LINE {
            true if (at / pitch).is_multiple_of(boxes) => 255,
            true => 160,
            false => 0,
        };
        ink[y * side + x] = shade(y).max(shade(x));
    }
    for (cell, &index) in indices.iter().enumerate() {
        let (top, left) = (cell / cells * pitch + LINE, cell % cells * pitch + LINE);
        for (line, pixels) in digits.image(index as usize).chunks_exact(digits.side).enumerate() {
            ink[(top + line) * side + left..][..digits.side].copy_from_slice(pixels);
        }
    }
    Picture { width: side, height: side, ink }
}

impl Picture {
    /// Writes black on white as an 8-bit grey PNG.
    ///
    /// # Errors
    /// [`PictureError::Encode`], [`PictureError::Store`].
    pub fn write(&self, path: &Path) -> Result<(), PictureError> {
        let failed = |source| PictureError::Encode { path: path.to_path_buf(), source };
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, self.width as u32, self.height as u32);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header().map_err(failed)?;
        let grey: Vec<u8> = self.ink.iter().map(|ink| 255 - ink).collect();
        writer.write_image_data(&grey).map_err(failed)?;
        writer.finish().map_err(failed)?;
        Ok(write_atomically(path, &bytes)?)
    }

    /// Reads a PNG of any kind; whatever most of it is, light or dark, is the paper.
    ///
    /// # Errors
    /// [`PictureError::Read`], [`PictureError::Format`].
    pub fn read(path: &Path) -> Result<Self, PictureError> {
        let bytes = std::fs::read(path).map_err(|source| PictureError::Read { path: path.to_path_buf(), source })?;
        Self::decode(&bytes).map_err(|source| PictureError::Format { path: path.to_path_buf(), source })
    }

    fn decode(bytes: &[u8]) -> Result<Self, png::DecodingError> {
        let mut decoder = png::Decoder::new(Cursor::new(bytes));
        decoder.set_transformations(png::Transformations::normalize_to_color8());
        let mut reader = decoder.read_info()?;
        let mut data = vec![0; reader.output_buffer_size().unwrap_or_default()];
        let frame = reader.next_frame(&mut data)?;
        data.truncate(frame.buffer_size());
        let samples = frame.color_type.samples();
        let mut ink: Vec<u8> = data.chunks_exact(samples).map(darkness).collect();
        let mut sorted = ink.clone();
        sorted.sort_unstable();
        if sorted.get(sorted.len() / 2).is_some_and(|&median| median > 127) {
            ink.iter_mut().for_each(|ink| *ink = 255 - *ink);
        }
        Ok(Self { width: frame.width as usize, height: frame.height as usize, ink })
    }

    /// The digits of a board of `cells x cells` as MNIST has them, line by line, and which cells are empty: the grid
    /// is what its longest lines enclose, cut into equal cells; in each, the ink is stretched to the full range, its
    /// longer side to 20 of 28 pixels, and its centre of mass goes to the middle. The grid has to be straight.
    ///
    /// # Errors
    /// [`PictureError::NoGrid`].
    pub fn cut(&self, cells: usize) -> Result<Cut, PictureError> {
        let found = self.grid().filter(|[top, left, bottom, right]| {
            cells > 0 && (bottom - top).min(right - left) >= cells * SMALLEST_CELL
        });
        let [top, left, bottom, right] = found.ok_or(PictureError::NoGrid { cells })?.map(|at| at as f32);
        let (height, width) = ((bottom - top) / cells as f32, (right - left) / cells as f32);
        let digits = Digits { side: SIDE, pixels: Vec::new(), labels: vec![0; cells * cells] };
        let mut cut = Cut { digits, empty: Vec::new() };
        for cell in 0..cells * cells {
            let (y, x) = ((cell / cells) as f32, (cell % cells) as f32);
            let vertical = [top + (y + EDGE) * height, top + (y + 1.0 - EDGE) * height];
            let horizontal = [left + (x + EDGE) * width, left + (x + 1.0 - EDGE) * width];
            let image = self.digit(vertical.map(|at| at.round() as usize), horizontal.map(|at| at.round() as usize));
            cut.empty.push(image.is_none());
            cut.digits.pixels.extend(image.unwrap_or([0; SIDE * SIDE]));
        }
        Ok(cut)
    }

    /// Top, left, bottom and right of the grid, the last two past its end.
    fn grid(&self) -> Option<[usize; 4]> {
        let ends = |lines: usize, length: usize, at: &dyn Fn(usize, usize) -> usize| {
            let runs: Vec<usize> = (0..lines).map(|line| self.longest_run((0..length).map(|i| at(line, i)))).collect();
            let enough = runs.iter().max()? / 2 + 1;
            let first = runs.iter().position(|&run| run >= enough)?;
            let last = runs.iter().rposition(|&run| run >= enough)?;
            Some((first, last + 1))
        };
        let (top, bottom) = ends(self.height, self.width, &|y, x| y * self.width + x)?;
        let (left, right) = ends(self.width, self.height, &|x, y| y * self.width + x)?;
        Some([top, left, bottom, right])
    }

    /// Pixels of ink in a row.
    fn longest_run(&self, places: impl Iterator<Item = usize>) -> usize {
        let (mut longest, mut run) = (0, 0);
        for place in places {
            run = if self.ink[place] > 100 { run + 1 } else { 0 };
            longest = longest.max(run);
        }
        longest
    }

    /// The digit between two lines and two columns, as MNIST would have it; nothing where there is no ink.
    fn digit(&self, [top, bottom]: [usize; 2], [left, right]: [usize; 2]) -> Option<[u8; SIDE * SIDE]> {
        let inside = |y: usize, x: usize| f32::from(self.ink[y * self.width + x]) / 255.0;
        let places = || (top..bottom).flat_map(|y| (left..right).map(move |x| (y, x)));
        let mut values: Vec<f32> = places().map(|(y, x)| inside(y, x)).collect();
        values.sort_by(f32::total_cmp);
        // Paper fills most of a cell; what grain it has lies below half of the ink.
        let (paper, darkest) = (*values.get(values.len() / 4)?, *values.last()?);
        let range = darkest - paper;
        if range < FAINTEST {
            return None;
        }
        let ink = |y: usize, x: usize| ((inside(y, x) - paper) / range).clamp(0.0, 1.0);
        let mut extent = [f32::INFINITY, f32::INFINITY, f32::NEG_INFINITY, f32::NEG_INFINITY];
        let (mut mass, mut centre) = (0.0, [0.0, 0.0]);
        for (y, x) in places() {
            let (value, [row, column]) = (ink(y, x), [y as f32, x as f32]);
            if value > 0.25 {
                let [up, near, down, far] = extent;
                extent = [up.min(row), near.min(column), down.max(row), far.max(column)];
            }
            mass += value;
            centre = [centre[0] + value * row, centre[1] + value * column];
        }
        let [up, near, down, far] = extent;
        let step = ((down - up).max(far - near) + 1.0) / DIGIT;
        let centre = centre.map(|sum| sum / mass);
        let middle = (SIDE as f32 - 1.0) / 2.0;
        let sample = |y: f32, x: f32| {
            let value = |y: f32, x: f32| {
                let within = y >= top as f32 && y < bottom as f32 && x >= left as f32 && x < right as f32;
                if within { ink(y as usize, x as usize) } else { 0.0 }
            };
            let (above, before) = (y.floor(), x.floor());
            let (lower, further) = (y - above, x - before);
            let upper = value(above, before) * (1.0 - further) + value(above, before + 1.0) * further;
            let under = value(above + 1.0, before) * (1.0 - further) + value(above + 1.0, before + 1.0) * further;
            upper * (1.0 - lower) + under * lower
        };
        // As many samples a pixel as it covers of the picture.
        let parts = step.ceil().max(1.0);
        let offset = |part: usize| ((part as f32 + 0.5) / parts - 0.5) * step;
        let mut image = [0; SIDE * SIDE];
        for (place, pixel) in image.iter_mut().enumerate() {
            let y = centre[0] + ((place / SIDE) as f32 - middle) * step;
            let x = centre[1] + ((place % SIDE) as f32 - middle) * step;
            let samples = (0..parts as usize).flat_map(|i| (0..parts as usize).map(move |j| (i, j)));
            let sum: f32 = samples.map(|(i, j)| sample(y + offset(i), x + offset(j))).sum();
            *pixel = (sum / (parts * parts) * 255.0).round() as u8;
        }
        Some(image)
    }
}

/// What was found in a board's picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// One image a cell, line by line; the labels say nothing.
    pub digits: Digits,
    /// Whether a cell shows nothing; its image is blank then.
    pub empty: Vec<bool>,
}

/// Of one pixel over white paper.
fn darkness(samples: &[u8]) -> u8 {
    let weighed =
        |red: u8, green: u8, blue: u8| (u32::from(red) * 299 + u32::from(green) * 587 + u32::from(blue) * 114) / 1000;
    let (grey, opacity) = match *samples {
        [grey] => (u32::from(grey), 255),
        [grey, alpha] => (u32::from(grey), u32::from(alpha)),
        [red, green, blue] => (weighed(red, green, blue), 255),
        [red, green, blue, alpha] => (weighed(red, green, blue), u32::from(alpha)),
        _ => (255, 255),
    };
    ((255 - grey) * opacity / 255) as u8
}

#[cfg(test)]
mod tests {
    use super::{Picture, PictureError, draw, render};
    use crate::tasks::sudoku::digits::Digits;
    use convex_edge_core::plant::random::Pcg64;

    /// Strokes of a width for each pair of labels, centred as MNIST's digits are.
    fn strokes() -> Digits {
        let mut digits = Digits { side: 28, ..Digits::default() };
        for label in 0..10_u8 {
            let mut image = [0; 28 * 28];
            let half = 2 + usize::from(label) / 2;
            for y in 4..24 {
                for x in 14 - half..14 + half {
                    image[y * 28 + x] = 255;
                }
            }
            digits.pixels.extend(image);
            digits.labels.push(label);
        }
        digits
    }

    #[test]
    fn a_drawn_board_comes_back_from_its_file() {
        let digits = strokes();
        let mut random = Pcg64::from_seed(1);
        let board: Vec<u8> = (0..81).map(|cell| (cell * 7 % 10) as u8).collect();
        let indices = draw(&board, &digits.by_label(), &mut random).unwrap();
        assert!(indices.iter().zip(&board).all(|(&index, &digit)| digits.labels[index as usize] == digit));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("board.png");
        let picture = render(&digits, &indices, 9);
        picture.write(&path).unwrap();
        let read = Picture::read(&path).unwrap();
        assert_eq!(read, picture);
        let cut = read.cut(9).unwrap();
        assert!(cut.empty.iter().all(|empty| !empty));
        for (cell, &index) in indices.iter().enumerate() {
            let pairs = cut.digits.image(cell).iter().zip(digits.image(index as usize));
            let difference: f32 = pairs.map(|(a, b)| (f32::from(*a) - f32::from(*b)).abs()).sum::<f32>() / 784.0;
            assert!(difference < 1.0, "cell {cell}: {difference}");
        }
    }

    #[test]
    fn what_is_no_board_is_refused_and_empty_cells_are_found() {
        let blank = Picture { width: 300, height: 300, ink: vec![0; 90_000] };
        assert!(matches!(blank.cut(9), Err(PictureError::NoGrid { cells: 9 })));
        let mut digits = strokes();
        digits.pixels[..784].fill(0);
        let cut = render(&digits, &[0, 3, 3, 0], 2).cut(2).unwrap();
        assert_eq!(cut.empty, [true, false, false, true]);
        let path = std::path::Path::new("no/such/file.png");
        assert!(matches!(Picture::read(path), Err(PictureError::Read { .. })));
        assert!(matches!(draw(&[4], &Default::default(), &mut Pcg64::from_seed(0)), Err(PictureError::NoDigit(4))));
    }
}
