//! Search of the cost's weights: CMA-ES on the return of domain-randomised episodes, with the safe set in the loop.
//!
//! The first stage has a horizon of one step, which costs a tenth. It restarts several times, since the return has many
//! local maxima. The second stage has the full horizon and starts from the best weights found. A run saves its state
//! after every generation and resumes from it.

use crate::model::safe_set::{SafeSetError, tables, unlimited};
use crate::model::weights::parameters;
use crate::train::fitness::{fitness, slew_safe_set, training_safe_set, training_trial, validation_trial};
use crate::train::settings::{Config, Filter, Horizon};
use convex_edge_core::policy::{Cost, Parameters};
use convex_edge_runs::cma_es::CmaEs;
use convex_edge_runs::interrupt;
use convex_edge_runs::store::{StoreError, append_line, read_json, write_atomically, write_json};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// State of a run, saved in `checkpoint.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Checkpoint {
    search: CmaEs,
    /// The best candidates so far, best first; of the full horizon alone once that has begun.
    finalists: Vec<Candidate>,
    /// Restarts with a horizon of one step that are done; the full horizon comes after the last one.
    restarts: u64,
    /// Time in earlier processes and this one, seconds.
    seconds: f64,
    episodes: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Candidate {
    fitness: f64,
    weights: [f64; Cost::WEIGHTS],
}

/// One generation's line in `metrics.jsonl`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// Generations so far, over both phases.
    pub generation: u64,
    /// Steps that the policy looked ahead.
    pub horizon: usize,
    /// Episodes so far.
    pub episodes: u64,
    /// Mean training return of the generation's best candidate, with the cost of failures.
    pub best: f64,
    /// The same, mean over the generation.
    pub mean: f64,
    /// Overall standard deviation of the search.
    pub step_size: f64,
    /// Time so far, seconds.
    pub seconds: f64,
}

/// Result of a finished run, saved in `model.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trained {
    /// Weights of the cost in the order of its fields.
    pub weights: [f64; Cost::WEIGHTS],
    /// Mean return of these weights in validation, with the full horizon, less the cost of failures.
    pub fitness: f64,
    /// Time over all processes of the run, seconds.
    pub seconds: f64,
    /// Episodes played in training.
    pub episodes: u64,
}

/// Errors of the training.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// Ctrl-C.
    #[error("interrupted after generation {generation}; the same command goes on from there")]
    Interrupted {
        /// Generations in the checkpoint.
        generation: u64,
    },
    /// No safe set.
    #[error(transparent)]
    SafeSet(#[from] SafeSetError),
    /// A file.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The files of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Folder of the run.
    pub folder: PathBuf,
}

impl Run {
    /// The run of a configuration below `runs`.
    pub fn of(config: &Config, runs: &Path) -> Self {
        Self { folder: config.folder(runs) }
    }

    /// One line a generation.
    pub fn metrics(&self) -> PathBuf {
        self.folder.join("metrics.jsonl")
    }

    /// The result.
    pub fn model(&self) -> PathBuf {
        self.folder.join("model.json")
    }

    fn checkpoint(&self) -> PathBuf {
        self.folder.join("checkpoint.json")
    }
}

