//! `cargo edge train mountain-car` and `mountain-car-discrete`.

use convex_edge_mountain_car::cli::{RunOptions, train_visibly};
use convex_edge_mountain_car::evaluate::record::record;
use convex_edge_mountain_car::evaluate::robustness::{STARTS, evaluate};
use convex_edge_mountain_car::model::safe_set::SafeSetError;
use convex_edge_mountain_car::train::discrete_car;
use convex_edge_mountain_car::train::search::{Run, TrainError};
use convex_edge_mountain_car::train::settings::ConfigError;
use convex_edge_runs::progress::bar;
use convex_edge_runs::store::StoreError;
use serde_json::{Value, json};
use std::path::Path;

/// Errors of the command.
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
    Discrete(#[from] discrete_car::TrainError),
    /// No safe set.
    #[error(transparent)]
    SafeSet(#[from] SafeSetError),
    /// The file of results.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The discrete car has no settings of its own.
    #[error("name the settings of the discrete car with --config, as host/tasks/mountain_car/configs/discrete.toml")]
    NoConfig,
}

/// Trains the cost of the continuous car.
///
/// # Errors
/// [`CommandError`]; finished generations stay on disk.
pub(crate) fn continuous(options: &RunOptions, results: Option<&Path>, json: bool) -> Result<(), CommandError> {
    let config = options.load()?;
    let trained = train_visibly(&config, &options.runs)?;
    if let Some(file) = results {
        let evaluations = evaluate(&config, &trained, STARTS)?;
        let run = json!({ "configuration": config.identity().1, "trained": trained, "evaluations": evaluations });
        record(file, &name(options, config.training.seed), &config, run)?;
    }
    let model = Run::of(&config, &options.runs).model();
    say(json, &json!(trained), trained.fitness, trained.seconds, &model.display().to_string());
    Ok(())
}

/// Trains the discrete car's polynomial.
///
/// # Errors
/// [`CommandError`].
pub(crate) fn discrete(options: &RunOptions, results: Option<&Path>, json: bool) -> Result<(), CommandError> {
    let mut config = discrete_car::load(options.config.as_deref().ok_or(CommandError::NoConfig)?)?;
    config.seed = options.seed.unwrap_or(config.seed);
    let bar = bar(0, "training");
    let trained = discrete_car::train(&config, &mut |generation, total, best| {
        bar.set_length(total);
        bar.set_position(generation);
        bar.set_prefix(format!("return {best:.2}"));
    });
    bar.finish_and_clear();
    let trained = trained?;
    let summary = discrete_car::evaluate(&config, &trained, STARTS)?;
    if let Some(file) = results {
        record(file, &name(options, config.seed), &config, json!({ "trained": trained, "summary": summary }))?;
    }
    let result = json!({ "trained": trained, "summary": summary });
    say(
        json,
        &result,
        trained.fitness,
        trained.seconds,
        &format!("mean over {STARTS} starts {:.2}", summary.mean_return),
    );
    Ok(())
}

fn say(json: bool, result: &Value, fitness: f64, seconds: f64, rest: &str) {
    if json {
        println!("{result}");
    } else {
        println!("validation return {fitness:.3} after {seconds:.0} s: {rest}");
    }
}

/// The configuration's file and the seed, as `free/0`.
fn name(options: &RunOptions, seed: u64) -> String {
    let path = options.config.as_deref().unwrap_or(Path::new("mountain_car.toml"));
    let stem = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    format!("{stem}/{seed}")
}
