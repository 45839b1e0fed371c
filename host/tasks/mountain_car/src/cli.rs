//! Options that the commands of this task share, and its training with a progress bar.

use crate::config::{Config, ConfigError};
use crate::train::{self, TrainError, Trained};
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

/// Trains with a progress bar.
///
/// # Errors
/// [`TrainError`].
pub fn train_visibly(config: &Config, runs: &Path) -> Result<Trained, TrainError> {
    let bar = bar(0, "training");
    let trained = train::train(config, runs, |metrics, total| {
        bar.set_length(total);
        bar.set_position(metrics.generation);
        bar.set_prefix(format!("return {:.2}", metrics.best));
    });
    bar.finish_and_clear();
    trained
}
