//! Row of the microcontroller's table.

use super::measure::Measured;
use super::set::Set;
use convex_edge_core::problem_set::{Answer, Start};
use convex_edge_core::qp::Status;
use serde::Serialize;

/// A set on the Cortex-M4F, compared with the same solves in this process.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// The family.
    pub family: &'static str,
    /// What is known before a solve: `new` (nothing), `cold` (the factors of the matrices), `warm` (these and the last
    /// working set).
    pub start: &'static str,
    /// Number of variables.
    pub variables: usize,
    /// Number of two-sided constraints, simple bounds included.
    pub constraints: usize,
    /// Number of problems.
    pub problems: usize,
    /// Instructions of a solve, median.
    pub median_instructions: u32,
    /// Instructions of the longest solve.
    pub most_instructions: u32,
    /// Iterations, median.
    pub median_iterations: u32,
    /// Most iterations.
    pub most_iterations: u32,
    /// Problems that the solver gave up.
    pub not_solved: usize,
    /// Problems in whose answers any bit differs from the host's: status, iterations, point, duals or working set.
    pub different_bits: usize,
    /// Memory of the problem's data, bytes.
    pub problem_bytes: u32,
    /// Memory of the solver's workspace, bytes.
    pub workspace_bytes: u32,
    /// Depth of the stack, start-up and checksum included, bytes.
    pub stack_bytes: u32,
}

impl Row {
    /// Compares what the target said with what this process computes.
    pub fn new(set: &Set, measured: &Measured, native: &[Answer]) -> Self {
        let bits = |answer: &Answer| (answer.status, answer.iterations, answer.checksum);
        let same = measured.answers.iter().zip(native).filter(|(a, b)| bits(a) == bits(b)).count();
        let iterations: Vec<u32> = measured.answers.iter().map(|answer| answer.iterations).collect();
        let (median_instructions, most_instructions) = median_and_most(&measured.instructions);
        let (median_iterations, most_iterations) = median_and_most(&iterations);
        let solved = measured.answers.iter().filter(|answer| answer.status == Status::Solved as u32).count();
        Self {
            family: set.family,
            start: start_name(set.start),
            variables: set.variables,
            constraints: set.constraints,
            problems: set.problems,
            median_instructions,
            most_instructions,
            median_iterations,
            most_iterations,
            not_solved: set.problems - solved,
            different_bits: set.problems - same,
            problem_bytes: measured.greeting.problem_bytes,
            workspace_bytes: measured.greeting.workspace_bytes,
            stack_bytes: measured.farewell.stack_bytes,
        }
    }
}

/// The word for it in the table.
pub const fn start_name(start: Start) -> &'static str {
    match start {
        Start::New => "new",
        Start::Cold => "cold",
        Start::Warm => "warm",
    }
}

/// Zero of none.
fn median_and_most(values: &[u32]) -> (u32, u32) {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let at = |index: usize| sorted.get(index).copied().unwrap_or(0);
    (at(sorted.len().div_ceil(2).saturating_sub(1)), at(sorted.len().saturating_sub(1)))
}
