//! Which task, with which settings, in which folder: options that several commands share.

use crate::tasks::mountain_car::config::{Config, ConfigError};
use std::path::PathBuf;

/// A task of this project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Task {
    /// Control: MountainCarContinuous under hard limits
    MountainCar,
}

/// A task whose program runs on a board.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Deployed {
    /// Control: MountainCarContinuous under hard limits
    MountainCar,
    /// Supervised: sudoku of 4 x 4 cells, read and solved from the images of its cells
    Sudoku,
    /// Generative: Breakout's maps under conditions, from a network's scores
    Maps,
}

/// A task whose problems are pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Pictured {
    /// Supervised: sudoku from its image
    Sudoku,
}

/// What a command needs to find the run of a task.
#[derive(Debug, Clone, clap::Args)]
pub struct RunOptions {
    /// Settings instead of the published ones
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Seed instead of the settings' own
    #[arg(long)]
    pub seed: Option<u64>,
    /// Folder of all runs
    #[arg(long, value_name = "FOLDER", default_value = "runs")]
    pub runs: PathBuf,
}

impl RunOptions {
    /// The settings that the options ask for.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn load(&self) -> Result<Config, ConfigError> {
        let mut config = Config::load(self.config.as_deref())?;
        config.training.seed = self.seed.unwrap_or(config.training.seed);
        Ok(config)
    }
}
