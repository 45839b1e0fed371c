//! Two masses and a spring, one force: the position of the second mass follows a reference that jumps.
//! 10 inputs; 10 bounds on them, 20 rows for the speed of the first mass and the position of the second.

use super::condensed::{Condensed, Plant, diagonal, matrices, matrix};
use super::nearly_normal;
use crate::family::{Family, Vectors};
use crate::reference;
use convex_edge_core::random::Pcg64;
use nalgebra::{DMatrix, DVector};

const STEPS: usize = 10;
const PROBLEMS: usize = 200;
const SEED: u64 = 0;
const MAXIMUM_SPEED: f64 = 0.45;
const MAXIMUM_POSITION: f64 = 1.5;

/// The problems of one closed loop with process noise.
pub(super) fn generate(name: &'static str) -> Option<Family> {
    let (stiffness, damping) = (1.0, 0.02);
    let state = matrix([
        [0.0, 1.0, 0.0, 0.0],
        [-stiffness, -damping, stiffness, damping],
        [0.0, 0.0, 0.0, 1.0],
        [stiffness, damping, -stiffness, -damping],
    ]);
    let plant = Plant::sampled(&state, &matrix([[0.0], [1.0], [0.0], [0.0]]), 0.25);
    let (q, r) = (diagonal(&[1.0, 0.1, 10.0, 0.1]), matrix([[0.05]]));
    let terminal = plant.cost_to_go(&q, &r)?;
    let mut weights = vec![&q; STEPS - 1];
    weights.push(&terminal);
    let condensed = Condensed::new(&plant, &weights);
    let hessian = condensed.hessian() + DMatrix::identity(STEPS, STEPS) * 0.05;
    let select = DMatrix::from_fn(2 * STEPS, 4 * STEPS, |i, j| f64::from(u8::from(j == 4 * (i / 2) + 1 + i % 2)));
    let rows = &select * &condensed.forced;
    let mut family = Family {
        name,
        variables: STEPS,
        constraints: 3 * STEPS,
        bounds: STEPS,
        seed: Some(SEED),
        sequence: true,
        matrices: vec![matrices(&hessian, &rows)],
        vectors: Vec::with_capacity(PROBLEMS),
    };

    let mut random = Pcg64::from_seed(SEED);
    let mut x = DVector::zeros(4);
    let mut wanted = DVector::zeros(4 * STEPS);
    let limits = DVector::from_fn(2 * STEPS, |i, _| if i % 2 == 0 { MAXIMUM_SPEED } else { MAXIMUM_POSITION });
    for round in 0.. {
        if family.vectors.len() == PROBLEMS {
            break;
        }
        if round % 8 == 0 {
            let side = if random.uniform(0.0, 1.0) < 0.5 { -1.0 } else { 1.0 };
            let position = side * random.uniform(0.6, 1.45);
            wanted = DVector::from_fn(4 * STEPS, |i, _| if i % 2 == 0 { position } else { 0.0 });
        }
        let free = &select * &condensed.free * &x;
        let bounds = |side: f64| {
            let outputs = limits.iter().zip(&free).map(|(limit, free)| side * limit - free);
            std::iter::repeat_n(side, STEPS).chain(outputs).collect()
        };
        let vectors = Vectors { linear: condensed.linear(&x, &wanted), lower: bounds(-1.0), upper: bounds(1.0) };
        let Some(answer) = reference::solve(&family, family.matrices.first()?, &vectors) else {
            // Noise carried it out of the feasible set.
            x *= 0.9;
            continue;
        };
        family.vectors.push(vectors);
        x = plant.step(&x, &DVector::from_row_slice(&[answer.x.first().copied()?]));
        x.iter_mut().for_each(|x| *x += 0.01 * nearly_normal(&mut random));
        x[1] = x[1].clamp(-0.98 * MAXIMUM_SPEED, 0.98 * MAXIMUM_SPEED);
        x[2] = x[2].clamp(-0.98 * MAXIMUM_POSITION, 0.98 * MAXIMUM_POSITION);
    }
    Some(family)
}
