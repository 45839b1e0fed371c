//! `cargo edge work MANIFEST INDEX`: one run of a sweep. The sweep calls it; so does each task of a job array.

use crate::experiment::{Experiment, ExperimentError};
use convex_edge_sweep::finished::{FinishedError, save};
use convex_edge_sweep::manifest::{Manifest, ManifestError};
use std::path::PathBuf;

/// Options of the command.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// List of the runs, which `cargo edge sweep` wrote
    manifest: PathBuf,
    /// Place of the run in the list, from 0
    index: usize,
}

/// Errors of the command.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The list.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The run.
    #[error(transparent)]
    Experiment(#[from] ExperimentError),
    /// Its files.
    #[error(transparent)]
    Finished(#[from] FinishedError),
}

/// Does a run, unless it is finished already, and writes its files.
///
/// # Errors
/// [`CommandError`].
pub fn run(options: &Options) -> Result<(), CommandError> {
    let Some((run, folder)) = Manifest::left(&options.manifest, options.index)? else { return Ok(()) };
    println!("{}", run.title());
    let measured = Experiment::of(&run)?.run(run.seed, &folder)?;
    Ok(save(&run, measured, &folder)?)
}
