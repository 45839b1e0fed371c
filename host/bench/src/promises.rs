//! Promises of the solver relative to DAQP, computed from a run's rows.

use super::row::{Ratio, Row};
use convex_edge_runs::promise::Promise;
use convex_edge_verify::run::Start;

/// What a ratio to DAQP in the same precision may be.
struct Limit {
    family: &'static str,
    start: Start,
    number: &'static str,
    quantity: &'static str,
    of: fn(&Ratio) -> f64,
    most: f64,
}

const MEDIAN: (&str, fn(&Ratio) -> f64) = ("median", |ratio| ratio.median);
const P99: (&str, fn(&Ratio) -> f64) = ("p99", |ratio| ratio.p99);
const MAX: (&str, fn(&Ratio) -> f64) = ("max", |ratio| ratio.max);

const fn limit(
    family: &'static str,
    start: Start,
    number: &'static str,
    quantity: (&'static str, fn(&Ratio) -> f64),
    most: f64,
) -> Limit {
    Limit { family, start, number, quantity: quantity.0, of: quantity.1, most }
}

const LIMITS: [Limit; 13] = [
    limit("mpc", Start::Warm, "f64", MEDIAN, 0.55),
    limit("mpc", Start::Warm, "f64", P99, 0.65),
    limit("mpc", Start::Cold, "f64", MEDIAN, 0.65),
    limit("mpc", Start::Cold, "f64", MEDIAN, 0.6),
    limit("random-32", Start::Cold, "f64", MEDIAN, 0.55),
    limit("sequence-32", Start::Warm, "f64", MEDIAN, 0.7),
    limit("random-100", Start::Cold, "f64", MEDIAN, 0.75),
    limit("n4-box", Start::Cold, "f64", MEDIAN, 1.3),
    limit("n12-m60", Start::Cold, "f64", MEDIAN, 0.45),
    limit("whlipbal", Start::Cold, "f64", MEDIAN, 1.3),
    limit("whlipbal", Start::Cold, "f64", MEDIAN, 0.2),
    limit("quadrotor", Start::Warm, "f32", MEDIAN, 0.8),
    limit("quadrotor", Start::Warm, "f32", MAX, 0.75),
];

/// The promises whose rows are there: without DAQP there is no ratio, without a family nothing of it.
pub fn promises(rows: &[Row]) -> Vec<Promise> {
    let find = |family: &str, solver: &str, start: Start| {
        rows.iter().find(|row| row.family == family && row.solver == solver && row.start == start)
    };
    let mut promises = Vec::new();
    for Limit { family, start, number, quantity, of, most } in LIMITS {
        if let Some(ratio) = find(family, &format!("ours {number}"), start).and_then(|row| row.to_daqp) {
            let name = format!("{family} {start} {number} {quantity}");
            promises.push(Promise::at_most(&name, of(&ratio), "of DAQP", most));
        }
    }
    if let Some(row) = find("sudoku", "ours f32", Start::Cold) {
        let failures = (row.not_solved + row.wrong) as f64;
        promises.push(Promise::at_most("sudoku f32 failures", failures, &format!("of {}", row.problems), 0.0));
    }
    promises
}
