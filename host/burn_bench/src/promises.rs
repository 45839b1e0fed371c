//! Promises of the layers, computed from a run.

use super::boards;
use super::case::BATCH;
use super::epochs::Epochs;
use super::row::Row;
use convex_edge_runs::promise::Promise;

/// The layer that promises are made of.
pub const OURS: &str = "ours f64";

/// Milliseconds of forward and backward pass where they are promised, and their share of the fastest peer's.
const TIMES: [(&str, Option<f64>, f64); 3] =
    [("random", Some(0.6), 0.12), ("sudoku", Some(5.0), 0.02), ("mpc", None, 0.15)];
/// Milliseconds of a 9x9 board's forward pass.
const BOARD: f64 = 0.2;
/// Time of a second epoch to that of the first.
const SECOND_EPOCH: f64 = 0.7;

/// The promises whose rows are there; where no peer ran on a batch, the ratio's is left out.
pub fn promises(rows: &[Row], epochs: &[Epochs]) -> Vec<Promise> {
    let mut promises = Vec::new();
    for (case, most, share) in TIMES {
        let Some(ours) = rows.iter().find(|row| row.case == case && row.layer == OURS) else { continue };
        let name = format!("{case}, forward and backward");
        promises.extend(most.map(|most| Promise::at_most(&name, ours.total.fastest, "ms", most)));
        if let Some(best) = best_peer(rows, case) {
            let ratio = ours.total.fastest / best.total.fastest;
            promises.push(Promise::at_most(&name, ratio, &format!("of {}", best.layer), share));
        }
    }
    for row in rows.iter().filter(|row| row.case == boards::NAME) {
        let each = row.forward.fastest / BATCH as f64;
        promises.push(Promise::at_most("9x9 board, forward", each, "ms", BOARD));
    }
    // What has next to no steps to save promises nothing.
    for epochs in epochs.iter().filter(|epochs| epochs.case != "mpc") {
        let name = format!("{}, second epoch", epochs.case);
        promises.push(Promise::at_most(&name, epochs.ratio(), "of the first", SECOND_EPOCH));
    }
    promises
}

/// The fastest layer on a batch that is not ours.
pub fn best_peer<'a>(rows: &'a [Row], case: &str) -> Option<&'a Row> {
    let peers = rows.iter().filter(|row| row.case == case && !row.layer.starts_with("ours"));
    peers.min_by(|a, b| a.total.fastest.total_cmp(&b.total.fastest))
}
