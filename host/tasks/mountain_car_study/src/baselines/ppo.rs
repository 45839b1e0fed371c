//! Proximal policy optimization (Schulman et al. 2017, arXiv 1707.06347), as Stable-Baselines3 2.9 computes it: clipped
//! objective, generalized advantages, normalized observations and rewards, state-dependent exploration.

use super::agent::Agent;
use super::clipping::clip_norm;
use super::controller::Controller;
use super::episodes::stream;
use super::network::tensor;
use super::policy::Policy;
use super::rollout::{Collector, Step, advantages};
use super::training::{Progress, TrainError};
use burn::module::Module;
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::{Device, Tensor};
use convex_edge_burn::LayerError;
use convex_edge_mountain_car::model::transition::Identification;
use convex_edge_runs::interrupt;
use serde::{Deserialize, Serialize};

/// Hyperparameters; the published ones are those of RL Baselines3 Zoo.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ppo {
    /// Steps of training.
    pub steps: usize,
    /// Steps between updates, at least 2; each update takes them all at once.
    pub rollout: usize,
    /// Gradient steps an update.
    pub epochs: usize,
    /// Learning rate of Adam.
    pub learning_rate: f64,
    /// Discount of rewards, a step.
    pub discount: f64,
    /// Decay of generalized advantages, 0 to 1.
    pub advantage_decay: f64,
    /// Largest change of a density's ratio that pays.
    pub clip: f64,
    /// Weight of the entropy.
    pub entropy: f64,
    /// Weight of the value's error.
    pub value: f64,
    /// Largest norm of the gradient.
    pub gradient_norm: f64,
    /// Logarithm of the exploration matrix's standard deviation in the beginning.
    pub log_deviation: f64,
}

/// Trains an agent and shows the policy before the first step and after every `every` steps. The seed fixes everything.
///
/// # Errors
/// [`TrainError`].
pub fn train(
    settings: &Ppo,
    controller: &Controller,
    seed: u64,
    every: usize,
    mut show: impl FnMut(&Progress) -> Result<(), LayerError>,
) -> Result<Policy, TrainError> {
    let device = Device::flex().autodiff();
    let mut random = stream(seed);
    let mut agent = Agent::new(settings.log_deviation, controller.outputs(), &mut random, &device);
    let mut optimizer = AdamConfig::new().with_epsilon(1e-5).init();
    let mut collector = Collector::new(seed);
    let mut steps = 0;
    loop {
        let frozen = agent.valid();
        if steps % every < settings.rollout || steps >= settings.steps {
            let policy = Policy::Ppo {
                agent: Box::new(frozen.clone()),
                moments: collector.moments,
                identification: Box::new(collector.identification),
            };
            show(&Progress { steps, violations: collector.violations(), policy: &policy })?;
            if steps >= settings.steps {
                return Ok(policy);
            }
        }
        if interrupt::requested() {
            return Err(TrainError::Interrupted);
        }
        let taken = collector.steps(&frozen, controller, settings.rollout, settings.discount, &mut random)?;
        steps += taken.len();
        let batch = Batch::new(&taken, collector.value(&frozen), settings);
        for _ in 0..settings.epochs {
            let gradients = batch.loss(&agent, (controller, &collector.identification), settings, &device)?.backward();
            let mut gradients = GradientsParams::from_grads(gradients, &agent);
            clip_norm(&agent, &mut gradients, settings.gradient_norm);
            agent = optimizer.step(settings.learning_rate, agent, gradients);
        }
    }
}

/// The steps of an update, column by column.
struct Batch {
    observations: Vec<[f32; 2]>,
    inputs: Vec<[f32; 2]>,
    actions: Vec<[f32; 1]>,
    log_densities: Vec<[f32; 1]>,
    /// With mean 0 and deviation 1.
    advantages: Vec<[f32; 1]>,
    returns: Vec<[f32; 1]>,
}

impl Batch {
    fn new(steps: &[Step], value: f64, settings: &Ppo) -> Self {
        let found = advantages(steps, value, settings.discount, settings.advantage_decay);
        let count = steps.len() as f64;
        let mean = found.iter().map(|(advantage, _)| advantage).sum::<f64>() / count;
        let squares = found.iter().map(|(advantage, _)| (advantage - mean).powi(2)).sum::<f64>();
        let deviation = (squares / (count - 1.0)).sqrt() + 1e-8;
        Self {
            observations: steps.iter().map(|step| step.observation).collect(),
            inputs: steps.iter().map(|step| step.input).collect(),
            actions: steps.iter().map(|step| [step.action]).collect(),
            log_densities: steps.iter().map(|step| [step.log_density as f32]).collect(),
            advantages: found.iter().map(|(advantage, _)| [((advantage - mean) / deviation) as f32]).collect(),
            returns: found.iter().map(|&(_, expected)| [expected as f32]).collect(),
        }
    }

    fn loss(
        &self,
        agent: &Agent,
        (controller, identification): (&Controller, &Identification),
        settings: &Ppo,
        device: &Device,
    ) -> Result<Tensor<1>, LayerError> {
        let inputs = tensor(&self.inputs, device);
        let features = agent.actor.features(inputs.clone());
        let mean = controller.mean(agent.actor.output(features.clone()), &self.observations, identification)?;
        let variance = agent.variance(features);
        let log_variance = variance.clone().log();
        let squares = (tensor(&self.actions, device) - mean).powi_scalar(2) / variance;
        let log_density = (squares + log_variance.clone()).add_scalar(std::f64::consts::TAU.ln()).mul_scalar(-0.5);
        let ratio = (log_density - tensor(&self.log_densities, device)).exp();
        let advantages = tensor(&self.advantages, device);
        let clipped = ratio.clone().clamp(1.0 - settings.clip, 1.0 + settings.clip) * advantages.clone();
        let gain = (ratio * advantages).min_pair(clipped).mean();
        let error = (agent.critic.forward(inputs) - tensor(&self.returns, device)).powi_scalar(2).mean();
        // Up to a constant.
        let entropy = log_variance.mul_scalar(0.5).mean();
        Ok(error.mul_scalar(settings.value) - gain - entropy.mul_scalar(settings.entropy))
    }
}
