//! Sudoku of 4 x 4 cells from the images of its cells. A small convolutional network reads them, and a convex layer
//! turns the reading into a grid.
//!
//! | module | content |
//! |---|---|
//! | [`reader`] | the network that reads a cell |
//! | [`rules`] | projection onto the rules' affine set, and the test whether a grid obeys the rules |
//! | [`layer`] | the layer's grid, and whether it is proven to be the best |
//! | [`artefact`] | weights as bytes for the target, with boards to test them |

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
    /// A network of zeros: [`artefact::SudokuArtefact::load`] fills it.
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

    /// The layer's grid for the last reading. Cost: that of [`Iterates::solve`].
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
