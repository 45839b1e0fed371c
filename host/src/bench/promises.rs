//! What the solver must show beside DAQP, computed from a run's rows.

use super::row::{Microseconds, Row};
use super::run::Start;
use crate::promise::Promise;

/// A ratio to DAQP in the same precision.
struct Ratio {
    family: &'static str,
    start: Start,
    number: &'static str,
    quantity: &'static str,
    of: fn(&Microseconds) -> f64,
    most: f64,
}

const MEDIAN: (&str, fn(&Microseconds) -> f64) = ("median", |times| times.median);
const P99: (&str, fn(&Microseconds) -> f64) = ("p99", |times| times.p99);
const MAX: (&str, fn(&Microseconds) -> f64) = ("max", |times| times.max);

const fn ratio(
    family: &'static str,
    start: Start,
    number: &'static str,
    quantity: (&'static str, fn(&Microseconds) -> f64),
    most: f64,
) -> Ratio {
    Ratio { family, start, number, quantity: quantity.0, of: quantity.1, most }
}

const RATIOS: [Ratio; 9] = [
    ratio("mpc", Start::Warm, "f64", MEDIAN, 0.7),
    ratio("mpc", Start::Warm, "f64", P99, 0.65),
    ratio("mpc", Start::Cold, "f64", MEDIAN, 0.6),
    ratio("random-32", Start::Cold, "f64", MEDIAN, 0.7),
    ratio("sequence-32", Start::Warm, "f64", MEDIAN, 0.7),
    ratio("random-100", Start::Cold, "f64", MEDIAN, 0.75),
    ratio("whlipbal", Start::Cold, "f64", MEDIAN, 0.2),
    ratio("quadrotor", Start::Warm, "f32", MEDIAN, 0.8),
    ratio("quadrotor", Start::Warm, "f32", MAX, 0.75),
];

/// The promises whose rows are there: without DAQP there is no ratio, without a family nothing of it.
pub fn promises(rows: &[Row]) -> Vec<Promise> {
    let find = |family: &str, solver: &str, start: Start| {
        rows.iter().find(|row| row.family == family && row.solver == solver && row.start == start)
    };
    let mut promises = Vec::new();
    for Ratio { family, start, number, quantity, of, most } in RATIOS {
        let ours = find(family, &format!("ours {number}"), start);
        let theirs = find(family, &format!("DAQP {number}"), start);
        if let (Some(ours), Some(theirs)) = (ours, theirs) {
            let name = format!("{family} {start} {number} {quantity}");
            promises.push(Promise::at_most(&name, of(&ours.microseconds) / of(&theirs.microseconds), "of DAQP", most));
        }
    }
    if let Some(row) = find("sudoku", "ours f32", Start::Cold) {
        let failures = (row.not_solved + row.wrong) as f64;
        promises.push(Promise::at_most("sudoku f32 failures", failures, &format!("of {}", row.problems), 0.0));
    }
    promises
}
