//! The policy and value networks of PPO.

use super::network::{Activation, HIDDEN, Network};
use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use convex_edge_core::random::Pcg64;

/// Networks of their own for policy and value, and the logarithms of the noise's standard deviations, `[HIDDEN, 1]`:
/// state-dependent exploration (Raffin et al. 2022, "Smooth Exploration for Robotic Reinforcement Learning").
#[derive(Module, Debug)]
pub struct Agent {
    /// Policy.
    pub actor: Network,
    /// Value.
    pub critic: Network,
    /// Logarithms of the standard deviations of the exploration matrix.
    pub log_deviation: Param<Tensor<2>>,
}

impl Agent {
    /// Before training, with so many outputs of the policy.
    pub fn new(log_deviation: f64, outputs: usize, random: &mut Pcg64, device: &Device) -> Self {
        Self {
            actor: Network::new(2, outputs, Activation::Tanh, random, device),
            critic: Network::new(2, 1, Activation::Tanh, random, device),
            log_deviation: Param::from_tensor(Tensor::full([HIDDEN, 1], log_deviation, device)),
        }
    }

    /// Variances of the actions, `[batch, 1]`, for the actor's features; the noise does not train the features.
    pub fn variance(&self, features: Tensor<2>) -> Tensor<2> {
        let of_weights = self.log_deviation.val().exp().powi_scalar(2);
        features.detach().powi_scalar(2).matmul(of_weights).add_scalar(1e-6)
    }
}
