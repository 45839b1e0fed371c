//! Predictive control as the head of a network, whose output is the value of the state after a few steps.
//!
//! ```text
//! minimize    1/2 |a|^2 + 1/2 |C (s_5 - s_5(coasting) - d)|^2
//! subject to  |a_k| <= 1                       hard
//!             lower <= a_0 <= upper            hard: the next velocity stays in the safe set
//!             |v_k| <= 0.045, k = 2, ..., 5    soft
//!             direction a_0 >= growth          soft, where it is asked for: work on the car, as in the other head
//! ```
//! The transition is linear, so s_5 is affine in the pushes a. The network gives d, where the terminal value has its
//! minimum, and the triangle C, its curvature.
//!
//! With a constant C, a constant minimum and a constant linear transition this would be a linear-quadratic regulator. Such
//! a one can only brake: a push enters the state just as the velocity does (B is the power times A e_v), so the first
//! action's derivative in the velocity is minus a square, in whatever convex value, and no car is swung up so. Hence the
//! network.

use crate::model::head::Progress;
use burn::tensor::{Tensor, TensorData};
use convex_edge::program::{Expression, Program, ProgramError, minimize, parameter, variable};
use convex_edge_burn::{ActiveSetLayer, LayerError, batched};
use convex_edge_core::safety::{ACTION_LIMIT, SPEED_LIMIT, SafeSet};
use convex_edge_mountain_car::model::transition::{Linear, Response, STEPS, UNITS, response};

/// Outputs of the network: the minimum's position and velocity, in units of full pushes, and C's triangle less the unit
/// matrix's.
pub const OUTPUTS: usize = 5;
/// A prediction too fast by s costs s^2 / (2 softness), in units of full pushes.
const SOFTNESS: f64 = 1e-3;

/// The program; parameters: gain, wish, lower, upper, velocities, slowest, fastest, direction, growth.
///
/// # Errors
/// None for a positive softness.
pub fn program(progress_softness: f64) -> Result<Program, ProgramError> {
    let a = variable("a", STEPS, 1);
    let (gain, wish) = (parameter("gain", 2, STEPS), parameter("wish", 2, 1));
    let (lower, upper) = (parameter("lower", 1, 1), parameter("upper", 1, 1));
    let velocities = parameter("velocities", STEPS - 1, STEPS);
    let (slowest, fastest) = (parameter("slowest", STEPS - 1, 1), parameter("fastest", STEPS - 1, 1));
    let (direction, growth) = (parameter("direction", 1, 1), parameter("growth", 1, 1));
    let limit = f64::from(ACTION_LIMIT);
    let miss: Expression = &gain * &a - &wish;
    let constraints = [
        a.between(-limit, limit),
        a.entry(0).between(&lower, &upper),
        (&velocities * &a).between(&slowest, &fastest).soft(SOFTNESS),
        direction.dot(&a.entry(0)).at_least(&growth).soft(progress_softness),
    ];
    minimize(0.5 * a.sum_squares() + 0.5 * miss.sum_squares())
        .subject_to(constraints)
        .program(&[&gain, &wish, &lower, &upper, &velocities, &slowest, &fastest, &direction, &growth], &[&a])
}

/// The program as a layer.
#[derive(Debug, Clone)]
pub struct TerminalValue {
    progress: Progress,
    layer: ActiveSetLayer<f32, 7, 13>,
}

impl TerminalValue {
    /// # Errors
    /// None for a positive softness.
    pub fn new(progress: Progress) -> Result<Self, LayerError> {
        Ok(Self { progress, layer: ActiveSetLayer::new(program(progress.softness)?)? })
    }

