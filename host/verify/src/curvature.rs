//! Problems without enough curvature: semidefinite and linear ones with a known minimizer, unbounded ones, and ones
//! that are not convex.

use super::certificate::cholesky;
use super::problems::{Recipe, below, chance, feasible_with_point, hessian, normal};
use convex_edge_core::number::Number;
use convex_edge_core::qp::Qp;
use convex_edge_core::random::Pcg64;

/// A matrix `B'B` of some rank below N, at random from 0, a linear program, on; at most as large as 1 in its entries
/// of B, which are small integers where the recipe wants them exact.
fn semidefinite<const N: usize>(random: &mut Pcg64, integer: bool) -> [[f64; N]; N] {
    let rank = below(random, N);
    let mut hessian = [[0.0; N]; N];
    for _ in 0..rank {
        let factor: [f64; N] =
            std::array::from_fn(|_| if integer { below(random, 3) as f64 - 1.0 } else { normal(random) });
        for (row, a) in hessian.iter_mut().zip(factor) {
            row.iter_mut().zip(factor).for_each(|(h, b)| *h += a * b);
        }
    }
    hessian
}

/// Range of a problem's variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// All simple bounds are finite.
    Box,
    /// As far as the recipe's bounds and rows let them.
    Open,
}

/// A problem whose minimizer is the point, up to the rounding of the linear term. Its rows are the recipe's, but those that
/// hold with equality at the point may press.
pub fn flat<T: Number, const N: usize, const M: usize>(recipe: Recipe, extent: Extent) -> (Qp<T, N, M>, [f64; N]) {
    let (mut qp, point) = feasible_with_point::<T, N, M>(Recipe { simple_bounds: true, soft: 0.0, ..recipe });
    let random = &mut Pcg64::from_seed(recipe.seed ^ 0x5eed);
    let hessian = semidefinite::<N>(random, recipe.integer);
    let mut linear = [0.0; N];
    for i in 0..N {
        (0..N).for_each(|j| qp.hessian[(i, j)] = T::rounded(hessian[i][j]));
        // The very numbers that the solver sees, so that only the sum is rounded.
        linear[i] = -(0..N).map(|j| T::rounded(hessian[i][j]).double() * point[j]).sum::<f64>();
    }
    for i in 0..M {
        let row: [f64; N] =
            std::array::from_fn(|j| if i < qp.bounds { f64::from(u8::from(i == j)) } else { qp.rows[(i, j)].double() });
        let product: f64 = row.iter().zip(&point).map(|(a, x)| a * x).sum();
        let is_open = !(qp.lower[i].is_finite() && qp.upper[i].is_finite());
        if i < qp.bounds && is_open && extent == Extent::Box {
            (qp.lower[i], qp.upper[i]) = (T::rounded(product - 4.0), T::rounded(product + 4.0));
        }
        let size = |bound: f64| if bound.is_finite() { 1e-6 * (1.0 + bound.abs()) } else { -1.0 };
        let (lower, upper) = (qp.lower[i].double(), qp.upper[i].double());
        let price = if recipe.integer { 1.0 + below(random, 3) as f64 } else { normal(random).abs() };
        let dual = match (product - lower <= size(lower), upper - product <= size(upper)) {
            (true, true) if chance(random, 0.5) => -price,
            (true, true) => price,
            (true, false) => -price,
            (false, true) => price,
            (false, false) => continue,
        };
        linear.iter_mut().zip(row).for_each(|(f, a)| *f -= dual * a);
    }
    (0..N).for_each(|i| qp.linear[i] = T::rounded(linear[i]));
    (qp, point)
}

