//! A coloured picture with rectangles and numerals, written as PNG.

use convex_edge_runs::png_file::{self, PngError};
use std::path::Path;

/// Red, green and blue.
pub(crate) type Colour = [u8; 3];

/// Columns and rows of a numeral.
pub(crate) const NUMERAL: [usize; 2] = [5, 7];

/// The numerals 0 to 9, a byte a row, the leftmost of five columns in bit 4.
const NUMERALS: [[u8; NUMERAL[1]]; 10] = [
    [0b01110, 0b10001, 0b10011, 0b10101, 0b11001, 0b10001, 0b01110],
    [0b00100, 0b01100, 0b00100, 0b00100, 0b00100, 0b00100, 0b01110],
    [0b01110, 0b10001, 0b00001, 0b00110, 0b01000, 0b10000, 0b11111],
    [0b01110, 0b10001, 0b00001, 0b00110, 0b00001, 0b10001, 0b01110],
    [0b00010, 0b00110, 0b01010, 0b10010, 0b11111, 0b00010, 0b00010],
    [0b11111, 0b10000, 0b11110, 0b00001, 0b00001, 0b10001, 0b01110],
    [0b00110, 0b01000, 0b10000, 0b11110, 0b10001, 0b10001, 0b01110],
    [0b11111, 0b00001, 0b00010, 0b00010, 0b00100, 0b00100, 0b00100],
    [0b01110, 0b10001, 0b10001, 0b01110, 0b10001, 0b10001, 0b01110],
    [0b01110, 0b10001, 0b10001, 0b01111, 0b00001, 0b00010, 0b01100],
];

/// The picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Canvas {
    side: usize,
    /// `[side, side]`.
    pixels: Vec<Colour>,
}

impl Canvas {
    /// White, square.
    pub fn new(side: usize) -> Self {
        Self { side, pixels: vec![[255; 3]; side * side] }
    }

    /// Fills a rectangle; what is outside is left out.
    pub fn fill(&mut self, [top, left]: [usize; 2], [height, width]: [usize; 2], colour: Colour) {
        let end = |from: usize, length: usize| (from + length).min(self.side);
        let (bottom, right) = (end(top, height), end(left, width));
        for y in top..bottom {
            self.pixels[y * self.side..][left.min(right)..right].fill(colour);
        }
    }

    /// Draws a numeral, 0 to 9, with its upper left corner at a place, its dots `dot` pixels wide.
    pub fn numeral(&mut self, digit: u8, [top, left]: [usize; 2], dot: usize, colour: Colour) {
        let Some(rows) = NUMERALS.get(usize::from(digit)) else { return };
        for (y, row) in rows.iter().enumerate() {
            for x in (0..NUMERAL[0]).filter(|x| row >> (NUMERAL[0] - 1 - x) & 1 == 1) {
                self.fill([top + y * dot, left + x * dot], [dot, dot], colour);
            }
        }
    }

    /// Colour of a pixel.
    #[cfg(test)]
    pub fn at(&self, [y, x]: [usize; 2]) -> Colour {
        self.pixels[y * self.side + x]
    }

    /// Writes an 8-bit PNG.
    ///
    /// # Errors
    /// [`PngError`].
    pub fn write(&self, path: &Path) -> Result<(), PngError> {
        png_file::write(path, [self.side, self.side], png::ColorType::Rgb, self.pixels.as_flattened())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numerals_are_told_apart_and_stay_in_their_box() {
        let drawn: Vec<Canvas> = (0..10)
            .map(|digit| {
                let mut canvas = Canvas::new(30);
                canvas.numeral(digit, [4, 5], 3, [1, 2, 3]);
                canvas
            })
            .collect();
        for (digit, canvas) in drawn.iter().enumerate() {
            assert!(drawn[..digit].iter().all(|other| other != canvas));
            let is_inked = |y: usize, x: usize| canvas.at([y, x]) == [1, 2, 3];
            let inked: Vec<(usize, usize)> =
                (0..900).map(|place| (place / 30, place % 30)).filter(|&(y, x)| is_inked(y, x)).collect();
            assert!(inked.iter().all(|&(y, x)| (4..25).contains(&y) && (5..20).contains(&x)));
            assert!(inked.len().is_multiple_of(9) && inked.len() >= 9 * 9);
        }
    }

    #[test]
    fn what_is_outside_is_left_out() {
        let mut canvas = Canvas::new(4);
        canvas.fill([2, 3], [9, 9], [0; 3]);
        canvas.fill([7, 7], [2, 2], [0; 3]);
        assert_eq!(canvas.pixels.iter().filter(|pixel| **pixel == [0; 3]).count(), 2);
    }
}
