//! Conversation of target and host, the same for every task: frames, counters, introduction, test of the artefact.

use crate::board::{Board, TICK_RATE};
use convex_edge_core::artefact::ArtefactError;
use convex_edge_core::fault::Fault;
use convex_edge_core::wire::{
    Accumulator, Hello, PROTOCOL_VERSION, Statistics, TO_HOST_FRAME, TO_TARGET_FRAME, ToHost, ToTarget, encode, schema,
};

const SCHEMA: u32 = schema();

/// Time at which an application wants to be called again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// At once.
    Now,
    /// After [`Board::rest`].
    Rest,
}

/// One side of the serial line.
pub struct Conversation {
    received: Accumulator<TO_TARGET_FRAME>,
    statistics: Statistics,
}

impl Conversation {
    /// A conversation before the first message.
    pub fn new() -> Self {
        Self { received: Accumulator::new(), statistics: Statistics::default() }
    }

    /// The next message, if one is complete; bounded, so that noise on the line cannot hold up what else is due.
    pub fn next_message(&mut self, board: &mut impl Board) -> Option<ToTarget> {
        for byte in core::iter::from_fn(|| board.receive()).take(TO_TARGET_FRAME) {
            match self.received.push(byte) {
                None => {}
                Some(Ok(message)) => {
                    self.statistics.frames = self.statistics.frames.wrapping_add(1);
                    return Some(message);
                }
                Some(Err(_)) => self.statistics.bad_frames = self.statistics.bad_frames.wrapping_add(1),
            }
        }
        None
    }

    /// Queues a message; one that finds no room is counted.
    pub fn send(&mut self, message: &ToHost, board: &mut impl Board) {
        let mut frame = [0; TO_HOST_FRAME];
        if !encode(message, &mut frame).is_ok_and(|frame| board.transmit(frame)) {
            self.statistics.dropped = self.statistics.dropped.wrapping_add(1);
        }
    }

    /// The answer to [`ToTarget::Statistics`].
    pub fn statistics(&self, board: &impl Board) -> Statistics {
        Statistics { overruns: board.overruns(), ticks: board.ticks(), ..self.statistics }
    }
}

/// The answer to [`ToTarget::Hello`] of a target with this artefact.
pub fn hello<B: Board>(artefact: Option<u32>, board: &B) -> ToHost {
    let mut name = [0; 16];
    name.iter_mut().zip(B::NAME.bytes()).for_each(|(to, from)| *to = from);
    ToHost::Hello(Hello {
        protocol: PROTOCOL_VERSION,
        schema: SCHEMA,
        artefact,
        board: name,
        tick_rate: TICK_RATE,
        stack_free: board.stack_free(),
        cycle_counter: board.cycle_counter(),
    })
}

/// Whether a host with this schema, which expects this artefact, may arm a target with that one.
///
/// # Errors
/// The fault that names the mismatch.
pub fn check_arm(schema: u32, crc: u32, own: Result<u32, ArtefactError>) -> Result<(), Fault> {
    if schema != SCHEMA {
        return Err(Fault::WireSchema { expected: SCHEMA, found: schema });
    }
    let own = own.map_err(Fault::Artefact)?;
    if crc != own {
        return Err(Fault::ArtefactMismatch { expected: own, found: crc });
    }
    Ok(())
}