    /// First actions, `[batch, 1]`, for the network's output, `[batch, OUTPUTS]`, at these observations; differentiable
    /// in the output. Without a linear transition the model's own is taken.
    ///
    /// # Errors
    /// [`LayerError`] where the output is not finite.
    pub fn actions(
        &self,
        output: Tensor<2>,
        observations: &[[f32; 2]],
        safe_set: &SafeSet,
        linear: Option<&Linear>,
        makes_progress: bool,
    ) -> Result<Tensor<2>, LayerError> {
        let (device, batch) = (output.device(), observations.len());
        let responses: Vec<Response> = observations.iter().map(|&o| response(o, linear)).collect();
        let block = |columns: usize, values: &dyn Fn(usize) -> Vec<f32>| {
            let values: Vec<f32> = (0..batch).flat_map(values).collect();
            Tensor::<2>::from_data(TensorData::new(values, [batch, columns]), &device)
        };
        let rows = |row: usize| block(STEPS, &|i| responses[i].terminal[row].to_vec());
        let out = |index: usize| output.clone().slice([0..batch, index..index + 1]);
        let (first, second, cross) = (out(2).add_scalar(1.0), out(3).add_scalar(1.0), out(4));
        let (position, velocity) = (rows(0), rows(1));
        let gain = Tensor::cat(
            vec![first.clone() * position.clone(), cross.clone() * position + second.clone() * velocity],
            1,
        );
        let wish = Tensor::cat(vec![first * out(0), cross * out(0) + second * out(1)], 1);
        let ahead = |bound: f32| {
            block(STEPS - 1, &|i| {
                responses[i].coasting[1..].iter().map(|coasting| (bound - coasting) / UNITS[1]).collect()
            })
        };
        let progress = |index: usize| {
            let none = [1.0, -2.0 * ACTION_LIMIT];
            block(1, &|i| vec![if makes_progress { self.progress.row(observations[i], 1.0, 1.0) } else { none }[index]])
        };
        let velocities = block(STEPS * (STEPS - 1), &|i| {
            responses[i].velocities[1..].iter().flatten().map(|change| change / UNITS[1]).collect()
        });
        let actions = self.layer.forward(&[
            batched(gain),
            batched(wish),
            batched(block(1, &|i| vec![safe_set.actions(observations[i]).lower])),
            batched(block(1, &|i| vec![safe_set.actions(observations[i]).upper])),
            batched(velocities),
            batched(ahead(-SPEED_LIMIT)),
            batched(ahead(SPEED_LIMIT)),
            batched(progress(0)),
            batched(progress(1)),
        ])?;
        Ok(actions.slice([0..batch, 0..1]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;
    use convex_edge_core::plant::mountain_car::{GRAVITY, POWER};
    use convex_edge_core::random::Pcg64;
    use convex_edge_mountain_car::model::safe_set::{NO_MARGINS, tables};
    use nalgebra::{Matrix2, Matrix2x5, Matrix5, Vector2, Vector4};

    const PROGRESS: Progress = Progress { pump: 0.1, reach: 0.8, energy: 1.02, softness: 1e-3 };

    fn rows(values: &[[f32; OUTPUTS]], device: &Device) -> Tensor<2> {
        Tensor::from_data(TensorData::new(values.as_flattened().to_vec(), [values.len(), OUTPUTS]), device)
    }

    #[test]
    fn a_constant_convex_value_only_brakes() {
        let mut random = Pcg64::from_seed(3);
        for _ in 0..200 {
            let mut draw = |largest: f64| random.uniform(-largest, largest);
            let position = draw(0.5) - 0.5;
            let curvature = Matrix2::new(draw(3.0), 0.0, draw(3.0), draw(3.0));
            let minimum = Vector2::new(draw(3.0), draw(3.0));
            let (sine, cosine) = (3.0 * position).sin_cos();
            let (slope, offset) = (3.0 * GRAVITY * sine, GRAVITY * (-cosine - 3.0 * sine * position));
            let linear = Linear::new(1.0 + slope, 1.0, offset, POWER, slope, 1.0, offset, POWER);
            let first = |velocity: f64| {
                let mut end = Vector2::new(position, velocity);
                for _ in 0..STEPS {
                    end = linear * Vector4::new(end[0], end[1], 1.0, 0.0);
                }
                let response = response([position as f32, velocity as f32], Some(&linear));
                let gain = Matrix2x5::from_fn(|i, k| f64::from(response.terminal[i][k]));
                let (weighted, end) = (curvature * gain, end.component_div(&Vector2::from(UNITS.map(f64::from))));
                let matrix = Matrix5::identity() + weighted.transpose() * weighted;
                let actions = matrix.try_inverse().unwrap() * weighted.transpose() * curvature * (minimum - end);
                actions[0]
            };
            let difference = first(0.001) - first(-0.001);
            assert!(difference <= 1e-5, "faster to the right, and pushed {difference} more to it");
        }
    }

    #[test]
    fn every_row_binds_somewhere_and_the_first_action_is_safe() {
        let device = Device::flex();
        let (value, safe_set) = (TerminalValue::new(PROGRESS).unwrap(), tables(&NO_MARGINS).unwrap());
        let act = |observation: [f32; 2], output: [f32; OUTPUTS], progresses: bool| {
            let found = value.actions(rows(&[output], &device), &[observation], &safe_set, None, progresses).unwrap();
            found.to_data().iter::<f32>().next().unwrap()
        };
        let far = [9.0, 9.0, 2.0, 2.0, 0.0];
        assert_eq!(act([-0.5, 0.0], far, false), 1.0, "the action's limit");
        let bound = safe_set.actions([-0.6, 0.0449]).upper;
        assert!(bound < 0.9 && (act([-0.6, 0.0449], far, false) - bound).abs() < 1e-4, "the safe set");
        // Downhill: four more steps of such pushes would be too fast, the next one is not.
        let braked = act([-0.9, 0.038], [0.5, 0.5, 0.0, 0.0, 0.0], false);
        let safe = safe_set.actions([-0.9, 0.038]);
        assert!(braked < 0.0 && safe.lower < braked - 0.05 && braked < safe.upper - 0.05, "the speed ahead: {braked}");
        assert!(act([-0.5, 0.0], [0.5, 0.5, 0.0, 0.0, 0.0], false) > 0.05);
        let [_, growth] = PROGRESS.row([-0.5, 0.01], 1.0, 1.0);
        assert!((act([-0.5, 0.01], [0.0; OUTPUTS], true) - growth).abs() < 2e-3 && growth > 0.05, "progress");
        assert!(act([-0.5, 0.01], [0.0; OUTPUTS], false).abs() < 1e-5);
    }

    #[test]
    fn the_gradient_is_that_of_finite_differences() {
        let device = Device::flex().autodiff();
        let (value, safe_set) = (TerminalValue::new(PROGRESS).unwrap(), tables(&NO_MARGINS).unwrap());
        let (observation, output) = ([[-0.4, 0.01]], [0.7, 0.4, 0.3, -0.2, 0.1]);
        let act = |output: Tensor<2>| value.actions(output, &observation, &safe_set, None, false).unwrap();
        let tracked = rows(&[output], &device).require_grad();
        let gradients = act(tracked.clone()).sum().backward();
        let exact: Vec<f32> = tracked.grad(&gradients).unwrap().to_data().iter::<f32>().collect();
        for (index, exact) in exact.iter().enumerate() {
            let at = |step: f32| {
                let mut moved = output;
                moved[index] += step;
                act(rows(&[moved], &Device::flex())).to_data().iter::<f32>().next().unwrap()
            };
            let difference = (at(1e-2) - at(-1e-2)) / 2e-2;
            assert!((difference - exact).abs() < 2e-3, "output {index}: {exact}, {difference}");
        }
    }
}
