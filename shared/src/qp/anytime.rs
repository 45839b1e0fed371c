//! An answer at any time: where the cap or the deadline strikes before the solution is found, the best point on the way
//! from a known feasible one towards the iterate, and what it can cost at most beside the solution.

use super::combine::{Shape, combine};
use super::proximal::magnitudes;
use super::{Qp, Workspace};
use crate::real::{Real, add_scaled, dot, larger};
use nalgebra::SVector;

/// Halvings of the way in search of its lowest point.
const HALVINGS: u32 = 30;

/// A feasible point and how good it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Anytime<T: Real, const N: usize> {
    /// Satisfies the hard rows to the tolerance of their terms.
    pub x: SVector<T, N>,
    /// Its objective less that of the dual function at the solver's duals: no point within the constraints is better by
    /// more, up to rounding. Infinite where the Hessian lacks curvature, since the dual function then says nothing.
    pub gap: T,
}

/// The best feasible point between a known feasible one, as the last plan shifted by a step or a braking manoeuvre, and
/// what the last solve reached; with the duality gap (Boyd and Vandenberghe 2004, "Convex Optimization", 5.5.1), since
/// the duals of a dual method have the right signs at any time. Nothing where the given point violates a hard row by
/// more than the tolerance relative to its terms, or where the last solve got no further than its data.
///
/// Cost `4 N^2 + 3 M N + 60 M` multiplications, whatever the solve did.
pub fn anytime<T: Real, const N: usize, const M: usize>(
    qp: &Qp<T, N, M>,
    workspace: &Workspace<T, N, M>,
    tolerance: T,
    feasible: &SVector<T, N>,
) -> Option<Anytime<T, N>> {
    if !workspace.factorized {
        return None;
    }
    let start = &feasible.data.0[0];
    let (iterate, bound) = workspace.dual_bound(qp);
    let mut direction = iterate;
    add_scaled(&mut direction, -T::ONE, start);
    let (mut product, mut rates) = ([T::ZERO; M], [T::ZERO; M]);
    qp.product(start, &mut product);
    qp.product(&direction, &mut rates);
    let mut step = workspace.longest_feasible(qp, tolerance, [start, &iterate], (&product, &rates))?;
    let (curved, mut gradient) = (times_hessian(qp, &direction), times_hessian(qp, start));
    add_scaled(&mut gradient, T::ONE, &workspace.vectors.linear);
    let (slope, curvature) = (dot(&gradient, &direction), dot(&curved, &direction));
    let rises = |t: T| slope + t * curvature + workspace.soft_slope(qp, (&product, &rates), t) > T::ZERO;
    if rises(step) {
        // The lowest point of the way lies before its end.
        let (mut low, mut high) = (T::ZERO, step);
        for _ in 0..HALVINGS {
            let middle = (low + high) * (T::ONE / (T::ONE + T::ONE));
            (low, high) = if rises(middle) { (low, middle) } else { (middle, high) };
        }
        step = low;
    }
    let (mut x, mut at) = (*start, product);
    add_scaled(&mut x, step, &direction);
    add_scaled(&mut at, step, &rates);
    let gap = larger(workspace.objective(qp, &x, &at) - bound, T::ZERO);
    let usable = x.iter().all(|x| x.is_finite()) && !gap.is_nan();
    let gap = if workspace.has_proximal { T::ONE / T::ZERO } else { gap };
    usable.then(|| Anytime { x: SVector::from(x), gap })
}

/// `H x`. Cost N^2.
fn times_hessian<T: Real, const N: usize, const M: usize>(qp: &Qp<T, N, M>, x: &[T; N]) -> [T; N] {
    let mut product = [T::ZERO; N];
    combine(&mut product, None, 0..N, (x, &qp.hessian.data.0), Shape::Full);
    product
}

