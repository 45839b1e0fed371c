//! Whether a claim holds in the original data: the KKT conditions of a solution, Farkas' of an infeasibility.

use super::factor::rounding_of;
use super::{Active, Qp};
use crate::real::{Real, add_scaled, larger};

/// What claims to be a solution.
pub(super) struct Point<'a, T, const N: usize, const M: usize> {
    pub x: &'a [T; N],
    /// `A x`.
    pub product: &'a [T; M],
    /// Positive at upper bounds, negative at lower ones: the caller sees to it.
    pub dual: &'a [T; M],
    pub working_set: &'a [Active],
    /// Sums of the rows' magnitudes.
    pub row_size: &'a [T; M],
    /// Largest magnitude in x, or somewhat more.
    pub size: T,
}

/// Largest residual of the KKT conditions, each relative to its own scale: stationarity of
/// `1/2 x'Hx + f'x + dual'(Ax)`, feasibility of every constraint, and complementarity of those in the working set.
/// NaN where anything is. Cost 2 N^2 + 2 M N.
pub(super) fn kkt_residual<T: Real, const N: usize, const M: usize>(qp: &Qp<T, N, M>, point: &Point<T, N, M>) -> T {
    let mut residual = stationarity(qp, point);
    let slack = |index: usize| qp.softness(index) * point.dual.get(index).copied().unwrap_or(T::ZERO);
    let intervals = qp.lower.iter().zip(qp.upper.iter()).zip(qp.softness.iter());
    let rows = point.product.iter().zip(point.row_size).zip(point.dual).zip(intervals);
    for (((&product, &row), &dual), ((&lower, &upper), &softness)) in rows {
        let slack = softness * dual;
        let shifted = product - slack;
        let (excess, bound) = if shifted > upper { (shifted - upper, upper) } else { (lower - shifted, lower) };
        if excess > T::ZERO {
            residual = worse(ratio(excess, row * point.size + slack.abs() + bound.abs()), residual);
        } else if shifted.is_nan() {
            residual = shifted;
        }
    }
    for active in point.working_set {
        let index = active.constraint();
        let (lower, upper) = qp.interval(index);
        let bound = if active.upper { upper } else { lower };
        let at = |values: &[T; M]| values.get(index).copied().unwrap_or(T::ZERO);
        let gap = (at(point.product) - slack(index) - bound).abs();
        let scale = at(point.row_size) * point.size + slack(index).abs() + bound.abs();
        residual = worse(ratio(gap, scale), residual);
    }
    residual
}

/// Largest entry of `H x + f + A' dual`, relative to the largest sum of its terms' magnitudes.
fn stationarity<T: Real, const N: usize, const M: usize>(qp: &Qp<T, N, M>, point: &Point<T, N, M>) -> T {
    let mut gradient = qp.linear.data.0[0];
    let mut terms = gradient.map(|f| f.abs());
    for (column, &x) in qp.hessian.data.0.iter().zip(point.x) {
        add_scaled(&mut gradient, x, column);
        for (term, &h) in terms.iter_mut().zip(column) {
            *term += (h * x).abs();
        }
    }
    for active in point.working_set {
        let index = active.constraint();
        let dual = point.dual.get(index).copied().unwrap_or(T::ZERO);
        let row = qp.row(index);
        add_scaled(&mut gradient, dual, &row);
        for (term, a) in terms.iter_mut().zip(row) {
            *term += (a * dual).abs();
        }
    }
    let worst = gradient.into_iter().fold(T::ZERO, |worst, entry| worse(entry.abs(), worst));
    ratio(worst, terms.into_iter().fold(T::ZERO, larger))
}

/// Whether `y`, given on the working set and one more constraint, proves that no point satisfies all of them:
/// `y'A = 0` to the rounding of the data while `y'b < 0` by more than the tolerance, with `b` the bound that each
/// sign of `y` presses against. Soft rows prove nothing. Cost (k + 1) N.
pub(super) fn is_farkas_ray<T: Real, const N: usize, const M: usize>(
    qp: &Qp<T, N, M>,
    ray: &[(usize, T)],
    tolerance: T,
) -> bool {
    let (mut support, mut support_scale) = (T::ZERO, T::ZERO);
    for &(index, y) in ray.iter().filter(|(_, y)| *y != T::ZERO) {
        let (lower, upper) = qp.interval(index);
        let term = y * if y > T::ZERO { upper } else { lower };
        support += term;
        support_scale += term.abs();
        if qp.softness(index) > T::ZERO {
            return false;
        }
    }
    support < -(tolerance * support_scale) && cancels(qp, ray)
}

/// Whether `y'A = 0` to the rounding of the data. Cost k N.
pub(super) fn cancels<T: Real, const N: usize, const M: usize>(qp: &Qp<T, N, M>, ray: &[(usize, T)]) -> bool {
    let (mut combination, mut terms) = ([T::ZERO; N], [T::ZERO; N]);
    for &(index, y) in ray {
        for ((sum, term), a) in combination.iter_mut().zip(&mut terms).zip(qp.row(index)) {
            *sum += y * a;
            *term += (y * a).abs();
        }
    }
    let scale = terms.into_iter().fold(T::ZERO, larger);
    let rounding = rounding_of::<T>(ray.len());
    combination.iter().all(|sum| sum.abs() <= rounding * scale)
}

/// The larger residual, NaN where either is.
#[inline]
fn worse<T: Real>(a: T, b: T) -> T {
    if a.is_nan() || a > b { a } else { b }
}

/// 0 / 0 is 0: nothing is violated where nothing is.
#[inline]
fn ratio<T: Real>(value: T, scale: T) -> T {
    if value == T::ZERO { T::ZERO } else { value / scale }
}
