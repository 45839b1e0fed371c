//! Denoising errors: distances of a denoiser's predictions from held-out maps, before and after the projection.

use super::judge::is_like;
use super::run::RunError;
use crate::data::collection::Collection;
use crate::data::condition::Condition;
use crate::data::map::Map;
use crate::data::suite::Source;
use crate::model::channels::conditioning;
use crate::model::diffusion::{STEPS, noisy};
use crate::model::polytope::Polytope;
use crate::model::projection::Projector;
use crate::train::denoiser::{Asked, Denoiser, LastStep, TrainError, conditions, scores, seen_by};
use convex_edge_core::random::Pcg64;
use serde::{Deserialize, Serialize};

/// Maps that are tried at each of some amounts of noise.
const MAPS: usize = 64;

/// Amounts of noise, in steps from the map.
const NOISE: [usize; 4] = [5, 15, 25, 40];

/// Added to a run's seed for the maps and the noise.
const SEED: u64 = 1 << 35;

/// Distances of maps of 32-bit probabilities are equal within so much, that of an exact prediction among them.
const ROUNDING: f64 = 1e-5;

/// Squared distances between predictions and maps, summed over the classes, mean over cells, maps and amounts of noise.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Denoising {
    /// Distance of predictions as the last step returns them.
    pub predicted: f64,
    /// The same projected onto all conditions; the same where the last step is that projection.
    pub projected: f64,
    /// Share of the predictions that the projection brings nearer to the map, or leaves where they are, 0 to 1.
    pub improved: f64,
}

/// Tries held-out maps under conditions as in training.
///
/// # Errors
/// [`RunError`].
pub fn denoising(
    collection: &Collection,
    source: &Source,
    denoiser: &Denoiser,
    seed: u64,
) -> Result<Denoising, RunError> {
    errors(collection, &collection.test.maps, source, denoiser, seed)
}

/// The same of some maps of the game.
///
/// # Errors
/// [`RunError`].
pub fn errors(
    collection: &Collection,
    maps: &[Map],
    source: &Source,
    denoiser: &Denoiser,
    seed: u64,
) -> Result<Denoising, RunError> {
    let game = &collection.game;
    let random = &mut Pcg64::from_seed(SEED + seed);
    let mut found = Denoising { predicted: 0.0, projected: 0.0, improved: 0.0 };
    let mut tried = 0.0_f64;
    for step in NOISE {
        for _ in 0..MAPS {
            let Some(map) = maps.get((random.next_u64() % maps.len().max(1) as u64) as usize) else { continue };
            let mut asked = conditions(source, map, random);
            if !is_like(map, source.template()) {
                asked.retain(|condition| *condition != Condition::LikeTheGame);
            }
            let all = Polytope::new(game, Some(source.template()), &asked)?;
            let indicators = map.indicators(game.classes());
            let clean: Vec<f32> = indicators.iter().map(|value| 2.0 * value - 1.0).collect();
            let values = noisy(&clean, step, random);
            let told = conditioning(&all);
            let time = step as f32 / STEPS as f32;
            let question = Asked { polytope: &all, told: &told, values: &values, before: &[] };
            let Some(own) = scores(&denoiser.network, &[question], time)?.pop() else { continue };
            let predicted = match denoiser.last_step {
                LastStep::Scores | LastStep::Detached => own,
                last_step => {
                    let seen = seen_by(last_step, game, source.template(), &asked)?;
                    let projector = Projector::new(&seen)?;
                    projector.project(&own, None).map_err(TrainError::from)?.probabilities
                }
            };
            let projected = match denoiser.last_step {
                LastStep::Layer | LastStep::StraightThrough => predicted.clone(),
                _ => Projector::new(&all)?.project(&predicted, None).map_err(TrainError::from)?.probabilities,
            };
            let distance = |values: &[f32]| {
                values.iter().zip(&indicators).map(|(value, truth)| f64::from(value - truth).powi(2)).sum::<f64>()
            };
            let (before, after) = (distance(&predicted), distance(&projected));
            found.predicted += before / game.cells() as f64;
            found.projected += after / game.cells() as f64;
            found.improved += f64::from(u8::from(after.sqrt() <= before.sqrt() + ROUNDING));
            tried += 1.0;
        }
    }
    let count = tried.max(1.0);
    Ok(Denoising {
        predicted: found.predicted / count,
        projected: found.projected / count,
        improved: found.improved / count,
    })
}
