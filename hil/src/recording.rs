//! Recording of an episode: steps of the target, compared with the host's own computation.

use convex_edge_core::episode::{Episode, Scenario};
use convex_edge_core::policy::{Decision, Horizon10, Parameters, decide};
use serde::{Deserialize, Serialize};

/// One step of an episode.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Position and velocity as the policy saw them.
    pub observation: [f32; 2],
    /// Decision of the target.
    pub decision: Decision,
    /// Cost of the decision in units of the target's cycle counter.
    pub cycles: Option<u32>,
}

/// What happened, and how it compares with the host's own computation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recording {
    /// Plant, start and noise of the episode.
    pub scenario: Scenario,
    /// Every step.
    pub steps: Vec<Step>,
    /// Sum of rewards, in the order of the steps.
    pub episode_return: f64,
    /// Whether the goal was reached.
    pub solved: bool,
    /// Steps that broke a limit of [`convex_edge_core::safety`]: speed, position (true, not measured) or action.
    pub violations: u32,
    /// Steps in which any bit differed from the host's, and one more where the end did.
    pub mismatches: u32,
}

impl Recording {
    /// Message for the user if the episode shows a fault.
    pub fn failure(&self) -> Option<String> {
        let Self { violations, mismatches, solved, .. } = self;
        match (mismatches, violations, solved) {
            (0, 0, true) => None,
            _ => Some(format!("{mismatches} bit mismatches, {violations} violations, solved: {solved}")),
        }
    }
}

/// All episodes of a run in a few numbers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Summary {
    /// Number of episodes.
    pub episodes: u32,
    /// Those that reached the goal.
    pub solved: u32,
    /// Mean of the returns; NaN without episodes.
    pub mean_return: f64,
    /// Smallest return; infinite without episodes.
    pub min_return: f64,
    /// Sum of [`Recording::violations`].
    pub violations: u32,
    /// Sum of [`Recording::mismatches`].
    pub bit_mismatches: u32,
    /// Steps whose bits were compared.
    pub steps_compared: u64,
    /// Median cost of a decision in units of the target's cycle counter.
    pub cycles_p50: Option<u32>,
    /// Largest cost of a decision.
    pub cycles_max: Option<u32>,
}

impl Summary {
    /// Sums up these episodes.
    pub fn of(episodes: &[Recording]) -> Self {
        let steps = || episodes.iter().flat_map(|episode| &episode.steps);
        let mut cycles: Vec<u32> = steps().filter_map(|step| step.cycles).collect();
        cycles.sort_unstable();
        let returns = || episodes.iter().map(|episode| episode.episode_return);
        Self {
            episodes: count(episodes.len()),
            solved: count(episodes.iter().filter(|episode| episode.solved).count()),
            mean_return: returns().sum::<f64>() / episodes.len() as f64,
            min_return: returns().fold(f64::INFINITY, f64::min),
            violations: episodes.iter().map(|episode| episode.violations).sum(),
            bit_mismatches: episodes.iter().map(|episode| episode.mismatches).sum(),
            steps_compared: steps().count() as u64,
            cycles_p50: cycles.get(cycles.len() / 2).copied(),
            cycles_max: cycles.last().copied(),
        }
    }
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// The host's own plant and policy, which run beside the target's. The target's actions drive the plant, so that
/// violations are those of the target even where it computes wrongly.
pub(crate) struct Beside<'a> {
    parameters: &'a Parameters,
    memory: Box<Horizon10>,
    scenario: Scenario,
    episode: Episode,
    observation: [f32; 2],
    steps: Vec<Step>,
    mismatches: u32,
}

impl<'a> Beside<'a> {
    pub(crate) fn start(parameters: &'a Parameters, scenario: Scenario) -> Self {
        let mut episode = Episode::start(&scenario);
        let observation = episode.observe();
        let memory = Box::new(Horizon10::new());
        Self { parameters, memory, scenario, episode, observation, steps: Vec::new(), mismatches: 0 }
    }

    /// Observation that the policy gets next.
    pub(crate) fn observation(&self) -> [f32; 2] {
        self.observation
    }

    /// Whether the episode has ended.
    pub(crate) fn over(&self) -> bool {
        self.episode.over
    }

    /// Takes a step of the target, which saw `step.observation`.
    pub(crate) fn take(&mut self, step: Step) {
        let own = decide(self.parameters, &mut self.memory, self.observation);
        let same = own.has_same_bits(&step.decision) && bits(self.observation) == bits(step.observation);
        self.episode.apply(step.decision.action);
        self.observation = self.episode.observe();
        self.steps.push(step);
        self.mismatches += u32::from(!same);
    }

    /// The recording, once the target gave up control.
    pub(crate) fn finish(self) -> Recording {
        let Self { scenario, steps, mismatches, episode, .. } = self;
        let Episode { episode_return, solved, violations, .. } = episode;
        Recording { scenario, steps, episode_return, solved, violations, mismatches }
    }
}

fn bits(observation: [f32; 2]) -> [u32; 2] {
    observation.map(f32::to_bits)
}
