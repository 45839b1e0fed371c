//! What a target does that finds maps: it takes the scores of a map's cells in parts, projects and decodes them.

#[cfg(test)]
mod tests;

use crate::board::Board;
use crate::conversation::{Conversation, Next, check_arm, hello};
use convex_edge_core::artefact::ArtefactError;
use convex_edge_core::fault::Fault;
pub use convex_edge_core::maps::Memory;
use convex_edge_core::maps::artefact::read;
use convex_edge_core::maps::checksum;
use convex_edge_core::wire::{Decoded, TO_HOST_FRAME, ToHost, ToTarget};

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
        let artefact = read(page).and_then(|artefact| artefact.self_test(memory).map(|()| artefact.crc));
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
        // Parts of the scores follow each other closely.
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
            ToTarget::Scores { part, scores } => {
                let parts = self.memory.scores.as_flattened_mut().as_chunks_mut().0;
                if let Some(place) = parts.get_mut(usize::from(part)) {
                    *place = scores;
                }
                Ok(None)
            }
            ToTarget::Solve { sequence, checksum } => self.solve(sequence, checksum, board).map(Some),
            ToTarget::Statistics => Ok(Some(ToHost::Statistics(self.conversation.statistics(board)))),
            ToTarget::Observation { .. } | ToTarget::SelfPlay { .. } | ToTarget::Pixels { .. } => Err(Fault::OtherTask),
        }
    }

    fn solve(&mut self, sequence: u32, expected: u32, board: &impl Board) -> Result<ToHost, Fault> {
        if !self.is_armed {
            return Err(Fault::NotArmed);
        }
        let memory = &mut *self.memory;
        if checksum(&memory.scores) != expected {
            return Ok(ToHost::PartsDiffer { sequence });
        }
        let start = board.cycles();
        let report = memory.project();
        let middle = board.cycles();
        let map = memory.decode();
        let end = board.cycles();
        let between = |from: Option<u32>, to: Option<u32>| Some(to?.wrapping_sub(from?));
        let cycles = between(start, middle).zip(between(middle, end)).map(<[u32; 2]>::from);
        Ok(ToHost::Decoded(Decoded { sequence, answer: memory.answer(&report, &map), cycles }))
    }

    fn set_armed(&mut self, armed: bool, board: &mut impl Board) {
        self.is_armed = armed;
        board.set_armed(armed);
    }
}
