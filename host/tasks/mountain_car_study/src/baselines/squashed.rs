//! The actor of soft actor-critic: a normal distribution squashed into the action's limits, with state-dependent
//! exploration (Raffin et al. 2022), as Stable-Baselines3's `StateDependentNoiseDistribution` computes it.

use super::network::{Activation, HIDDEN, Network, tensor};
use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use convex_edge_core::random::Pcg64;
use convex_edge_runs::cma_es::standard_normal;

/// Largest magnitude of the mean before it is squashed.
const LARGEST_MEAN: f64 = 2.0;
/// From here on f32 cannot tell the squashed action from the limit, and the density changes no more.
const SATURATED: f64 = 8.317;
/// Keeps variances and the squashing's slope away from 0.
const SMALLEST: f64 = 1e-6;

/// A network for the mean, and the logarithms of the exploration matrix's standard deviations, `[HIDDEN, 1]`.
#[derive(Module, Debug)]
pub struct Actor {
    /// Network of the mean.
    pub network: Network,
    /// Logarithms of the exploration matrix's standard deviations, `[HIDDEN, 1]`.
    pub log_deviation: Param<Tensor<2>>,
}

/// Sampled actions, `[batch, 1]`, and the logarithms of their densities.
#[derive(Debug, Clone)]
pub struct Sample {
    /// -1 to 1.
    pub actions: Tensor<2>,
    /// Logarithms of the actions' densities.
    pub log_densities: Tensor<2>,
}

impl Actor {
    /// Before training.
    pub fn new(log_deviation: f64, random: &mut Pcg64, device: &Device) -> Self {
        Self {
            network: Network::new(2, 1, Activation::Relu, random, device),
            log_deviation: Param::from_tensor(Tensor::full([HIDDEN, 1], log_deviation, device)),
        }
    }

    /// The deterministic policy's actions.
    pub fn mean_actions(&self, observations: Tensor<2>) -> Tensor<2> {
        self.mean(self.network.features(observations)).tanh()
    }

    /// Actions with the noise of one exploration matrix, which `exploration` gives in standard deviations.
    pub fn sample(&self, observations: Tensor<2>, exploration: &Tensor<2>) -> Sample {
        let features = self.network.features(observations);
        let mean = self.mean(features.clone());
        let deviation = self.log_deviation.val().exp();
        let noise = features.clone().matmul(deviation.clone() * exploration.clone());
        let variance = features.powi_scalar(2).matmul(deviation.powi_scalar(2)).add_scalar(SMALLEST);
        let unsquashed = mean.clone() + noise;
        let actions = unsquashed.clone().tanh();
        Sample { actions, log_densities: log_density(unsquashed, mean, variance) }
    }

    fn mean(&self, features: Tensor<2>) -> Tensor<2> {
        self.network.output(features).clamp(-LARGEST_MEAN, LARGEST_MEAN)
    }
}

/// An exploration matrix in standard deviations, `[HIDDEN, 1]`.
pub fn exploration(random: &mut Pcg64, device: &Device) -> Tensor<2> {
    let draws: [[f32; 1]; HIDDEN] = std::array::from_fn(|_| [standard_normal(random) as f32]);
    tensor(&draws, device)
}

/// Logarithm of the density of `tanh(x)` where `x` is normal (Haarnoja et al. 2018, appendix C).
fn log_density(unsquashed: Tensor<2>, mean: Tensor<2>, variance: Tensor<2>) -> Tensor<2> {
    let unsquashed = unsquashed.clamp(-SATURATED, SATURATED);
    let squares = (unsquashed.clone() - mean).powi_scalar(2) / variance.clone();
    let normal = (squares + variance.log()).add_scalar(std::f64::consts::TAU.ln()).mul_scalar(-0.5);
    let slope = unsquashed.tanh().powi_scalar(2).neg().add_scalar(1.0 + SMALLEST);
    normal - slope.log()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baselines::network::values;

    /// Of a standard normal variable, by Abramowitz and Stegun's series 7.1.6.
    fn below(x: f64) -> f64 {
        let mut term = x;
        let mut sum = x;
        for n in 1..80 {
            term *= x * x / f64::from(2 * n + 1);
            sum += term;
        }
        0.5 + sum * (-0.5 * x * x).exp() / std::f64::consts::TAU.sqrt()
    }

    #[test]
    fn the_density_is_the_slope_of_the_squashed_variables_distribution() {
        let device = Device::flex();
        let (mean, deviation) = (0.4_f64, 0.7_f64);
        for action in [-0.9_f64, -0.3, 0.0, 0.5, 0.8, 0.95] {
            let column = |value: f64| tensor(&[[value as f32]], &device);
            let found = log_density(column(action.atanh()), column(mean), column(deviation * deviation));
            let share = |action: f64| below((action.atanh() - mean) / deviation);
            let slope = (share(action + 1e-5) - share(action - 1e-5)) / 2e-5;
            assert!((f64::from(values(&found)[0]) - slope.ln()).abs() < 1e-4, "{action}");
        }
    }

    #[test]
    fn the_gradient_of_the_density_is_that_of_finite_differences() {
        let device = Device::flex().autodiff();
        let mut random = Pcg64::from_seed(3);
        let mut actor = Actor::new(-1.0, &mut random, &device);
        let observations = tensor(&[[-0.5, 0.02], [0.3, -0.04], [-1.0, 0.01]], &device);
        let matrix = exploration(&mut random, &device);
        let value = |actor: &Actor| {
            let sample = actor.sample(observations.clone(), &matrix);
            (sample.log_densities.mul_scalar(0.3) + sample.actions).sum()
        };
        let gradient = actor.log_deviation.val().grad(&value(&actor).backward()).expect("is a parameter");
        let gradient = values(&gradient);
        for index in [0, 17, 40] {
            let mut moved = |by: f32| {
                let mut step = [[0.0_f32]; HIDDEN];
                step[index] = [by];
                let start = actor.log_deviation.clone();
                actor.log_deviation = Param::from_tensor((start.val() + tensor(&step, &device)).detach());
                let found: f64 = value(&actor).to_data().iter::<f64>().sum();
                actor.log_deviation = start;
                found
            };
            let slope = (moved(0.02) - moved(-0.02)) / 0.04;
            assert!((slope - f64::from(gradient[index])).abs() < 2e-3, "{slope} {}", gradient[index]);
        }
    }
}
