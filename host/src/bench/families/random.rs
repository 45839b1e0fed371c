//! Dense random problems with one-sided rows, feasible by construction; their condition numbers are 1e2 to 1e3.

use super::nearly_normal;
use crate::bench::family::{Family, Matrices, Vectors};
use convex_edge_core::plant::random::Pcg64;

/// Each problem with matrices of its own.
pub(super) fn independent(name: &'static str, n: usize, m: usize, problems: usize) -> Family {
    let mut random = Pcg64::from_seed(n as u64);
    let (matrices, vectors) = (0..problems).map(|_| problem(&mut random, n, m)).unzip();
    Family { name, variables: n, constraints: m, bounds: 0, sequence: false, matrices, vectors }
}

/// The same matrices and bounds, with linear terms around a common one.
pub(super) fn sequence(name: &'static str, n: usize, m: usize, problems: usize) -> Family {
    let mut random = Pcg64::from_seed(1000 + n as u64);
    let (matrices, first) = problem(&mut random, n, m);
    let mut vectors = vec![first.clone()];
    for _ in 1..problems {
        let mut next = first.clone();
        next.linear.iter_mut().for_each(|f| *f += 0.05 * nearly_normal(&mut random));
        vectors.push(next);
    }
    Family { name, variables: n, constraints: m, bounds: 0, sequence: true, matrices: vec![matrices], vectors }
}

/// `H = L L' / n + 0.05 I`, rows of length about 1, and bounds that leave a random point 0 to 1 of slack each.
fn problem(random: &mut Pcg64, n: usize, m: usize) -> (Matrices, Vectors) {
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
    let upper = rows.chunks(n).map(|row| dot(row, &point) + random.uniform(0.0, 1.0)).collect();
    (Matrices { hessian, rows }, Vectors { linear, lower: vec![f64::NEG_INFINITY; m], upper })
}
