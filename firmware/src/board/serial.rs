//! The buffers between a UART's interrupt and the application, without the UART's registers.

use core::sync::atomic::{AtomicU8, AtomicU32, AtomicUsize, Ordering};

const RECEIVE_BYTES: usize = 256;
const TRANSMIT_BYTES: usize = 1024;

/// Both directions of one serial line.
pub struct Serial {
    received: Ring<RECEIVE_BYTES>,
    outgoing: Ring<TRANSMIT_BYTES>,
    overruns: AtomicU32,
}

impl Serial {
    /// Nothing received, nothing to send.
    pub const fn new() -> Self {
        Self { received: Ring::new(), outgoing: Ring::new(), overruns: AtomicU32::new(0) }
    }

    /// What the interrupt does with what it found in the UART; the answer goes into the transmitter.
    pub fn interrupt(&self, received: Option<u8>, overrun: bool, transmitter_empty: bool) -> Option<u8> {
        let lost = u32::from(overrun) + u32::from(received.is_some_and(|byte| !self.received.push(byte)));
        // Only the interrupt writes the counter.
        self.overruns.store(self.overruns.load(Ordering::Relaxed).wrapping_add(lost), Ordering::Relaxed);
        transmitter_empty.then(|| self.outgoing.pop()).flatten()
    }

    /// The oldest received byte.
    pub fn receive(&self) -> Option<u8> {
        self.received.pop()
    }

    /// Whether [`Serial::receive`] has nothing to give.
    pub fn is_quiet(&self) -> bool {
        self.received.room() == RECEIVE_BYTES
    }

    /// Received bytes lost; wraps.
    pub fn overruns(&self) -> u32 {
        self.overruns.load(Ordering::Relaxed)
    }

    /// Bytes that [`Serial::transmit`] would take.
    pub fn transmit_room(&self) -> usize {
        self.outgoing.room()
    }

    /// Queues a frame, whole or not at all.
    pub fn transmit(&self, frame: &[u8]) -> bool {
        self.transmit_room() >= frame.len() && frame.iter().all(|&byte| self.outgoing.push(byte))
    }
}

/// A queue from one producer to one consumer, of which one may interrupt the other.
struct Ring<const BYTES: usize> {
    bytes: [AtomicU8; BYTES],
    written: AtomicUsize,
    read: AtomicUsize,
}

impl<const BYTES: usize> Ring<BYTES> {
    const fn new() -> Self {
        // The counters wrap at a power of two.
        const { assert!(BYTES.is_power_of_two()) };
        Self { bytes: [const { AtomicU8::new(0) }; BYTES], written: AtomicUsize::new(0), read: AtomicUsize::new(0) }
    }

    fn room(&self) -> usize {
        let read = self.read.load(Ordering::Acquire);
        BYTES.saturating_sub(self.written.load(Ordering::Acquire).wrapping_sub(read))
    }

    fn push(&self, byte: u8) -> bool {
        let written = self.written.load(Ordering::Relaxed);
        let slot = self.bytes.get(written % BYTES).filter(|_| self.room() > 0);
        if let Some(slot) = slot {
            slot.store(byte, Ordering::Relaxed);
            self.written.store(written.wrapping_add(1), Ordering::Release);
        }
        slot.is_some()
    }

    fn pop(&self) -> Option<u8> {
        if self.room() == BYTES {
            return None;
        }
        let read = self.read.load(Ordering::Relaxed);
        let byte = self.bytes.get(read % BYTES)?.load(Ordering::Relaxed);
        self.read.store(read.wrapping_add(1), Ordering::Release);
        Some(byte)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_arrive_in_order_and_the_lost_ones_are_counted() {
        let serial = Serial::new();
        let sent: Vec<u8> = (0..RECEIVE_BYTES + 10).map(|index| index as u8).collect();
        for &byte in &sent {
            assert_eq!(serial.interrupt(Some(byte), false, false), None);
        }
        assert_eq!(serial.overruns(), 10);
        let received: Vec<u8> = std::iter::from_fn(|| serial.receive()).collect();
        assert_eq!(received, sent[..RECEIVE_BYTES]);
        assert!(serial.is_quiet());
    }

    #[test]
    fn an_overrun_of_the_uart_is_counted_and_the_byte_with_it_kept() {
        let serial = Serial::new();
        serial.interrupt(Some(7), true, false);
        serial.interrupt(None, true, false);
        assert_eq!(serial.overruns(), 2);
        assert_eq!(serial.receive(), Some(7));
    }

    #[test]
    fn a_frame_is_queued_whole_or_not_at_all() {
        let serial = Serial::new();
        let frame = [3; 100];
        let taken = (0..20).filter(|_| serial.transmit(&frame)).count();
        assert_eq!(taken, TRANSMIT_BYTES / frame.len());
        assert_eq!(serial.transmit_room(), TRANSMIT_BYTES % frame.len());
        assert_eq!(serial.interrupt(None, false, false), None, "the transmitter was busy");
        let sent = std::iter::from_fn(|| serial.interrupt(None, false, true)).count();
        assert_eq!(sent, taken * frame.len());
        assert_eq!(serial.transmit_room(), TRANSMIT_BYTES);
    }
}
