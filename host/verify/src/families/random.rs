//! Dense random problems with one-sided rows or bounds alone, feasible by construction; condition numbers 1e2 to 1e3.

use super::nearly_normal;
use crate::family::{Family, Matrices, Vectors};
use convex_edge_core::random::Pcg64;

/// Slack of the rows at a point between 0 and this, so that about half as many are active as there are variables.
const TIGHT: f64 = 1.0;

/// The same, so that few are active.
const LOOSE: f64 = 10.0;

/// Each problem with matrices of its own, about half as many rows active as there are variables.
pub(super) fn independent(name: &'static str, n: usize, m: usize, problems: usize) -> Family {
    with_slack(name, n, m, problems, TIGHT)
}

/// Each problem with matrices of its own, few of many rows active.
pub(super) fn few_active(name: &'static str, n: usize, m: usize, problems: usize) -> Family {
    with_slack(name, n, m, problems, LOOSE)
}

fn with_slack(name: &'static str, n: usize, m: usize, problems: usize, slack: f64) -> Family {
    let seed = n as u64;
    let mut random = Pcg64::from_seed(seed);
    let (matrices, vectors) = (0..problems).map(|_| problem(&mut random, n, m, slack)).unzip();
    Family { name, variables: n, constraints: m, bounds: 0, seed: Some(seed), sequence: false, matrices, vectors }
}

/// Each problem with a Hessian of its own, and bounds of 0.2 to 1 on both sides of every variable.
pub(super) fn boxes(name: &'static str, n: usize, problems: usize) -> Family {
    let seed = n as u64;
    let mut random = Pcg64::from_seed(seed);
    let problem = |_| {
        let (Matrices { hessian, .. }, Vectors { linear, .. }) = problem(&mut random, n, 0, TIGHT);
        let mut sides = |sign: f64| (0..n).map(|_| sign * random.uniform(0.2, 1.0)).collect();
        (Matrices { hessian, rows: Vec::new() }, Vectors { linear, lower: sides(-1.0), upper: sides(1.0) })
    };
    let (matrices, vectors) = (0..problems).map(problem).unzip();
    Family { name, variables: n, constraints: n, bounds: n, seed: Some(seed), sequence: false, matrices, vectors }
}

/// The same matrices and bounds, with linear terms around a common one.
pub(super) fn sequence(name: &'static str, n: usize, m: usize, problems: usize) -> Family {
    let seed = 1000 + n as u64;
    let mut random = Pcg64::from_seed(seed);
    let (matrices, first) = problem(&mut random, n, m, TIGHT);
    let mut vectors = vec![first.clone()];
    for _ in 1..problems {
        let mut next = first.clone();
        next.linear.iter_mut().for_each(|f| *f += 0.05 * nearly_normal(&mut random));
        vectors.push(next);
    }
    let matrices = vec![matrices];
    Family { name, variables: n, constraints: m, bounds: 0, seed: Some(seed), sequence: true, matrices, vectors }
}

/// `H = L L' / n + 0.05 I`, rows of length about 1, and bounds that leave a random point 0 to `slack` each.
fn problem(random: &mut Pcg64, n: usize, m: usize, slack: f64) -> (Matrices, Vectors) {
    let mut normals =
        |count: usize, scale: f64| -> Vec<f64> { (0..count).map(|_| scale * nearly_normal(random)).collect() };
    let factor = normals(n * n, 1.0);
    let rows = normals(m * n, 1.0 / (n as f64).sqrt());
    let point = normals(n, 1.0);
    let linear = normals(n, 0.8);
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let mut hessian = Vec::with_capacity(n * n);
    for (i, left) in factor.chunks(n).enumerate() {
        for (j, right) in factor.chunks(n).enumerate() {
            hessian.push(dot(left, right) / n as f64 + if i == j { 0.05 } else { 0.0 });
        }
    }
    let upper = rows.chunks(n).map(|row| dot(row, &point) + random.uniform(0.0, slack)).collect();
    (Matrices { hessian, rows }, Vectors { linear, lower: vec![f64::NEG_INFINITY; m], upper })
}
