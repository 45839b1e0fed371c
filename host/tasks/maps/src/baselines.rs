//! Baseline without projection: a plain network's maps, rejected until they satisfy the conditions.

use crate::compare::judge::{SAMPLE_SEED, drawn, polytopes};
use crate::compare::run::RunError;
use crate::data::collection::Collection;
use crate::data::condition::verify::violations;
use crate::data::suite::Source;
use crate::model::diffusion::STEPS;
use crate::model::sampling::{Guidance, likeliest, sample};
use crate::train::denoiser::Denoiser;
use crate::train::settings::Named;
use convex_edge_core::random::Pcg64;

/// Samples that the rejection takes at most for a condition.
const TRIES: usize = 4;

/// Share of the conditions that a plain network's likeliest tiles satisfy in at most four samples each.
///
/// # Errors
/// [`RunError`].
pub fn rejection(
    collection: &Collection,
    source: &Source,
    denoiser: &Denoiser,
    suite: &Named,
    samples: usize,
    seed: u64,
) -> Result<f64, RunError> {
    let random = &mut Pcg64::from_seed(SAMPLE_SEED + seed);
    let mut open = drawn(collection, source, suite, samples, random);
    let all = open.len();
    for _ in 0..TRIES {
        let polytopes = polytopes(collection, source, &open)?;
        let guidance = Guidance::AsTrained;
        let found = sample(&collection.game, source.template(), denoiser, &open, guidance, STEPS, random)?;
        let fails = found
            .iter()
            .zip(&polytopes)
            .map(|(sample, polytope)| !violations(&likeliest(sample, &collection.game), polytope).is_empty());
        let fails: Vec<bool> = fails.collect();
        let mut kept = fails.iter();
        open.retain(|_| kept.next().copied().unwrap_or(false));
    }
    Ok(1.0 - open.len() as f64 / all.max(1) as f64)
}
