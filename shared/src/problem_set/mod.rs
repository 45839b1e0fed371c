//! Problem sets: quadratic programs as bytes, and their solution in single precision on both sides. The answers are
//! compared bit by bit, and the instructions are counted.
//!
//! A set is little-endian 32-bit words. The header is [`MAGIC`], N, M, number of simple bounds, number of problems and
//! [`Start`]; then numbers in single precision: H and A, column by column, once or before each problem; and of each
//! problem the linear term, the lower bounds and the upper bounds. A target answers in lines of four words: a
//! [`Greeting`], an [`Answer`] for each problem, a [`Farewell`].

mod answer;
mod set;
mod solver;

pub use answer::{Answer, Farewell, Greeting, LINE_BYTES};
pub use set::{ProblemSet, ProblemSetError, Start};
pub use solver::Solver;

/// The first word of a set.
pub const MAGIC: u32 = u32::from_le_bytes(*b"QPS1");

/// Address of a set in the microcontroller's flash, above the program that solves it.
pub const ADDRESS: u32 = 0x0802_0000;

/// Flash from [`ADDRESS`] to its end, bytes.
pub const MAXIMUM_BYTES: usize = 0xE_0000;

const WORD: usize = 4;
