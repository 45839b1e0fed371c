//! Where single precision ends: problems of growing condition with rows that occur twice, judged by the double data.

use super::certificate::Size;
use super::number::Number;
use super::oracle::{Reference, Verdict};
use super::problems::{hessian, normal};
use convex_edge_core::plant::random::Pcg64;
use convex_edge_core::qp::{Qp, Settings, Status, Workspace, solve};
use rayon::prelude::*;
use serde::Serialize;

const N: usize = 10;
const M: usize = 30;

/// Rows that occur twice.
const DUPLICATES: usize = 3;

/// Problems per condition number.
pub const PROBLEMS: u64 = 200;

/// Objective and violations may be off by this much, absolute or relative, whichever is more.
const TOLERANCE: f64 = 1e-3;

/// What became of the problems of one condition number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Row {
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

/// The table for condition numbers 1e1 to 1e6.
pub fn table(seed: u64) -> Vec<Row> {
    (1..=6).into_par_iter().map(|decades| row(seed, decades)).collect()
}

fn row(seed: u64, decades: u32) -> Row {
    let mut row = Row { decades, problems: PROBLEMS, ..Row::default() };
    let random = &mut Pcg64::from_seed(seed.wrapping_add(u64::from(decades)));
    for _ in 0..PROBLEMS {
        match judge(random, f64::from(decades)) {
            None => row.flagged += 1,
            Some(true) => row.right += 1,
            Some(false) => row.wrong += 1,
        }
    }
    row
}

/// Whether one more problem is solved right; nothing where it is flagged.
fn judge(random: &mut Pcg64, decades: f64) -> Option<bool> {
    let (double, point) = problem(random, decades);
    let mut single = Qp::<f32, N, M>::new();
    single.hessian = double.hessian.map(f32::rounded);
    single.linear = double.linear.map(f32::rounded);
    single.rows = double.rows.map(f32::rounded);
    single.lower = double.lower.map(f32::rounded);
    single.upper = double.upper.map(f32::rounded);
    let mut workspace = Workspace::new();
    let solution = solve(&single, &mut workspace, &Settings::default());
    if solution.status != Status::Solved {
        return None;
    }
    let rounded = Reference::new(&single);
    let certified = Size::new(&rounded, &point).is_some_and(|size| size.errors(&rounded, &solution).are_small::<f32>());
    let exact = Reference::new(&double);
    // Where the oracle fails nothing is known, and the certificate stands alone.
    let Verdict::Solved { x: best, .. } = exact.clarabel() else { return Some(certified) };
    let x: Vec<f64> = solution.x.iter().map(|x| x.double()).collect();
    let size = best.iter().fold(1.0, |size: f64, x| size.max(x.abs()));
    let satisfied = exact.rows.iter().all(|row| {
        let product: f64 = row.a.iter().zip(&x).map(|(a, x)| a * x).sum();
        product - row.upper <= TOLERANCE * size
    });
    let (value, optimum) = (exact.objective(&x).0, exact.objective(&best).0);
    Some(certified && satisfied && (value - optimum).abs() <= TOLERANCE * (1.0 + optimum.abs()))
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