/// Trains, or goes on with, or just reads the run of a configuration. `progress` hears of every generation and of
/// the total number of them.
///
/// # Errors
/// [`TrainError`]; after [`TrainError::Interrupted`] the run goes on from its last generation.
pub fn train(config: &Config, runs: &Path, progress: &mut dyn FnMut(&Metrics, u64)) -> Result<Trained, TrainError> {
    let run = Run::of(config, runs);
    if let Some(trained) = read_json(&run.model())? {
        return Ok(trained);
    }
    let (safe_set, slew) = (training_safe_set(config)?, slew_safe_set(config)?);
    let limits = (&safe_set, slew.as_ref());
    let settings = &config.training;
    let trial = training_trial(settings);
    let total = settings.restarts * settings.one_step_generations + settings.horizon_generations;
    write_atomically(&run.folder.join("config.toml"), config.identity().0.as_bytes())?;
    let restart = |index: u64| {
        let seed = settings.seed.wrapping_mul(1009).wrapping_add(index);
        CmaEs::new(&settings.initial_weights, settings.step_size, seed)
    };
    let fresh = || Checkpoint { search: restart(0), finalists: Vec::new(), restarts: 0, seconds: 0.0, episodes: 0 };
    let mut state = read_json(&run.checkpoint())?.unwrap_or_else(fresh);
    if state.search.generation == 0 && state.restarts == 0 {
        write_atomically(&run.metrics(), b"")?;
    }
    let earlier = state.seconds;
    let started = Instant::now();
    loop {
        let last = state.restarts == settings.restarts;
        let horizon = if last { config.policy.horizon } else { Horizon::One };
        let before = state.restarts * settings.one_step_generations;
        if last && state.search.generation == settings.horizon_generations {
            break;
        }
        if !last && state.search.generation == settings.one_step_generations {
            state.restarts += 1;
            state.search = restart(state.restarts);
            if state.restarts == settings.restarts {
                // Returns with another horizon do not compare.
                let best = std::mem::take(&mut state.finalists).into_iter().next();
                let centre = best.map_or(settings.initial_weights, |best| best.weights);
                state.search = CmaEs::new(&centre, settings.horizon_step_size, settings.seed);
            }
            continue;
        }
        if interrupt::requested() {
            return Err(TrainError::Interrupted { generation: before + state.search.generation });
        }
        let generation = state.search.ask(settings.population);
        let candidates: Vec<_> = generation.candidates.iter().map(|weights| to_weights(weights)).collect();
        let fitness: Vec<f64> =
            candidates.par_iter().map(|weights| fitness(config, limits, weights, &trial, horizon)).collect();
        state.episodes += (candidates.len() * trial.scenarios.len()) as u64;
        state.search.tell(&generation, &fitness);
        state
            .finalists
            .extend(fitness.iter().zip(&candidates).map(|(&fitness, &weights)| Candidate { fitness, weights }));
        state.finalists.sort_by(|a, b| b.fitness.total_cmp(&a.fitness));
        state.finalists.truncate(settings.finalists);
        state.seconds = earlier + started.elapsed().as_secs_f64();
        let metrics = Metrics {
            generation: before + state.search.generation,
            horizon: u8::from(horizon).into(),
            episodes: state.episodes,
            best: fitness.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            mean: fitness.iter().sum::<f64>() / fitness.len() as f64,
            step_size: state.search.step_size,
            seconds: state.seconds,
        };
        append_line(&run.metrics(), &metrics)?;
        write_json(&run.checkpoint(), &state)?;
        progress(&metrics, total);
    }
    // Training episodes are few, so rare failures may be missing among them: fresh ones decide between the best.
    let validation = validation_trial(settings);
    let horizon = config.policy.horizon;
    let best = state
        .finalists
        .iter()
        .map(|candidate| candidate.weights)
        .map(|weights| Candidate { fitness: fitness(config, limits, &weights, &validation, horizon), weights })
        .max_by(|a, b| a.fitness.total_cmp(&b.fitness));
    let best = best.unwrap_or(Candidate { fitness: f64::NEG_INFINITY, weights: settings.initial_weights });
    state.episodes += (state.finalists.len() * validation.scenarios.len()) as u64;
    state.seconds = earlier + started.elapsed().as_secs_f64();
    let trained =
        Trained { weights: best.weights, fitness: best.fitness, seconds: state.seconds, episodes: state.episodes };
    write_json(&run.model(), &trained)?;
    Ok(trained)
}

/// The policy of trained weights.
///
/// # Errors
/// [`SafeSetError`].
pub fn policy(config: &Config, trained: &Trained) -> Result<Parameters, SafeSetError> {
    let safe_set = match config.policy.filter {
        Filter::Never => unlimited(),
        Filter::AfterTraining | Filter::Always | Filter::SlewLimited => tables(&config.safe_set)?,
    };
    Ok(parameters(&config.policy, &safe_set, &trained.weights))
}

fn to_weights(weights: &[f64]) -> [f64; Cost::WEIGHTS] {
    std::array::from_fn(|i| weights.get(i).copied().unwrap_or(0.0))
}
