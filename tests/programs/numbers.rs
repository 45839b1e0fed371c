//! Numbers that every language draws alike.

/// Reproducible numbers in [-1, 1].
pub fn numbers(seed: u64, count: usize) -> Vec<f64> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    };
    (0..8).for_each(|_| {
        next();
    });
    // Few digits, so that every language reads the same.
    (0..count).map(|_| (next() * 1e6).round() / 1e6).collect()
}
