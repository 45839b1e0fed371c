//! One episode of a policy on a simulated plant: the same steps on the host, in the comparison and on the target.

use crate::plant::mountain_car::{Dynamics, MountainCarContinuous, Outcome};
use crate::plant::noise::SensorNoise;
use crate::policy::{Decision, Memory, Parameters, decide};
use crate::safety::{ACTION_LIMIT, POSITION_LIMIT, SPEED_LIMIT};
use serde::{Deserialize, Serialize};

/// Plant, start and noise of an episode.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Scenario {
    /// Gymnasium's seed of the reset; also seeds the sensor noise.
    pub seed: u64,
    /// Gravity relative to Gymnasium's.
    pub gravity: f32,
    /// Power relative to Gymnasium's.
    pub power: f32,
    /// Whether the policy sees the state through sensor noise.
    pub noise: bool,
}

impl Scenario {
    /// Gymnasium's own plant without noise.
    pub const fn nominal(seed: u64) -> Self {
        Self { seed, gravity: 1.0, power: 1.0, noise: false }
    }
}

/// One step as it was played.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Observation of the policy.
    pub observation: [f32; 2],
    /// Decision of the policy.
    pub decision: Decision,
    /// Position and velocity after the step.
    pub state: [f32; 2],
}

/// An episode under way.
#[derive(Debug, Clone)]
pub struct Episode {
    plant: MountainCarContinuous,
    noise: Option<SensorNoise>,
    state: [f32; 2],
    /// Steps so far.
    pub steps: u32,
    /// Sum of rewards so far, in the order of the steps.
    pub episode_return: f64,
    /// Steps after which a limit on speed, position or action was exceeded.
    pub violations: u32,
    /// Whether the goal was reached.
    pub solved: bool,
    /// Whether the episode is over: solved or at the time limit.
    pub over: bool,
}

impl Episode {
    /// Resets the plant. The policy's memory is the caller's to reset.
    pub fn start(scenario: &Scenario) -> Self {
        let mut plant = MountainCarContinuous::new(Dynamics::scaled(scenario.gravity, scenario.power));
        let state = plant.reset(scenario.seed);
        let noise = scenario.noise.then(|| SensorNoise::new(scenario.seed));
        Self { plant, noise, state, steps: 0, episode_return: 0.0, violations: 0, solved: false, over: false }
    }

    /// What the policy sees next; with noise, each call draws anew.
    pub fn observe(&mut self) -> [f32; 2] {
        match &mut self.noise {
            Some(noise) => noise.perturb(self.state),
            None => self.state,
        }
    }

    /// Position and velocity.
    pub fn state(&self) -> [f32; 2] {
        self.state
    }

    /// Applies an action, counts the step and returns its outcome.
    pub fn apply(&mut self, action: f32) -> Outcome {
        let outcome = self.plant.step(action);
        self.state = outcome.observation;
        self.steps += 1;
        self.episode_return += outcome.reward;
        let [position, velocity] = self.state;
        if !is_safe(position, velocity, action) {
            self.violations += 1;
        }
        self.solved = outcome.terminated;
        self.over = outcome.terminated || outcome.truncated;
        outcome
    }

    /// Observes, decides, applies.
    pub fn step<const N: usize, const R: usize>(&mut self, parameters: &Parameters, memory: &mut Memory<N, R>) -> Step {
        let observation = self.observe();
        let decision = decide(parameters, memory, observation);
        self.apply(decision.action);
        Step { observation, decision, state: self.state }
    }
}

fn is_safe(position: f32, velocity: f32, action: f32) -> bool {
    velocity.abs() <= SPEED_LIMIT && position >= POSITION_LIMIT && action.abs() <= ACTION_LIMIT
}
