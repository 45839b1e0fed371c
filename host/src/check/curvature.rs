//! Problems without enough curvature: semidefinite and linear ones with a known minimizer, unbounded ones, and ones
//! that are not convex.

use super::number::Number;
use super::problems::{Recipe, below, chance, feasible_with_point, normal};
use convex_edge_core::plant::random::Pcg64;
use convex_edge_core::qp::Qp;

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

/// A problem in a box whose minimizer is the point, up to the rounding of the linear term. Its rows are the recipe's,
/// but those that hold with equality at the point may press.
pub fn flat<T: Number, const N: usize, const M: usize>(recipe: Recipe) -> (Qp<T, N, M>, [f64; N]) {
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
        if i < qp.bounds && !(qp.lower[i].is_finite() && qp.upper[i].is_finite()) {
            (qp.lower[i], qp.upper[i]) = (T::rounded(product - 4.0), T::rounded(product + 4.0));
        }
        let size = |bound: f64| 1e-6 * (1.0 + bound.abs());
        let (lower, upper) = (qp.lower[i].double(), qp.upper[i].double());
        let price = normal(random).abs();
        let dual = match (product - lower <= size(lower), upper - product <= size(upper)) {
            (true, true) => normal(random),
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
/// some rows fall the more they grow. The rest is a problem with a feasible point. Needs two variables.
pub fn unbounded<T: Number, const N: usize, const M: usize>(recipe: Recipe) -> Qp<T, N, M> {
    let (mut qp, _) =
        feasible_with_point::<T, N, M>(Recipe { simple_bounds: false, equalities: 0, soft: 0.0, ..recipe });
    let random = &mut Pcg64::from_seed(recipe.seed ^ 0x5eed);
    let hessian = semidefinite::<N>(random, recipe.integer);
    let (first, second) = (N - 1, N.saturating_sub(2));
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

/// Takes curvature away along a random direction until it is clearly negative there, within a box.
pub fn indefinite<T: Number, const N: usize, const M: usize>(recipe: Recipe) -> Qp<T, N, M> {
    let (mut qp, _) = flat::<T, N, M>(recipe);
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