impl<T: Real, const N: usize, const M: usize> Workspace<T, N, M> {
    /// The minimizer of the Lagrangian at the present duals, and its value: the dual function, a lower bound.
    fn dual_bound(&self, qp: &Qp<T, N, M>) -> ([T; N], T) {
        let half = T::ONE / (T::ONE + T::ONE);
        let mut force = self.linear;
        let mut support = T::ZERO;
        for (&active, &dual) in self.working_set().iter().zip(&self.active_dual) {
            qp.add_row(active.constraint(), dual, &mut force);
            support += dual * self.vectors.bound(active) + half * (qp.softness(active.constraint()) * dual) * dual;
        }
        let iterate = self.inverse.apply(&force).map(|x| -x);
        // At its minimizer the Lagrangian's quadratic part is minus a half of its linear one.
        (iterate, half * dot(&force, &iterate) - support)
    }

    /// Largest step, at most 1, along which the hard rows stay satisfied to the tolerance of their terms at both ends; none
    /// where they are not even at the start.
    fn longest_feasible(
        &self,
        qp: &Qp<T, N, M>,
        tolerance: T,
        ends: [&[T; N]; 2],
        (product, rates): (&[T; M], &[T; M]),
    ) -> Option<T> {
        // As the solver does: a small variable beside a large one, in units of the curvature, is taken for larger.
        let (mut sizes, mut largest) = ([T::ZERO; N], T::ZERO);
        for ((size, &unit), (&a, &b)) in sizes.iter_mut().zip(&self.unit).zip(ends[0].iter().zip(ends[1])) {
            *size = larger(a.abs(), b.abs());
            largest = larger(*size / unit, largest);
        }
        for (size, &unit) in sizes.iter_mut().zip(&self.unit) {
            *size = larger(*size, T::VARIABLE_FLOOR * largest * unit);
        }
        let mut terms = [T::ZERO; M];
        magnitudes(&mut terms, &sizes, &qp.rows.data.0);
        for (terms, &size) in terms.iter_mut().zip(&sizes).take(qp.simple_bounds()) {
            *terms = size;
        }
        let mut longest = T::ONE;
        for (index, ((&product, &rate), &terms)) in product.iter().zip(rates).zip(&terms).enumerate() {
            if qp.softness(index) > T::ZERO {
                continue;
            }
            let (lower, upper) = self.vectors.interval(index);
            let above = (upper - product) + tolerance * (terms + upper.abs());
            let below = (product - lower) + tolerance * (terms + lower.abs());
            if above < T::ZERO || below < T::ZERO {
                return None;
            }
            let step = if rate > T::ZERO { above } else { below } / rate.abs();
            // What does not move is no obstacle: 0 / 0.
            longest = if step < longest { step } else { longest };
        }
        Some(longest)
    }

    /// Slope of the violated soft rows' price after a step `t`.
    fn soft_slope(&self, qp: &Qp<T, N, M>, (product, rates): (&[T; M], &[T; M]), t: T) -> T {
        let mut slope = T::ZERO;
        for (index, (&product, &rate)) in product.iter().zip(rates).enumerate() {
            let softness = qp.softness(index);
            if softness > T::ZERO {
                let (at, (lower, upper)) = (product + t * rate, self.vectors.interval(index));
                let violation = larger(at - upper, T::ZERO) - larger(lower - at, T::ZERO);
                slope += (violation * rate) / softness;
            }
        }
        slope
    }

    /// The objective at a point with its `A x`, the price of violated soft rows included.
    fn objective(&self, qp: &Qp<T, N, M>, x: &[T; N], product: &[T; M]) -> T {
        let half = T::ONE / (T::ONE + T::ONE);
        let mut value = half * dot(&times_hessian(qp, x), x) + dot(&self.vectors.linear, x);
        for (index, &product) in product.iter().enumerate() {
            let softness = qp.softness(index);
            if softness > T::ZERO {
                let (lower, upper) = self.vectors.interval(index);
                let violation = larger(larger(product - upper, lower - product), T::ZERO);
                value += half * (violation * violation) / softness;
            }
        }
        value
    }
}
