//! Lossy line: damages bytes by a seeded rule, for fault injection.

use convex_edge_core::random::Pcg64;

/// Chances of each fault for one byte, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rates {
    /// The byte is lost.
    pub drop: f64,
    /// Some of its bits are flipped.
    pub corrupt: f64,
    /// It arrives twice.
    pub duplicate: f64,
}

/// A line that damages bytes, the same ones for the same seed.
#[derive(Debug)]
pub struct Lossy {
    rates: Rates,
    random: Pcg64,
}

impl Lossy {
    /// A line with these rates.
    pub fn new(rates: Rates, seed: u64) -> Self {
        Self { rates, random: Pcg64::from_seed(seed) }
    }

    /// Bytes that arrive at the other end, damaged or not.
    pub fn pass(&mut self, bytes: &[u8]) -> Vec<u8> {
        bytes.iter().flat_map(|byte| self.pass_byte(*byte)).collect()
    }

    fn pass_byte(&mut self, byte: u8) -> impl Iterator<Item = u8> + use<> {
        let copies = if self.happens(self.rates.drop) {
            0
        } else if self.happens(self.rates.duplicate) {
            2
        } else {
            1
        };
        let flips = if self.happens(self.rates.corrupt) { 1 + (self.random.next_u64() % 255) as u8 } else { 0 };
        std::iter::repeat_n(byte ^ flips, copies)
    }

    fn happens(&mut self, rate: f64) -> bool {
        self.random.uniform(0.0, 1.0) < rate
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Rates = Rates { drop: 0.0, corrupt: 0.0, duplicate: 0.0 };

    fn bytes() -> Vec<u8> {
        (0..10_000_u32).map(|index| (index % 251) as u8).collect()
    }

    #[test]
    fn a_line_without_faults_changes_nothing() {
        assert_eq!(Lossy::new(NONE, 1).pass(&bytes()), bytes());
    }

    #[test]
    fn the_same_seed_damages_the_same_bytes_however_they_are_cut() {
        let rates = Rates { drop: 0.1, corrupt: 0.1, duplicate: 0.1 };
        let whole = Lossy::new(rates, 7).pass(&bytes());
        let mut cut = Lossy::new(rates, 7);
        let pieces: Vec<u8> = bytes().chunks(13).flat_map(|piece| cut.pass(piece)).collect();
        assert_eq!(whole, pieces);
        assert_ne!(whole, Lossy::new(rates, 8).pass(&bytes()));
    }

    #[test]
    fn each_fault_comes_at_its_rate() {
        let count = bytes().len() as f64;
        let dropped = Lossy::new(Rates { drop: 0.2, ..NONE }, 3).pass(&bytes()).len() as f64;
        assert!((dropped / count - 0.8).abs() < 0.02);
        let duplicated = Lossy::new(Rates { duplicate: 0.2, ..NONE }, 3).pass(&bytes()).len() as f64;
        assert!((duplicated / count - 1.2).abs() < 0.02);
        let corrupted = Lossy::new(Rates { corrupt: 0.2, ..NONE }, 3).pass(&bytes());
        let different = corrupted.iter().zip(bytes()).filter(|(left, right)| **left != *right).count() as f64;
        assert!((different / count - 0.2).abs() < 0.02);
    }
}
