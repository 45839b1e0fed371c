//! Map task of a target: takes the scores of a map's cells, projects and decodes them.

#[cfg(test)]
mod tests;

use crate::board::Board;
use crate::parts::{self, Task, halves};
use convex_edge_core::artefact::ArtefactError;
pub use convex_edge_core::maps::Memory;
use convex_edge_core::maps::artefact::read;
use convex_edge_core::maps::checksum;
use convex_edge_core::wire::{Decoded, ToHost, ToTarget};

/// The application.
pub type App<'a> = parts::App<'a, Memory>;

impl Task for Memory {
    fn load(&mut self, page: &[u8]) -> Result<u32, ArtefactError> {
        read(page).and_then(|artefact| artefact.self_test(self).map(|()| artefact.crc))
    }

    fn take(&mut self, message: &ToTarget) -> bool {
        let ToTarget::Scores { part, scores } = message else { return false };
        let parts = self.scores.as_flattened_mut().as_chunks_mut().0;
        if let Some(place) = parts.get_mut(usize::from(*part)) {
            *place = *scores;
        }
        true
    }

    fn checksum(&self) -> u32 {
        checksum(&self.scores)
    }

    fn respond(&mut self, sequence: u32, board: &impl Board) -> ToHost {
        let start = board.cycles();
        let report = self.project();
        let middle = board.cycles();
        let map = self.decode();
        let cycles = halves([start, middle, board.cycles()]);
        ToHost::Decoded(Decoded { sequence, answer: self.answer(&report, &map), cycles })
    }
}
