//! A board's picture: drawn from images of digits, written and read as PNG.

use crate::data::cutting::SMALLEST_CELL;
use crate::data::digits::Digits;
use convex_edge_core::random::Pcg64;
use convex_edge_runs::png_file::{self, PngError};
use std::io::Cursor;
use std::path::{Path, PathBuf};

/// Pixels of a line between two cells of a drawn board.
const LINE: usize = 2;

/// Pixels that an image is magnified to, as far as whole multiples come to that: 28, 14 and 8 go into it.
const MAGNIFIED: usize = 56;

/// Paper between a line and an image, in pixels.
const MARGIN: usize = 7;

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
        /// Path of the file.
        path: PathBuf,
        /// Error of the operating system.
        source: std::io::Error,
    },
    /// The file is no PNG.
    #[error("{} is not a PNG that this reads ({source}); save it as an 8-bit grey PNG", path.display())]
    Format {
        /// Path of the file.
        path: PathBuf,
        /// Error of the PNG decoder.
        source: png::DecodingError,
    },
    /// The file cannot be written.
    #[error(transparent)]
    Png(#[from] PngError),
    /// No grid was found.
    #[error(
        "found no square grid of {cells} x {cells} cells of {SMALLEST_CELL} pixels or more; give a picture of the board \
         alone, with dark lines around it, taken straight from above: nothing is turned or straightened here"
    )]
    NoGrid {
        /// Number of cells in a line.
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

/// The board of these images, `cells` in a line, magnified, with the grid's lines: black around the boxes of a sudoku, grey
/// inside. A cell without an image is left empty.
pub fn render(digits: &Digits, indices: &[Option<u32>], cells: usize) -> Picture {
    let times = (MAGNIFIED / digits.side.max(1)).max(1);
    let pitch = digits.side * times + 2 * MARGIN + LINE;
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
    for (cell, index) in indices.iter().enumerate().filter_map(|(cell, index)| Some((cell, (*index)?))) {
        let corner = |at: usize| at * pitch + LINE + MARGIN;
        let (top, left) = (corner(cell / cells), corner(cell % cells));
        let image = digits.image(index as usize);
        for (y, x) in (0..digits.side * times).flat_map(|y| (0..digits.side * times).map(move |x| (y, x))) {
            ink[(top + y) * side + left + x] = image[y / times * digits.side + x / times];
        }
    }
    Picture { width: side, height: side, ink }
}

impl Picture {
    /// Writes black on white as an 8-bit grey PNG.
    ///
    /// # Errors
    /// [`PictureError::Png`].
    pub fn write(&self, path: &Path) -> Result<(), PictureError> {
        let grey: Vec<u8> = self.ink.iter().map(|ink| 255 - ink).collect();
        Ok(png_file::write(path, [self.width, self.height], png::ColorType::Grayscale, &grey)?)
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
}

/// Darkness of one pixel over white paper.
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
    use crate::data::digits::optdigits;
    use convex_edge_core::random::Pcg64;
    use std::path::Path;

    #[test]
    fn a_drawn_board_comes_back_from_its_file() {
        let digits = optdigits::load().test;
        let board: Vec<u8> = (0..81).map(|cell| (cell * 7 % 10) as u8).collect();
        let indices = draw(&board, &digits.by_label(), &mut Pcg64::from_seed(1)).unwrap();
        assert!(indices.iter().zip(&board).all(|(&index, &digit)| digits.labels[index as usize] == digit));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("board.png");
        let picture = render(&digits, &indices.into_iter().map(Some).collect::<Vec<_>>(), 9);
        picture.write(&path).unwrap();
        assert_eq!(Picture::read(&path).unwrap(), picture);
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("text.png");
        std::fs::write(&path, "no picture").unwrap();
        assert!(matches!(Picture::read(&path), Err(PictureError::Format { .. })));
        assert!(matches!(Picture::read(Path::new("no/such/file.png")), Err(PictureError::Read { .. })));
        assert!(matches!(draw(&[4], &Default::default(), &mut Pcg64::from_seed(0)), Err(PictureError::NoDigit(4))));
    }
}
