//! Rollouts of an agent in its environment, with the advantage of each step.

use super::agent::Agent;
use super::controller::Controller;
use super::episodes::Episodes;
use super::moments::{Moments, standardize};
use super::network::{HIDDEN, tensor, values};
use burn::tensor::Tensor;
use convex_edge_burn::LayerError;
use convex_edge_core::random::Pcg64;
use convex_edge_mountain_car::model::transition::Identification;
use convex_edge_runs::cma_es::standard_normal;

/// Episodes under way with the moments of what was seen of them.
#[derive(Debug, Clone)]
pub struct Collector {
    episodes: Episodes,
    /// Return of the running episode, discounted from its beginning.
    discounted: f64,
    of_returns: Moments,
    /// Moments of the observations.
    pub moments: [Moments; 2],
    /// Identified transition.
    pub identification: Identification,
}

/// A step as PPO learns from it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Observation before the step.
    pub observation: [f32; 2],
    /// The same as the network saw it.
    pub input: [f32; 2],
    /// Action as sampled, before the controller changed it.
    pub action: f32,
    /// Logarithm of its density.
    pub log_density: f64,
    /// Return that the critic expected.
    pub value: f64,
    /// Normalized; at the time limit with the critic's expectation of what would have followed.
    pub reward: f64,
    /// Whether the episode ended with this step.
    pub last: bool,
}

impl Collector {
    /// Begins the first episode of a training.
    pub fn new(seed: u64) -> Self {
        let mut collector = Self {
            episodes: Episodes::new(seed),
            discounted: 0.0,
            of_returns: Moments::default(),
            moments: [Moments::default(); 2],
            identification: Identification::default(),
        };
        collector.saw();
        collector
    }

    /// Steps so far that exceeded a limit.
    pub fn violations(&self) -> u64 {
        self.episodes.violations()
    }

    fn saw(&mut self) {
        for (moments, &value) in self.moments.iter_mut().zip(&self.episodes.observation) {
            moments.update(value.into());
        }
    }

    /// Return that the critic expected.
    pub fn value(&self, agent: &Agent) -> f64 {
        let device = agent.log_deviation.val().device();
        let input = tensor(&[standardize(&self.moments, self.episodes.observation)], &device);
        values(&agent.critic.forward(input)).first().copied().unwrap_or(f32::NAN).into()
    }

    /// So many steps with one draw of the exploration matrix.
    ///
    /// # Errors
    /// [`LayerError`] where the agent's output is not finite.
    pub fn steps(
        &mut self,
        agent: &Agent,
        controller: &Controller,
        steps: usize,
        discount: f64,
        random: &mut Pcg64,
    ) -> Result<Vec<Step>, LayerError> {
        let device = agent.log_deviation.val().device();
        let deviations = values(&agent.log_deviation.val().exp());
        let mut exploration = [[0.0_f32]; HIDDEN];
        for (weight, deviation) in exploration.iter_mut().flatten().zip(deviations) {
            *weight = (f64::from(deviation) * standard_normal(random)) as f32;
        }
        let exploration = tensor(&exploration, &device);
        let mut taken = Vec::with_capacity(steps);
        for _ in 0..steps {
            let observation = self.episodes.observation;
            let input = standardize(&self.moments, observation);
            let inputs = tensor(&[input], &device);
            let features = agent.actor.features(inputs.clone());
            let mean = controller.mean(agent.actor.output(features.clone()), &[observation], &self.identification)?;
            let noise = features.clone().matmul(exploration.clone());
            let found = [mean, noise, agent.variance(features), agent.critic.forward(inputs)];
            let [mean, noise, variance, value] = four(&values(&Tensor::cat(found.to_vec(), 1)));
            let action = (mean + noise) as f32;
            let applied = controller.applied(&[action], &[observation])?;
            let applied = applied.first().copied().unwrap_or(0.0);
            let outcome = self.episodes.apply(applied);
            self.identification.saw(observation, applied, outcome.observation);
            self.saw();
            self.discounted = self.discounted * discount + outcome.reward;
            self.of_returns.update(self.discounted);
            let mut reward = self.of_returns.scale(outcome.reward);
            let last = outcome.terminated || outcome.truncated;
            if last {
                if !outcome.terminated {
                    reward += discount * self.value(agent);
                }
                self.restart();
            }
            let log_density = log_density(noise, variance);
            taken.push(Step { observation, input, action, log_density, value, reward, last });
        }
        Ok(taken)
    }

    fn restart(&mut self) {
        self.episodes.restart();
        self.discounted = 0.0;
        self.saw();
    }
}

fn four(values: &[f32]) -> [f64; 4] {
    std::array::from_fn(|i| values.get(i).copied().unwrap_or(f32::NAN).into())
}

/// Logarithm of the normal density at so much from the mean.
fn log_density(difference: f64, variance: f64) -> f64 {
    -0.5 * (difference * difference / variance + variance.ln() + std::f64::consts::TAU.ln())
}

/// Generalized advantages of the steps (Schulman et al. 2016, equation 16), and the returns that the critic learns.
/// `value` is expected of the state after the last step.
pub fn advantages(steps: &[Step], value: f64, discount: f64, decay: f64) -> Vec<(f64, f64)> {
    let mut next = value;
    let mut advantage = 0.0;
    let mut found: Vec<(f64, f64)> = Vec::with_capacity(steps.len());
    for step in steps.iter().rev() {
        let goes_on = if step.last { 0.0 } else { 1.0 };
        let difference = step.reward + discount * next * goes_on - step.value;
        advantage = difference + discount * decay * goes_on * advantage;
        found.push((advantage, advantage + step.value));
        next = step.value;
    }
    found.reverse();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advantages_are_the_decayed_sums_of_differences_within_an_episode() {
        let step = |reward, value, last| Step {
            observation: [0.0; 2],
            input: [0.0; 2],
            action: 0.0,
            log_density: 0.0,
            value,
            reward,
            last,
        };
        let steps = [step(1.0, 0.5, false), step(2.0, 0.25, true), step(3.0, 1.0, false)];
        let found = advantages(&steps, 4.0, 0.5, 0.5);
        let second = 2.0 - 0.25;
        assert_eq!(found[1], (second, 2.0));
        assert_eq!(found[0].0, 1.0 + 0.5 * 0.25 - 0.5 + 0.25 * second);
        assert_eq!(found[2].0, 3.0 + 0.5 * 4.0 - 1.0);
    }
}
