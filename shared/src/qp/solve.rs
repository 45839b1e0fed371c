//! The loop: dual ascent over working sets, from the empty one or from the last one.

use super::workspace::SHORT;
use super::{Active, Qp, Settings, Status, Workspace};
use crate::real::{Real, dot, larger};
use nalgebra::SVector;

/// Full steps without any rise of the dual objective before the orthogonal vectors take over; after as many more, the
/// first violated constraint enters in place of the most violated one (Bland's rule), which cannot cycle.
const STALLS: usize = 10;

/// How often a constraint may leave in the step after it entered, before the factor is given up.
const REFUSALS: u32 = 2;

/// Solution of a solve.
#[derive(Debug, Clone, Copy)]
pub struct Solution<'a, T: Real, const N: usize, const M: usize> {
    /// Status of the solve.
    pub status: Status,
    /// Changes of the working set.
    pub iterations: u32,
    /// Minimizer; [`Real::NAN`] in every entry unless the status is [`Status::Solved`].
    pub x: &'a SVector<T, N>,
    /// Dual of each constraint: positive at an upper bound, negative at a lower one; [`Real::NAN`] like x.
    pub dual: &'a SVector<T, M>,
    /// The constraints held at a bound; the next [`solve_warm`] starts from them.
    pub working_set: &'a [Active],
    /// Largest relative residual of the KKT conditions in the original data; infinite before it was tested.
    pub kkt_residual: T,
}

/// Solves from the empty working set.
///
/// The set-up costs `N^3 / 3 + N^2 + 2 M N` multiplications, `M N^2 / 2` more up to 16 variables with at most four
/// constraints for each; an iteration about `N^2 + M (N + k) + k^2` with k active constraints. At most
/// [`Settings::iteration_limit`] iterations.
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
    let usable = workspace.vectors.check(settings.infinity);
    workspace.start(qp, settings, usable)
}

