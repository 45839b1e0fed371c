//! Board interface: clock, serial line, output and counters that an application needs.

#[cfg(target_os = "none")]
#[allow(unsafe_code, reason = "the board's registers; each use says why")]
mod b_l475e_iot01a;
#[cfg(unix)]
pub mod native;
#[cfg(test)]
pub mod scripted;
#[cfg(any(target_os = "none", test))]
mod serial;

use convex_edge_core::wire::CycleCounter;

/// Ticks of the control clock in a second, Hz: a tick is a millisecond on every board.
pub const TICK_RATE: u32 = 1000;

/// Clock, serial line and output of a board. Nothing here blocks except [`Board::rest`].
pub trait Board {
    /// ASCII, at most 16 bytes.
    const NAME: &'static str;

    /// Ticks of the control clock since reset, at [`TICK_RATE`]; wraps.
    fn ticks(&self) -> u32;

    /// The next received byte, if there is one.
    fn receive(&mut self) -> Option<u8>;

    /// Received bytes lost since reset; wraps.
    fn overruns(&self) -> u32;

    /// Bytes that [`Board::transmit`] would take now.
    fn transmit_room(&self) -> usize;

    /// Queues a frame, whole or not at all; false where there was no room.
    fn transmit(&mut self, frame: &[u8]) -> bool;

    /// Shows whether the target acts on its own decisions; false is the safe output.
    fn set_armed(&mut self, armed: bool);

    /// Unit of [`Board::cycles`].
    fn cycle_counter(&self) -> CycleCounter;

    /// Free-running count of [`Board::cycle_counter`]; wraps.
    fn cycles(&self) -> Option<u32>;

    /// Bytes of stack never touched since reset.
    fn stack_free(&self) -> Option<u32>;

    /// Waits until something may have happened, at most one tick; returns at once where received bytes wait.
    fn rest(&mut self);
}
