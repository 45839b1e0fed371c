//! Validity counts: conditions that decoded maps violate, and impossible requests that are recognised.

use super::run::RunError;
use crate::data::collection::Collection;
use crate::data::condition::Condition;
use crate::data::condition::verify::violations;
use crate::data::suite::{Source, Suite};
use crate::model::decode::{Decoder, LIMIT};
use crate::model::diffusion::STEPS;
use crate::model::polytope::Polytope;
use crate::model::sampling::{Guidance, likeliest, sample};
use crate::train::denoiser::Denoiser;
use convex_edge_core::random::Pcg64;
use convex_edge_runs::processor_time;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// C1 to C6.
const SUITES: [Suite; 10] = [
    Suite::Fixed(0),
    Suite::Fixed(5),
    Suite::Fixed(10),
    Suite::Fixed(20),
    Suite::Fixed(40),
    Suite::Count,
    Suite::CountOutside,
    Suite::Rows,
    Suite::RowsAndColumns,
    Suite::Symmetric,
];

/// Samples that are made before the next are drawn.
const AT_A_TIME: usize = 160;

/// Counts of one game.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Validity {
    /// Name of the game.
    pub game: String,
    /// Maps that were generated and decoded, over the suites C1 to C6 in turn.
    pub samples: usize,
    /// Of these, the ones that satisfy all their conditions in integers.
    pub valid: usize,
    /// Number of these that were valid before they were decoded.
    pub likeliest_valid: usize,
    /// Processor time of a map with all [`STEPS`] steps and its decoding, milliseconds.
    pub milliseconds: f64,
    /// The slowest decoding, milliseconds.
    pub slowest_decoding: f64,
}

/// Requests that no map satisfies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Infeasible {
    /// Name of the game.
    pub game: String,
    /// Requests.
    pub requests: usize,
    /// Of these, the ones that are refused with a contradiction that names conditions of the request.
    pub recognised: usize,
}

/// Generates so many maps with the layer, decodes and counts. `progress` is called with the number done.
///
/// # Errors
/// [`RunError`].
pub fn validity(
    collection: &Collection,
    denoiser: &Denoiser,
    samples: usize,
    seed: u64,
    progress: &mut dyn FnMut(usize),
) -> Result<Validity, RunError> {
    let game = &collection.game;
    let source = Source::new(game, &collection.train.maps);
    let random = &mut Pcg64::from_seed(seed);
    let mut found = Validity {
        game: game.name.clone(),
        samples: 0,
        valid: 0,
        likeliest_valid: 0,
        milliseconds: 0.0,
        slowest_decoding: 0.0,
    };
    let started = processor_time::of_process();
    let (mut suites, test) = (SUITES.iter().cycle(), &collection.test.maps);
    while found.samples < samples && !test.is_empty() {
        let mut conditions: Vec<Vec<Condition>> = Vec::new();
        while conditions.len() < AT_A_TIME.min(samples - found.samples) {
            let map = test.get((random.next_u64() % test.len().max(1) as u64) as usize);
            let drawn = map.zip(suites.next()).and_then(|(map, &suite)| source.draw(suite, map, random));
            conditions.extend(drawn);
        }
        let made = sample(game, source.template(), denoiser, &conditions, Guidance::AsTrained, STEPS, random)?;
        for (sample, conditions) in made.iter().zip(&conditions) {
            let polytope = Polytope::new(game, Some(source.template()), conditions)?;
            let before = processor_time::of_thread();
            let map = Decoder::new(&polytope)?.decode(&sample.prediction, LIMIT)?.map;
            let decoding = milliseconds(processor_time::of_thread() - before);
            found.slowest_decoding = found.slowest_decoding.max(decoding);
            found.valid += usize::from(violations(&map, &polytope).is_empty());
            found.likeliest_valid += usize::from(violations(&likeliest(sample, game), &polytope).is_empty());
        }
        found.samples += made.len();
        progress(found.samples);
    }
    found.milliseconds = milliseconds(processor_time::of_process() - started) / found.samples.max(1) as f64;
    Ok(found)
}

/// Asks for so many impossible maps.
///
/// # Errors
/// [`RunError::Polytope`].
pub fn infeasible(collection: &Collection, requests: usize, seed: u64) -> Result<Infeasible, RunError> {
    let game = &collection.game;
    let source = Source::new(game, &collection.train.maps);
    let random = &mut Pcg64::from_seed(seed);
    let mut recognised = 0;
    for _ in 0..requests {
        let test = &collection.test.maps;
        let map = test.get((random.next_u64() % test.len().max(1) as u64) as usize);
        let drawn = map.and_then(|map| source.draw(Suite::Infeasible, map, random));
        let Some(conditions) = drawn else { continue };
        let polytope = Polytope::new(game, Some(source.template()), &conditions)?;
        let refusal = Decoder::new(&polytope).and_then(|decoder| {
            let scores = vec![0.0; game.cells() * game.classes()];
            match decoder.decode(&scores, LIMIT) {
                Err(crate::model::decode::DecodeError::Contradiction(contradiction)) => Err(contradiction),
                _ => Ok(()),
            }
        });
        recognised += usize::from(refusal.err().is_some_and(|refusal| !refusal.conditions().is_empty()));
    }
    Ok(Infeasible { game: game.name.clone(), requests, recognised })
}

fn milliseconds(time: Duration) -> f64 {
    1e3 * time.as_secs_f64()
}
