//! `cargo edge compare sudoku`: who solves how many boards after learning from how many.

use super::progress::bar;
use crate::store::{StoreError, write_json};
use crate::tasks::sudoku::compare::run::{RunError, RunResult, digits, run as run_one};
use crate::tasks::sudoku::compare::settings::{Job, PUBLISHED, Settings, SettingsError, Source};
use crate::tasks::sudoku::compare::summary::{Comparison, Row, promises, summarize};
use crate::tasks::sudoku::digits::Split;
use std::path::Path;

/// Why there is no comparison.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The settings.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A run.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The file.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Runs what was not run yet, one training after the other on all cores, prints the tables, and writes the file that was
/// asked for. A promise that was missed is said, no error.
///
/// # Errors
/// [`CommandError`]; what was finished is kept.
pub(super) fn run(quick: bool, config: Option<&Path>, runs: &Path, json: Option<&Path>) -> Result<(), CommandError> {
    let settings = Settings::load(config, PUBLISHED)?;
    let settings = if quick { settings.quick() } else { settings };
    let rows = summarize(&settings, &finished(&settings, runs)?);
    let promises = promises(&rows);
    print(&rows);
    println!();
    for promise in &promises {
        println!("{promise}");
    }
    if let Some(path) = json {
        write_json(path, &Comparison { settings, rows, promises })?;
        println!("\n{}", path.display());
    }
    Ok(())
}

/// The results of all jobs; those that were run before are read.
///
/// # Errors
/// [`CommandError`]; what was finished is kept.
pub(super) fn finished<'a>(settings: &'a Settings, runs: &Path) -> Result<Vec<(Job<'a>, RunResult)>, CommandError> {
    let jobs = settings.jobs();
    let folder = runs.join("data").join("mnist");
    let mut splits: Vec<(Source, Split)> = Vec::new();
    let bar = bar(jobs.len() as u64, "training");
    let mut results = Vec::new();
    for job in jobs {
        let source = job.problem.source;
        let split = match splits.iter().position(|(known, _)| *known == source) {
            Some(place) => &splits[place].1,
            None => {
                let split = digits(source, &folder).map_err(RunError::from)?;
                splits.push((source, if settings.validation { split.for_validation() } else { split }));
                &splits[splits.len() - 1].1
            }
        };
        bar.set_prefix(format!("{}, {}, {} boards", job.problem.name, job.method.name, job.size.boards));
        results.push((job, run_one(settings, &job, split, runs)?));
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(results)
}

/// A block for each problem, method and number of boards.
pub(super) fn print(rows: &[Row]) {
    for Row { problem, method, boards, seeds, seconds, read, decoders, inconsistent } in rows {
        println!(
            "{problem}, {method}, {boards} boards, {seeds} seeds: {:.2} % of the digits read, {seconds:.0} s a training",
            100.0 * read
        );
        for found in decoders {
            let name = format!("{}, {}", found.condition, found.decoder);
            println!(
                "  {name:<52}{:>7.2} % [{:.2}, {:.2}]{:>8.2} % of blanks{:>8.2} % valid{:>9.3} ms",
                100.0 * found.right,
                100.0 * found.interval[0],
                100.0 * found.interval[1],
                100.0 * found.blanks_right,
                100.0 * found.valid,
                found.milliseconds
            );
        }
        if let Some(found) = inconsistent {
            println!(
                "  one wrong given: {} of {} recognised, {} of {} sound boards suspected",
                found.recognised, found.boards, found.alarms, found.sound
            );
        }
    }
}
