//! Application of a target that receives its data in pieces: collects them, and answers on request.

#[cfg(test)]
pub mod tests;

use crate::board::Board;
use crate::conversation::{Conversation, Next, check_arm, hello};
use convex_edge_core::artefact::ArtefactError;
use convex_edge_core::fault::Fault;
use convex_edge_core::wire::{TO_HOST_FRAME, ToHost, ToTarget};

/// What the parts are of, and what is made of them.
pub trait Task {
    /// Reads, loads and tests the artefact; its CRC-32.
    ///
    /// # Errors
    /// Why it is refused.
    fn load(&mut self, page: &[u8]) -> Result<u32, ArtefactError>;

    /// Takes a part over; false for a message that is none of this task's. A part beyond the last one changes nothing.
    fn take(&mut self, message: &ToTarget) -> bool;

    /// CRC-32 of all parts.
    fn checksum(&self) -> u32;

    /// The answer to [`ToTarget::Solve`]; the board's cycles are counted for each half of the work.
    fn respond(&mut self, sequence: u32, board: &impl Board) -> ToHost;
}

/// The application's whole state except its memory.
pub struct App<'a, T> {
    /// CRC-32 of the one that is loaded.
    artefact: Result<u32, ArtefactError>,
    memory: &'a mut T,
    conversation: Conversation,
    is_armed: bool,
}

impl<'a, T: Task> App<'a, T> {
    /// Reads, loads and tests the artefact; a request to arm the target is answered with its error.
    pub fn new(page: &[u8], memory: &'a mut T, board: &mut impl Board) -> Self {
        board.set_armed(false);
        Self { artefact: memory.load(page), memory, conversation: Conversation::new(), is_armed: false }
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
        // Parts follow each other closely.
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
            ToTarget::Solve { .. } if !self.is_armed => Err(Fault::NotArmed),
            ToTarget::Solve { sequence, checksum } if self.memory.checksum() != checksum => {
                Ok(Some(ToHost::PartsDiffer { sequence }))
            }
            ToTarget::Solve { sequence, .. } => Ok(Some(self.memory.respond(sequence, board))),
            ToTarget::Statistics => Ok(Some(ToHost::Statistics(self.conversation.statistics(board)))),
            part => {
                if self.memory.take(&part) {
                    Ok(None)
                } else {
                    Err(Fault::OtherTask)
                }
            }
        }
    }

    fn set_armed(&mut self, armed: bool, board: &mut impl Board) {
        self.is_armed = armed;
        board.set_armed(armed);
    }
}

/// Cycles from the first count to the second and from there to the third, where the board counts.
pub fn halves(counts: [Option<u32>; 3]) -> Option<[u32; 2]> {
    let between = |from: Option<u32>, to: Option<u32>| Some(to?.wrapping_sub(from?));
    Some([between(counts[0], counts[1])?, between(counts[1], counts[2])?])
}
