//! The loop: dual ascent over working sets, from the empty one or from the last one.

use super::combine::combine_active;
use super::pricing::Priced;
use super::proximal::CAUTION;
use super::verify::worse;
use super::{Active, Qp, Settings, Status, Workspace, schur};
use crate::real::{Real, add_scaled, dot, larger};
use nalgebra::SVector;

/// Corrections with the original data's residuals, mostly the first of the gaps alone, before a solution is given up.
const REFINEMENTS: usize = 4;

/// Full steps without any rise of the dual objective before the orthogonal vectors take over; after as many more, the
/// first violated constraint enters in place of the most violated one (Bland's rule), which cannot cycle.
const STALLS: usize = 10;

/// What a solve found. The numbers mean something only where the status says so.
#[derive(Debug, Clone, Copy)]
pub struct Solution<'a, T: Real, const N: usize, const M: usize> {
    /// How the solve ended.
    pub status: Status,
    /// Changes of the working set.
    pub iterations: u32,
    /// Minimizer.
    pub x: &'a SVector<T, N>,
    /// Dual of each constraint: positive at an upper bound, negative at a lower one.
    pub dual: &'a SVector<T, M>,
    /// The constraints held at a bound; the next [`solve_warm`] starts from them.
    pub working_set: &'a [Active],
    /// Largest relative residual of the KKT conditions in the original data; infinite before it was tested.
    pub kkt_residual: T,
}

/// Solves from the empty working set.
///
/// The set-up costs `N^3 / 3 + N^2 + 2 M N` multiplications, `M N^2 / 2` more up to 16 variables; an iteration
/// about `N^2 + M (N + k) + k^2` with k active
/// constraints. At most [`Settings::iteration_limit`] iterations.
pub fn solve<'a, T: Real, const N: usize, const M: usize>(
    qp: &Qp<T, N, M>,
    workspace: &'a mut Workspace<T, N, M>,
    settings: &Settings<T>,
) -> Solution<'a, T, N, M> {
    workspace.clear();
    solve_warm(qp, workspace, settings)
}

/// Solves from the working set that the workspace holds from its last solve, whatever problem that was.
pub fn solve_warm<'a, T: Real, const N: usize, const M: usize>(
    qp: &Qp<T, N, M>,
    workspace: &'a mut Workspace<T, N, M>,
    settings: &Settings<T>,
) -> Solution<'a, T, N, M> {
    workspace.set_vectors(qp);
    workspace.start(qp, settings)
}

/// Solves with new vectors and the matrices of the last solve, whose factors and working set are kept: the vectors are
/// those of the workspace, see [`update_linear`] and [`update_bounds`]. In a fresh workspace the same as [`solve`].
///
/// An iteration costs `M k + k^2` multiplications once its constraint was met before, `N^2 + M N` more if not; all of
/// them together `2 N^2 + 3 M N`.
///
/// That the matrices are the same is the caller's promise. Breaking it gives [`Status::Inaccurate`] or a superfluous
/// set-up, since the KKT test is in the data at hand; but a row that was all zeros is not looked at until the next
/// [`solve`] or [`solve_warm`].
pub fn solve_updated<'a, T: Real, const N: usize, const M: usize>(
    qp: &Qp<T, N, M>,
    workspace: &'a mut Workspace<T, N, M>,
    settings: &Settings<T>,
) -> Solution<'a, T, N, M> {
    workspace.adopt(qp);
    if !workspace.factorized {
        return workspace.start(qp, settings);
    }
    let ready = workspace.measure(qp).and_then(|()| workspace.load(qp));
    if ready.is_ok() {
        workspace.release_unbounded();
        if workspace.uses_orthogonal != workspace.ill_conditioned || workspace.stale {
            workspace.uses_orthogonal = workspace.ill_conditioned;
            workspace.refactor(qp);
        } else if !workspace.uses_orthogonal {
            workspace.right_hand_side();
        }
    }
    workspace.run(qp, settings, ready)
}

/// Gives the next [`solve_updated`] another linear term. Cost N.
pub fn update_linear<T: Real, const N: usize, const M: usize>(
    qp: &Qp<T, N, M>,
    workspace: &mut Workspace<T, N, M>,
    linear: &SVector<T, N>,
) {
    workspace.adopt(qp);
    workspace.vectors.linear = linear.data.0[0];
}

/// Gives the next [`solve_updated`] other bounds. Cost 2 M.
pub fn update_bounds<T: Real, const N: usize, const M: usize>(
    qp: &Qp<T, N, M>,
    workspace: &mut Workspace<T, N, M>,
    lower: &SVector<T, M>,
    upper: &SVector<T, M>,
) {
    workspace.adopt(qp);
    workspace.vectors.lower = lower.data.0[0];
    workspace.vectors.upper = upper.data.0[0];
}

