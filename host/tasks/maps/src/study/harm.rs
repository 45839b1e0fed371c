//! Predictions of held-out maps under a count that is asked for wrongly: does the projection still bring them nearer?

use super::Questions;
use crate::compare::judge::is_like;
use crate::compare::run::RunError;
use crate::data::condition::Condition;
use crate::data::map::Map;
use crate::data::suite::Suite;
use crate::model::channels::conditioning;
use crate::model::diffusion::{STEPS, noisy};
use crate::model::polytope::Polytope;
use crate::model::projection::Projector;
use crate::train::denoiser::{Asked, Denoiser, TrainError, scores};
use convex_edge_core::random::Pcg64;
use convex_edge_runs::measured::Measured;

/// Share by which the count is off.
const OFF: [f64; 6] = [0.0, 0.02, 0.05, 0.1, 0.15, 0.2];

/// Maps of each amount of noise, and amounts of noise in steps from the map.
const MAPS: usize = 64;
const NOISE: [usize; 4] = [5, 15, 25, 40];

/// Added to a run's seed for maps, conditions and noise.
const SEED: u64 = 1 << 36;

/// Figures `harm/SHARE/alone`, `/fixed`, `/learned`: squared error of a cell of predictions as the network gives them,
/// projected onto the conditions with the wrong count, and with the count that the prediction itself has. The network is told
/// the wrong count.
pub(super) fn counts(
    questions: &Questions<'_>,
    denoiser: &Denoiser,
    seed: u64,
    measured: &mut Measured,
) -> Result<(), RunError> {
    for off in OFF {
        let mut sums = [0.0; 3];
        let mut tried = 0.0;
        // The same maps, conditions and noise for every share.
        let random = &mut Pcg64::from_seed(SEED + seed);
        for step in NOISE {
            for _ in 0..MAPS {
                if let Some(errors) = one(questions, denoiser, off, step, random)? {
                    sums.iter_mut().zip(errors).for_each(|(sum, error)| *sum += error);
                    tried += 1.0;
                }
            }
        }
        for (name, sum) in ["alone", "fixed", "learned"].into_iter().zip(sums) {
            measured.figure(format!("harm/{off}/{name}"), sum / f64::max(tried, 1.0));
        }
    }
    Ok(())
}

/// Errors of one prediction; `None` where the wrong count contradicts the other conditions.
fn one(
    questions: &Questions<'_>,
    denoiser: &Denoiser,
    off: f64,
    step: usize,
    random: &mut Pcg64,
) -> Result<Option<[f64; 3]>, RunError> {
    let Questions { collection, source, .. } = *questions;
    let (game, maps) = (&collection.game, &collection.test.maps);
    let Some(map) = maps.get((random.next_u64() % maps.len().max(1) as u64) as usize) else { return Ok(None) };
    let parts = [Suite::Fixed(10), Suite::Template, Suite::Count];
    let mut asked: Vec<Condition> = parts.iter().filter_map(|&part| source.draw(part, map, random)).flatten().collect();
    if !is_like(map, source.template()) {
        asked.retain(|condition| *condition != Condition::LikeTheGame);
    }
    let sign = if random.next_u64().is_multiple_of(2) { 1.0 } else { -1.0 };
    let indicators = map.indicators(game.classes());
    let clean: Vec<f32> = indicators.iter().map(|value| 2.0 * value - 1.0).collect();
    let values = noisy(&clean, step, random);
    set_count(&mut asked, |count| (count as f64 * (1.0 + sign * off)).round().max(0.0) as usize);
    let wrong = Polytope::new(game, Some(source.template()), &asked)?;
    let told = conditioning(&wrong);
    let question = Asked { polytope: &wrong, told: &told, values: &values, before: &[] };
    let Some(own) = scores(&denoiser.network, &[question], step as f32 / STEPS as f32)?.pop() else { return Ok(None) };
    let Ok(projector) = Projector::new(&wrong) else { return Ok(None) };
    let Ok(fixed) = projector.project(&own, None) else { return Ok(None) };

    // Without the count, the prediction says how many there are.
    let mut without = asked.clone();
    without.retain(|condition| !matches!(condition, Condition::Count { .. }));
    let free = Polytope::new(game, Some(source.template()), &without)?;
    let free = Projector::new(&free)?.project(&own, None).map_err(TrainError::from)?.probabilities;
    let found = wrong.counts.first().map_or(0.0, |count| {
        let classes = (0..game.classes()).filter(|class| count.classes & (1 << class) != 0);
        classes.map(|class| count.cells.iter().map(|cell| free[cell * game.classes() + class]).sum::<f32>()).sum()
    });
    set_count(&mut asked, |_| found.round().max(0.0) as usize);
    let learned = Polytope::new(game, Some(source.template()), &asked)?;
    let Ok(projector) = Projector::new(&learned) else { return Ok(None) };
    let Ok(learned) = projector.project(&own, None) else { return Ok(None) };

    Ok(Some([&own, &fixed.probabilities, &learned.probabilities].map(|values| error(values, &indicators, map))))
}

fn set_count(conditions: &mut [Condition], change: impl Fn(usize) -> usize) {
    for condition in conditions {
        if let Condition::Count { least, most, .. } = condition {
            *least = change(*least);
            *most = Some(*least);
        }
    }
}

fn error(values: &[f32], indicators: &[f32], map: &Map) -> f64 {
    let squares = values.iter().zip(indicators).map(|(value, truth)| f64::from(value - truth).powi(2));
    squares.sum::<f64>() / map.cells() as f64
}
