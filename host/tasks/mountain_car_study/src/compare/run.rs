//! Run of a variant: its training and its figures.

use super::settings::{Algorithm, Settings, Variant};
use crate::baselines::ars::{self, Ars};
use crate::baselines::controller::{Control, Controller};
use crate::baselines::evaluation::{Plant, play};
use crate::baselines::policy::Policy;
use crate::baselines::ppo::{self, Ppo};
use crate::baselines::sac::{self, Sac};
use crate::baselines::training::{Progress, TrainError};
use crate::model::known_plant::KnownPlant;
use convex_edge_burn::LayerError;
use convex_edge_core::episode::Scenario;
use convex_edge_mountain_car::evaluate::episodes::{CORNERS, scenarios};
use convex_edge_mountain_car::model::safe_set::SafeSetError;
use convex_edge_mountain_car::train::settings::ConfigError;
use convex_edge_runs::processor_time;
use convex_edge_runs::store::{StoreError, read_json, write_json};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::time::Instant;

/// A return from which on the environment counts as solved (Gymnasium's registry).
pub const SOLVED: f64 = 90.0;

/// Seeds of the looks at a policy in training; evaluation after it has those from 0 on.
const LOOK_SEED: u64 = 500_000;

/// Episodes of one policy on one plant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Name of the plant.
    pub plant: String,
    /// Number of episodes.
    pub episodes: usize,
    /// Number of episodes that reached the goal.
    pub solved: usize,
    /// Mean of the returns.
    pub mean_return: f64,
    /// Smallest return.
    pub min_return: f64,
    /// Steps that exceeded a limit on speed, position or action.
    pub violations: u64,
}

/// A look at the policy in training.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Look {
    /// Steps so far.
    pub steps: usize,
    /// Mean return.
    pub mean_return: f64,
    /// Training steps so far that exceeded a limit.
    pub violations: u64,
}

/// Result of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunResult {
    /// Its seed.
    pub seed: u64,
    /// Looks at the policy in training.
    pub curve: Vec<Look>,
    /// The policy after the last step, on Gymnasium's plant.
    pub last: Evaluation,
    /// The policy of the best look, on Gymnasium's plant.
    pub best: Evaluation,
    /// The policy after the last step behind the safety filter, where it was trained without one.
    pub filtered: Option<Evaluation>,
    /// The policy after the last step on other plants.
    pub plants: Vec<Evaluation>,
    /// What the policy after the last step saw in one episode.
    pub path: Vec<[f32; 2]>,
    /// Training steps that exceeded a limit.
    pub violations: u64,
    /// Weights of the policy.
    pub parameters: usize,
    /// Time of training and looks in one thread of a busy machine.
    pub seconds: f64,
    /// Time that this thread had a processor for it; earlier runs did not note it.
    pub processor_seconds: Option<f64>,
}

