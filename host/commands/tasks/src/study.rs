//! `cargo edge study`: all runs of the study, its tables, and the seal.

use crate::sweep::{self, Place, complete};
use convex_edge_runs::store::{StoreError, write_json};
use convex_edge_setup::workspace::{Workspace, WorkspaceError};
use convex_edge_study::cells::Cells;
use convex_edge_study::contrasts::Contrast;
use convex_edge_study::summary::{Summary, summarize};
use convex_edge_study::{RUNS, seal};
use convex_edge_sweep::finished::Collected;
use convex_edge_sweep::{Plan, PlanError};
use std::path::PathBuf;

/// Options of the command.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Do the runs of the seal: headline figures on fresh seeds, once everything else is finished
    #[arg(long)]
    seal: bool,
    /// Write tables, contrasts and curves as JSON to this file
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "results/study/summary.json")]
    json: Option<PathBuf>,
    #[command(flatten)]
    place: Place,
}

/// Errors of the command.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The runs.
    #[error(transparent)]
    Sweep(#[from] sweep::CommandError),
    /// The plan.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The current directory is outside the workspace.
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
    /// The file.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The seal comes last.
    #[error("{left} runs of the study are left; the seal is evaluated once, after them: run `cargo edge study` first")]
    Unfinished {
        /// Runs that are left.
        left: usize,
    },
}

/// Does the runs that are left, prints the primary contrasts and the promises, and writes the summary.
///
/// # Errors
/// [`CommandError`]; finished runs stay on disk.
pub fn run(options: &Options) -> Result<(), CommandError> {
    let results = Workspace::locate()?.root.join("results").join("study");
    let plan = Plan::parse(RUNS, 0)?;
    let found = if options.seal {
        Collected::read(&plan, options.place.runs(), &results)?
    } else {
        complete(&plan, &options.place, &results)?
    };
    let left = found.runs.iter().filter(|run| run.is_none()).count();
    let of_seal = results.join("seal");
    let fresh = if options.seal {
        if left > 0 {
            return Err(CommandError::Unfinished { left });
        }
        complete(&seal::plan()?, &options.place, &of_seal)?
    } else {
        Collected::read(&seal::plan()?, options.place.runs(), &of_seal)?
    };
    let summary = summarize(&Cells::new(found.results()), &Cells::new(fresh.results()));
    print(&summary, plan.runs.len() - left, plan.runs.len());
    if let Some(path) = &options.json {
        write_json(path, &summary)?;
        println!("{}", path.display());
    }
    Ok(())
}

fn print(summary: &Summary, finished: usize, all: usize) {
    println!("{finished} of {all} runs are finished");
    for Contrast { block, first, second, paired, .. } in summary.contrasts.iter().filter(|found| found.is_primary) {
        let [first, second] = [first, second].map(|cell| cell.join(", "));
        println!("\n{block}\n  {first}, minus {second}");
        let half = paired.difference.half_width.map_or_else(String::new, |half| format!(" +- {half:.3}"));
        let (mean, seeds, margin) = (paired.difference.mean, paired.difference.seeds, paired.margin);
        println!("  {mean:.3}{half} over {seeds} seeds, margin {margin:.3}: {:?}", paired.verdict);
    }
    println!();
    for curve in &summary.harm {
        let turning = match (curve.turning, curve.interval) {
            (Some(value), Some([low, high])) => format!("{value:.1} % [{low:.1}, {high:.1}]"),
            (Some(value), None) => format!("{value:.1} %, interval open"),
            (None, _) => "not within the range tried".to_owned(),
        };
        println!("{:<32}{:<54}{turning}", curve.id, curve.structure);
    }
    println!();
    summary.promises.iter().for_each(|promise| println!("{promise}"));
}
