//! Anytime answer, for a solve that ends at its cap or deadline before the solution is found. It is the best point on
//! the way from a known feasible one towards the iterate. Its gap bounds the excess of its objective over the minimum.

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
    /// Satisfies the hard simple bounds exactly, and the hard rows within the tolerance of their own terms and bounds.
    pub x: SVector<T, N>,
    /// Its objective less that of the dual function at the solver's duals: no point within the constraints is better by
    /// more, up to rounding. Infinite where curvature was lent, to a Hessian that lacks it or as a last recovery, since the
    /// dual function then gives no bound.
    pub gap: T,
}

/// The best feasible point between a known feasible one, as the last plan shifted by a step or a braking manoeuvre, and
/// what the last solve reached; with the duality gap (Boyd and Vandenberghe 2004, "Convex Optimization", 5.5.1), since
/// the duals of a dual method have the right signs at any time. Nothing where the given point violates a hard row by
/// more than the tolerance relative to its terms, or where the last solve got no further than its data. The tolerance is
/// mostly [`super::Settings::tolerance`]. A point that was shifted is within its bounds where it was clamped by the very
/// numbers that the problem has: a row whose terms cancel forgives nothing.
///
/// Cost at most `5 N^2 + 7 M N + 62 M` multiplications, whatever the solve did.
pub fn anytime<T: Real, const N: usize, const M: usize>(
    qp: &Qp<T, N, M>,
    workspace: &Workspace<T, N, M>,
    tolerance: T,
    feasible: &SVector<T, N>,
) -> Option<Anytime<T, N>> {
    if !workspace.factorized || !workspace.begun {
        return None;
    }
    let mut start = feasible.data.0[0];
    if !workspace.within_bounds(qp, tolerance, &mut start) {
        return None;
    }
    let start = &start;
    let (iterate, bound) = workspace.dual_bound(qp);
    let mut direction = iterate;
    add_scaled(&mut direction, -T::ONE, start);
    let (mut product, mut rates) = ([T::ZERO; M], [T::ZERO; M]);
    qp.product(start, &mut product);
    qp.product(&direction, &mut rates);
    if !workspace.satisfies(qp, start, &product, tolerance) {
        return None;
    }
    let mut step = workspace.longest_feasible(qp, tolerance, start, (&product, &rates));
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
    let solution = workspace.x.data.0[0];
    let (mut x, mut at) = (*start, product);
    add_scaled(&mut x, step, &direction);
    // Whether that moves it too far is for the rows to tell.
    let _ = workspace.within_bounds(qp, tolerance, &mut x);
    qp.product(&x, &mut at);
    if !workspace.satisfies(qp, &x, &at, tolerance) {
        // The rounding error of the way is more than a row allows.
        (x, at) = (*start, product);
    }
    // Only a solution has numbers, and nothing is better.
    if solution.iter().all(|x| x.is_finite()) {
        (x, at) = (solution, workspace.product);
    }
    let (mut value, given) = (workspace.objective(qp, &x, &at), workspace.objective(qp, start, &product));
    if given < value {
        // Within the tolerance, what was given may be better.
        (x, value) = (*start, given);
    }
    let gap = larger(value - bound, T::ZERO);
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

    /// Puts a point exactly within the hard simple bounds; false where that moves it by more than the tolerance of a bound.
    fn within_bounds(&self, qp: &Qp<T, N, M>, tolerance: T, x: &mut [T; N]) -> bool {
        let mut holds = true;
        for (index, x) in x.iter_mut().enumerate().take(qp.simple_bounds().min(M)) {
            let (lower, upper) = self.vectors.interval(index);
            let bound = if *x > upper { upper } else { lower };
            if (*x > upper || *x < lower) && qp.softness(index) == T::ZERO {
                holds &= (*x - bound).abs() <= tolerance * (x.abs() + bound.abs());
                *x = bound;
            }
        }
        holds
    }

    /// Largest step, at most 1, along which the hard rows are not violated by more than half of the tolerance of their terms
    /// at the start.
    fn longest_feasible(
        &self,
        qp: &Qp<T, N, M>,
        tolerance: T,
        start: &[T; N],
        (product, rates): (&[T; M], &[T; M]),
    ) -> T {
        let mut longest = T::ONE;
        let half = tolerance * (T::ONE / (T::ONE + T::ONE));
        let mut terms = [T::ZERO; M];
        magnitudes(&mut terms, start, &qp.rows.data.0);
        for (terms, x) in terms.iter_mut().zip(start).take(qp.simple_bounds()) {
            *terms = x.abs();
        }
        for (index, (&product, &rate)) in product.iter().zip(rates).enumerate() {
            if qp.softness(index) > T::ZERO {
                continue;
            }
            let (lower, upper) = self.vectors.interval(index);
            let (room, bound) = if rate > T::ZERO { (upper - product, upper) } else { (product - lower, lower) };
            let allowed = half * (terms.get(index).copied().unwrap_or(T::ZERO) + bound.abs());
            let step = larger(room + allowed, T::ZERO) / rate.abs();
            // What does not move is no obstacle: 0 / 0.
            longest = if step < longest { step } else { longest };
        }
        longest
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
