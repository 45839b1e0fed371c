//! Environment that a policy drives in training and in the robustness table: an episode, optionally with a delay of one
//! step.

use convex_edge_core::episode::{Episode, Scenario};
use convex_edge_core::math::cos_f32;
use convex_edge_core::plant::mountain_car::{GRAVITY, Outcome, POWER};

/// An episode under way, seen through what the policy knows: where actions come one step late, through a prediction
/// over the action that is still on its way.
#[derive(Debug, Clone)]
pub struct Environment {
    /// The plant with its counts of violations.
    pub episode: Episode,
    /// The action on its way, where there is a delay.
    pending: Option<f32>,
}

impl Environment {
    /// Resets the plant; with a delay, the action of the first step is 0.
    pub fn start(scenario: &Scenario, delay: bool) -> Self {
        Self { episode: Episode::start(scenario), pending: delay.then_some(0.0) }
    }

    /// What the policy sees next; with noise, each call draws anew.
    pub fn observe(&mut self) -> [f32; 2] {
        let observation = self.episode.observe();
        self.pending.map_or(observation, |action| predict(observation, action))
    }

    /// Applies an action, or the one before it where there is a delay.
    pub fn apply(&mut self, action: f32) -> Outcome {
        let due = self.pending.as_mut().map_or(action, |pending| std::mem::replace(pending, action));
        self.episode.apply(due)
    }
}

/// The state after one step of the nominal plant, away from the ends of its track.
pub fn predict([position, velocity]: [f32; 2], action: f32) -> [f32; 2] {
    let velocity = velocity + POWER as f32 * action - GRAVITY as f32 * cos_f32(3.0 * position);
    [position + velocity, velocity]
}
