//! What a target does that solves sudoku: it takes a board's images in parts, reads them and says which grid they stand for.

#[cfg(test)]
mod tests;

use crate::board::Board;
use crate::conversation::{Conversation, Next, check_arm, hello};
use convex_edge_core::artefact::{ArtefactError, crc32};
use convex_edge_core::fault::Fault;
use convex_edge_core::sudoku::artefact::read;
use convex_edge_core::sudoku::{self, CELLS, Images, PIXELS};
use convex_edge_core::wire::{Solved, TO_HOST_FRAME, ToHost, ToTarget};

/// A board's images, and what solves it.
pub struct Memory {
    images: Images,
    solver: sudoku::Memory,
}

impl Memory {
    /// White paper, and a network that says nothing yet.
    pub const fn new() -> Self {
        Self { images: [[0; PIXELS]; CELLS], solver: sudoku::Memory::new() }
    }
}

/// The application's whole state except its memory.
pub struct App<'a> {
    /// CRC-32 of the one that is loaded.
    artefact: Result<u32, ArtefactError>,
    memory: &'a mut Memory,
    conversation: Conversation,
    is_armed: bool,
}

impl<'a> App<'a> {
    /// Reads, loads and tests the artefact; a refused one is told to whoever wants to arm the target.
    pub fn new(page: &[u8], memory: &'a mut Memory, board: &mut impl Board) -> Self {
        board.set_armed(false);
        let artefact = read(page).and_then(|artefact| artefact.self_test(&mut memory.solver).map(|()| artefact.crc));
        Self { artefact, memory, conversation: Conversation::new(), is_armed: false }
    }

    /// Takes at most one message.
    pub fn tick(&mut self, board: &mut impl Board) -> Next {
        // A message waits until its answer finds room.
        let message = match board.transmit_room() >= TO_HOST_FRAME {
            true => self.conversation.next_message(board),
            false => None,
        };
        let Some(message) = message else { return Next::Rest };
        match self.obey(message, board) {
            Ok(Some(answer)) => self.conversation.send(&answer, board),
            Ok(None) => {}
            Err(fault) => {
                self.set_armed(false, board);
                self.conversation.send(&ToHost::Fault(fault), board);
            }
        }
        // Parts of an image follow each other closely.
        Next::Now
    }

    fn obey(&mut self, message: ToTarget, board: &mut impl Board) -> Result<Option<ToHost>, Fault> {
        match message {
            ToTarget::Hello => Ok(Some(hello(self.artefact.ok(), board))),
            // Nothing is driven here, so that there is no time-out to keep.
            ToTarget::Arm { schema, artefact, observation_timeout: _ } => {
                check_arm(schema, artefact, self.artefact)?;
                self.set_armed(true, board);
                Ok(Some(ToHost::Armed))
            }
            ToTarget::Disarm => {
                self.set_armed(false, board);
                Ok(Some(ToHost::Disarmed))
            }
            ToTarget::Pixels { chunk, pixels } => {
                let parts = self.memory.images.as_flattened_mut().as_chunks_mut().0;
                if let Some(part) = parts.get_mut(usize::from(chunk)) {
                    *part = pixels;
                }
                Ok(None)
            }
            ToTarget::Solve { sequence, checksum } => self.solve(sequence, checksum, board).map(Some),
            ToTarget::Statistics => Ok(Some(ToHost::Statistics(self.conversation.statistics(board)))),
            ToTarget::Observation { .. } | ToTarget::SelfPlay { .. } | ToTarget::Scores { .. } => Err(Fault::OtherTask),
        }
    }

    fn solve(&mut self, sequence: u32, checksum: u32, board: &impl Board) -> Result<ToHost, Fault> {
        if !self.is_armed {
            return Err(Fault::NotArmed);
        }
        let Memory { images, solver } = &mut *self.memory;
        if crc32(images.as_flattened()) != checksum {
            return Ok(ToHost::PartsDiffer { sequence });
        }
        let start = board.cycles();
        solver.read(images);
        let middle = board.cycles();
        let solution = solver.solve();
        let end = board.cycles();
        let between = |from: Option<u32>, to: Option<u32>| Some(to?.wrapping_sub(from?));
        let cycles = between(start, middle).zip(between(middle, end)).map(<[u32; 2]>::from);
        Ok(ToHost::Solved(Solved { sequence, solution, cycles }))
    }

    fn set_armed(&mut self, armed: bool, board: &mut impl Board) {
        self.is_armed = armed;
        board.set_armed(armed);
    }
}
