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
    /// `1 / sqrt(H_ii)`: what each variable is measured in.
    pub unit: &'a [T; N],
    /// Smallest size of a variable, in its unit.
    pub floor: T,
}

impl<T: Real, const N: usize, const M: usize> Point<'_, T, N, M> {
    /// What the feasibility of constraint `index` is relative to: the sum of its terms' magnitudes, so that a small
    /// variable beside a huge one is held to its own bounds. Cost N.
    pub fn terms(&self, qp: &Qp<T, N, M>, index: usize) -> T {
        let size = |x: T, unit: T| larger(x.abs(), self.floor * unit);
        if index < qp.simple_bounds() {
            return match (self.x.get(index), self.unit.get(index)) {
                (Some(&x), Some(&unit)) => size(x, unit),
                _ => T::ZERO,
            };
        }
        let columns = qp.rows.data.0.iter().zip(self.x.iter().zip(self.unit));
        columns.fold(T::ZERO, |sum, (column, (&x, &unit))| {
            sum + column.get(index).map_or(T::ZERO, |a| a.abs() * size(x, unit))
        })
    }
}

/// Largest residual of the KKT conditions, each relative to its own scale: stationarity of
/// `1/2 x'Hx + f'x + dual'(Ax)`, feasibility of every constraint, and complementarity of those in the working set.
/// NaN where anything is. Cost 2 N^2 + 2 M N.
pub(super) fn kkt_residual<T: Real, const N: usize, const M: usize>(qp: &Qp<T, N, M>, point: &Point<T, N, M>) -> T {
    let mut residual = stationarity(qp, point);
    let slack = |index: usize| qp.softness(index) * point.dual.get(index).copied().unwrap_or(T::ZERO);
    let intervals = qp.lower.iter().zip(qp.upper.iter()).zip(qp.softness.iter());
    let rows = point.product.iter().zip(point.dual).zip(intervals).enumerate();
    for (index, ((&product, &dual), ((&lower, &upper), &softness))) in rows {
        let slack = softness * dual;
        let shifted = product - slack;
        let (excess, bound) = if shifted > upper { (shifted - upper, upper) } else { (lower - shifted, lower) };
        if excess > T::ZERO {
            residual = worse(ratio(excess, point.terms(qp, index) + slack.abs() + bound.abs()), residual);
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
        let scale = point.terms(qp, index) + slack(index).abs() + bound.abs();
        residual = worse(ratio(gap, scale), residual);
    }
    residual
}

/// Largest entry of `H x + f + A' dual` in the variables' units, relative to the largest sum of terms' magnitudes.
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
    let (mut worst, mut scale) = (T::ZERO, T::ZERO);
    for ((entry, term), &unit) in gradient.into_iter().zip(terms).zip(point.unit) {
        worst = worse(entry.abs() * unit, worst);
        scale = larger(term * unit, scale);
    }
    ratio(worst, scale)
}

/// Whether `y`, given on the working set and one more constraint, proves that no point satisfies all of them:
/// `y'A = 0` to the rounding of the data while `y'b < 0` by more than the tolerance, with `b` the bound that each
/// sign of `y` presses against. Soft rows prove nothing. Cost (k + 1) N.
pub(super) fn is_farkas_ray<T: Real, const N: usize, const M: usize>(
    qp: &Qp<T, N, M>,
    ray: &[(usize, T)],
    unit: &[T; N],
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
    support < -(tolerance * support_scale) && cancels(qp, ray, unit)
}

/// Whether `y'A = 0` to the rounding of the data, in the variables' units. Cost k N.
pub(super) fn cancels<T: Real, const N: usize, const M: usize>(
    qp: &Qp<T, N, M>,
    ray: &[(usize, T)],
    unit: &[T; N],
) -> bool {
    let (mut combination, mut terms) = ([T::ZERO; N], [T::ZERO; N]);
    for &(index, y) in ray {
        for ((sum, term), a) in combination.iter_mut().zip(&mut terms).zip(qp.row(index)) {
            *sum += y * a;
            *term += (y * a).abs();
        }
    }
    let scale = terms.iter().zip(unit).fold(T::ZERO, |scale, (&term, &unit)| larger(term * unit, scale));
    let rounding = rounding_of::<T>(ray.len());
    combination.iter().zip(unit).all(|(sum, &unit)| sum.abs() * unit <= rounding * scale)
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
