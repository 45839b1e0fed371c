//! Two inverted pendulums with one-sided dense rows, in the shapes of the model predictive controllers of walking and
//! wheeled robots that qpbenchmark collects.

use super::condensed::{Condensed, Plant, diagonal, matrices, matrix, with_condition};
use super::nearly_normal;
use crate::family::{Family, Vectors};
use crate::reference;
use convex_edge_core::random::Pcg64;
use nalgebra::{DMatrix, DVector};

const GRAVITY: f64 = 9.81;
const PROBLEMS: usize = 30;

/// A walking robot as a linear inverted pendulum: 16 jerks of its centre of mass, 32 rows that keep the zero-moment
/// point above the foot that stands. Wieber (2006), "Trajectory free linear model predictive control for stable
/// walking in the presence of strong perturbations".
pub(super) fn walking(name: &'static str) -> Option<Family> {
    const STEPS: usize = 16;
    const SEED: u64 = 16;
    const STEPS_PER_FOOT: usize = 8;
    let (height, foot_distance, foot_half_width) = (0.8, 0.07, 0.05);
    let mut random = Pcg64::from_seed(SEED);
    let derivative = matrix([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]]);
    let plant = Plant::sampled(&derivative, &matrix([[0.0], [0.0], [1.0]]), 0.1);
    let point = matrix([[1.0, 0.0, -height / GRAVITY]]);
    let weight = diagonal(&[0.0, 1.0, 0.0]) + point.tr_mul(&point);
    let condensed = Condensed::new(&plant, &[&weight; STEPS]);
    let hessian = with_condition(condensed.hessian(), 3.2e2);
    let zero_moment_point = DMatrix::from_fn(STEPS, 3 * STEPS, |i, j| match j.checked_sub(3 * i) {
        Some(column @ 0..3) => point[(0, column)],
        _ => 0.0,
    });
    let forced = &zero_moment_point * &condensed.forced;
    let rows = one_sided(&forced);
    let mut family = family(name, SEED, &hessian, &rows);
    let mut x = DVector::from_row_slice(&[0.0, 0.0, 0.0]);
    for round in 0..PROBLEMS {
        let free = &zero_moment_point * &condensed.free * &x;
        let foot = |step: usize| {
            let right = ((round + step + STEPS_PER_FOOT / 2) / STEPS_PER_FOOT).is_multiple_of(2);
            if right { -foot_distance } else { foot_distance }
        };
        let wanted = DVector::from_fn(3 * STEPS, |i, _| if i % 3 == 0 { foot(i / 3) } else { 0.0 });
        let side = |sign: f64| (0..STEPS).map(move |step| (step, sign));
        let upper = side(1.0).chain(side(-1.0)).map(|(step, sign)| sign * (foot(step) - free[step]) + foot_half_width);
        let vectors = Vectors {
            linear: condensed.linear(&x, &wanted),
            lower: vec![f64::NEG_INFINITY; 2 * STEPS],
            upper: upper.collect(),
        };
        let answer = reference::solve(&family, family.matrices.first()?, &vectors)?;
        family.vectors.push(vectors);
        x = plant.step(&x, &DVector::from_row_slice(&[answer.x.first().copied()?]));
        // Pushes, without which the zero-moment point keeps to the inner edges.
        x[1] += 0.05 * nearly_normal(&mut random);
        x[2] += 0.3 * nearly_normal(&mut random);
    }
    Some(family)
}

/// A wheeled inverted pendulum that balances: 50 accelerations of its wheels, each limited on both sides by a row of
/// its own, from random states of which few ask for the limits.
pub(super) fn balancing(name: &'static str) -> Option<Family> {
    const STEPS: usize = 50;
    const SEED: u64 = 50;
    let (length, limit) = (0.6, 10.0);
    let derivative =
        matrix([[0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0], [0.0, 0.0, 0.0, 0.0], [0.0, GRAVITY / length, 0.0, 0.0]]);
    let plant = Plant::sampled(&derivative, &matrix([[0.0], [0.0], [1.0], [-1.0 / length]]), 0.02);
    let stage = diagonal(&[0.1, 1.0, 0.1, 0.1]);
    let last = diagonal(&[10.0, 10.0, 1.0, 1.0]);
    let mut weights = vec![&stage; STEPS - 1];
    weights.push(&last);
    let condensed = Condensed::new(&plant, &weights);
    let hessian = with_condition(condensed.hessian(), 8.1e4);
    let mut family = family(name, SEED, &hessian, &one_sided(&DMatrix::identity(STEPS, STEPS)));
    let mut random = Pcg64::from_seed(SEED);
    let wanted = DVector::zeros(4 * STEPS);
    for _ in 0..PROBLEMS {
        let x = DVector::from_iterator(4, [0.2, 0.15, 0.5, 0.3].map(|size| random.uniform(-size, size)));
        family.vectors.push(Vectors {
            linear: condensed.linear(&x, &wanted),
            lower: vec![f64::NEG_INFINITY; 2 * STEPS],
            upper: vec![limit; 2 * STEPS],
        });
    }
    Some(family)
}

/// `[A; -A]`.
fn one_sided(rows: &DMatrix<f64>) -> DMatrix<f64> {
    let (m, n) = rows.shape();
    DMatrix::from_fn(2 * m, n, |i, j| if i < m { rows[(i, j)] } else { -rows[(i - m, j)] })
}

fn family(name: &'static str, seed: u64, hessian: &DMatrix<f64>, rows: &DMatrix<f64>) -> Family {
    Family {
        name,
        variables: hessian.nrows(),
        constraints: rows.nrows(),
        bounds: 0,
        seed: Some(seed),
        sequence: false,
        matrices: vec![matrices(hessian, rows)],
        vectors: Vec::with_capacity(PROBLEMS),
    }
}
