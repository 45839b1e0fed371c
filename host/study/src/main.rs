//! `cargo edge report study`: the study's page from its results.

use clap::{Parser, Subcommand};
use convex_edge_runs::program;
use convex_edge_runs::store::{StoreError, write_atomically};
use convex_edge_setup::workspace::{Workspace, WorkspaceError};
use convex_edge_study::cells::Cells;
use convex_edge_study::page::{Data, page};
use convex_edge_study::summary::summarize;
use convex_edge_study::{RUNS, seal};
use convex_edge_sweep::finished::Collected;
use convex_edge_sweep::{Plan, PlanError, Timings};
use std::path::PathBuf;
use std::process::ExitCode;

/// Command line of the program.
#[derive(Debug, Parser)]
#[command(name = "cargo edge", bin_name = "cargo edge", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write a page
    #[command(subcommand)]
    Report(Report),
}

#[derive(Debug, Subcommand)]
enum Report {
    /// Write the page of the study from its results
    Study(Options),
}

#[derive(Debug, clap::Args)]
struct Options {
    /// Write the page to this file. Default: `study.html` below the folder of runs
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Read results from this folder. Default: `results/study` of the workspace
    #[arg(long, value_name = "FOLDER")]
    results: Option<PathBuf>,
    /// Keep files of runs below this folder
    #[arg(long, value_name = "FOLDER", default_value = "runs")]
    runs: PathBuf,
}

/// Why the page was not written.
#[derive(Debug, thiserror::Error)]
enum CommandError {
    /// The plan.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The current directory is outside the workspace.
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
    /// A file.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn main() -> ExitCode {
    program::run(|| -> Result<(), CommandError> {
        let Command::Report(Report::Study(options)) = Cli::parse().command;
        let results = match options.results {
            Some(results) => results,
            None => Workspace::locate()?.root.join("results").join("study"),
        };
        let plan = Plan::parse(RUNS, 0)?;
        let found = Collected::read(&plan, &options.runs, &results)?;
        let fresh = Collected::read(&seal::plan()?, &options.runs, &results.join("seal"))?;
        let summary = summarize(&Cells::new(found.results()), &Cells::new(fresh.results()));
        let timings: Vec<Timings> = found.runs.iter().flatten().filter_map(|(_, timings)| timings.clone()).collect();
        let finished = [found.runs.iter().flatten().count(), plan.runs.len()];
        let data = Data { summary: &summary, timings: &timings, examples: &found.examples, finished };
        let path = options.output.unwrap_or_else(|| options.runs.join("study.html"));
        write_atomically(&path, page(&data).as_bytes())?;
        println!("{}", path.display());
        Ok(())
    })
}
