//! Sudoku of 4 x 4 cells from the images of its cells: a small convolutional network reads them, and a convex layer finds
//! the grid that the reading stands for.
//!
//! | module | question |
//! |---|---|
//! | [`reader`] | what does the network say of a cell? |
//! | [`rules`] | which point of the rules' affine set is nearest, and does a grid obey them? |
//! | [`layer`] | which grid does the layer stand for, and is there a better one? |
//! | [`artefact`] | how are weights carried to the target, and boards to test them with? |

pub mod artefact;
pub mod layer;
pub mod reader;
pub mod rules;

use layer::{Iterates, Solution};
use reader::{Activations, Weights};

/// Digits, rows, columns and boxes.
pub const DIGITS: usize = 4;

/// Cells of a board.
pub const CELLS: usize = DIGITS * DIGITS;

/// Pixels of a cell's image: 8 lines of 8.
pub const PIXELS: usize = 64;

/// A number for each digit of each cell, `[row, column, digit]`.
pub type Values = [[[f32; DIGITS]; DIGITS]; DIGITS];

/// The images of a board's cells along the rows, each line by line: 0 is paper, 255 is ink.
pub type Images = [[u8; PIXELS]; CELLS];

/// The network's weights and all that a board needs: put it into a static. All zeros at first, so that it takes no flash.
#[derive(Debug, Clone)]
pub struct Memory {
    weights: Weights,
    activations: Activations,
    logits: Values,
    iterates: Iterates,
}

impl Memory {
    /// A network that says nothing yet: [`artefact::SudokuArtefact::load`] fills it.
    pub const fn new() -> Self {
        Self {
            weights: Weights::zero(),
            activations: Activations::zero(),
            logits: [[[0.0; DIGITS]; DIGITS]; DIGITS],
            iterates: Iterates::zero(),
        }
    }

    /// Reads a board: the logits of [`Memory::solve`]. Cost: 24,000 multiplications a cell.
    pub fn read(&mut self, images: &Images) {
        for (logits, image) in self.logits.as_flattened_mut().iter_mut().zip(images) {
            *logits = self.activations.read(&self.weights, image);
        }
    }

    /// The grid that the last reading stands for. Cost: that of [`Iterates::solve`].
    pub fn solve(&mut self) -> Solution {
        self.iterates.solve(&self.logits)
    }

    /// Logits of the last reading.
    pub fn logits(&self) -> &Values {
        &self.logits
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}
