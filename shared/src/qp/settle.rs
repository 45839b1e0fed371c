//! Final tests of a solve: the optimum of the working set is corrected, then accepted or found to violate a constraint.

use super::combine::combine_active;
use super::pricing::Priced;
use super::proximal::CAUTION;
use super::verify::worse;
use super::{Active, Qp, Status, Workspace, schur};
use crate::real::{Real, add_scaled, dot};

/// Corrections with the original data's residuals, mostly the first of the gaps alone, before a solution is given up.
const REFINEMENTS: usize = 4;

impl<T: Real, const N: usize, const M: usize> Workspace<T, N, M> {
    /// Refines the optimum of the working set until it is the solution or clearly violates a constraint, which is
    /// returned. Violations no larger than those of the working set's own constraints are rounding.
    pub(super) fn settle(
        &mut self,
        qp: &Qp<T, N, M>,
        tolerance: T,
        first: bool,
        residual: &mut T,
    ) -> Result<Active, Status> {
        // The other half is for the rounding of the test; stationarity, which that hardly touches, may use it.
        let half = tolerance * (T::ONE / (T::ONE + T::ONE));
        self.recover_point(qp);
        let mut lost = None;
        if self.uses_orthogonal {
            // What needs them is ill-conditioned enough to deserve a correction in any case.
            self.refine(qp, &mut lost);
        }
        let mut attempt = 0;
        loop {
            let mut sizes = None;
            let farthest = self.farthest();
            if attempt == 0
                && !first
                && !self.uses_orthogonal
                && let Some(active) = farthest.and_then(|index| self.clearly_violated(qp, index, tolerance))
            {
                return Ok(active);
            }
            let priced = match farthest {
                Some(_) => self.most_violated(qp, half, first, &mut sizes),
                None => Priced::Satisfied { residual: T::ZERO },
            };
            match priced {
                Priced::Violated { active, violation } => {
                    if attempt == REFINEMENTS || violation > self.largest_gap(qp) {
                        return Ok(active);
                    }
                }
                Priced::Satisfied { residual: feasibility } => {
                    let correctable = attempt == 0 && !self.uses_orthogonal;
                    let complementarity = self.complementarity(qp, half, correctable, &mut sizes);
                    // Before the first correction, one gap is reason enough for it.
                    if complementarity <= half || !correctable {
                        let found = (attempt, feasibility, complementarity);
                        if self.is_accepted(qp, tolerance, found, sizes.is_some(), residual)? {
                            return Err(Status::Solved);
                        }
                        if sizes.is_some()
                            && attempt > 1
                            && !first
                            && let Some(active) = self.overlooked(qp, half)
                        {
                            return Ok(active);
                        }
                    }
                }
            }
            if attempt == REFINEMENTS {
                return Err(if residual.is_finite() { Status::Inaccurate } else { Status::NotFinite });
            }
            if attempt == 0 && !self.uses_orthogonal {
                self.close_gaps(qp);
            } else {
                self.refine(qp, &mut lost);
            }
            attempt += 1;
            // What one correction does not mend is the factor's fault.
            self.stale |= attempt > 1;
        }
    }

    /// Whether the point is the solution, its simple bounds held exactly; entries that may be rounding are zero only where it
    /// does not pass as it is. The residuals are those that were found at this attempt, measured by the variables' sizes
    /// or not. An error where it is too far away to tell.
    fn is_accepted(
        &mut self,
        qp: &Qp<T, N, M>,
        tolerance: T,
        (attempt, feasibility, complementarity): (usize, T, T),
        by_sizes: bool,
        residual: &mut T,
    ) -> Result<bool, Status> {
        let half = tolerance * (T::ONE / (T::ONE + T::ONE));
        let raw = self.x;
        for drops in [false, true] {
            if drops && (attempt == 0 || !by_sizes) {
                break;
            }
            if drops {
                self.drop_rounding(qp);
            }
            let moves = self.hold_bounds(qp, tolerance) || drops;
            let Some(stationarity) = self.stationarity(qp, half) else {
                // Its own rounding hides the contradiction, if it is one.
                return Err(Status::Inaccurate);
            };
            *residual = worse(worse(stationarity, complementarity), feasibility);
            // With added curvature the same residual is tested once more, more strictly.
            let strict = self.has_proximal && attempt < 2;
            let enough = if strict { tolerance / T::from_count(2 * CAUTION) } else { tolerance };
            let passes = stationarity <= enough && complementarity <= half;
            let by_own_terms = by_sizes || moves;
            if passes
                && (!by_own_terms
                    || self.holds(qp, tolerance) && self.complementarity(qp, tolerance, false, &mut None) <= tolerance)
            {
                return Ok(true);
            }
            self.x = raw;
        }
        qp.product(&self.x.data.0[0], &mut self.product);
        Ok(false)
    }

