//! A warm-started loop: a mass on a line is driven to rest by bounded forces, five steps ahead. The matrices stay, the linear
//! term follows the state, and each solve starts from the last one's working set.

use convex_edge_core::qp::update_linear;
use convex_edge_core::{Qp, Settings, Status, Workspace, solve_updated};
use nalgebra::{SMatrix, SVector};

const STEPS: usize = 5;
const PERIOD: f32 = 0.2;

fn main() {
    // Position and velocity after step k, as affine functions of the state and the forces: A^k x + sum of A^(k-1-i) B u_i.
    let (a, b) =
        (SMatrix::<f32, 2, 2>::new(1.0, PERIOD, 0.0, 1.0), SVector::<f32, 2>::new(0.5 * PERIOD * PERIOD, PERIOD));
    let weight = SMatrix::<f32, 2, 2>::new(1.0, 0.0, 0.0, 0.3);
    let mut qp = Qp::<f32, STEPS, STEPS>::new();
    qp.hessian *= 0.02; // effort
    let (mut of_forces, mut of_state) = (SMatrix::<f32, 2, STEPS>::zeros(), SMatrix::<f32, 2, 2>::identity());
    let mut linear_of_state = SMatrix::<f32, STEPS, 2>::zeros();
    for k in 0..STEPS {
        of_forces = a * of_forces;
        of_forces.set_column(k, &b);
        of_state = a * of_state;
        qp.hessian += of_forces.transpose() * weight * of_forces;
        linear_of_state += of_forces.transpose() * weight * of_state;
    }
    qp.bounds = STEPS; // all constraints are limits of the forces
    qp.lower = [-1.0; STEPS].into();
    qp.upper = [1.0; STEPS].into();

    let mut workspace = Workspace::new();
    let (mut state, mut iterations) = (SVector::<f32, 2>::new(1.5, 0.0), 0);
    for _ in 0..60 {
        update_linear(&qp, &mut workspace, &(linear_of_state * state));
        let solution = solve_updated(&qp, &mut workspace, &Settings::default());
        // Only a solved solve has numbers; a controller takes its fallback otherwise.
        let force = if solution.status == Status::Solved { solution.x[0] } else { 0.0 };
        iterations += solution.iterations;
        state = a * state + b * force;
    }
    println!(
        "position {:.1e}, velocity {:.1e} after 60 steps, {iterations} changes of the working set",
        state[0], state[1]
    );
    assert!(state.norm() < 1e-3);
}
