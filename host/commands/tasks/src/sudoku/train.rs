//! `cargo edge train sudoku`: readers of boards whose digits come with the program.

use crate::sudoku::compare::{CommandError, print, results as run_all};
use convex_edge_runs::promise::Promise;
use convex_edge_runs::store::write_json;
use convex_edge_sudoku::compare::{Comparison, reached, summarize};
use convex_edge_sudoku::train::settings::{EMBEDDED, Settings};
use std::path::Path;
use std::time::Instant;

/// Target for the share of 4x4 boards that are right, at least, percent.
const LEAST: f64 = 96.0;
/// Most seconds that everything is to take.
const MOST_SECONDS: f64 = 180.0;

/// Trains what was not trained yet, and prints the figures and whether they meet the targets.
///
/// # Errors
/// [`CommandError`]; finished runs stay on disk.
pub(crate) fn run(config: Option<&Path>, runs: &Path, results: Option<&Path>, json: bool) -> Result<(), CommandError> {
    let settings = Settings::load(config, EMBEDDED)?;
    let started = Instant::now();
    let rows = summarize(&settings, &run_all(&settings, false, runs, &[])?);
    let seconds = started.elapsed().as_secs_f64();
    let search = |problem: &str| {
        let row = rows.iter().find(|row| row.problem == problem)?;
        row.decoders.iter().find(|found| found.decoder == "layer and search").map(|found| 100.0 * found.right)
    };
    let mut promises = vec![Promise::at_most("trained and judged", seconds, "s", MOST_SECONDS)];
    promises.extend(search("4x4").map(|right| Promise::at_least("4x4, embedded digits", right, "%", LEAST)));
    let comparison = Comparison { settings, reached: reached(&rows), rows, promises };
    if json {
        println!("{}", serde_json::json!(comparison));
    } else {
        print(&comparison.rows);
        comparison.promises.iter().for_each(|promise| println!("{promise}"));
    }
    if let Some(path) = results {
        write_json(path, &comparison)?;
    }
    Ok(())
}
