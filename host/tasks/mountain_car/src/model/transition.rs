//! Transition of the car, linear in state and action. It is the model's own along the coasting path, or one that is
//! identified from the steps seen so far.

use convex_edge_core::math::sin_cos_f32;
use convex_edge_core::plant::mountain_car::{GRAVITY, POWER};
use nalgebra::{Matrix2x4, Matrix4, Vector4};

/// Steps that the response covers.
pub const STEPS: usize = 5;

/// Full pushes for all steps move position and velocity by about these: units in which states are compared.
pub const UNITS: [f32; 2] = [15.0 * POWER as f32, STEPS as f32 * POWER as f32];

/// What pushes do to the states ahead, to first order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Response {
    /// Velocities without a push after 1, ..., [`STEPS`] steps.
    pub coasting: [f32; STEPS],
    /// Change of each of them by each push; a push does nothing to the velocities before it.
    pub velocities: [[f32; STEPS]; STEPS],
    /// Change of position and velocity after the last step by each push, in [`UNITS`].
    pub terminal: [[f32; STEPS]; 2],
}

/// A linear transition: the next state is the matrix times (position, velocity, 1, action).
pub type Linear = Matrix2x4<f64>;

/// The response from an observed state: of the model, linearized along the coasting path, or of a linear transition.
/// Cost: some dozens of multiplications a step.
pub fn response([position, velocity]: [f32; 2], linear: Option<&Linear>) -> Response {
    let mut response =
        Response { coasting: [0.0; STEPS], velocities: [[0.0; STEPS]; STEPS], terminal: [[0.0; STEPS]; 2] };
    let (mut position, mut velocity) = (position, velocity);
    let (mut of_position, mut of_velocity) = ([0.0_f32; STEPS], [0.0_f32; STEPS]);
    for step in 0..STEPS {
        match linear {
            None => {
                let (sine, cosine) = sin_cos_f32(3.0 * position);
                let slope = 3.0 * GRAVITY as f32 * sine;
                of_velocity.iter_mut().zip(&of_position).for_each(|(velocity, position)| *velocity += slope * position);
                of_velocity[step] += POWER as f32;
                of_position.iter_mut().zip(&of_velocity).for_each(|(position, velocity)| *position += velocity);
                velocity -= GRAVITY as f32 * cosine;
                position += velocity;
            }
            Some(linear) => {
                let next = |row: usize, state: [f32; 2], one: f32, push: f32| {
                    let features = Vector4::new(state[0].into(), state[1].into(), one.into(), push.into());
                    linear.row(row).transpose().dot(&features) as f32
                };
                for (push, (x, v)) in of_position.iter_mut().zip(&mut of_velocity).enumerate() {
                    let push = if push == step { 1.0 } else { 0.0 };
                    (*x, *v) = (next(0, [*x, *v], 0.0, push), next(1, [*x, *v], 0.0, push));
                }
                let state = [position, velocity];
                (position, velocity) = (next(0, state, 1.0, 0.0), next(1, state, 1.0, 0.0));
            }
        }
        response.coasting[step] = velocity;
        response.velocities[step] = of_velocity;
    }
    response.terminal = [of_position.map(|x| x / UNITS[0]), of_velocity.map(|v| v / UNITS[1])];
    response
}

/// Least squares over the steps seen so far, with a slight pull towards a car that coasts on the level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Identification {
    /// Sums of products of (position, velocity, 1, action), scaled.
    products: Matrix4<f64>,
    /// Sums of products of the next state's change with them.
    changes: Matrix2x4<f64>,
}

/// Largest position's, velocity's, one's and action's magnitudes, so that the sums are of one size.
const SCALES: [f64; 4] = [1.0, 0.07, 1.0, 1.0];
/// Weight of the pull, in steps.
const PULL: f64 = 1e-3;

impl Default for Identification {
    fn default() -> Self {
        Self { products: Matrix4::identity() * PULL, changes: Matrix2x4::zeros() }
    }
}

impl Identification {
    /// Takes a step into account.
    pub fn saw(&mut self, [position, velocity]: [f32; 2], action: f32, next: [f32; 2]) {
        let features = Vector4::new(position, velocity, 1.0, action).map(f64::from);
        let features = features.component_div(&Vector4::from(SCALES));
        let change = nalgebra::Vector2::new(next[0] - position - velocity, next[1] - velocity).map(f64::from);
        self.products += features * features.transpose();
        self.changes += change * features.transpose();
    }

    /// The transition that fits best so far. Cost: a factorization of 4 by 4.
    pub fn linear(&self) -> Linear {
        let coasting = Matrix2x4::new(1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0);
        match self.products.cholesky() {
            Some(factor) => {
                let mut fitted = factor.solve(&self.changes.transpose()).transpose();
                for (mut column, scale) in fitted.column_iter_mut().zip(SCALES) {
                    column /= scale;
                }
                coasting + fitted
            }
            None => coasting,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::environment::predict;
    use convex_edge_core::random::Pcg64;

    #[test]
    fn the_models_response_is_that_of_its_own_steps() {
        for (position, velocity) in [(-0.5, 0.01), (-1.0, 0.03), (0.2, -0.02)] {
            let response = response([position, velocity], None);
            let played = |pushes: [f32; STEPS]| {
                let mut state = [position, velocity];
                pushes.iter().for_each(|&push| state = predict(state, push));
                state
            };
            let coasting = played([0.0; STEPS]);
            assert!((coasting[1] - response.coasting[STEPS - 1]).abs() < 1e-7);
            for push in 0..STEPS {
                let mut pushes = [0.0; STEPS];
                pushes[push] = 1.0;
                let state = played(pushes);
                for i in 0..2 {
                    let change = (state[i] - coasting[i]) / UNITS[i];
                    assert!((change - response.terminal[i][push]).abs() < 2e-3, "{change} {response:?}");
                }
            }
        }
    }

    #[test]
    fn a_linear_car_is_identified() {
        let truth = Linear::new(1.0, 1.0, 0.001, 0.0012, 0.003, 1.01, -0.0005, 0.0015);
        let mut random = Pcg64::from_seed(1);
        let mut identification = Identification::default();
        for _ in 0..200 {
            let state = [random.uniform(-1.0, 0.5) as f32, random.uniform(-0.04, 0.04) as f32];
            let action = random.uniform(-1.0, 1.0) as f32;
            let next = truth * Vector4::new(state[0], state[1], 1.0, action).map(f64::from);
            identification.saw(state, action, [next[0] as f32, next[1] as f32]);
        }
        let worst = (identification.linear() - truth).abs().max();
        assert!(worst < 1e-4, "{worst}");
        let (own, fitted) =
            (response([-0.4, 0.02], Some(&truth)), response([-0.4, 0.02], Some(&identification.linear())));
        assert!(own.terminal.iter().flatten().zip(fitted.terminal.iter().flatten()).all(|(a, b)| (a - b).abs() < 1e-2));
    }
}
