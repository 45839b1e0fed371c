//! Soft actor-critic (Haarnoja et al. 2018, arXiv 1812.05905), as Stable-Baselines3 2.9 computes it with a fixed weight of
//! the entropy and state-dependent exploration.

use super::controller::Controller;
use super::episodes::{Episodes, stream};
use super::network::{Activation, Network, tensor, values};
use super::policy::Policy;
use super::replay::{Replay, Transition};
use super::squashed::{Actor, exploration};
use super::training::{Progress, TrainError};
use burn::module::Module;
use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::{Device, Tensor};
use convex_edge_burn::LayerError;
use convex_edge_core::random::Pcg64;
use convex_edge_runs::interrupt;
use serde::{Deserialize, Serialize};

/// Hyperparameters; the published ones are those of RL Baselines3 Zoo.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sac {
    /// Steps of training.
    pub steps: usize,
    /// Steps between updates, at least 1; they share an exploration matrix.
    pub rollout: usize,
    /// Gradient steps an update.
    pub gradient_steps: usize,
    /// Transitions of a gradient step.
    pub batch: usize,
    /// Transitions that are remembered, at least 1.
    pub memory: usize,
    /// Learning rate of Adam.
    pub learning_rate: f64,
    /// Discount of rewards, a step.
    pub discount: f64,
    /// How far the target critics follow at each gradient step, 0 to 1.
    pub target_rate: f64,
    /// Weight of the entropy.
    pub entropy: f64,
    /// Logarithm of the exploration matrix's standard deviation in the beginning.
    pub log_deviation: f64,
}

/// Trains an actor and shows the policy before the first step and after every `every` steps. The seed fixes everything.
///
/// # Errors
/// [`TrainError`].
pub fn train(
    settings: &Sac,
    controller: &Controller,
    seed: u64,
    every: usize,
    mut show: impl FnMut(&Progress) -> Result<(), LayerError>,
) -> Result<Policy, TrainError> {
    let device = Device::flex().autodiff();
    let mut random = stream(seed);
    let mut learner = Learner::new(settings, &mut random, &device);
    let mut replay = Replay::new(settings.memory);
    let mut episodes = Episodes::new(seed);
    let mut steps = 0;
    loop {
        let actor = learner.actor.valid();
        if steps % every < settings.rollout || steps >= settings.steps {
            let policy = Policy::Sac(Box::new(actor.clone()));
            show(&Progress { steps, violations: episodes.violations(), policy: &policy })?;
            if steps >= settings.steps {
                return Ok(policy);
            }
        }
        let matrix = exploration(&mut random, &Device::flex());
        for _ in 0..settings.rollout {
            replay.add(step(&actor, &matrix, controller, &mut episodes)?);
        }
        steps += settings.rollout;
        for _ in 0..settings.gradient_steps {
            if interrupt::requested() {
                return Err(TrainError::Interrupted);
            }
            let transitions = replay.sample(settings.batch, &mut random);
            let exploration = exploration(&mut random, &Device::flex());
            learner.learn(&Batch::new(&transitions), &exploration, controller, settings)?;
        }
    }
}

fn step(
    actor: &Actor,
    matrix: &Tensor<2>,
    controller: &Controller,
    episodes: &mut Episodes,
) -> Result<Transition, LayerError> {
    let observation = episodes.observation;
    let sample = actor.sample(tensor(&[observation], &Device::flex()), matrix);
    // Critics judge what a program as the head says; what the environment makes of an action is its own affair.
    let actions = values(&controller.sampled(sample.actions, &[observation])?);
    let applied = controller.applied(&actions, &[observation])?;
    let outcome = episodes.apply(applied.first().copied().unwrap_or(0.0));
    if outcome.terminated || outcome.truncated {
        episodes.restart();
    }
    Ok(Transition {
        observation,
        action: actions.first().copied().unwrap_or(f32::NAN),
        reward: outcome.reward,
        next: outcome.observation,
        terminal: outcome.terminated,
    })
}

/// The transitions of a gradient step, column by column, without gradients.
struct Batch {
    /// Observations before and after the step, once more as rows.
    states: [Vec<[f32; 2]>; 2],
    observations: Tensor<2>,
    actions: Tensor<2>,
    rewards: Tensor<2>,
    next: Tensor<2>,
    goes_on: Tensor<2>,
}

