//! A quadratic program as the head of a network: the action nearest to the network's that is safe and makes progress.
//!
//! ```text
//! minimize    1/2 a^2 - q a
//! subject to  |a| <= 1                      hard
//!             lower <= a <= upper           hard: the next velocity stays in the safe set
//!             direction a >= growth         soft: work on the car
//! ```
//! The last row is a control Lyapunov condition in the car's energy (Ames et al. 2017, "Control Barrier Function Based
//! Quadratic Programs", section V): in a step the energy changes by about `power v a`. Moving right, once a constant push
//! that is not too hard would carry the car to the goal, `growth` is that push; before, and moving left, it is a small
//! constant, so that the amplitude grows. Without it a learned action can ride the limit of the safe set for ever: safe,
//! and never there.

use crate::baselines::network::tensor;
use crate::model::known_plant::KnownPlant;
use burn::tensor::Tensor;
use convex_edge::program::{Program, ProgramError, minimize, parameter, variable};
use convex_edge_burn::{ActiveSetLayer, LayerError, batched};
use convex_edge_core::math::sin_cos_f32;
use convex_edge_core::plant::mountain_car::{CONTINUOUS_GOAL, GRAVITY, POWER};
use convex_edge_core::safety::ACTION_LIMIT;
use serde::{Deserialize, Serialize};

/// Demand of the progress row.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Progress {
    /// Least push in the direction of motion while the goal is out of reach, 0 to 1.
    pub pump: f32,
    /// Hardest constant push that counts as reach of the goal, 0 to 1.
    pub reach: f32,
    /// Energy at the goal relative to resting there, 1 or a little more.
    pub energy: f32,
    /// Softness of the row, above 0: falling short by s costs s^2 / (2 softness).
    pub softness: f64,
}

impl Progress {
    /// Direction of motion, -1 or 1, and the least push in it, on a plant with these dynamics relative to the nominal ones.
    pub fn row(&self, [position, velocity]: [f32; 2], gravity: f32, power: f32) -> [f32; 2] {
        if velocity <= 0.0 {
            return [-1.0, self.pump];
        }
        let potential = |sine: f32| gravity * GRAVITY as f32 / 3.0 * (sine + 1.0);
        let energy = 0.5 * velocity * velocity + potential(sin_cos_f32(3.0 * position).0);
        let at_goal = self.energy * potential(sin_cos_f32(3.0 * CONTINUOUS_GOAL as f32).0);
        let way = (CONTINUOUS_GOAL as f32 - position).max(1e-3);
        let needed = (at_goal - energy) / (power * POWER as f32 * way);
        [1.0, if needed <= self.reach { needed.max(-ACTION_LIMIT) } else { self.pump }]
    }
}

/// The head's program; parameters: q, lower, upper, direction, growth.
///
/// # Errors
/// None for a positive softness.
pub fn program(progress: &Progress) -> Result<Program, ProgramError> {
    let a = variable("a", 1, 1);
    let (q, lower, upper) = (parameter("q", 1, 1), parameter("lower", 1, 1), parameter("upper", 1, 1));
    let (direction, growth) = (parameter("direction", 1, 1), parameter("growth", 1, 1));
    let limit = f64::from(ACTION_LIMIT);
    let constraints = [
        a.between(-limit, limit),
        a.between(&lower, &upper),
        direction.dot(&a).at_least(&growth).soft(progress.softness),
    ];
    minimize(0.5 * a.sum_squares() - q.dot(&a))
        .subject_to(constraints)
        .program(&[&q, &lower, &upper, &direction, &growth], &[&a])
}

/// The program as a layer, with what it needs to know of a state.
#[derive(Debug, Clone)]
pub struct Head {
    progress: Progress,
    layer: ActiveSetLayer<f32, 1, 3>,
}

impl Head {
    /// # Errors
    /// None for a positive softness.
    pub fn new(progress: Progress) -> Result<Self, LayerError> {
        Ok(Self { progress, layer: ActiveSetLayer::new(program(&progress)?)? })
    }

    /// Actions, `[batch, 1]`, for the network's output q, `[batch, 1]`, at these observations; differentiable in q.
    ///
    /// # Errors
    /// [`LayerError`] where q is not finite.
    pub fn actions(
        &self,
        q: Tensor<2>,
        observations: &[[f32; 2]],
        plant: &KnownPlant,
    ) -> Result<Tensor<2>, LayerError> {
        let device = q.device();
        let column = |value: &dyn Fn([f32; 2]) -> f32| {
            let column: Vec<[f32; 1]> = observations.iter().map(|&observation| [value(observation)]).collect();
            batched(tensor(&column, &device))
        };
        self.layer.forward(&[
            batched(q),
            column(&|observation| plant.actions(observation).lower),
            column(&|observation| plant.actions(observation).upper),
            column(&|observation| self.progress.row(observation, plant.gravity, plant.power)[0]),
            column(&|observation| self.progress.row(observation, plant.gravity, plant.power)[1]),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;
    use convex_edge_core::random::Pcg64;
    use convex_edge_mountain_car::model::safe_set::Margins;

    const PROGRESS: Progress = Progress { pump: 0.1, reach: 0.8, energy: 1.02, softness: 1e-3 };

    /// Also outside the safe set, and for outputs at and beyond the action's limits: soft actor-critic samples them.
    #[test]
    fn every_state_and_output_has_an_action() {
        let margins = Margins { gravity_error: 0.05, power_error: 0.05, position_noise: 1e-3, velocity_noise: 2e-4 };
        let (head, plant) = (Head::new(PROGRESS).unwrap(), KnownPlant::new(1.0, 1.0, &margins).unwrap());
        let random = &mut Pcg64::from_seed(3);
        for _ in 0..2000 {
            let mut observations = Vec::new();
            let mut outputs = Vec::new();
            for _ in 0..100 {
                observations.push([random.uniform(-1.2, 0.6) as f32, random.uniform(-0.07, 0.07) as f32]);
                outputs.push([match random.next_u64() % 4 {
                    0 => 1.0,
                    1 => random.uniform(-3.0, 3.0) as f32,
                    2 => random.uniform(-0.01, 0.01) as f32,
                    _ => (1.0 - random.uniform(0.0, 1e-4)) as f32,
                }]);
            }
            assert!(head.actions(tensor(&outputs, &Device::flex()), &observations, &plant).is_ok());
        }
    }
}
