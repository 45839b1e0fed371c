//! NumPy's default random stream, bit for bit: `SeedSequence` feeding PCG64 (XSL-RR 128/64).

use rand_pcg::{Lcg128Xsl64, rand_core::Rng};

/// Words of 32 bits in the seed sequence's entropy pool.
const POOL: usize = 4;

/// The stream of `numpy.random.default_rng(seed)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pcg64(Lcg128Xsl64);

impl Pcg64 {
    /// Any seed is good; streams of different seeds are unrelated. NumPy's longer seeds have no counterpart here.
    pub fn from_seed(seed: u64) -> Self {
        let [state_high, state_low, stream_high, stream_low] = seed_words(seed);
        let wide = |high: u64, low: u64| (u128::from(high) << 64) | u128::from(low);
        Self(Lcg128Xsl64::new(wide(state_high, state_low), wide(stream_high, stream_low)))
    }

    /// The next 64 random bits: NumPy's `bit_generator.random_raw()`.
    pub fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number from `low` up to `high`, which rounding may reach: NumPy's `Generator.uniform(low, high)`.
    /// 53 random bits, whatever the width of the interval.
    pub fn uniform(&mut self, low: f64, high: f64) -> f64 {
        const STEP: f64 = 1.0 / (1_u64 << 53) as f64;
        low + (high - low) * ((self.next_u64() >> 11) as f64 * STEP)
    }
}

/// `SeedSequence(seed).generate_state(4, uint64)`, after M. E. O'Neill's `seed_seq_fe`.
fn seed_words(seed: u64) -> [u64; 4] {
    let mut hash = Hash { constant: 0x43b0_d7e5, multiplier: 0x931e_8875 };
    let mut pool: [u32; POOL] = [seed as u32, (seed >> 32) as u32, 0, 0].map(|word| hash.word(word));
    for source in 0..POOL {
        for target in 0..POOL {
            if source != target {
                pool[target] = mix(pool[target], hash.word(pool[source]));
            }
        }
    }
    let mut hash = Hash { constant: 0x8b51_f9dd, multiplier: 0x58f3_8ded };
    let [first, second, third, fourth] = pool;
    [[first, second], [third, fourth], [first, second], [third, fourth]].map(|[low, high]| {
        let low = u64::from(hash.word(low));
        low | (u64::from(hash.word(high)) << 32)
    })
}

/// A multiplicative hash whose constant moves on with each word.
struct Hash {
    constant: u32,
    multiplier: u32,
}

impl Hash {
    fn word(&mut self, word: u32) -> u32 {
        let word = word ^ self.constant;
        self.constant = self.constant.wrapping_mul(self.multiplier);
        let word = word.wrapping_mul(self.constant);
        word ^ (word >> 16)
    }
}

fn mix(left: u32, right: u32) -> u32 {
    let mixed = left.wrapping_mul(0xca01_f9dd).wrapping_sub(right.wrapping_mul(0x4973_f715));
    mixed ^ (mixed >> 16)
}
