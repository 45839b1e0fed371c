//! Quadrotor of 35 grams that flies to a point, in the shape of TinyMPC's example, linearized about hovering. 12
//! states, 4 thrusts, a horizon of 10 states and so 9 inputs.

use super::condensed::{Condensed, Plant, diagonal, matrices, matrix};
use crate::family::{Family, Vectors};
use crate::reference;
use nalgebra::{DMatrix, DVector};

const STEPS: usize = 9;
const STATES: usize = 12;
const PROBLEMS: usize = 100;
/// Problems until the next start.
const FLIGHT: usize = 25;
/// Largest deviation of a motor's thrust from hovering, as a share of the full thrust.
const THRUST: f64 = 0.4;
/// Largest positions, attitudes, speeds and rates where the states are limited too.
const LIMITS: [f64; STATES] = [5.0, 5.0, 5.0, 0.12, 0.12, 0.5, 0.6, 0.6, 0.6, 5.0, 5.0, 5.0];

/// One flight back to the origin after another, without noise; with rows for the states or without.
pub(super) fn generate(name: &'static str, limited: bool) -> Option<Family> {
    let plant = plant();
    let weights = [100.0, 100.0, 100.0, 4.0, 4.0, 400.0, 4.0, 4.0, 4.0, 2.0408163, 2.0408163, 4.0];
    let (q, r) = (diagonal(&weights), DMatrix::identity(4, 4) * 4.0);
    let terminal = plant.cost_to_go(&q, &r)?;
    let mut blocks = vec![&q; STEPS - 1];
    blocks.push(&terminal);
    let condensed = Condensed::new(&plant, &blocks);
    let variables = 4 * STEPS;
    let hessian = condensed.hessian() + DMatrix::identity(variables, variables) * 4.0;
    let rows = if limited { condensed.forced.clone() } else { DMatrix::zeros(0, variables) };
    let mut family = Family {
        name,
        variables,
        constraints: variables + rows.nrows(),
        bounds: variables,
        seed: None,
        sequence: true,
        matrices: vec![matrices(&hessian, &rows)],
        vectors: Vec::with_capacity(PROBLEMS),
    };
    let mut x = start(0);
    let wanted = DVector::zeros(STATES * STEPS);
    while family.vectors.len() < PROBLEMS {
        if family.vectors.len().is_multiple_of(FLIGHT) {
            x = start(family.vectors.len() / FLIGHT);
        }
        let free = &condensed.free * &x;
        let bounds = |side: f64| {
            let states = free.iter().zip(LIMITS.iter().cycle()).take(rows.nrows());
            let states = states.map(|(free, limit)| side * limit - free);
            std::iter::repeat_n(side * THRUST, variables).chain(states).collect()
        };
        let vectors = Vectors { linear: condensed.linear(&x, &wanted), lower: bounds(-1.0), upper: bounds(1.0) };
        let Some(answer) = reference::solve(&family, family.matrices.first()?, &vectors) else {
            x *= 0.9;
            continue;
        };
        family.vectors.push(vectors);
        x = plant.step(&x, &DVector::from_iterator(4, answer.x.iter().take(4).copied()));
    }
    Some(family)
}

/// Metres off, tilted and turning, to another side in each flight.
fn start(flight: usize) -> DVector<f64> {
    let side = |bit: usize| if (flight >> bit) & 1 == 0 { 1.0 } else { -1.0 };
    let (x, y) = (side(0), side(1));
    DVector::from_row_slice(&[2.0 * x, 3.0 * y, x, 0.1 * y, 0.05 * x, 0.0, 0.0, 0.0, 0.0, 2.0 * x, y, 0.5])
}

/// States: position, attitude (Rodrigues parameters), velocity, angular rate; inputs: the motors' thrusts.
fn plant() -> Plant {
    let (mass, gravity, arm): (f64, f64, f64) = (0.035, 9.81, 0.046);
    let inertia = [1.66e-5, 1.66e-5, 2.93e-5];
    // Newtons at full thrust, and torque about the vertical in metres for each newton.
    let (full, drag) = (0.147, 0.006);
    let lever = arm / 2.0_f64.sqrt();
    let mut state = DMatrix::zeros(STATES, STATES);
    for i in 0..3 {
        state[(i, i + 6)] = 1.0;
        state[(i + 3, i + 9)] = 0.5;
    }
    state[(6, 4)] = 2.0 * gravity;
    state[(7, 3)] = -2.0 * gravity;
    let mixing = matrix([[-lever, -lever, lever, lever], [-lever, lever, lever, -lever], [-drag, drag, -drag, drag]]);
    let input = DMatrix::from_fn(STATES, 4, |i, j| match i {
        8 => full / mass,
        9..=11 => full * mixing[(i - 9, j)] / inertia[i - 9],
        _ => 0.0,
    });
    Plant::sampled(&state, &input, 0.02)
}
