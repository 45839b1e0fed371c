//! Numbers from any bytes; zeros where they end.

use convex_edge_core::number::Number;

/// What the edge of a number type looks like, in both types.
const SPECIAL: [f64; 8] = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, 1e-40, -1e-310, 3e38, -1e300];

/// The bytes that are left.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stream<'a> {
    rest: &'a [u8],
}

impl<'a> Stream<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The next byte.
    pub fn byte(&mut self) -> u8 {
        let Some((&first, rest)) = self.rest.split_first() else { return 0 };
        self.rest = rest;
        first
    }

    /// A number below the limit.
    pub fn below(&mut self, limit: u8) -> usize {
        usize::from(self.byte() % limit)
    }

    /// True once in so many times; never of a stream that has ended.
    pub fn once_in(&mut self, count: u8) -> bool {
        self.byte() % count == count - 1
    }

    /// An integer from minus the limit to the limit.
    pub fn integer(&mut self, limit: i8) -> f64 {
        f64::from(self.byte() as i8 % (limit + 1))
    }

    /// A power of two with an exponent from minus the limit to the limit.
    pub fn power(&mut self, limit: i8) -> f64 {
        2.0_f64.powi(self.integer(limit) as i32)
    }

    /// Any number of the type: a small integer half of the time, else something special or any bits at all.
    pub fn number<T: Number>(&mut self) -> T {
        match self.byte() {
            0..128 => T::rounded(self.integer(9)),
            128..192 => T::rounded(SPECIAL[self.below(SPECIAL.len() as u8)]),
            _ if size_of::<T>() == 4 => T::rounded(f64::from(f32::from_bits(self.bits() as u32))),
            _ => T::rounded(f64::from_bits(self.bits() << 32 | self.bits())),
        }
    }

    fn bits(&mut self) -> u64 {
        (0..4).fold(0, |bits, _| bits << 8 | u64::from(self.byte()))
    }
}
