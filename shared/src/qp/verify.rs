//! Whether a claim holds in the original data: the KKT conditions of a solution, Farkas' of an infeasibility.

use super::factor::rounding_of;
use super::{Active, Qp};
use crate::real::{Real, larger};

/// Largest residual of the KKT conditions, each relative to its own scale: stationarity of
/// `1/2 x'Hx + f'x + dual'(Ax)`, feasibility of every constraint, and complementarity of those in the working set.
/// Signs are the caller's: positive duals at upper bounds, negative ones at lower bounds. NaN where anything is.
/// `size` is that of the point. Cost N^2 + 2 M N.
pub(super) fn kkt_residual<T: Real, const N: usize, const M: usize>(
    qp: &Qp<T, N, M>,
    x: &[T; N],
    product: &[T; M],
    dual: &[T; M],
    working_set: &[Active],
    size: T,
) -> T {
    let mut worst = T::ZERO;
    let mut scale = T::ZERO;
    for (i, (&f, column)) in qp.linear.iter().zip(&qp.hessian.data.0).enumerate() {
        let (mut sum, mut terms) = (f, f.abs());
        for (&h, &x) in column.iter().zip(x) {
            sum += h * x;
            terms += (h * x).abs();
        }
        for (index, &dual) in dual.iter().enumerate() {
            let product = coefficient(qp, index, i) * dual;
            sum += product;
            terms += product.abs();
        }
        worst = worse(sum.abs(), worst);
        scale = larger(terms, scale);
    }
    let mut residual = ratio(worst, scale);
    for (index, &product) in product.iter().enumerate() {
        let (lower, upper) = qp.interval(index);
        let slack = qp.softness(index) * dual.get(index).copied().unwrap_or(T::ZERO);
        let shifted = product - slack;
        let scale = scale_of(qp, index, size) + slack.abs();
        if shifted > upper {
            residual = worse(ratio(shifted - upper, scale + upper.abs()), residual);
        } else if shifted < lower {
            residual = worse(ratio(lower - shifted, scale + lower.abs()), residual);
        } else if shifted.is_nan() {
            residual = shifted;
        }
    }
    for active in working_set {
        let (lower, upper) = qp.interval(active.constraint());
        let bound = if active.upper { upper } else { lower };
        let index = active.constraint();
        let at = |slice: &[T]| slice.get(index).copied().unwrap_or(T::ZERO);
        let slack = qp.softness(index) * at(dual);
        let gap = (at(product) - slack - bound).abs();
        residual = worse(ratio(gap, scale_of(qp, index, size) + slack.abs() + bound.abs()), residual);
    }
    residual
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

/// Size of the terms of row `index` at points of the given size.
#[inline]
pub(super) fn scale_of<T: Real, const N: usize, const M: usize>(qp: &Qp<T, N, M>, index: usize, size: T) -> T {
    if index < qp.simple_bounds() {
        return size;
    }
    let sum = qp.rows.data.0.iter().fold(T::ZERO, |sum, column| sum + column.get(index).map_or(T::ZERO, |a| a.abs()));
    sum * size
}

#[inline]
fn coefficient<T: Real, const N: usize, const M: usize>(qp: &Qp<T, N, M>, row: usize, variable: usize) -> T {
    if row < qp.simple_bounds() {
        return if row == variable { T::ONE } else { T::ZERO };
    }
    qp.rows.data.0.get(variable).and_then(|column| column.get(row)).copied().unwrap_or(T::ZERO)
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
