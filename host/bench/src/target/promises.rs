//! Promises of the solver on the microcontroller: instructions, bits, code size.

use super::program::Contents;
use super::row::Row;
use convex_edge_runs::promise::Promise;

/// Family, start, most instructions in the median and in the longest solve.
const INSTRUCTIONS: [(&str, &str, u32, u32); 2] =
    [("double-integrator", "cold", 24_000, 60_000), ("double-integrator", "warm", 9_000, 55_000)];

/// Most code of the solver, bytes.
const SOLVER_BYTES: f64 = 12_288.0;

/// The promises whose rows are there.
pub fn promises(rows: &[Row], contents: &Contents) -> Vec<Promise> {
    let at_most = |name: &str, value: f64, unit: &str, most: f64| {
        Promise::at_most(&format!("Cortex-M4F {name}"), value, unit, most)
    };
    let mut promises = Vec::new();
    for (family, start, median, most) in INSTRUCTIONS {
        if let Some(row) = rows.iter().find(|row| (row.family, row.start) == (family, start)) {
            let instructions = [("median", row.median_instructions, median), ("max", row.most_instructions, most)];
            for (quantity, value, most) in instructions {
                promises.push(at_most(&format!("{start} {quantity}"), value.into(), "insn.", most.into()));
            }
        }
    }
    let different: usize = rows.iter().map(|row| row.different_bits).sum();
    let problems: usize = rows.iter().map(|row| row.problems).sum();
    promises.extend([
        at_most("and host bits differ", different as f64, &format!("of {problems}"), 0.0),
        at_most("solver's text", contents.solver_bytes as f64, "bytes", SOLVER_BYTES),
        at_most("double precision", contents.double_helpers.len() as f64, "helpers", 0.0),
        at_most("panics", contents.panics.len() as f64, "symbols", 0.0),
    ]);
    promises
}
