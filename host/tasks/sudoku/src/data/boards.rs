//! Boards: puzzles, with the image that shows each of their cells.

use crate::data::digits::Digits;
use crate::data::image::{PictureError, draw};
use crate::data::puzzle::Puzzle;
use crate::train::trainer::Cells;
use convex_edge_core::random::Pcg64;

/// Puzzles as a camera sees them.
#[derive(Debug, Clone)]
pub struct Boards<'a> {
    /// Digits with their images.
    pub digits: &'a Digits,
    /// One for each board, all of one size.
    pub puzzles: Vec<Puzzle>,
    /// Index of each cell's image, `[boards, cells]`.
    pub indices: Vec<u32>,
    /// The solution's digit in each cell, from 0, `[boards, cells]`.
    pub labels: Vec<u8>,
    /// Whether a cell is blank, `[boards, cells]`.
    pub blank: Vec<bool>,
}

impl<'a> Boards<'a> {
    /// Draws an image for each cell: one of its given, a handwritten 0 for a blank. A shorter list of the same seed is the
    /// beginning of a longer one.
    ///
    /// # Errors
    /// [`PictureError::NoDigit`].
    pub fn new(puzzles: Vec<Puzzle>, digits: &'a Digits, seed: u64) -> Result<Self, PictureError> {
        let (by_label, mut random) = (digits.by_label(), Pcg64::from_seed(seed));
        let mut boards = Self { digits, puzzles, indices: Vec::new(), labels: Vec::new(), blank: Vec::new() };
        for Puzzle { givens, solution } in &boards.puzzles {
            boards.indices.extend(draw(givens.cells(), &by_label, &mut random)?);
            boards.labels.extend(solution.cells().iter().map(|digit| digit.saturating_sub(1)));
            boards.blank.extend(givens.cells().iter().map(|&digit| digit == 0));
        }
        Ok(boards)
    }

    /// Cells of a board.
    pub fn cells(&self) -> usize {
        self.puzzles.first().map_or(0, |puzzle| puzzle.solution.cells().len())
    }

    /// Digits of a cell.
    pub fn classes(&self) -> usize {
        self.puzzles.first().map_or(0, |puzzle| puzzle.solution.digits())
    }

    /// Width of a box.
    pub fn box_size(&self) -> usize {
        self.puzzles.first().map_or(0, |puzzle| puzzle.solution.box_size())
    }

    /// All cells, to train a reader with.
    pub fn all_cells(&self) -> Cells<'_> {
        Cells { digits: self.digits, indices: &self.indices, labels: &self.labels }
    }
}
