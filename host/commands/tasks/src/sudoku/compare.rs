//! `cargo edge compare sudoku`: share of boards that each method solves, by number of training boards.

use crate::data::mnist_folder;
use convex_edge_runs::progress::bar;
use convex_edge_runs::promise::Promise;
use convex_edge_runs::settings::SettingsError;
use convex_edge_runs::store::{StoreError, read_json, read_lines, write_json, write_lines};
use convex_edge_setup::workspace::{Workspace, WorkspaceError};
use convex_edge_sudoku::compare::{Comparison, DecoderRow, Row, promises, reached, summarize};
use convex_edge_sudoku::data::digits::Split;
use convex_edge_sudoku::evaluate::run::{RunError, RunResult, digits, run as run_one};
use convex_edge_sudoku::report::comparison_page as page;
use convex_edge_sudoku::report::rules_picture;
use convex_edge_sudoku::train::settings::{Job, PUBLISHED, Settings, Source};
use serde::Deserialize;
use std::path::Path;

/// The file of results that has every run.
const PUBLISHED_RUNS: &str = "runs.jsonl";

/// Errors of the command.
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
    /// The current directory is outside the workspace.
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
}

/// Result of `cargo edge train sudoku`, read from its files.
#[derive(Deserialize)]
struct Embedded {
    promises: Vec<Promise>,
}

/// Runs what was not run yet, one training after the other, unless only finished runs are wanted; prints the tables, and
/// writes the file that was asked for, and all runs next to it. Runs that are published are read, too, unless the user
/// repeats them. A missed target is printed; it is no error.
///
/// # Errors
/// [`CommandError`]; finished runs stay on disk.
pub(crate) fn run(
    quick: bool,
    only_finished: bool,
    repeats: bool,
    config: Option<&Path>,
    runs: &Path,
    json: Option<&Path>,
) -> Result<(), CommandError> {
    let settings = Settings::load(config, PUBLISHED)?;
    let settings = if quick { settings.quick() } else { settings };
    let folder = Workspace::locate()?.root.join("results").join("sudoku");
    let published = if repeats { Vec::new() } else { read_lines(&folder.join(PUBLISHED_RUNS))? };
    let results = results(&settings, only_finished, runs, &published)?;
    let rows = summarize(&settings, &results);
    let mut promises = promises(&rows);
    let embedded: Option<Embedded> = read_json(&folder.join("embedded.json"))?;
    promises.extend(embedded.into_iter().flat_map(|embedded| embedded.promises));
    print(&rows);
    println!();
    for promise in &promises {
        println!("{promise}");
    }
    let comparison = Comparison { settings: settings.clone(), reached: reached(&rows), rows, promises };
    let report = runs.join("sudoku").join("compare").join("report.html");
    page::write(&comparison, &report)?;
    println!("\n{}", report.display());
    let rules = report.with_file_name("rules.png");
    rules_picture::write(&rules)?;
    println!("{}", rules.display());
    if let Some(path) = json {
        write_json(path, &comparison)?;
        let all = results.iter().map(|(job, result)| (name(&settings, job), result));
        write_lines(&path.with_file_name(PUBLISHED_RUNS), &all.collect::<Vec<_>>())?;
        println!("{}", path.display());
    }
    Ok(())
}

/// Name of a run among the published ones.
fn name(settings: &Settings, job: &Job<'_>) -> String {
    job.file(settings, Path::new("")).display().to_string()
}

/// The results of all jobs, of which those that were run before, here or among the published ones, are read; of those alone,
/// where no others are wanted.
///
/// # Errors
/// [`CommandError`]; finished runs stay on disk.
pub(crate) fn results<'a>(
    settings: &'a Settings,
    only_finished: bool,
    runs: &Path,
    published: &[(String, RunResult)],
) -> Result<Vec<(Job<'a>, RunResult)>, CommandError> {
    let jobs = settings.jobs();
    let folder = mnist_folder(runs);
    let mut splits: Vec<(Source, Split)> = Vec::new();
    let bar = bar(jobs.len() as u64, "training");
    let mut results = Vec::new();
    for job in jobs {
        bar.set_prefix(format!("{}, {}, {} boards", job.problem.name, job.method.name, job.size.boards));
        bar.inc(1);
        let of_others = || {
            let name = name(settings, &job);
            published.iter().find(|(published, _)| *published == name).map(|(_, result)| result.clone())
        };
        let kept: Option<RunResult> = read_json(&job.file(settings, runs))?;
        if let Some(result) = kept.or_else(of_others) {
            results.push((job, result));
            continue;
        }
        if only_finished {
            continue;
        }
        let source = job.problem.source;
        let split = match splits.iter().position(|(known, _)| *known == source) {
            Some(place) => &splits[place].1,
            None => {
                let split = digits(source, &folder).map_err(RunError::from)?;
                splits.push((source, if settings.validation { split.for_validation() } else { split }));
                &splits[splits.len() - 1].1
            }
        };
        results.push((job, run_one(settings, &job, split, runs)?));
    }
    bar.finish_and_clear();
    Ok(results)
}

/// A table for each problem and method, a line for each number of boards: percent of the test boards that are right.
pub(crate) fn print(rows: &[Row]) {
    let mut last = None;
    for row in rows {
        let trained: Vec<&DecoderRow> = row.decoders.iter().filter(|found| found.condition == "as trained").collect();
        if last != Some((&row.problem, &row.method)) {
            println!("\n{}, {}: percent of boards right in every cell", row.problem, row.method);
            println!("{:>7}{:>7}{:>9}{:>7}  by decoder", "boards", "seeds", "seconds", "read");
            last = Some((&row.problem, &row.method));
        }
        let shares = trained.iter().map(|found| format!("{} {:.2}", found.decoder, 100.0 * found.right));
        println!(
            "{:>7}{:>7}{:>9.1}{:>7.2}  {}",
            row.boards,
            row.seeds,
            row.seconds,
            100.0 * row.read,
            shares.collect::<Vec<_>>().join(", ")
        );
    }
}
