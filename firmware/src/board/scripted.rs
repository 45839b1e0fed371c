//! Scripted board for tests.

use super::Board;
use convex_edge_core::wire::{Accumulator, CycleCounter, TO_HOST_FRAME, TO_TARGET_FRAME, ToHost, ToTarget, encode};
use std::collections::VecDeque;

/// Bytes in, frames out, and a clock that a test sets.
pub struct ScriptedBoard {
    /// Bytes from the host that were not yet received.
    pub incoming: VecDeque<u8>,
    outgoing: Vec<u8>,
    /// Bytes that it transmits before the host reads.
    pub capacity: usize,
    /// Its clock.
    pub ticks: u32,
    /// Whether its output is the application's.
    pub armed: bool,
}

impl Board for ScriptedBoard {
    const NAME: &'static str = "scripted";

    fn ticks(&self) -> u32 {
        self.ticks
    }
    fn receive(&mut self) -> Option<u8> {
        self.incoming.pop_front()
    }
    fn overruns(&self) -> u32 {
        0
    }
    fn transmit_room(&self) -> usize {
        self.capacity - self.outgoing.len()
    }
    fn transmit(&mut self, frame: &[u8]) -> bool {
        let fits = frame.len() <= self.transmit_room();
        self.outgoing.extend(frame.iter().filter(|_| fits));
        fits
    }
    fn set_armed(&mut self, armed: bool) {
        self.armed = armed;
    }
    fn cycle_counter(&self) -> CycleCounter {
        CycleCounter::None
    }
    fn cycles(&self) -> Option<u32> {
        None
    }
    fn stack_free(&self) -> Option<u32> {
        None
    }
    fn rest(&mut self) {}
}

impl ScriptedBoard {
    /// Disarmed, with a clock that is about to wrap.
    pub fn new() -> Self {
        let capacity = 16 * TO_HOST_FRAME;
        Self { incoming: VecDeque::new(), outgoing: Vec::new(), capacity, ticks: u32::MAX - 100, armed: false }
    }

    /// Empties the transmit buffer.
    pub fn sent(&mut self) -> Vec<ToHost> {
        let mut host = Accumulator::<TO_HOST_FRAME>::new();
        self.outgoing.drain(..).filter_map(|byte| host.push(byte)).map(Result::unwrap).collect()
    }

    /// Lets the host send a message.
    pub fn queue(&mut self, message: ToTarget) {
        self.incoming.extend(encode(&message, &mut [0; TO_TARGET_FRAME]).unwrap());
    }
}
