//! `cargo edge train TASK`.

use super::progress::bar;
use super::task::{RunOptions, Task};
use crate::tasks::mountain_car::config::{Config, ConfigError};
use crate::tasks::mountain_car::train::{Run, TrainError, Trained, train};
use std::path::Path;

/// Options of the command.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// What to train
    task: Task,
    #[command(flatten)]
    run: RunOptions,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

/// Why the command failed.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The settings.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The training.
    #[error(transparent)]
    Train(#[from] TrainError),
}

/// Trains with a progress bar and says where the result is.
pub fn run(options: &Options) -> Result<(), CommandError> {
    let Task::MountainCar = options.task;
    let config = options.run.load()?;
    let trained = train_visibly(&config, &options.run.runs)?;
    if options.json {
        println!("{}", serde_json::json!(trained));
    } else {
        let model = Run::of(&config, &options.run.runs).model();
        println!("validation return {:.3} after {:.0} s: {}", trained.fitness, trained.seconds, model.display());
    }
    Ok(())
}

/// Trains with a progress bar.
pub fn train_visibly(config: &Config, runs: &Path) -> Result<Trained, TrainError> {
    let bar = bar(0, "training");
    let trained = train(config, runs, |metrics, total| {
        bar.set_length(total);
        bar.set_position(metrics.generation);
        bar.set_prefix(format!("return {:.2}", metrics.best));
    });
    bar.finish_and_clear();
    trained
}