impl<T: Real, const N: usize, const M: usize> Workspace<T, N, M> {
    /// Gives the next [`solve_updated`] all vectors of a problem. Cost N + 2 M.
    pub fn set_vectors(&mut self, qp: &Qp<T, N, M>) {
        self.vectors.set(qp);
        self.loaded = true;
    }

    /// Takes the problem's own vectors where there are none yet.
    fn adopt(&mut self, qp: &Qp<T, N, M>) {
        if !self.loaded {
            self.vectors.set(qp);
            self.loaded = true;
        }
    }

    /// Everything from the matrices on, then the working set as far as it still makes sense.
    fn start(&mut self, qp: &Qp<T, N, M>, settings: &Settings<T>) -> Solution<'_, T, N, M> {
        // Without others, equalities that were eliminated are no start: they come first anyway where they still are some.
        let (last, length) = (self.working_set, if self.length() > 0 { self.working_set().len() } else { 0 });
        let ready = self.factorize(qp).and_then(|()| self.load(qp));
        if ready.is_ok() {
            self.take_over(qp, &last[..length]);
        }
        self.run(qp, settings, ready)
    }

    /// Fills the empty working set with another one, as far as it still makes sense.
    pub(super) fn take_over(&mut self, qp: &Qp<T, N, M>, last: &[Active]) {
        for &active in last {
            if self.vectors.bound(active).is_finite() && !self.is_eliminated(active.constraint()) {
                // A constraint that depends on the others now is simply left out.
                let _ = self.append(qp, active, T::ZERO);
            }
        }
    }

    /// Ascends once the problem is loaded, or tells why it could not be.
    fn run(&mut self, qp: &Qp<T, N, M>, settings: &Settings<T>, ready: Result<(), Status>) -> Solution<'_, T, N, M> {
        let mut iterations = 0;
        let infinity = T::ONE / T::ZERO;
        let (status, kkt_residual) = match ready {
            Ok(()) => self.converge(qp, settings, &mut iterations),
            Err(status) => (status, infinity),
        };
        let early = status == Status::IterationLimit && iterations < settings.iteration_limit;
        let status = if early { Status::DeadlinePassed } else { status };
        self.spread_duals();
        Solution { status, iterations, x: &self.x, dual: &self.dual, working_set: self.working_set(), kkt_residual }
    }

    /// The ascent and, where it ends inaccurately, the way back: orthogonal vectors in place of the Gram matrix, then
    /// from the empty working set, since perhaps only the way that an unlucky one led was bad.
    pub(super) fn recover(&mut self, qp: &Qp<T, N, M>, settings: &Settings<T>, iterations: &mut u32) -> (Status, T) {
        for active in &mut self.active_dual {
            *active = T::ZERO;
        }
        if self.uses_orthogonal {
            self.lower_linear = self.inverse.whitened(&self.linear);
        }
        let mut again = self.length() > 0 || !self.uses_orthogonal;
        let mut end = self.ascend(qp, settings, iterations);
        if end.0 == Status::Inaccurate && !self.uses_orthogonal {
            self.orthogonalize(qp);
            end = self.ascend(qp, settings, iterations);
        }
        again &= self.length() > 0;
        if end.0 == Status::Inaccurate && again {
            self.empty();
            end = self.ascend(qp, settings, iterations);
        }
        end
    }

    /// Alternates between the optimum of the working set and the most violated constraint.
    fn ascend(&mut self, qp: &Qp<T, N, M>, settings: &Settings<T>, iterations: &mut u32) -> (Status, T) {
        let mut residual = T::ONE / T::ZERO;
        let change = |iterations: &mut u32| {
            let allowed = *iterations < settings.iteration_limit && !(settings.expired)();
            *iterations += u32::from(allowed);
            allowed
        };
        if self.length() == 0 && !self.enter_equalities(qp, || change(iterations)) {
            return (Status::IterationLimit, residual);
        }
        let mut highest = T::ZERO;
        let mut stalled = 0;
        // A warm start's working set is often the right one: the products would only tell what settling tells.
        let mut hopeful = if self.length() > 0 { 2 } else { 0 };
        loop {
            if self.uses_orthogonal {
                self.orthogonal_target();
            }
            let k = self.length();
            if let Some((index, step)) = self.blocking() {
                if !change(iterations) {
                    return (Status::IterationLimit, residual);
                }
                for (dual, &target) in self.active_dual.iter_mut().zip(&self.target).take(k) {
                    *dual += step * (target - *dual);
                }
                self.remove(index);
                continue;
            }
            self.active_dual[..k].copy_from_slice(&self.target[..k]);
            // The dual objective but for a constant; what does not raise it may be part of a cycle.
            let objective = if self.uses_orthogonal {
                dot(&self.triangle.coordinates[..k], &self.triangle.coordinates[..k])
            } else {
                dot(&self.target[..k], &self.right[..k])
            };
            let rises = objective > highest + T::from_count(16) * T::EPSILON * highest;
            stalled = if rises { 0 } else { stalled + 1 };
            if stalled == STALLS && !self.uses_orthogonal {
                // Errors of the factor can lead in a circle.
                self.orthogonalize(qp);
                continue;
            }
            highest = larger(objective, highest);
            let closely = hopeful > 0 || stalled > 2 * STALLS;
            hopeful = if hopeful > 0 { hopeful - 1 } else { 0 };
            let entering = match self.violated_in_products(qp, settings.tolerance, closely) {
                Some(entering) => entering,
                None => match self.settle(qp, settings.tolerance, stalled > 2 * STALLS, &mut residual) {
                    Ok(entering) => entering,
                    Err(status) => return (status, residual),
                },
            };
            if let Err(status) = self.enter(qp, entering, settings.tolerance, || change(iterations)) {
                return (status, residual);
            }
        }
    }

    /// All equalities first: they never leave. False where the cap struck.
    fn enter_equalities(&mut self, qp: &Qp<T, N, M>, mut change: impl FnMut() -> bool) -> bool {
        for index in 0..M.min(usize::from(u16::MAX)) {
            if self.vectors.is_equality(index) && !self.is_eliminated(index) {
                if !change() {
                    return false;
                }
                // What depends on the others is satisfied by them, or contradicts them and shows up as violated.
                let _ = self.append(qp, Active { index: index as u16, upper: true }, T::ZERO);
            }
        }
        true
    }

    /// Refines the optimum of the working set until it is the solution or clearly violates a constraint, which is
    /// returned. Violations no larger than those of the working set's own constraints are rounding.
    fn settle(&mut self, qp: &Qp<T, N, M>, tolerance: T, first: bool, residual: &mut T) -> Result<Active, Status> {
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
                        let Some(stationarity) = self.stationarity(qp, half) else {
                            // Far away, where its own rounding hides the contradiction, if it is one.
                            return Err(Status::Inaccurate);
                        };
                        *residual = worse(worse(stationarity, complementarity), feasibility);
                        // With added curvature the same residual is tested once more, more strictly.
                        let strict = self.has_proximal && attempt < 2;
                        let enough = if strict { tolerance / T::from_count(2 * CAUTION) } else { tolerance };
                        if stationarity <= enough && complementarity <= half {
                            return Err(Status::Solved);
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

    /// The duals of all constraints, zero outside the working set.
    fn spread_duals(&mut self) {
        let length = self.working_set().len();
        self.dual.data.0[0] = [T::ZERO; M];
        for (active, &value) in self.working_set[..length].iter().zip(&self.active_dual) {
            if let Some(dual) = self.dual.data.0[0].get_mut(active.constraint()) {
                *dual = value;
            }
        }
        if self.eliminated() == 0 {
            return;
        }
        self.arrange_eliminated();
        for (value, active) in self.active_dual.iter_mut().zip(&self.working_set[..length]).skip(self.length.min(M)) {
            *value = self.dual.data.0[0].get(active.constraint()).copied().unwrap_or(T::ZERO);
        }
    }

    /// The first inequality whose dual changes its sign on the way to the target, and how far along the way.
    fn blocking(&self) -> Option<(usize, T)> {
        let mut first: Option<(usize, T)> = None;
        let duals = self.active_dual.iter().zip(&self.target);
        for (i, (active, (&dual, &target))) in self.working_set[..self.length()].iter().zip(duals).enumerate() {
            let wrong = if active.upper { target < T::ZERO } else { target > T::ZERO };
            if !wrong || self.vectors.is_equality(active.constraint()) {
                continue;
            }
            let step = dual / (dual - target);
            let better = match first {
                None => true,
                // Among equals, the force that is farthest on the wrong side.
                Some((best, least)) => {
                    step < least || (step == least && self.target_force(i) > self.target_force(best))
                }
            };
            if better {
                first = Some((i, step));
            }
        }
        first
    }

    /// Magnitude of the target of a working-set member's dual, times the size of its row.
    fn target_force(&self, i: usize) -> T {
        let size = self.working_set.get(i).and_then(|active| self.size.get(active.constraint()));
        self.target.get(i).zip(size).map_or(T::ZERO, |(target, &size)| target.abs() * size)
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