/// Errors of a run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The training.
    #[error(transparent)]
    Training(#[from] TrainError),
    /// The evaluation.
    #[error("the policy cannot be evaluated: {0}")]
    Layer(#[from] LayerError),
    /// No safe set.
    #[error(transparent)]
    SafeSet(#[from] SafeSetError),
    /// The settings.
    #[error(transparent)]
    Settings(#[from] ConfigError),
    /// A file.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Runs, or reads what an earlier process ran. `took` hears how many steps were taken since it heard last.
///
/// # Errors
/// [`RunError`].
pub fn run(
    settings: &Settings,
    variant: &Variant,
    seed: u64,
    runs: &Path,
    took: &dyn Fn(usize),
) -> Result<RunResult, RunError> {
    let file = settings.file(runs, variant, seed);
    if let Some(result) = read_json(&file)? {
        took(settings.steps(variant));
        return Ok(result);
    }
    let result = fresh(settings, variant, seed, took)?;
    write_json(&file, &result)?;
    Ok(result)
}

fn fresh(settings: &Settings, variant: &Variant, seed: u64, took: &dyn Fn(usize)) -> Result<RunResult, RunError> {
    let (started, processor_started) = (Instant::now(), processor_time::of_thread());
    let controller = Controller::new(
        variant.control,
        variant.output_scale,
        KnownPlant::new(1.0, 1.0, &settings.safe_set)?,
        settings.progress,
    )?;
    let look_plants = nominal(LOOK_SEED, settings.look_episodes);
    let mut curve: Vec<Look> = Vec::new();
    let mut best: Option<(f64, Policy)> = None;
    let show = |progress: &Progress| {
        took(progress.steps - curve.last().map_or(0, |look| look.steps));
        let mean_return = evaluate("", progress.policy, &controller, &look_plants)?.mean_return;
        curve.push(Look { steps: progress.steps, mean_return, violations: progress.violations });
        if best.as_ref().is_none_or(|(value, _)| mean_return > *value) {
            best = Some((mean_return, progress.policy.clone()));
        }
        Ok(())
    };
    let (steps, every) = (settings.steps(variant), settings.every);
    let policy = match variant.algorithm {
        Algorithm::Ppo => ppo::train(&Ppo { steps, ..settings.ppo }, &controller, seed, every, show),
        Algorithm::Sac => sac::train(&Sac { steps, ..settings.sac }, &controller, seed, every, show),
        Algorithm::Ars => ars::train(&Ars { steps, ..settings.ars }, &controller, seed, every, show),
    }?;
    let seconds = started.elapsed().as_secs_f64();
    let processor_seconds = Some((processor_time::of_thread() - processor_started).as_secs_f64());
    let plant = nominal(0, settings.episodes);
    let last = evaluate("nominal", &policy, &controller, &plant)?;
    let best = match &best {
        Some((_, best)) => evaluate("nominal", best, &controller, &plant)?,
        None => last.clone(),
    };
    let filtered = match variant.control {
        Control::Clip => Some(evaluate("nominal", &policy, &controller.with(Control::Filter), &plant)?),
        _ => None,
    };
    let plants = other_plants(settings.plant_episodes)
        .iter()
        .map(|(name, plants)| evaluate(name, &policy, &controller, plants))
        .collect::<Result<_, _>>()?;
    let mut path = Vec::new();
    play(plant.get(..1).unwrap_or_default(), |observations| {
        path.extend_from_slice(observations);
        policy.actions(&controller, observations)
    })?;
    let violations = curve.last().map_or(0, |look| look.violations);
    let parameters = policy.parameters();
    Ok(RunResult {
        seed,
        curve,
        last,
        best,
        filtered,
        plants,
        path,
        violations,
        parameters,
        seconds,
        processor_seconds,
    })
}

fn nominal(first: u64, episodes: u64) -> Vec<Plant> {
    scenarios(first, episodes, (1.0, 1.0), false).into_iter().map(|scenario| (scenario, false)).collect()
}

/// The plants of the robustness table: noise, each corner of 5 % with noise, the corners of 10 %, a delay of one step.
pub fn other_plants(episodes: u64) -> Vec<(String, Vec<Plant>)> {
    let on = |plant, noise, delay| {
        scenarios(0, episodes, plant, noise).into_iter().map(|scenario: Scenario| (scenario, delay)).collect::<Vec<_>>()
    };
    let percent = |factor: f32| 100.0 * (factor - 1.0);
    let mut plants = vec![("noise".to_owned(), on((1.0, 1.0), true, false))];
    for (gravity, power) in CORNERS {
        let name = format!("gravity {:+.0} %, power {:+.0} %, noise", percent(gravity), percent(power));
        plants.push((name, on((gravity, power), true, false)));
    }
    for (gravity, power) in [(0.9, 1.1), (1.1, 0.9)] {
        let name = format!("gravity {:+.0} %, power {:+.0} %", percent(gravity), percent(power));
        plants.push((name, on((gravity, power), false, false)));
    }
    plants.push(("delay of one step".to_owned(), on((1.0, 1.0), false, true)));
    plants
}

fn evaluate(plant: &str, policy: &Policy, controller: &Controller, plants: &[Plant]) -> Result<Evaluation, LayerError> {
    let played = play(plants, |observations| policy.actions(controller, observations))?;
    Ok(Evaluation {
        plant: plant.to_owned(),
        episodes: played.len(),
        solved: played.iter().filter(|episode| episode.solved).count(),
        mean_return: played.iter().map(|episode| episode.episode_return).sum::<f64>() / played.len().max(1) as f64,
        min_return: played.iter().map(|episode| episode.episode_return).reduce(f64::min).unwrap_or(0.0),
        violations: played.iter().map(|episode| u64::from(episode.violations)).sum(),
    })
}
