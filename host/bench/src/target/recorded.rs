//! Recorded instruction counts of other single-precision solvers on the family `double-integrator`.
//!
//! They were recorded once, in the same emulator with the same counter, C with `-O2` and Rust with `opt-level = 3`. A
//! count covers a control cycle: taking over the linear term and the bounds, the solve, copying the point out. The active
//! set methods are exact to about 1e-5; the others stop at 1e-3, with penalties chosen on this very set.

use super::row::start_name;
use convex_edge_core::problem_set::Start;
use serde::Serialize;

/// Source of the numbers: versions and options.
pub const SOURCE: &str = "QEMU 10.0.2, b-l475e-iot01a, -icount shift=6; DAQP 11e0fd8, qpOASES_e branch of coin-or \
                          9e40af7, OSQP 1.1.3 embedded mode 1, tinympc-rs 0.2.0, TinyMPC 8b65e27";

/// A solver's line, instructions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Recorded {
    /// The solver.
    pub solver: &'static str,
    /// As [`super::row::Row::start`].
    pub start: &'static str,
    /// Median.
    pub median_instructions: u32,
    /// The longest solve.
    pub most_instructions: u32,
    /// Problems that were not solved to the tolerance.
    pub not_solved: usize,
}

const fn recorded(solver: &'static str, start: Start, median: u32, most: u32, not_solved: usize) -> Recorded {
    let start = start_name(start);
    Recorded { solver, start, median_instructions: median, most_instructions: most, not_solved }
}

/// All of them.
pub const RECORDED: [Recorded; 10] = [
    recorded("DAQP f32", Start::Cold, 36_768, 87_580, 0),
    recorded("qpOASES_e f32", Start::Cold, 308_778, 575_331, 0),
    recorded("OSQP f32 1e-3", Start::Cold, 668_418, 1_114_375, 0),
    recorded("tinympc-rs f32 1e-3", Start::Cold, 326_035, 1_178_235, 22),
    recorded("TinyMPC f32 1e-3", Start::Cold, 2_297_098, 8_864_343, 22),
    recorded("DAQP f32", Start::Warm, 13_317, 84_430, 0),
    recorded("qpOASES_e f32", Start::Warm, 46_332, 435_187, 0),
    recorded("OSQP f32 1e-3", Start::Warm, 526_641, 1_261_587, 0),
    recorded("tinympc-rs f32 1e-3", Start::Warm, 156_163, 1_178_652, 22),
    recorded("TinyMPC f32 1e-3", Start::Warm, 1_489_832, 8_863_625, 1),
];
