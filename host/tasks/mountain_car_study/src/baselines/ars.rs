//! Augmented random search for a linear policy of standardized observations (Mania et al. 2018, arXiv 1803.07055,
//! "V2"), as sb3-contrib computes it: the moments of the observations move with every step.

use super::controller::Controller;
use super::episodes::{Episodes, stream};
use super::moments::Moments;
use super::policy::{Policy, linear};
use super::training::{Progress, TrainError};
use convex_edge_burn::LayerError;
use convex_edge_runs::cma_es::standard_normal;
use convex_edge_runs::interrupt;
use serde::{Deserialize, Serialize};

/// Hyperparameters; the published ones are sb3-contrib's with the directions of RL Baselines3 Zoo.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ars {
    /// Steps of training; the last update's episodes are played to their end.
    pub steps: usize,
    /// Directions of an update, at least 1; each is tried both ways for an episode.
    pub directions: usize,
    /// Best directions that the update takes, at least 1.
    pub best: usize,
    /// Step size of an update.
    pub learning_rate: f64,
    /// Standard deviation of a direction's weights.
    pub deviation: f64,
}

/// A direction, and the returns of a step along and against it.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Trial {
    direction: [f64; 2],
    along: f64,
    against: f64,
}

/// Trains a linear policy and shows it before the first update and after each that passes a multiple of `every` steps.
/// The seed fixes everything.
///
/// # Errors
/// [`TrainError`].
pub fn train(
    settings: &Ars,
    controller: &Controller,
    seed: u64,
    every: usize,
    mut show: impl FnMut(&Progress) -> Result<(), LayerError>,
) -> Result<Policy, TrainError> {
    let mut random = stream(seed);
    let mut episodes = Episodes::new(seed);
    let mut moments = [Moments::default(); 2];
    let mut weights = [0.0; 2];
    let (mut steps, mut shown) = (0, None);
    loop {
        if shown != Some(steps / every) || steps >= settings.steps {
            let policy = Policy::Ars { weights, moments };
            show(&Progress { steps, violations: episodes.violations(), policy: &policy })?;
            shown = Some(steps / every);
            if steps >= settings.steps {
                return Ok(policy);
            }
        }
        let mut trials = Vec::with_capacity(settings.directions);
        for _ in 0..settings.directions {
            if interrupt::requested() {
                return Err(TrainError::Interrupted);
            }
            let direction = [0; 2].map(|_| standard_normal(&mut random));
            let mut tried = |by: f64| {
                let candidate = moved(&weights, &direction, by);
                let (episode_return, taken) = play(&candidate, &mut moments, controller, &mut episodes)?;
                steps += taken;
                Ok::<_, LayerError>(episode_return)
            };
            trials.push(Trial { direction, along: tried(settings.deviation)?, against: tried(-settings.deviation)? });
        }
        weights = updated(&weights, trials, settings);
    }
}

fn moved(weights: &[f64; 2], direction: &[f64; 2], by: f64) -> [f64; 2] {
    std::array::from_fn(|i| weights[i] + by * direction[i])
}

/// The return of an episode, and its steps.
fn play(
    weights: &[f64; 2],
    moments: &mut [Moments; 2],
    controller: &Controller,
    episodes: &mut Episodes,
) -> Result<(f64, usize), LayerError> {
    episodes.restart();
    let mut steps = 0;
    loop {
        let observation = episodes.observation;
        for (moments, value) in moments.iter_mut().zip(observation) {
            moments.update(value.into());
        }
        let applied = controller.applied(&[linear(weights, moments, observation)], &[observation])?;
        let outcome = episodes.apply(applied.first().copied().unwrap_or(0.0));
        steps += 1;
        if outcome.terminated || outcome.truncated {
            return Ok((episodes.episode_return(), steps));
        }
    }
}

/// Algorithm 1, line 7: along the best directions, in standard deviations of their returns.
fn updated(weights: &[f64; 2], mut trials: Vec<Trial>, settings: &Ars) -> [f64; 2] {
    trials.sort_by(|a, b| b.along.max(b.against).total_cmp(&a.along.max(a.against)));
    trials.truncate(settings.best);
    let returns: Vec<f64> = trials.iter().flat_map(|trial| [trial.along, trial.against]).collect();
    let count = returns.len() as f64;
    let mean = returns.iter().sum::<f64>() / count;
    let deviation = (returns.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0)).sqrt();
    let step = settings.learning_rate / (trials.len() as f64 * deviation + 1e-6);
    trials
        .iter()
        .fold(*weights, |weights, trial| moved(&weights, &trial.direction, step * (trial.along - trial.against)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use convex_edge_core::random::Pcg64;

    #[test]
    fn finds_the_gains_of_a_small_linear_problem() {
        let settings = Ars { steps: 0, directions: 8, best: 4, learning_rate: 0.02, deviation: 0.05 };
        // Return of the gains in a linear-quadratic regulator with this optimum, up to a constant.
        let value = |[first, second]: [f64; 2]| -(first - 0.5).powi(2) - 2.0 * (second + 0.3).powi(2);
        let mut random = Pcg64::from_seed(0);
        let mut weights = [0.0; 2];
        for _ in 0..200 {
            let trial = |_| {
                let direction = [0; 2].map(|_| standard_normal(&mut random));
                let tried = |by| value(moved(&weights, &direction, by));
                Trial { direction, along: tried(settings.deviation), against: tried(-settings.deviation) }
            };
            let trials = (0..settings.directions).map(trial).collect();
            weights = updated(&weights, trials, &settings);
        }
        assert!((weights[0] - 0.5).abs() < 0.05 && (weights[1] + 0.3).abs() < 0.05, "{weights:?}");
    }
}