impl Batch {
    fn new(transitions: &[Transition]) -> Self {
        let pairs = |value: &dyn Fn(&Transition) -> [f32; 2]| {
            tensor(&transitions.iter().map(value).collect::<Vec<_>>(), &Device::flex())
        };
        let column = |value: &dyn Fn(&Transition) -> f32| {
            tensor(&transitions.iter().map(|transition| [value(transition)]).collect::<Vec<_>>(), &Device::flex())
        };
        let states = |value: &dyn Fn(&Transition) -> [f32; 2]| transitions.iter().map(value).collect();
        Self {
            states: [states(&|transition| transition.observation), states(&|transition| transition.next)],
            observations: pairs(&|transition| transition.observation),
            actions: column(&|transition| transition.action),
            rewards: column(&|transition| transition.reward as f32),
            next: pairs(&|transition| transition.next),
            goes_on: column(&|transition| if transition.terminal { 0.0 } else { 1.0 }),
        }
    }
}

/// Two networks for the value of an action in a state; the smaller counts (Fujimoto et al. 2018).
#[derive(Module, Debug)]
struct Critics {
    networks: [Network; 2],
}

impl Critics {
    fn values(&self, observations: Tensor<2>, actions: Tensor<2>) -> [Tensor<2>; 2] {
        let inputs = Tensor::cat(vec![observations, actions], 1);
        self.networks.each_ref().map(|network| network.forward(inputs.clone()))
    }

    fn smaller(&self, observations: Tensor<2>, actions: Tensor<2>) -> Tensor<2> {
        let [first, second] = self.values(observations, actions);
        first.min_pair(second)
    }
}

struct Learner {
    actor: Actor,
    critics: Critics,
    /// Follow the critics slowly; without gradients.
    targets: Critics,
    of_actor: ModuleOptimizer,
    of_critics: ModuleOptimizer,
}

impl Learner {
    fn new(settings: &Sac, random: &mut Pcg64, device: &Device) -> Self {
        let actor = Actor::new(settings.log_deviation, random, device);
        let mut critic = || Network::new(3, 1, Activation::Relu, random, device);
        let critics = Critics { networks: [critic(), critic()] };
        let adam = AdamConfig::new().with_epsilon(1e-8);
        Self { actor, targets: critics.valid(), critics, of_actor: adam.init(), of_critics: adam.init() }
    }

    /// One gradient step of critics and actor. All actions share the exploration matrix.
    ///
    /// # Errors
    /// [`LayerError`] where an action is not finite.
    fn learn(
        &mut self,
        batch: &Batch,
        exploration: &Tensor<2>,
        controller: &Controller,
        settings: &Sac,
    ) -> Result<(), LayerError> {
        let next = self.actor.valid().sample(batch.next.clone(), exploration);
        let actions = controller.sampled(next.actions, &batch.states[1])?;
        let expected =
            self.targets.smaller(batch.next.clone(), actions) - next.log_densities.mul_scalar(settings.entropy);
        let expected = batch.rewards.clone() + batch.goes_on.clone().mul_scalar(settings.discount) * expected;
        let [first, second] = self
            .critics
            .values(batch.observations.clone(), batch.actions.clone())
            .map(|value| (value - expected.clone()).powi_scalar(2).mean());
        let loss = (first + second).mul_scalar(0.5);
        let gradients = GradientsParams::from_grads(loss.backward(), &self.critics);
        self.critics = self.of_critics.step(settings.learning_rate, self.critics.clone(), gradients);

        let critics = self.critics.valid();
        let sample = self.actor.sample(batch.observations.clone(), exploration);
        let actions = controller.sampled(sample.actions, &batch.states[0])?;
        let value = critics.smaller(batch.observations.clone(), actions);
        let loss = (sample.log_densities.mul_scalar(settings.entropy) - value).mean();
        let gradients = GradientsParams::from_grads(loss.backward(), &self.actor);
        self.actor = self.of_actor.step(settings.learning_rate, self.actor.clone(), gradients);

        for (target, critic) in self.targets.networks.iter_mut().zip(&critics.networks) {
            *target = target.moved(critic, settings.target_rate);
        }
        Ok(())
    }
}
