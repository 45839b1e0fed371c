//! Promises of a check, computed from its counts.

use super::case::Precision;
use super::conditions::Row;
use super::tally::Tally;
use convex_edge_runs::promise::Promise;

/// Largest condition number, in decades, up to which both precisions have to solve nearly everything.
const SOLVABLE_DECADES: u32 = 5;

/// The promises, in the order of the tables.
pub fn promises(tally: &Tally, conditions: &[Row]) -> Vec<Promise> {
    let total = tally.total();
    let mut promises = vec![
        Promise::at_most("wrong answers", total.wrong as f64, "solves", 0.0),
        Promise::at_most("panics", total.panics as f64, "solves", 0.0),
        Promise::at_most("solves above the cap", total.above_cap as f64, "solves", 0.0),
    ];
    let conditions = || conditions.iter().filter(|row| row.problems > 0);
    for row in conditions() {
        let name = format!("{} wrong, not flagged, cond 1e{}", row.precision.name(), row.decades);
        promises.push(Promise::at_most(&name, row.wrong as f64, &format!("of {}", row.problems), 0.0));
    }
    for row in conditions().filter(|row| row.decades <= SOLVABLE_DECADES) {
        let name = format!("{} flagged, cond 1e{}", row.precision.name(), row.decades);
        let most = if row.precision == Precision::F32 { 0.5 } else { 0.01 };
        promises.push(Promise::at_most(&name, 100.0 * row.flagged as f64 / row.problems as f64, "%", most));
    }
    promises
}
