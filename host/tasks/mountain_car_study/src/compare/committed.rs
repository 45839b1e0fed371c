//! Promises of the long runs that are committed under `results/mountain_car`.

use convex_edge_mountain_car::evaluate::robustness::Evaluation;
use convex_edge_mountain_car::train::discrete_car;
use convex_edge_runs::promise::Promise;
use convex_edge_runs::store::{StoreError, read_json};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Errors when committed results are read.
#[derive(Debug, thiserror::Error)]
pub enum CommittedError {
    /// A file is not there.
    #[error("{} is missing; make it with `{command}`", path.display())]
    Missing {
        /// Path of the file.
        path: PathBuf,
        /// Command that makes the file.
        command: &'static str,
    },
    /// A file cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A run of the continuous car.
#[derive(Deserialize)]
struct Continuous {
    evaluations: Vec<Evaluation>,
}

/// A run of the discrete car.
#[derive(Deserialize)]
struct Discrete {
    summary: discrete_car::Summary,
}

/// The attacks.
#[derive(Deserialize)]
struct Attack {
    promises: Vec<Promise>,
}

/// The promises of the shipped, the free and the discrete policy, and of the filter under attack; each of the worst
/// published seed.
///
/// # Errors
/// [`CommittedError`].
pub fn promises(results: &Path) -> Result<Vec<Promise>, CommittedError> {
    let shipped: BTreeMap<String, Continuous> =
        read(results, "shipped.json", "cargo edge train mountain-car --results results/mountain_car/shipped.json")?;
    let free: BTreeMap<String, Continuous> = read(
        results,
        "free.json",
        "cargo edge train mountain-car --config host/tasks/mountain_car/configs/free.toml --results results/mountain_car/free.json",
    )?;
    let discrete: BTreeMap<String, Discrete> = read(
        results,
        "discrete.json",
        "cargo edge train mountain-car-discrete --config host/tasks/mountain_car/configs/discrete.toml --results results/mountain_car/discrete.json",
    )?;
    let attack: Attack =
        read(results, "attack.json", "cargo edge attack mountain-car --json > results/mountain_car/attack.json")?;
    let within = || shipped.values().flat_map(|run| &run.evaluations).filter(|found| found.within_margins);
    let unsolved: usize = within().map(|found| found.summary.episodes - found.summary.solved).sum();
    let violations: u64 = within().map(|found| found.summary.violations).sum();
    let plain = free.values().filter_map(|run| run.evaluations.first());
    let unlimited = discrete.iter().filter(|(name, _)| name.starts_with("discrete/"));
    let attacked: f64 =
        attack.promises.iter().filter(|promise| promise.name.starts_with("violations")).map(|p| p.value).sum();
    let worst = |values: &mut dyn Iterator<Item = f64>| values.fold(f64::INFINITY, f64::min);
    Ok(vec![
        Promise::at_least("shipped, worst plant's mean", worst(&mut within().map(|f| f.summary.mean_return)), "", 98.4),
        Promise::at_most("shipped, episodes not solved", unsolved as f64, "", 0.0),
        Promise::at_most("shipped, violations", violations as f64, "steps", 0.0),
        Promise::at_least("free environment, mean", worst(&mut plain.map(|f| f.summary.mean_return)), "", 99.4),
        Promise::at_least(
            "discrete car, mean",
            worst(&mut unlimited.map(|(_, run)| run.summary.mean_return)),
            "",
            -99.5,
        ),
        Promise::at_most("filter under attack, violations", attacked, "steps", 0.0),
    ])
}

fn read<D: DeserializeOwned>(results: &Path, name: &str, command: &'static str) -> Result<D, CommittedError> {
    let path = results.join(name);
    read_json(&path)?.ok_or(CommittedError::Missing { path, command })
}