/// Solves with the matrices of the last solve, whose factors and working set are kept, and **the vectors of the workspace**:
/// those that [`update_linear`] and [`update_bounds`] gave it. The vectors of `qp` are read in a fresh workspace only, where
/// this is the same as [`solve`]; changes of theirs since are not seen.
///
/// An iteration costs `M k + k^2` multiplications once its constraint was met before, `N^2 + M N` more if not; all of
/// them together `2 N^2 + 3 M N`.
///
/// That the matrices are the same is the caller's promise. Breaking it gives [`Status::Inaccurate`] or a superfluous
/// set-up, since the KKT test is with the matrices at hand. Until the next [`solve`] or [`solve_warm`] nothing looks at
/// whether the Hessian is still convex, nor at a row that was all zeros.
pub fn solve_updated<'a, T: Real, const N: usize, const M: usize>(
    qp: &Qp<T, N, M>,
    workspace: &'a mut Workspace<T, N, M>,
    settings: &Settings<T>,
) -> Solution<'a, T, N, M> {
    workspace.adopt(qp);
    let usable = workspace.vectors.check(settings.infinity);
    let is_other = workspace.is_makeshift || (workspace.has_proximal && workspace.lends_otherwise(qp));
    if !workspace.factorized || is_other {
        return workspace.start(qp, settings, usable);
    }
    workspace.center = [T::ZERO; N];
    let first = workspace.first_working_set();
    let ready = workspace.measure(qp).and(usable).and_then(|()| workspace.load(qp));
    if ready.is_ok() {
        workspace.release_unbounded();
        if workspace.uses_orthogonal != workspace.ill_conditioned || workspace.stale {
            workspace.uses_orthogonal = workspace.ill_conditioned;
            workspace.refactor(qp);
        } else if !workspace.uses_orthogonal {
            workspace.right_hand_side();
        }
    }
    workspace.run(qp, settings, ready, &first, true)
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
    fn start(&mut self, qp: &Qp<T, N, M>, settings: &Settings<T>, usable: Result<(), Status>) -> Solution<'_, T, N, M> {
        self.center = [T::ZERO; N];
        let first = self.first_working_set();
        let factors = self.factorize(qp);
        // What is no number is the reason for whatever comes of it.
        let data = if usable == Err(Status::NotFinite) { usable } else { factors.and(usable) };
        let ready = data.and_then(|()| self.load(qp));
        if ready.is_ok() {
            self.take_over(qp, first.0.get(..first.1).unwrap_or_default());
        }
        self.run(qp, settings, ready, &first, false)
    }

    /// What a solve begins with, and its length, never above M. Without others, equalities that were eliminated are no start:
    /// they come first anyway where they still are some.
    fn first_working_set(&self) -> ([Active; M], usize) {
        (self.working_set, if self.length() > 0 { self.working_set().len() } else { 0 })
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
    fn run(
        &mut self,
        qp: &Qp<T, N, M>,
        settings: &Settings<T>,
        ready: Result<(), Status>,
        first: &([Active; M], usize),
        is_kept: bool,
    ) -> Solution<'_, T, N, M> {
        let mut iterations = 0;
        self.begun = ready.is_ok();
        let infinity = T::ONE / T::ZERO;
        let (mut status, mut kkt_residual) = match ready {
            Ok(()) => self.converge(qp, settings, &mut iterations),
            Err(status) => (status, infinity),
        };
        // By new factors and then, where prices are estimates at first, by true ones: what kept ones do not solve ends as
        // it would without them.
        for measures in [false, true] {
            let is_other = if measures { Self::ESTIMATES } else { is_kept };
            if !is_other || ready.is_err() || !matches!(status, Status::Inaccurate | Status::NotFinite) {
                continue;
            }
            self.center = [T::ZERO; N];
            let again = self.factorize(qp).and_then(|()| if measures { self.measure(qp) } else { Ok(()) });
            if again.and_then(|()| self.load(qp)).is_ok() {
                self.take_over(qp, first.0.get(..first.1).unwrap_or_default());
                (status, kkt_residual) = self.converge(qp, settings, &mut iterations);
            }
        }
        let early = status == Status::IterationLimit && iterations < settings.iteration_limit;
        let status = if early { Status::DeadlinePassed } else { status };
        if status == Status::Solved {
            self.spread_duals();
        } else {
            // Nothing that looks like an answer, least of all the last one.
            (self.x.data.0[0], self.dual.data.0[0]) = ([T::NAN; N], [T::NAN; M]);
        }
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
        let (mut stalled, mut entered, mut refusals) = (0, None, 0);
        // A warm start's working set is often the right one: the products would only tell what settling tells.
        let mut hopeful = match self.length() {
            0 => 0,
            _ if N <= SHORT => 4,
            _ => 2,
        };
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
                // What is violated cannot leave again at once, except by the errors of the factor.
                let leaving = self.working_set.get(index).map(Active::constraint);
                refusals += u32::from(leaving == entered && step == T::ZERO);
                self.remove(index);
                if refusals > REFUSALS {
                    if self.uses_orthogonal {
                        return (Status::Inaccurate, residual);
                    }
                    refusals = 0;
                    self.orthogonalize(qp);
                }
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
            if stalled > 2 * STALLS + N + M {
                return (Status::Inaccurate, residual);
            }
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
                    Err(status) => {
                        return (status, residual);
                    }
                },
            };
            entered = Some(entering.constraint());
            if let Err(status) = self.enter(qp, entering, settings.tolerance, || change(iterations)) {
                return (status, residual);
            }
        }
    }

    /// All equalities first: they never leave. False where the cap struck.
    fn enter_equalities(&mut self, qp: &Qp<T, N, M>, mut change: impl FnMut() -> bool) -> bool {
        for index in 0..M.min(usize::from(u16::MAX)) {
            // A hard row of zeros holds, or the solve has ended before.
            let is_zero = self.weight.get(index) == Some(&T::ZERO);
            if self.vectors.is_equality(index) && !is_zero && !self.is_eliminated(index) {
                if !change() {
                    return false;
                }
                // What depends on the others is satisfied by them, or contradicts them and shows up as violated.
                let _ = self.append(qp, Active { index: index as u16, upper: true }, T::ZERO);
            }
        }
        true
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
}
