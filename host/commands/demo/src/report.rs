//! `cargo edge report`: the page of the last demonstration, anew.

use convex_edge_mountain_car::cli::RunOptions;
use convex_edge_mountain_car::report::{self, ReportError};
use convex_edge_mountain_car::target::summary::Summary;
use convex_edge_mountain_car::train::search::Run;
use convex_edge_mountain_car::train::settings::ConfigError;
use convex_edge_runs::store::{StoreError, read_json, read_lines};
use std::path::{Path, PathBuf};

/// Options of the command.
#[derive(Debug, clap::Args)]
pub struct Options {
    #[command(flatten)]
    run: RunOptions,
}

/// Errors of the command.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The settings.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A file that the demonstration leaves.
    #[error("{} is missing; run `cargo edge demo` with the same options first", path.display())]
    Missing {
        /// Path of the file.
        path: PathBuf,
    },
    /// The demonstration was of another run.
    #[error("{} is of the run {found}, not {asked}; give `cargo edge report` the options of the demonstration", path.display())]
    OtherRun {
        /// The summary.
        path: PathBuf,
        /// Hash and seed of the demonstration in the file.
        found: String,
        /// Hash and seed from the options.
        asked: String,
    },
    /// A file.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The page.
    #[error(transparent)]
    Report(#[from] ReportError),
}

/// Makes the page and says where it is.
pub fn run(options: &Options) -> Result<(), CommandError> {
    let config = options.run.load()?;
    let folder = options.run.runs.join("demo");
    let path = folder.join("summary.json");
    let summary: Summary = read(&path)?;
    let found = format!("{}/{}", summary.configuration, summary.seed);
    let asked = format!("{}/{}", config.identity().1, config.training.seed);
    if found != asked {
        return Err(CommandError::OtherRun { path, found, asked });
    }
    let episodes: Vec<_> = read(&folder.join("episodes.json"))?;
    let path = Run::of(&config, &options.run.runs).metrics();
    let metrics = read_lines(&path)?;
    if metrics.is_empty() {
        return Err(CommandError::Missing { path });
    }
    let page = folder.join("report.html");
    let data = report::Data { summary: &summary, metrics: &metrics, episodes: &episodes, config: &config };
    report::write(&data, &page)?;
    println!("{}", page.display());
    Ok(())
}

fn read<D: serde::de::DeserializeOwned>(path: &Path) -> Result<D, CommandError> {
    read_json(path)?.ok_or_else(|| CommandError::Missing { path: path.to_path_buf() })
}
