//! Training of the discrete car's polynomial, and its evaluation.

use crate::model::discrete::{EpisodeResult, Memory, Policy, WEIGHTS, play, safe_set};
use crate::model::safe_set::SafeSetError;
use crate::train::settings::{ConfigError, read};
use convex_edge_runs::cma_es::CmaEs;
use convex_edge_runs::interrupt;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::time::Instant;

/// Everything that a training run depends on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Largest safe speed, with which goes the smallest safe position; without it, nothing is limited.
    pub speed_limit: Option<f64>,
    /// Fixes all samples.
    pub seed: u64,
    /// Searches from the initial weights, at least 1; the best of them counts.
    pub restarts: u64,
    /// Generations of each.
    pub generations: u64,
    /// Candidates a generation, at least 4.
    pub population: usize,
    /// Initial standard deviation of the weights.
    pub step_size: f64,
    /// Episodes a candidate, at least 1.
    pub episodes: u64,
    /// Their Gymnasium seeds begin here; evaluation uses smaller ones.
    pub first_seed: u64,
    /// Best candidates between which validation decides, at least 1.
    pub finalists: usize,
    /// Episodes of validation.
    pub validation_episodes: u64,
    /// What a failed episode costs for each unit of distance left to the goal.
    pub failure_cost: f64,
    /// Weights at which the search begins.
    pub initial_weights: [f64; WEIGHTS],
}

/// Errors of the training.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// The settings.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// No safe set.
    #[error(transparent)]
    SafeSet(#[from] SafeSetError),
    /// Ctrl-C.
    #[error("interrupted; the same command begins anew")]
    Interrupted,
}

/// Result of the training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trained {
    /// Weights of q.
    pub weights: [f64; WEIGHTS],
    /// Mean return in validation, less the cost of failures.
    pub fitness: f64,
    /// Time, seconds.
    pub seconds: f64,
    /// Episodes played in training.
    pub episodes: u64,
}

/// Figures over many episodes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Number of episodes.
    pub episodes: usize,
    /// Number of episodes that reached the goal.
    pub solved: usize,
    /// Mean of the returns.
    pub mean_return: f64,
    /// Smallest return.
    pub min_return: f64,
    /// Steps that exceeded a limit.
    pub violations: u64,
    /// Steps in which the limits changed the push.
    pub constrained: u64,
    /// Steps whose program was not solved.
    pub fallbacks: u64,
}

/// Reads and checks a configuration.
///
/// # Errors
/// [`ConfigError`].
pub fn load(path: &Path) -> Result<Config, ConfigError> {
    parse(&read(path)?)
}

fn parse(text: &str) -> Result<Config, ConfigError> {
    let config: Config = toml::from_str(text)?;
    let positive = |value: f64| value > 0.0 && value.is_finite();
    let checks = [
        ("restarts", "at least 1", config.restarts >= 1),
        ("population", "at least 4", config.population >= 4),
        ("episodes", "at least 1", config.episodes >= 1),
        ("finalists", "at least 1", config.finalists >= 1),
        ("validation_episodes", "at least 1", config.validation_episodes >= 1),
        ("step_size", "positive", positive(config.step_size)),
        ("speed_limit", "positive", config.speed_limit.is_none_or(positive)),
    ];
    match checks.into_iter().find(|(_, _, holds)| !holds) {
        Some((name, range, _)) => Err(ConfigError::OutOfRange { name, range }),
        None => Ok(config),
    }
}

/// Trains; `progress` hears of every generation, of their total number and of the best fitness so far.
///
/// # Errors
/// [`TrainError`].
pub fn train(config: &Config, progress: &mut dyn FnMut(u64, u64, f64)) -> Result<Trained, TrainError> {
    let started = Instant::now();
    let safe_set = safe_set(config.speed_limit)?;
    let policy = |weights: &[f64; WEIGHTS]| Policy { weights: weights.map(|weight| weight as f32), safe_set };
    let fitness = |weights: &[f64; WEIGHTS], first: u64, episodes: u64| {
        let results = play_all(config, &policy(weights), first, episodes);
        let value = |result: &EpisodeResult| {
            let missing = if result.solved { 0.0 } else { result.missing };
            result.episode_return - config.failure_cost * missing
        };
        results.iter().map(value).sum::<f64>() / results.len() as f64
    };
    let mut finalists: Vec<(f64, [f64; WEIGHTS])> = Vec::new();
    let mut episodes = 0;
    for restart in 0..config.restarts {
        let seed = config.seed.wrapping_mul(1009).wrapping_add(restart);
        let mut search = CmaEs::new(&config.initial_weights, config.step_size, seed);
        while search.generation < config.generations {
            if interrupt::requested() {
                return Err(TrainError::Interrupted);
            }
            let generation = search.ask(config.population);
            let candidates: Vec<[f64; WEIGHTS]> = generation
                .candidates
                .iter()
                .map(|weights| std::array::from_fn(|i| weights.get(i).copied().unwrap_or(0.0)))
                .collect();
            let values: Vec<f64> =
                candidates.par_iter().map(|weights| fitness(weights, config.first_seed, config.episodes)).collect();
            search.tell(&generation, &values);
            episodes += candidates.len() as u64 * config.episodes;
            finalists.extend(values.into_iter().zip(candidates));
            finalists.sort_by(|(a, _), (b, _)| b.total_cmp(a));
            finalists.truncate(config.finalists);
            let best = finalists.first().map_or(f64::NEG_INFINITY, |(best, _)| *best);
            progress(restart * config.generations + search.generation, config.restarts * config.generations, best);
        }
    }
    let first = config.first_seed + 1_000_000;
    let judged = finalists.iter().map(|(_, weights)| (fitness(weights, first, config.validation_episodes), *weights));
    let best = judged.max_by(|(a, _), (b, _)| a.total_cmp(b));
    let (fitness, weights) = best.unwrap_or((f64::NEG_INFINITY, config.initial_weights));
    episodes += finalists.len() as u64 * config.validation_episodes;
    Ok(Trained { weights, fitness, seconds: started.elapsed().as_secs_f64(), episodes })
}

/// Plays so many starts with the seeds from 0 on.
///
/// # Errors
/// [`SafeSetError`].
pub fn evaluate(config: &Config, trained: &Trained, starts: u64) -> Result<Summary, SafeSetError> {
    let weights = trained.weights.map(|weight| weight as f32);
    let policy = Policy { weights, safe_set: safe_set(config.speed_limit)? };
    let results = play_all(config, &policy, 0, starts);
    let count = |value: fn(&EpisodeResult) -> u32| results.iter().map(|result| u64::from(value(result))).sum();
    Ok(Summary {
        episodes: results.len(),
        solved: results.iter().filter(|result| result.solved).count(),
        mean_return: results.iter().map(|result| result.episode_return).sum::<f64>() / results.len().max(1) as f64,
        min_return: results.iter().map(|result| result.episode_return).reduce(f64::min).unwrap_or(0.0),
        violations: count(|result| result.violations),
        constrained: count(|result| result.constrained),
        fallbacks: count(|result| result.fallbacks),
    })
}

fn play_all(config: &Config, policy: &Policy, first: u64, episodes: u64) -> Vec<EpisodeResult> {
    let seeds = (first..first + episodes).into_par_iter();
    seeds.map_init(Memory::new, |memory, seed| play(policy, memory, seed, config.speed_limit)).collect()
}