/// Two variables that may grow together for ever, at a profit: the Hessian and the rows see only their difference, and
/// some rows fall the more they grow. The rest is a problem with a feasible point. One variable alone has a linear term
/// and rows on the other side. Some rows become equalities of zeros.
pub fn unbounded<T: Number, const N: usize, const M: usize>(recipe: Recipe) -> Qp<T, N, M> {
    let (mut qp, _) =
        feasible_with_point::<T, N, M>(Recipe { simple_bounds: false, equalities: 0, soft: 0.0, ..recipe });
    let random = &mut Pcg64::from_seed(recipe.seed ^ 0x5eed);
    let hessian = semidefinite::<N>(random, recipe.integer);
    for i in 0..M {
        if chance(random, 0.2) {
            (0..N).for_each(|j| qp.rows[(i, j)] = T::ZERO);
            (qp.lower[i], qp.upper[i]) = (T::ZERO, T::ZERO);
        }
    }
    let (first, second) = (N - 1, N.saturating_sub(2));
    if N == 1 {
        qp.hessian[(0, 0)] = T::ZERO;
        qp.linear[0] = T::rounded(-random.uniform(0.1, 2.0));
        for i in 0..M {
            qp.rows[(i, 0)] = T::rounded(qp.rows[(i, 0)].double().abs());
            qp.upper[i] = T::rounded(if qp.rows[(i, 0)] == T::ZERO { qp.upper[i].double() } else { f64::INFINITY });
        }
        return qp;
    }
    for i in 0..N {
        (0..N).for_each(|j| qp.hessian[(i, j)] = T::rounded(hessian[i][j]));
    }
    for i in 0..N {
        // Exactly the opposite column, then the opposite row.
        qp.hessian[(i, first)] = -qp.hessian[(i, second)];
    }
    for j in 0..N {
        qp.hessian[(first, j)] = -qp.hessian[(second, j)];
    }
    let pull = qp.linear.iter().fold(1e-3, |pull: f64, f| pull.max(f.double().abs()));
    qp.linear[first] = T::rounded(-qp.linear[second].double() - pull * random.uniform(0.1, 2.0));
    for i in 0..M {
        if (qp.lower[i], qp.upper[i]) == (T::ZERO, T::ZERO) && (0..N).all(|j| qp.rows[(i, j)] == T::ZERO) {
            continue;
        }
        let falls = qp.lower[i].double() == f64::NEG_INFINITY && chance(random, 0.5);
        let opposite = -qp.rows[(i, second)].double();
        // The bounds move along, so that the point stays feasible enough: it is only needed that some point is.
        qp.rows[(i, first)] = T::rounded(if falls { opposite - 1.0 } else { opposite });
        let (lower, upper) = (qp.lower[i].double(), qp.upper[i].double());
        qp.lower[i] = T::rounded(lower.min(-0.1));
        qp.upper[i] = T::rounded(upper.max(0.1));
    }
    qp
}

/// The Hessian becomes the normal equations of a least-squares problem whose solution is near the point: definite in the
/// numbers that the solver sees, but perhaps only within the rounding of their entries.
pub fn least_squares<T: Number, const N: usize, const M: usize>(
    qp: &mut Qp<T, N, M>,
    point: &[f64; N],
    random: &mut Pcg64,
) {
    let digits = -T::EPSILON.double().log10();
    let condition = random.uniform(digits - 3.0, digits + 1.0);
    let hessian = hessian::<N>(random, condition).map(|row| row.map(|entry| entry * 10.0_f64.powf(-condition)));
    let mut shift = 0.0;
    loop {
        for (i, row) in hessian.iter().enumerate() {
            for (j, entry) in row.iter().enumerate() {
                qp.hessian[(i, j)] = T::rounded(entry + if i == j { shift } else { 0.0 });
            }
        }
        let rows: Vec<Vec<f64>> = (0..N).map(|i| (0..N).map(|j| qp.hessian[(i, j)].double()).collect()).collect();
        // In double precision a Cholesky factorization proves nothing of a matrix in double precision at its limit.
        let rounding = if size_of::<T>() == 4 { 0.0 } else { 8.0 * N as f64 * f64::EPSILON };
        if cholesky(&rows, rounding).is_some() {
            break;
        }
        shift = if shift == 0.0 { T::EPSILON.double() } else { 2.0 * shift };
    }
    for i in 0..N {
        let pull: f64 = (0..N).map(|j| qp.hessian[(i, j)].double() * (point[j] + normal(random))).sum();
        qp.linear[i] = T::rounded(-pull);
    }
}

/// Takes curvature away along a random direction until it is clearly negative there, within a box.
pub fn indefinite<T: Number, const N: usize, const M: usize>(recipe: Recipe) -> Qp<T, N, M> {
    let (mut qp, _) = flat::<T, N, M>(recipe, Extent::Box);
    let random = &mut Pcg64::from_seed(recipe.seed ^ 0x1de);
    let direction: [f64; N] = std::array::from_fn(|_| normal(random));
    let square: f64 = direction.iter().map(|d| d * d).sum();
    let curvature: f64 = (0..N)
        .map(|i| direction[i] * (0..N).map(|j| qp.hessian[(i, j)].double() * direction[j]).sum::<f64>())
        .sum::<f64>()
        / square;
    let trace: f64 = (0..N).map(|i| qp.hessian[(i, i)].double()).sum();
    let taken = (curvature + random.uniform(0.01, 1.0) * trace.max(1.0)) / square;
    for i in 0..N {
        for j in 0..N {
            qp.hessian[(i, j)] = T::rounded(qp.hessian[(i, j)].double() - taken * (direction[i] * direction[j]));
        }
    }
    qp
}
