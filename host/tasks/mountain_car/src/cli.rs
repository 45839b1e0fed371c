//! Options that the commands of this task share, and its training with a progress bar.

use crate::train::search::{self, TrainError, Trained};
use crate::train::settings::{Config, ConfigError};
use convex_edge_runs::progress::bar;
use std::path::{Path, PathBuf};

/// A task of this project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Task {
    /// Control: MountainCarContinuous under hard limits
    MountainCar,
}

/// What a command needs to find the run of a task.
#[derive(Debug, Clone, clap::Args)]
pub struct RunOptions {
    /// Read the settings from FILE. Default: the published settings
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Use this seed. Default: the seed in the settings
    #[arg(long)]
    pub seed: Option<u64>,
    /// Keep all runs in this folder
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

/// Trains with a progress bar.
///
/// # Errors
/// [`TrainError`].
pub fn train_visibly(config: &Config, runs: &Path) -> Result<Trained, TrainError> {
    let bar = bar(0, "training");
    let trained = search::train(config, runs, &mut |metrics, total| {
        bar.set_length(total);
        bar.set_position(metrics.generation);
        bar.set_prefix(format!("return {:.2}", metrics.best));
    });
    bar.finish_and_clear();
    trained
}
