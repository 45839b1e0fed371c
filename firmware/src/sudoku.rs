//! Sudoku task of a target: takes a board's images, reads them and returns the grid.

#[cfg(test)]
mod tests;

use crate::board::Board;
use crate::parts::{self, Task, halves};
use convex_edge_core::artefact::{ArtefactError, crc32};
use convex_edge_core::sudoku::artefact::read;
use convex_edge_core::sudoku::{self, CELLS, Images, PIXELS};
use convex_edge_core::wire::{Solved, ToHost, ToTarget};

/// The application.
pub type App<'a> = parts::App<'a, Memory>;

/// A board's images, and what solves it.
pub struct Memory {
    images: Images,
    solver: sudoku::Memory,
}

impl Memory {
    /// White images, and a network of zeros.
    pub const fn new() -> Self {
        Self { images: [[0; PIXELS]; CELLS], solver: sudoku::Memory::new() }
    }
}

impl Task for Memory {
    fn load(&mut self, page: &[u8]) -> Result<u32, ArtefactError> {
        read(page).and_then(|artefact| artefact.self_test(&mut self.solver).map(|()| artefact.crc))
    }

    fn take(&mut self, message: &ToTarget) -> bool {
        let ToTarget::Pixels { chunk, pixels } = message else { return false };
        let parts = self.images.as_flattened_mut().as_chunks_mut().0;
        if let Some(part) = parts.get_mut(usize::from(*chunk)) {
            *part = *pixels;
        }
        true
    }

    fn checksum(&self) -> u32 {
        crc32(self.images.as_flattened())
    }

    fn respond(&mut self, sequence: u32, board: &impl Board) -> ToHost {
        let start = board.cycles();
        self.solver.read(&self.images);
        let middle = board.cycles();
        let solution = self.solver.solve();
        let cycles = halves([start, middle, board.cycles()]);
        ToHost::Solved(Solved { sequence, solution, cycles })
    }
}
