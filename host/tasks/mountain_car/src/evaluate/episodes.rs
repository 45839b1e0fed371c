//! Evaluation of a policy: episodes on the nominal plant and at the corners of the model error.

use crate::data::environment::Environment;
use crate::model::slew::{SLEW_LIMIT, SlewSafeSet};
use crate::train::settings::Horizon;
use convex_edge_core::episode::{Episode, Scenario};
use convex_edge_core::policy::{Decision, Memory, Parameters, decide_within};
use convex_edge_core::qp::Status;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Gravity and power relative to nominal: the corners of the model error that the policy is made for.
pub const CORNERS: [(f32, f32); 4] = [(0.95, 0.95), (0.95, 1.05), (1.05, 0.95), (1.05, 1.05)];

/// Result of one episode.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct EpisodeResult {
    /// Seed of the reset.
    pub seed: u64,
    /// Sum of rewards.
    pub episode_return: f64,
    /// Steps until the goal or the time limit.
    pub steps: u32,
    /// Whether the goal was reached.
    pub solved: bool,
    /// Steps that exceeded a limit.
    pub violations: u32,
    /// Steps in which some constraint was active.
    pub constrained: u32,
    /// Steps in which an action limit was active, now or later in the horizon.
    pub limits_active: u32,
    /// The same for slew limits.
    pub slew_active: u32,
    /// The same for the safe set.
    pub safe_set_active: u32,
    /// Steps whose program was not solved, so that the fallback acted.
    pub fallbacks: u32,
    /// Steps in which the monitor moved the action.
    pub interventions: u32,
    /// Largest position that was reached.
    pub furthest: f32,
    /// Most solver iterations in a step.
    pub iterations_max: u8,
}

impl EpisodeResult {
    /// Counts a step: what was decided, and the position that was seen or reached.
    pub fn count(&mut self, decision: &Decision, position: f32) {
        let active = decision.active;
        self.steps += 1;
        self.constrained += u32::from(active.limits + active.slew + active.safe_set > 0);
        self.limits_active += u32::from(active.limits > 0);
        self.slew_active += u32::from(active.slew > 0);
        self.safe_set_active += u32::from(active.safe_set > 0);
        self.fallbacks += u32::from(decision.status != Status::Solved);
        self.interventions += u32::from(decision.intervened);
        self.furthest = self.furthest.max(position);
        self.iterations_max = self.iterations_max.max(decision.iterations);
    }
}

/// Plays one episode from a reset memory, perhaps with every action one step late, perhaps within a hard slew limit.
fn play<const N: usize, const R: usize>(
    parameters: &Parameters,
    memory: &mut Memory<N, R>,
    scenario: &Scenario,
    delay: bool,
    slew: Option<&SlewSafeSet>,
) -> EpisodeResult {
    memory.reset();
    let mut last = 0.0_f32;
    let mut too_fast = 0;
    let mut environment = Environment::start(scenario, delay);
    let mut result = EpisodeResult { seed: scenario.seed, furthest: f32::NEG_INFINITY, ..EpisodeResult::default() };
    while !environment.episode.over {
        let observation = environment.observe();
        let safe = match slew {
            None => parameters.safe_set.actions(observation),
            Some(kernel) => kernel.actions(observation, last),
        };
        let decision = decide_within(parameters, memory, observation, safe);
        too_fast += u32::from(slew.is_some() && (decision.action - last).abs() > SLEW_LIMIT);
        last = decision.action;
        let outcome = environment.apply(decision.action);
        result.count(&decision, outcome.observation[0]);
    }
    let Episode { episode_return, solved, violations, .. } = environment.episode;
    EpisodeResult { episode_return, solved, violations: violations + too_fast, ..result }
}

/// Plays scenarios on all cores; the results are in the order of the scenarios.
pub fn play_all<const N: usize, const R: usize>(parameters: &Parameters, scenarios: &[Scenario]) -> Vec<EpisodeResult> {
    play_each::<N, R>(parameters, scenarios, false, None)
}

/// The same with a horizon that is known only now, perhaps with every action one step late, perhaps within a hard slew
/// limit, whose exceeding counts as a violation, too.
pub fn play_over(
    horizon: Horizon,
    parameters: &Parameters,
    scenarios: &[Scenario],
    delay: bool,
    slew: Option<&SlewSafeSet>,
) -> Vec<EpisodeResult> {
    match horizon {
        Horizon::One => play_each::<1, 3>(parameters, scenarios, delay, slew),
        Horizon::Five => play_each::<5, 15>(parameters, scenarios, delay, slew),
        Horizon::Ten => play_each::<10, 30>(parameters, scenarios, delay, slew),
    }
}

fn play_each<const N: usize, const R: usize>(
    parameters: &Parameters,
    scenarios: &[Scenario],
    delay: bool,
    slew: Option<&SlewSafeSet>,
) -> Vec<EpisodeResult> {
    scenarios
        .par_iter()
        .map_init(
            || Box::new(Memory::<N, R>::new()),
            |memory, scenario| play(parameters, memory, scenario, delay, slew),
        )
        .collect()
}

/// Figures over many episodes.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
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
    /// All steps.
    pub steps: u64,
    /// Share of steps in which some constraint was active.
    pub constrained: f64,
    /// Steps in which an action limit was active, now or later in the horizon.
    pub limits_active: u64,
    /// The same for slew limits.
    pub slew_active: u64,
    /// The same for the safe set.
    pub safe_set_active: u64,
    /// Steps in which the fallback acted.
    pub fallbacks: u64,
    /// Steps in which the monitor moved a solved action.
    pub interventions: u64,
    /// Most solver iterations in a step.
    pub iterations_max: u8,
}

/// Sums up. All zero for no episodes.
pub fn summarize(results: &[EpisodeResult]) -> Summary {
    let count = |value: fn(&EpisodeResult) -> u32| results.iter().map(|result| u64::from(value(result))).sum::<u64>();
    let steps = count(|result| result.steps);
    Summary {
        episodes: results.len(),
        solved: results.iter().filter(|result| result.solved).count(),
        mean_return: results.iter().map(|result| result.episode_return).sum::<f64>() / results.len().max(1) as f64,
        min_return: results.iter().map(|result| result.episode_return).reduce(f64::min).unwrap_or(0.0),
        violations: count(|result| result.violations),
        steps,
        constrained: count(|result| result.constrained) as f64 / steps.max(1) as f64,
        limits_active: count(|result| result.limits_active),
        slew_active: count(|result| result.slew_active),
        safe_set_active: count(|result| result.safe_set_active),
        fallbacks: count(|result| result.fallbacks),
        interventions: count(|result| result.interventions),
        iterations_max: results.iter().map(|result| result.iterations_max).max().unwrap_or(0),
    }
}

/// Episodes with the seeds `first` to `first + episodes - 1` on one plant.
pub fn scenarios(first: u64, episodes: u64, (gravity, power): (f32, f32), noise: bool) -> Vec<Scenario> {
    (first..first + episodes).map(|seed| Scenario { seed, gravity, power, noise }).collect()
}
