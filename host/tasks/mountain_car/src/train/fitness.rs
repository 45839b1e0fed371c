//! Fitness of a candidate: its return on many plants, where rare failures and the worst plant weigh more.

use crate::evaluate::episodes::{CORNERS, EpisodeResult, play_over, scenarios};
use crate::model::safe_set::{SafeSetError, tables, unlimited};
use crate::model::slew::{self, SlewSafeSet};
use crate::model::weights::parameters;
use crate::train::settings::{Config, Filter, Horizon, TrainingSettings};
use convex_edge_core::episode::{Episode, Scenario};
use convex_edge_core::plant::mountain_car::CONTINUOUS_GOAL;
use convex_edge_core::policy::Cost;
use convex_edge_core::safety::SafeSet;

/// Episodes on several plants, the same number on each.
#[derive(Debug, Clone)]
pub struct Trial {
    /// Plant after plant.
    pub scenarios: Vec<Scenario>,
    plants: usize,
}

/// The safe set that a policy is trained with.
///
/// # Errors
/// [`SafeSetError`].
pub fn training_safe_set(config: &Config) -> Result<SafeSet, SafeSetError> {
    match config.policy.filter {
        Filter::Never | Filter::AfterTraining => Ok(unlimited()),
        Filter::Always | Filter::SlewLimited => tables(&config.safe_set),
    }
}

/// What keeps a policy's hard slew limit, where the environment has one.
///
/// # Errors
/// [`SafeSetError`].
pub fn slew_safe_set(config: &Config) -> Result<Option<SlewSafeSet>, SafeSetError> {
    match config.policy.filter {
        Filter::SlewLimited => slew::tables(&config.safe_set).map(Some),
        Filter::Never | Filter::AfterTraining | Filter::Always => Ok(None),
    }
}

/// Mix of the plants' mean and the worst of them. An episode that fails, or takes longer than the configuration
/// allows, counts without the reward of the goal and less the cost of the distance that was left.
pub fn fitness(
    config: &Config,
    (safe_set, slew): (&SafeSet, Option<&SlewSafeSet>),
    weights: &[f64; Cost::WEIGHTS],
    trial: &Trial,
    horizon: Horizon,
) -> f64 {
    let settings = &config.training;
    let results = play_over(horizon, &parameters(&config.policy, safe_set, weights), &trial.scenarios, false, slew);
    let plants = results.chunks(results.len().div_ceil(trial.plants).max(1));
    let mean =
        |plant: &[EpisodeResult]| plant.iter().map(|result| value(settings, result)).sum::<f64>() / plant.len() as f64;
    let means: Vec<f64> = plants.map(mean).collect();
    let worst = means.iter().copied().fold(f64::INFINITY, f64::min);
    let mean = means.iter().sum::<f64>() / means.len() as f64;
    mean + settings.worst_plant * (worst - mean)
}

fn value(settings: &TrainingSettings, result: &EpisodeResult) -> f64 {
    if result.solved && result.steps <= settings.time_limit {
        return result.episode_return;
    }
    let goal = if result.solved { 100.0 } else { 0.0 };
    let left = (CONTINUOUS_GOAL - f64::from(result.furthest)).max(0.0);
    result.episode_return - goal - settings.failure_cost * left
}

/// Every start on the nominal plant and on corners of its error; every other one with noise. The starts are
/// stratified: the first seeds whose resets fall into equal parts of Gymnasium's interval.
pub fn training_trial(settings: &TrainingSettings) -> Trial {
    let starts = settings.starts;
    let mut seeds: Vec<Option<u64>> = vec![None; starts];
    let mut seed = settings.first_seed;
    while seeds.contains(&None) {
        let [position, _] = Episode::start(&Scenario::nominal(seed)).state();
        let part = (f64::from(position) + 0.6) / 0.2 * starts as f64;
        seeds[(part.max(0.0) as usize).min(starts - 1)].get_or_insert(seed);
        seed += 1;
    }
    let (less, more) = (1.0 - settings.plant_error, 1.0 + settings.plant_error);
    let plants = [(1.0, 1.0), (less, less), (less, more), (more, less), (more, more)];
    let plants = if settings.plant_error > 0.0 { &plants[..] } else { &plants[..1] };
    let scenarios = plants.iter().flat_map(|&(gravity, power)| {
        let starts = seeds.iter().flatten().enumerate();
        starts.map(move |(i, &seed)| Scenario { seed, gravity, power, noise: settings.noise && i % 2 == 1 })
    });
    Trial { scenarios: scenarios.collect(), plants: plants.len() }
}

/// Seeds of their own on the conditions of the evaluation: nominal, and where training has them with noise and at the
/// corners.
pub fn validation_trial(settings: &TrainingSettings) -> Trial {
    let first = settings.first_seed + 1_000_000;
    let mut plants = vec![((1.0, 1.0), false)];
    if settings.noise {
        plants.push(((1.0, 1.0), true));
    }
    if settings.plant_error > 0.0 {
        plants.extend(CORNERS.map(|corner| (corner, settings.noise)));
    }
    let episodes = |&(plant, noise)| scenarios(first, settings.validation_episodes, plant, noise);
    Trial { scenarios: plants.iter().flat_map(episodes).collect(), plants: plants.len() }
}
