//! Experiments: what a run of a sweep does, by the name of its task.

use crate::data::mnist_folder;
use convex_edge_maps::compare::run::RunError as MapsError;
use convex_edge_maps::data::packed::{PackedError, embedded};
use convex_edge_maps::study as maps;
use convex_edge_mountain_car_study::compare::run::RunError as CarError;
use convex_edge_mountain_car_study::study as mountain_car;
use convex_edge_runs::measured::Measured;
use convex_edge_runs::settings::SettingsError;
use convex_edge_sudoku::data::digits::mnist::{MnistError, fetched};
use convex_edge_sudoku::evaluate::run::RunError as SudokuError;
use convex_edge_sudoku::study as sudoku;
use convex_edge_sweep::Run;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::path::Path;

/// Settings of a run, as its task has them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Experiment {
    Sudoku(sudoku::settings::Settings),
    Maps(maps::settings::Settings),
    MountainCar(mountain_car::settings::Settings),
}

/// Why a run cannot be done.
#[derive(Debug, thiserror::Error)]
pub enum ExperimentError {
    /// There is no such task.
    #[error("there is no task `{task}` for sweeps; name sudoku, maps or mountain-car")]
    Task {
        /// Name that was given.
        task: String,
    },
    /// The settings are not the task's.
    #[error("the settings of {title} do not fit: {source}; mend the sweep's file")]
    Malformed {
        /// The run in words.
        title: String,
        /// Error of the parser.
        source: serde_json::Error,
    },
    /// The settings make no sense together.
    #[error("{title}: {source}")]
    Settings {
        /// The run in words.
        title: String,
        /// What is wrong.
        source: SettingsError,
    },
    /// MNIST.
    #[error(transparent)]
    Mnist(#[from] MnistError),
    /// The maps.
    #[error(transparent)]
    Packed(#[from] PackedError),
    /// Sudoku.
    #[error(transparent)]
    Sudoku(#[from] SudokuError),
    /// Maps.
    #[error(transparent)]
    Maps(#[from] MapsError),
    /// `MountainCar`.
    #[error(transparent)]
    MountainCar(#[from] CarError),
}

impl Experiment {
    /// The settings of a run, if its task has them.
    ///
    /// # Errors
    /// [`ExperimentError`].
    pub(crate) fn of(run: &Run) -> Result<Self, ExperimentError> {
        let checked = |result: Result<(), SettingsError>| {
            result.map_err(|source| ExperimentError::Settings { title: run.title(), source })
        };
        match run.task.as_str() {
            "sudoku" => {
                let settings: sudoku::settings::Settings = parsed(run)?;
                checked(settings.check())?;
                Ok(Self::Sudoku(settings))
            }
            "maps" => {
                let settings: maps::settings::Settings = parsed(run)?;
                checked(settings.check())?;
                Ok(Self::Maps(settings))
            }
            "mountain-car" => {
                let settings: mountain_car::settings::Settings = parsed(run)?;
                checked(settings.check())?;
                Ok(Self::MountainCar(settings))
            }
            task => Err(ExperimentError::Task { task: task.to_owned() }),
        }
    }

    /// Trains and judges. Data are below the folder of all runs.
    ///
    /// # Errors
    /// [`ExperimentError`].
    pub(crate) fn run(&self, seed: u64, runs: &Path) -> Result<Measured, ExperimentError> {
        Ok(match self {
            Self::Sudoku(settings) => sudoku::run(settings, seed, &fetched(&mnist_folder(runs))?)?,
            Self::Maps(settings) => {
                // Checked before.
                let game = settings.game().unwrap_or_else(convex_edge_maps::data::game::Game::breakout);
                maps::run(settings, seed, &embedded(game)?)?
            }
            Self::MountainCar(settings) => mountain_car::run(settings, seed)?,
        })
    }
}

fn parsed<D: DeserializeOwned>(run: &Run) -> Result<D, ExperimentError> {
    let settings = Value::Object(run.settings.clone().into_iter().collect());
    serde_json::from_value(settings).map_err(|source| ExperimentError::Malformed { title: run.title(), source })
}
