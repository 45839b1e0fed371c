//! Share of problems that are solved, flagged and wrong, by condition number of the Hessian, in both precisions. The
//! problems have 10 variables and 30 rows, three of which occur twice. They are judged by the data in double precision.

use super::case::{Precision, objective_tolerance};
use super::certificate::Size;
use super::oracle::{Reference, Verdict};
use super::problems::{hessian, normal};
use convex_edge_core::number::Number;
use convex_edge_core::qp::{Qp, Settings, Status, Workspace, solve};
use convex_edge_core::random::Pcg64;
use rayon::prelude::*;
use serde::Serialize;

const N: usize = 10;
const M: usize = 30;

/// Rows that occur twice.
const DUPLICATES: usize = 3;

/// Decimal logarithms of the condition numbers.
const DECADES: std::ops::RangeInclusive<u32> = 1..=6;

/// Counts of the problems of one condition number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Number type of the solve.
    pub precision: Precision,
    /// Decimal logarithm of the condition number of the Hessian.
    pub decades: u32,
    /// Problems.
    pub problems: u64,
    /// Solved, and right.
    pub right: u64,
    /// Not called solved.
    pub flagged: u64,
    /// Called solved, and wrong.
    pub wrong: u64,
}

/// The table for condition numbers 1e1 to 1e6, with so many problems each.
pub fn table(seed: u64, problems: u64) -> Vec<Row> {
    let single = DECADES.map(|decades| row::<f32>(Precision::F32, seed, decades, problems));
    single.chain(DECADES.map(|decades| row::<f64>(Precision::F64, seed, decades, problems))).collect()
}

fn row<T: Number>(precision: Precision, seed: u64, decades: u32, problems: u64) -> Row {
    let outcomes = (0..problems).into_par_iter().map(|index| {
        let seed = seed.wrapping_add(index.wrapping_mul(8)).wrapping_add(u64::from(decades));
        match judge::<T>(&mut Pcg64::from_seed(seed), f64::from(decades)) {
            Some(true) => [1, 0, 0],
            None => [0, 1, 0],
            Some(false) => [0, 0, 1],
        }
    });
    let [right, flagged, wrong] = outcomes.reduce(|| [0; 3], |a: [u64; 3], b| std::array::from_fn(|i| a[i] + b[i]));
    Row { precision, decades, problems, right, flagged, wrong }
}

/// Whether one more problem is solved right; nothing where it is flagged.
fn judge<T: Number>(random: &mut Pcg64, decades: f64) -> Option<bool> {
    let (double, point) = problem(random, decades);
    let mut rounded = Qp::<T, N, M>::new();
    rounded.hessian = double.hessian.map(T::rounded);
    rounded.linear = double.linear.map(T::rounded);
    rounded.rows = double.rows.map(T::rounded);
    rounded.lower = double.lower.map(T::rounded);
    rounded.upper = double.upper.map(T::rounded);
    let mut workspace = Workspace::new();
    let solution = solve(&rounded, &mut workspace, &Settings::default());
    if solution.status != Status::Solved {
        return None;
    }
    let given = Reference::new(&rounded);
    let certified = Size::new(&given, &point).is_some_and(|size| size.errors(&given, &solution).are_small::<T>());
    let exact = Reference::new(&double);
    // Where the oracle fails nothing is known, and the certificate stands alone.
    let Verdict::Solved { x: best, .. } = exact.clarabel() else { return Some(certified) };
    let tolerance = objective_tolerance::<T>();
    let x: Vec<f64> = solution.x.iter().map(|x| x.double()).collect();
    let size = best.iter().fold(1.0, |size: f64, x| size.max(x.abs()));
    let satisfied = exact.rows.iter().all(|row| {
        let product: f64 = row.a.iter().zip(&x).map(|(a, x)| a * x).sum();
        product - row.upper <= tolerance * size
    });
    let (value, optimum) = (exact.objective(&x).0, exact.objective(&best).0);
    Some(certified && satisfied && (value - optimum).abs() <= tolerance * (1.0 + optimum.abs()))
}

/// Upper bounds near a known point, curvatures from 1 down to the inverse condition number.
fn problem(random: &mut Pcg64, decades: f64) -> (Qp<f64, N, M>, [f64; N]) {
    let mut qp = Qp::<f64, N, M>::new();
    let hessian = hessian::<N>(random, decades).map(|row| row.map(|entry| entry * 10.0_f64.powf(-decades)));
    let point: [f64; N] = std::array::from_fn(|_| normal(random));
    let wanted: [f64; N] = std::array::from_fn(|i| point[i] + 2.0 * normal(random));
    for (i, row) in hessian.iter().enumerate() {
        row.iter().enumerate().for_each(|(j, entry)| qp.hessian[(i, j)] = *entry);
        qp.linear[i] = -row.iter().zip(&wanted).map(|(h, x)| h * x).sum::<f64>();
    }
    qp.lower.fill(f64::NEG_INFINITY);
    for i in 0..M {
        let copied = (M / 2..M / 2 + DUPLICATES).contains(&i);
        for j in 0..N {
            qp.rows[(i, j)] =
                if copied { qp.rows[(i - M / 2, j)] } else { normal(random) / f64::from(N as u32).sqrt() };
        }
        let product: f64 = (0..N).map(|j| qp.rows[(i, j)] * point[j]).sum();
        qp.upper[i] = if copied { qp.upper[i - M / 2] } else { product + random.uniform(0.0, 0.5) };
    }
    (qp, point)
}
