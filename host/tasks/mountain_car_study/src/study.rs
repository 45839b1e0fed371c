//! Runs of the study: one training, judged with and without the layer.
//!
//! | module | content |
//! |---|---|
//! | [`settings`] | cells of the study |
//! | `harm` | plants that are off |

mod harm;
pub mod settings;

use crate::baselines::ars::{self, Ars};
use crate::baselines::controller::{Control, Controller};
use crate::baselines::evaluation::{Plant, play};
use crate::baselines::policy::Policy;
use crate::baselines::ppo::{self, Ppo};
use crate::baselines::sac::{self, Sac};
use crate::baselines::training::Progress;
use crate::compare::run::RunError;
use crate::compare::settings::{PUBLISHED, Settings as Published};
use crate::model::known_plant::KnownPlant;
use convex_edge_burn::LayerError;
use convex_edge_core::episode::Episode;
use convex_edge_mountain_car::evaluate::episodes::{CORNERS, scenarios};
use convex_edge_runs::measured::Measured;
use convex_edge_runs::processor_time;
use settings::{Learner, Settings};

/// Seeds of the looks at a policy in training, and episodes of a look.
const LOOK_SEED: u64 = 500_000;
const LOOK_EPISODES: u64 = 20;

/// Steps between two looks.
const EVERY: usize = 1000;

/// Episodes on the nominal plant, and on each other one.
const EPISODES: u64 = 100;
const PLANT_EPISODES: u64 = 50;

/// Starts of policies without training: so many for each seed.
const STARTS: u64 = 1000;

/// What acts between the policy and the plant at inference.
const WAYS: [(&str, Control); 3] =
    [("without", Control::Clip), ("with", Control::Projection), ("filter", Control::Filter)];

/// A policy, or what is played without training.
enum Learned {
    Policy(Policy),
    /// A full push in the direction of motion.
    Energy,
}

impl Learned {
    fn actions(&self, controller: &Controller, observations: &[[f32; 2]]) -> Result<Vec<f32>, LayerError> {
        match self {
            Self::Policy(policy) => policy.actions(controller, observations),
            Self::Energy => {
                let pushes = observations.iter().map(|[_, velocity]| if *velocity < 0.0 { -1.0 } else { 1.0 });
                controller.applied(&pushes.collect::<Vec<_>>(), observations)
            }
        }
    }
}

/// Trains and judges.
///
/// Figures: `POLICY/WAY/NAME` with the policies `last` and `best` (of the looks, for each way), the ways `without`, `with` and `filter`; NAME is
/// `return`, `solved`, `safe` (share of the episodes that reach the goal without violating a limit), `violations` (steps
/// that exceed a limit, an episode); with `corners/` before it over the four corners of 5 % with noise.
/// `training/violations` counts steps of training.
///
/// # Errors
/// [`RunError`].
pub fn run(settings: &Settings, seed: u64) -> Result<Measured, RunError> {
    let published = Published::parse(PUBLISHED)?;
    let plant = KnownPlant::new(1.0, 1.0, &published.safe_set)?;
    let controller = Controller::new(settings.control(), settings.output_scale(), plant, published.progress)?;
    let mut measured = Measured::default();
    let started = processor_time::of_process();
    let looks = nominal(LOOK_SEED, LOOK_EPISODES);
    let mut best: [Option<(f64, Policy)>; WAYS.len()] = Default::default();
    let mut violations = 0;
    let show = |progress: &Progress| {
        violations = progress.violations;
        for (best, (_, way)) in best.iter_mut().zip(WAYS) {
            let played = play(&looks, |observations| progress.policy.actions(&controller.with(way), observations))?;
            let found = mean_return(&played);
            // Of equal ones the later.
            if best.as_ref().is_none_or(|(value, _)| found >= *value) {
                *best = Some((found, progress.policy.clone()));
            }
        }
        Ok(())
    };
    let steps = settings.steps;
    let last = match settings.learner {
        Learner::Ppo => Learned::Policy(ppo::train(&Ppo { steps, ..published.ppo }, &controller, seed, EVERY, show)?),
        Learner::Sac => Learned::Policy(sac::train(&Sac { steps, ..published.sac }, &controller, seed, EVERY, show)?),
        Learner::Ars => Learned::Policy(ars::train(&Ars { steps, ..published.ars }, &controller, seed, EVERY, show)?),
        Learner::UntrainedHead => {
            Learned::Policy(ppo::train(&Ppo { steps: 0, ..published.ppo }, &controller, seed, EVERY, |_| Ok(()))?)
        }
        Learner::Energy => Learned::Energy,
    };
    measured.time_since("training", started);
    measured.figure("training/violations", violations as f64);

    let started = processor_time::of_process();
    let first = if settings.is_trained() { 0 } else { STARTS * seed };
    for ((name, way), best) in WAYS.into_iter().zip(best) {
        let controller = controller.with(way);
        judge(&last, &controller, first, &format!("last/{name}"), &mut measured)?;
        if let Some((_, policy)) = best {
            judge(&Learned::Policy(policy), &controller, first, &format!("best/{name}"), &mut measured)?;
        }
    }
    if settings.harm {
        harm::plants(&last, &controller, &published, seed, &mut measured)?;
    }
    measured.time_since("evaluation", started);
    Ok(measured)
}

fn judge(
    learned: &Learned,
    controller: &Controller,
    first: u64,
    name: &str,
    measured: &mut Measured,
) -> Result<(), RunError> {
    let corners = CORNERS.iter().flat_map(|&corner| on(first, PLANT_EPISODES, corner, true)).collect::<Vec<Plant>>();
    for (prefix, plants) in [(name.to_owned(), nominal(first, EPISODES)), (format!("{name}/corners"), corners)] {
        let played = play(&plants, |observations| learned.actions(controller, observations))?;
        let share = |holds: &dyn Fn(&Episode) -> bool| {
            played.iter().filter(|episode| holds(episode)).count() as f64 / played.len().max(1) as f64
        };
        measured.figure(format!("{prefix}/return"), mean_return(&played));
        measured.figure(format!("{prefix}/solved"), share(&|episode| episode.solved));
        measured.figure(format!("{prefix}/safe"), share(&is_safe));
        let violations: u64 = played.iter().map(|episode| u64::from(episode.violations)).sum();
        measured.figure(format!("{prefix}/violations"), violations as f64 / played.len().max(1) as f64);
    }
    Ok(())
}

/// Whether an episode reached the goal without violating a limit.
fn is_safe(episode: &Episode) -> bool {
    episode.solved && episode.violations == 0
}

fn mean_return(played: &[Episode]) -> f64 {
    played.iter().map(|episode| episode.episode_return).sum::<f64>() / played.len().max(1) as f64
}

fn nominal(first: u64, episodes: u64) -> Vec<Plant> {
    on(first, episodes, (1.0, 1.0), false)
}

fn on(first: u64, episodes: u64, plant: (f32, f32), noise: bool) -> Vec<Plant> {
    scenarios(first, episodes, plant, noise).into_iter().map(|scenario| (scenario, false)).collect()
}
