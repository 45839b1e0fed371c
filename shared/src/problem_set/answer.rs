//! Answer of a target to a set: lines of four words.

use super::{MAGIC, WORD};
use crate::qp::Solution;

/// Bytes of each line.
pub const LINE_BYTES: usize = 4 * WORD;

/// The first line: a set was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Greeting {
    /// Problems in it; 0 where it was refused.
    pub problems: u32,
    /// Memory of a problem, bytes.
    pub problem_bytes: u32,
    /// Memory of the solver's workspace, bytes.
    pub workspace_bytes: u32,
}

/// The line of each problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// The solver's status as a number; 0 is solved.
    pub status: u32,
    /// Changes of the working set.
    pub iterations: u32,
    /// Ticks of the counter; [`u32::MAX`] where it ran over.
    pub ticks: u32,
    /// CRC-32 over all bits of the solution: status, iterations, point, duals, and working set in its order.
    pub checksum: u32,
}

/// The last line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Farewell {
    /// Bytes of stack ever touched.
    pub stack_bytes: u32,
}

impl Greeting {
    /// The line's bytes.
    pub fn to_bytes(self) -> [u8; LINE_BYTES] {
        bytes([MAGIC, self.problems, self.problem_bytes, self.workspace_bytes])
    }

    /// Reads the line; `None` where it is another one.
    pub fn from_bytes(line: [u8; LINE_BYTES]) -> Option<Self> {
        let [magic, problems, problem_bytes, workspace_bytes] = words(line);
        (magic == MAGIC).then_some(Self { problems, problem_bytes, workspace_bytes })
    }
}

impl Answer {
    /// Answer from a solution and its ticks.
    pub fn new<const N: usize, const M: usize>(solution: &Solution<f32, N, M>, ticks: u32) -> Self {
        Self { status: solution.status as u32, iterations: solution.iterations, ticks, checksum: checksum(solution) }
    }

    /// The line's bytes.
    pub fn to_bytes(self) -> [u8; LINE_BYTES] {
        bytes([self.status, self.iterations, self.ticks, self.checksum])
    }

    /// Reads the line.
    pub fn from_bytes(line: [u8; LINE_BYTES]) -> Self {
        let [status, iterations, ticks, checksum] = words(line);
        Self { status, iterations, ticks, checksum }
    }
}

impl Farewell {
    /// The line's bytes.
    pub fn to_bytes(self) -> [u8; LINE_BYTES] {
        bytes([MAGIC, self.stack_bytes, 0, 0])
    }

    /// Reads the line; `None` where it is another one.
    pub fn from_bytes(line: [u8; LINE_BYTES]) -> Option<Self> {
        let [magic, stack_bytes, ..] = words(line);
        (magic == MAGIC).then_some(Self { stack_bytes })
    }
}

fn checksum<const N: usize, const M: usize>(solution: &Solution<f32, N, M>) -> u32 {
    const CRC: crc::Crc<u32> = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC);
    let mut digest = CRC.digest();
    digest.update(&(solution.status as u32).to_le_bytes());
    digest.update(&solution.iterations.to_le_bytes());
    for number in solution.x.iter().chain(solution.dual.iter()) {
        digest.update(&number.to_le_bytes());
    }
    for active in solution.working_set {
        // A constraint's index has 16 bits.
        digest.update(&(active.constraint() as u16).to_le_bytes());
        digest.update(&[u8::from(active.upper)]);
    }
    digest.finalize()
}

fn bytes(words: [u32; 4]) -> [u8; LINE_BYTES] {
    let [a, b, c, d] = words.map(u32::to_le_bytes);
    [a[0], a[1], a[2], a[3], b[0], b[1], b[2], b[3], c[0], c[1], c[2], c[3], d[0], d[1], d[2], d[3]]
}

fn words(line: [u8; LINE_BYTES]) -> [u32; 4] {
    let words = line.as_chunks::<WORD>().0;
    core::array::from_fn(|index| words.get(index).copied().map_or(0, u32::from_le_bytes))
}
