//! Deterministic policy of a trained baseline.

use super::agent::Agent;
use super::controller::Controller;
use super::moments::{Moments, standardize};
use super::network::{tensor, values};
use super::squashed::Actor;
use burn::module::Module;
use burn::tensor::Device;
use convex_edge_burn::LayerError;
use convex_edge_mountain_car::model::transition::Identification;

/// The mean of each algorithm's actions.
#[derive(Debug, Clone)]
pub enum Policy {
    /// Policy of proximal policy optimization.
    Ppo {
        /// Without gradients.
        agent: Box<Agent>,
        /// Moments of the observations.
        moments: [Moments; 2],
        /// Identified transition.
        identification: Box<Identification>,
    },
    /// Policy of soft actor-critic, without gradients.
    Sac(Box<Actor>),
    /// Policy of augmented random search.
    Ars {
        /// Weights of the standardized observation.
        weights: [f64; 2],
        /// Moments of the observations.
        moments: [Moments; 2],
    },
}

impl Policy {
    /// The actions for these observations.
    ///
    /// # Errors
    /// [`LayerError`] where the network's output is not finite.
    pub fn actions(&self, controller: &Controller, observations: &[[f32; 2]]) -> Result<Vec<f32>, LayerError> {
        let wanted = match self {
            Self::Ppo { agent, moments, identification } => {
                let inputs: Vec<[f32; 2]> = observations.iter().map(|&o| standardize(moments, o)).collect();
                let output = agent.actor.forward(tensor(&inputs, &Device::flex()));
                values(&controller.mean(output, observations, identification)?)
            }
            Self::Sac(actor) => {
                let actions = actor.mean_actions(tensor(observations, &Device::flex()));
                values(&controller.sampled(actions, observations)?)
            }
            Self::Ars { weights, moments } => observations.iter().map(|&o| linear(weights, moments, o)).collect(),
        };
        controller.applied(&wanted, observations)
    }

    /// Weights of the policy alone.
    pub fn parameters(&self) -> usize {
        match self {
            Self::Ppo { agent, .. } => agent.actor.num_params(),
            Self::Sac(actor) => actor.network.num_params(),
            Self::Ars { weights, .. } => weights.len(),
        }
    }
}

/// The action of a linear policy.
pub fn linear(weights: &[f64; 2], moments: &[Moments; 2], observation: [f32; 2]) -> f32 {
    let input = standardize(moments, observation);
    weights.iter().zip(input).map(|(weight, value)| weight * f64::from(value)).sum::<f64>() as f32
}