    /// The point of the present duals, and its `A x`.
    fn recover_point(&mut self, qp: &Qp<T, N, M>) {
        let length = self.length();
        if self.uses_orthogonal {
            let mut x = self.lower_linear;
            let coordinates = &self.triangle.coordinates[..length];
            for (head, &coordinate) in self.orthogonal.heads().iter().zip(coordinates) {
                add_scaled(&mut x, coordinate, head);
            }
            self.x.data.0[0] = self.inverse.coloured(&x).map(|x| -x);
        } else {
            let active = (&self.active_dual, &self.working_set[..length]);
            combine_active(&mut self.x.data.0[0], &self.free, active, self.columns.primals());
            if length == 0 && self.has_free_product && self.eliminated() == 0 {
                self.product = self.free_product;
                return;
            }
        }
        qp.product(&self.x.data.0[0], &mut self.product);
    }

    /// The first correction, of the duals by the gaps that the rounding of the Schur complement left: the point follows
    /// them as it did before, so that it is as stationary. Cost k^2 + k N + M N.
    fn close_gaps(&mut self, qp: &Qp<T, N, M>) {
        let k = self.length();
        let (mut gaps, mut x) = (self.gaps(qp), self.x.data.0[0]);
        if self.eliminated() > 0 {
            let mut lifted = [T::ZERO; N];
            self.lift_gaps(&mut gaps, &mut lifted);
            add_scaled(&mut x, -T::ONE, &lifted);
        }
        let mut correction = [T::ZERO; M];
        schur::apply(&self.triangle.columns, k, &gaps, &mut correction);
        let active = (&correction, &self.working_set[..k]);
        combine_active(&mut self.x.data.0[0], &x, active, self.columns.primals());
        qp.product(&self.x.data.0[0], &mut self.product);
        self.correct_duals(&correction);
    }

    /// How far the working set's constraints are from their bounds, in its order.
    fn gaps(&self, qp: &Qp<T, N, M>) -> [T; M] {
        let mut gaps = [T::ZERO; M];
        for ((gap, &active), &dual) in gaps.iter_mut().zip(self.working_set()).zip(&self.active_dual) {
            *gap = self.gap(qp, active, dual);
        }
        gaps
    }

    /// Adds to the duals of the working set.
    pub(super) fn correct_duals(&mut self, correction: &[T; M]) {
        for i in 0..self.length() {
            let (active, corrected) = (self.working_set[i], self.active_dual[i] + correction[i]);
            // A dual that rounding carried across zero is zero; stationarity then tells whether that was fair.
            let wrong = if active.upper { corrected < T::ZERO } else { corrected > T::ZERO };
            let zero = wrong && !self.vectors.is_equality(active.constraint());
            self.active_dual[i] = if zero { T::ZERO } else { corrected };
        }
    }

    /// What the point has to lose for residuals of stationarity and of the working set's bounds; in their place the
    /// duals' gain. Cost N^2 + k (k + 2 N).
    pub(super) fn correction(&self, gradient: &[T; N], gaps: &mut [T; M]) -> [T; N] {
        let k = self.length();
        let mut step;
        if self.uses_orthogonal {
            step = self.inverse.whitened(gradient);
            self.triangle.solve_transposed(gaps);
            for (entry, head) in gaps.iter_mut().zip(self.orthogonal.heads()).take(k) {
                *entry -= dot(head, &step);
            }
            for (&entry, head) in gaps.iter().zip(self.orthogonal.heads()).take(k) {
                add_scaled(&mut step, entry, head);
            }
            step = self.inverse.coloured(&step);
            self.triangle.solve(gaps);
        } else {
            step = self.apply_inverse(gradient);
            self.lift_gaps(gaps, &mut step);
            for (entry, active) in gaps.iter_mut().zip(&self.working_set).take(k) {
                let primal = self.columns.primals().get(active.constraint());
                *entry -= primal.map_or(T::ZERO, |primal| dot(primal, gradient));
            }
            let right = *gaps;
            schur::apply(&self.triangle.columns, k, &right, gaps);
            let (base, mut losses) = (step, [T::ZERO; M]);
            losses.iter_mut().zip(&*gaps).take(k).for_each(|(loss, &gain)| *loss = -gain);
            let active = (&losses, &self.working_set[..k]);
            combine_active(&mut step, &base, active, self.columns.primals());
        }
        step
    }
}
