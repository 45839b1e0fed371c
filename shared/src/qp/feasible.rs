//! Final test of feasibility: hard simple bounds exactly, hard rows by their own terms and bounds.
//!
//! The ascent measures a violation relative to the rounding of the largest variable, which may be far more than a small
//! variable is allowed.

use super::verify::rounding_of;
use super::{Active, Qp, Workspace};
use crate::real::{Real, larger};

/// Units in the last place of its terms, within which an entry of the point may be nothing but their rounding.
const NOISE: u16 = 4;

impl<T: Real, const N: usize, const M: usize> Workspace<T, N, M> {
    /// Moves the point onto the hard simple bounds that it violates, and onto those of the working set. True where one of
    /// these moves is so large a share of the bound that rows need another look: by the same share of their own terms, at
    /// most, they are off. Cost k + N.
    #[cfg_attr(not(target_arch = "arm"), inline(never))]
    pub(super) fn hold_bounds(&mut self, qp: &Qp<T, N, M>, tolerance: T) -> bool {
        let mut moves = false;
        let share = larger(T::from_count(16) * T::EPSILON, tolerance / T::from_count(4));
        let bounds = qp.simple_bounds();
        for place in 0..self.working_set().len() {
            let Some(&active) = self.working_set.get(place) else { continue };
            let index = active.constraint();
            if index < bounds && qp.softness(index) == T::ZERO {
                let bound = self.vectors.bound(active);
                moves |= self.move_to(index, bound, share);
            }
        }
        for index in 0..bounds.min(M) {
            let (lower, upper) = self.vectors.interval(index);
            let x = self.x.data.0[0][index];
            if (x > upper || x < lower) && qp.softness(index) == T::ZERO {
                moves |= self.move_to(index, if x > upper { upper } else { lower }, share);
            }
        }
        moves
    }

    /// Moves an entry of the point; true where that is more than a share of the bound.
    #[inline]
    fn move_to(&mut self, index: usize, bound: T, share: T) -> bool {
        let (Some(x), Some(product)) = (self.x.data.0[0].get_mut(index), self.product.get_mut(index)) else {
            return false;
        };
        let distance = (*x - bound).abs();
        (*x, *product) = (bound, bound);
        distance > share * bound.abs()
    }

    /// Zero in place of what may be nothing but rounding: an entry of the point that is small beside its own terms.
    /// Cost k N, and N^2 + M N more for each column that the orthogonal vectors did without.
    #[cold]
    pub(super) fn drop_rounding(&mut self, qp: &Qp<T, N, M>) {
        let mut terms = self.free.map(|free| free.abs());
        for place in 0..self.length() {
            if let Some(active) = self.working_set.get(place).copied() {
                self.form_columns(qp, active.constraint());
            }
        }
        // What eliminated equalities add is in the unconstrained minimizer.
        for (active, &dual) in self.working_set().iter().zip(&self.active_dual).take(self.length()) {
            if let Some(primal) = self.columns.primals().get(active.constraint()) {
                for (term, &entry) in terms.iter_mut().zip(primal) {
                    *term += (dual * entry).abs();
                }
            }
        }
        for (x, term) in self.x.iter_mut().zip(terms) {
            if x.abs() <= T::from_count(NOISE) * T::EPSILON * term {
                *x = T::ZERO;
            }
        }
    }

    /// The constraint outside the working set that is violated by most beyond the tolerance of its own terms, in the
    /// metric of the row sizes. Cost 2 M N.
    #[cold]
    pub(super) fn overlooked(&self, qp: &Qp<T, N, M>, tolerance: T) -> Option<Active> {
        let (mut worst, mut found) = (T::ZERO, None);
        for (index, (&product, &price)) in self.product.iter().zip(&self.price).enumerate() {
            let (lower, upper) = self.vectors.interval(index);
            let above = product > upper;
            let violation = if above { product - upper } else { lower - product };
            let scale = if above { upper.abs() } else { lower.abs() };
            if violation * price > worst && exceeds(qp, &self.x.data.0[0], index, (violation, scale), tolerance) {
                worst = violation * price;
                found = u16::try_from(index).ok().map(|index| Active { index, upper: above });
            }
        }
        found
    }

    /// Whether all constraints hold at the point: hard simple bounds exactly, rows within the tolerance of their own terms
    /// and bounds, soft ones with what their duals pay for, and those of the working set at their bounds. Forms `A x`.
    /// Cost 2 M N.
    #[cold]
    pub(super) fn holds(&mut self, qp: &Qp<T, N, M>, tolerance: T) -> bool {
        qp.product(&self.x.data.0[0], &mut self.product);
        let x = &self.x.data.0[0];
        let size = |index: usize| self.size.get(index).copied().unwrap_or(T::ONE);
        let members = || self.working_set().iter().zip(&self.active_dual);
        let largest = members()
            .fold(self.pull, |largest, (active, dual)| larger(dual.abs() * size(active.constraint()), largest));
        let at_bound = |(active, &dual): (&Active, &T)| {
            let (index, bound) = (active.constraint(), self.vectors.bound(*active));
            let softness = qp.softness(index);
            // A dual is known to the rounding of the largest force, and what it pays for to that.
            let unknown = softness * (rounding_of::<T>(N) * largest / size(index));
            let gap = larger(self.gap(qp, *active, dual).abs() - unknown, T::ZERO);
            !exceeds(qp, x, index, (gap, bound.abs() + (softness * dual).abs()), tolerance)
        };
        let is_free = |index: usize| self.price.get(index).is_some_and(|&price| price > T::ZERO);
        let holds_softly = |(index, &product): (usize, &T)| {
            let (lower, upper) = self.vectors.interval(index);
            qp.softness(index) == T::ZERO
                || !is_free(index)
                || !exceeds(qp, x, index, (product - upper, upper.abs()), tolerance)
                    && !exceeds(qp, x, index, (lower - product, lower.abs()), tolerance)
        };
        members().all(at_bound)
            && self.product.iter().enumerate().all(holds_softly)
            && self.satisfies(qp, x, &self.product, tolerance)
    }

    /// Whether all hard constraints hold at a point with its `A x`. Cost 2 M, and N for each row that is violated at all.
    pub(super) fn satisfies(&self, qp: &Qp<T, N, M>, x: &[T; N], product: &[T; M], tolerance: T) -> bool {
        product.iter().enumerate().all(|(index, &product)| {
            let (lower, upper) = self.vectors.interval(index);
            if index < qp.simple_bounds() && qp.softness(index) == T::ZERO {
                return lower <= product && product <= upper;
            }
            qp.softness(index) > T::ZERO
                || !exceeds(qp, x, index, (product - upper, upper.abs()), tolerance)
                    && !exceeds(qp, x, index, (lower - product, lower.abs()), tolerance)
        })
    }
}

/// Whether a violation is beyond the tolerance of a constraint's own terms and of a further scale, its bound. Cost N.
fn exceeds<T: Real, const N: usize, const M: usize>(
    qp: &Qp<T, N, M>,
    x: &[T; N],
    index: usize,
    (violation, scale): (T, T),
    tolerance: T,
) -> bool {
    if violation <= tolerance * scale {
        return false;
    }
    let mut terms = T::ZERO;
    if index < qp.simple_bounds() {
        terms = x.get(index).map_or(T::ZERO, |x| x.abs());
    } else {
        for (column, x) in qp.rows.data.0.iter().zip(x) {
            terms += column.get(index).map_or(T::ZERO, |&a| (a * *x).abs());
        }
    }
    !(violation <= tolerance * (terms + scale))
}
