//! What a check must show, computed from what it counted.

use super::single_precision::Row;
use super::tally::Tally;
use crate::promise::Promise;

/// Largest condition number, in decades, up to which single precision has to solve nearly everything.
const SOLVABLE_DECADES: u32 = 5;

/// The promises, in the order of the tables.
pub fn promises(tally: &Tally, conditions: &[Row]) -> Vec<Promise> {
    let total = tally.total();
    let mut promises = vec![
        Promise::at_most("wrong answers", total.wrong as f64, "solves", 0.0),
        Promise::at_most("panics", total.panics as f64, "solves", 0.0),
        Promise::at_most("solves above the cap", total.above_cap as f64, "solves", 0.0),
    ];
    for row in conditions {
        let name = format!("f32 wrong, not flagged, cond 1e{}", row.decades);
        promises.push(Promise::at_most(&name, row.wrong as f64, "of 200", 0.0));
    }
    for row in conditions.iter().filter(|row| row.decades <= SOLVABLE_DECADES) {
        let name = format!("f32 flagged, cond 1e{}", row.decades);
        promises.push(Promise::at_most(&name, 100.0 * row.flagged as f64 / row.problems as f64, "%", 2.0));
    }
    promises
}
