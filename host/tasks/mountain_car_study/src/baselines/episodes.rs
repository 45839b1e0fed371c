//! Episodes of training, one after the other.

use convex_edge_core::episode::Scenario;
use convex_edge_core::plant::mountain_car::Outcome;
use convex_edge_core::random::Pcg64;
use convex_edge_mountain_car::data::environment::Environment;

/// Away from the seeds of evaluation.
const FIRST_SEED: u64 = 1_000_000;

/// What a training draws from besides its episodes: weights and exploration.
pub fn stream(seed: u64) -> Pcg64 {
    Pcg64::from_seed(FIRST_SEED + seed)
}

/// An episode under way on Gymnasium's plant, and how many limits were exceeded in those before it.
#[derive(Debug, Clone)]
pub struct Episodes {
    environment: Environment,
    /// Observation of the policy.
    pub observation: [f32; 2],
    next_seed: u64,
    ended_violations: u64,
}

impl Episodes {
    /// Begins the first episode of a training.
    pub fn new(seed: u64) -> Self {
        let first = FIRST_SEED * (seed + 2);
        let environment = Environment::start(&Scenario::nominal(first), false);
        Self { observation: environment.episode.state(), environment, next_seed: first + 1, ended_violations: 0 }
    }

    /// One step; what ended with it is the caller's to restart.
    pub fn apply(&mut self, action: f32) -> Outcome {
        let outcome = self.environment.apply(action);
        self.observation = outcome.observation;
        outcome
    }

    /// Begins the next episode.
    pub fn restart(&mut self) {
        self.ended_violations += u64::from(self.environment.episode.violations);
        self.environment = Environment::start(&Scenario::nominal(self.next_seed), false);
        self.observation = self.environment.episode.state();
        self.next_seed += 1;
    }

    /// Return of the running episode so far.
    pub fn episode_return(&self) -> f64 {
        self.environment.episode.episode_return
    }

    /// Steps so far that exceeded a limit.
    pub fn violations(&self) -> u64 {
        self.ended_violations + u64::from(self.environment.episode.violations)
    }
}
