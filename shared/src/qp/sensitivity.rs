//! Sensitivity of the solution to the data: the implicit derivative of the KKT conditions. It reuses the factors that
//! the solve left (Amos and Kolter 2017, "OptNet", section 3).

use super::problem::constant;
use super::{Active, Qp, Workspace};
use crate::real::{Real, add_scaled, dot, larger, largest_product};
use nalgebra::SVector;

/// Steps of conjugate residuals where curvature was added that the problem does not have. As many as there are directions
/// whose curvature is neither much more than what was added nor none at all are enough.
const CONJUGATE_STEPS: usize = 30;

/// Corrections of the linear system, where one is not enough or curvature was added.
const CORRECTIONS: usize = 4;

/// Units in the last place that one correction may leave.
const PRECISE: u16 = 16;

/// How often entries of the gradient are left out, until what is left belongs to what is determined.
const REDUCTIONS: usize = 3;

/// The adjoint of a solution: with the duals y, the working set's rows `A_W` and their softness S,
/// `H v + A_W' w = g` and `A_W v = S w` for the gradient g of a loss with respect to x.
///
/// The gradients of the loss are then `-v` for f, `-(v x' + x v') / 2` for H, `w_i` for the bound that constraint i is
/// held at, `-(y_i v + w_i x)` for its row, `w_i y_i` for its softness.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sensitivity<T: Real, const N: usize, const M: usize> {
    /// v.
    pub x: SVector<T, N>,
    /// w by constraint; 0 outside the working set.
    pub dual: SVector<T, M>,
    /// What was left of the system, relative to its terms. Above 64 times [`Real::KKT_TOLERANCE`] (6e-4 in `f32`, 6e-8 in
    /// `f64`) v and w have hardly a right digit more than it says. Where curvature is lacking, the gradient then belongs to entries of the
    /// solution that the data do not determine, a linear program's whole edge for example; v and w leave those out.
    pub residual: T,
}

impl<T: Real, const N: usize, const M: usize> Workspace<T, N, M> {
    /// Takes another working set, such as an earlier solution's, for the next [`super::solve_updated`],
    /// [`super::solve_warm`] or [`Workspace::sensitivity`]. What is done then depends on nothing that was solved before,
    /// apart from the factors of the matrices, which [`super::solve_updated`] keeps; see [`super::Status`] for what they
    /// change. Entries beyond M are left out.
    pub fn set_working_set(&mut self, working_set: &[Active]) {
        self.clear();
        self.length = 0;
        for &active in working_set {
            // Those that are eliminated are in it in any case.
            if !self.is_eliminated(active.constraint())
                && let Some(slot) = self.working_set.get_mut(self.length)
            {
                *slot = active;
                self.length += 1;
            }
        }
        self.length = self.length.min(M.saturating_sub(self.eliminated()));
        self.arrange_eliminated();
        self.active_dual = [T::ZERO; M];
        self.stale = true;
    }

    /// [`Workspace::set_working_set`] for the derivative of another problem with the matrices of the last solve, whose
    /// equalities may be others. Cost N + 3 M where they are the same.
    pub fn set_solution(&mut self, qp: &Qp<T, N, M>, working_set: &[Active]) {
        self.set_vectors(qp);
        // Before the working set, which leaves out what is eliminated.
        self.eliminate(qp);
        self.set_working_set(working_set);
    }

    /// The adjoint of the last solution, or of the working set that was set since, for the gradient of a loss with respect
    /// to x. The matrices are those of that solve. After a solve without a solution it is that of the working set which it
    /// left behind, and has no meaning.
    ///
    /// At a degenerate point, where an active constraint has a dual of 0 or one outside of the working set is met
    /// exactly, the derivative is that of the program whose equalities are the working set's constraints: one of the
    /// directional pieces, the same one for the same working set. [`Workspace::margin`] tells how far from that a solution
    /// is.
    ///
    /// Where the Hessian leaves entries of the solution undetermined (ties of a linear program), their gradient counts as
    /// 0, unless it is that of a combination which is determined, and [`Sensitivity::residual`] says so.
    /// Cost `2 N^2 + 2 k (k + 2 N)`, up to five times that where digits are lost and then the factor by orthogonal vectors,
    /// `2 k^2 N`, once more; where curvature was lent up to some 140 times that, mostly five; and what
    /// [`Workspace::set_working_set`] left to do.
    pub fn sensitivity(&mut self, qp: &Qp<T, N, M>, gradient: &SVector<T, N>) -> Sensitivity<T, N, M> {
        self.sensitivity_within(qp, gradient, T::ONE)
    }

    /// The same, uncorrected where no more than so many units in the last place are left of the system.
    pub(super) fn sensitivity_within(
        &mut self,
        qp: &Qp<T, N, M>,
        gradient: &SVector<T, N>,
        units: T,
    ) -> Sensitivity<T, N, M> {
        if self.stale {
            self.uses_orthogonal = self.ill_conditioned;
            // The last solve may have left the equalities to orthogonal vectors.
            self.eliminate(qp);
            self.refactor(qp);
            self.stale = false;
        }
        let mut gradient = gradient.data.0[0];
        let mut sensitivity = self.adjoint(qp, &gradient, units);
        if is_left(sensitivity.residual) && !self.uses_orthogonal {
            // Perhaps only the Schur complement's digits do not suffice.
            self.orthogonalize(qp);
            sensitivity = self.adjoint(qp, &gradient, units);
        }
        if self.lacks_curvature() && is_left(sensitivity.residual) {
            for _ in 0..REDUCTIONS {
                self.leave_out_undetermined(qp, &mut gradient);
            }
            if self.undetermined(qp, &gradient).is_some() {
                gradient = [T::ZERO; N];
            }
            let residual = sensitivity.residual;
            sensitivity = Sensitivity { residual, ..self.adjoint(qp, &gradient, units) };
        }
        sensitivity
    }

    /// Whether curvature was lent to a Hessian that is semidefinite.
    pub(super) fn lacks_curvature(&self) -> bool {
        self.has_proximal && !self.is_definite
    }

    /// The adjoint by the factors there are.
    fn adjoint(&self, qp: &Qp<T, N, M>, gradient: &[T; N], units: T) -> Sensitivity<T, N, M> {
        let mut sensitivity = Sensitivity {
            x: constant([[T::ZERO; N]; 1]),
            dual: constant([[T::ZERO; M]; 1]),
            residual: T::ONE / T::ZERO,
        };
        let (mut rest, mut gaps, mut duals) = (*gradient, [T::ZERO; M], [T::ZERO; M]);
        let scale = self.largest_force(gradient);
        let scale = if scale > T::ZERO { scale } else { T::ONE };
        if self.has_proximal {
            let x = &mut sensitivity.x.data.0[0];
            *x = self.conjugate_residuals(qp, gradient).0;
            (rest, gaps) = self.adjoint_residual(qp, gradient, x, &mut duals);
        }
        for attempt in 0..=CORRECTIONS {
            let step = self.correction(&rest, &mut gaps);
            let (x, before) = (&mut sensitivity.x.data.0[0], duals);
            let last = *x;
            add_scaled(x, T::ONE, &step);
            for (dual, &gain) in duals.iter_mut().zip(&gaps).take(self.length()) {
                *dual -= gain;
            }
            (rest, gaps) = self.adjoint_residual(qp, gradient, x, &mut duals);
            let residual = larger(self.largest_force(&rest), self.largest_step(&gaps)) / scale;
            let unpaid = self.unpaid_slack(qp, scale, (&duals, &gaps));
            let whole = larger(residual, unpaid);
            if !(whole < sensitivity.residual) && attempt > 0 {
                (*x, duals) = (last, before);
                break;
            }
            sensitivity.residual = whole;
            let enough = if attempt == 0 || self.has_proximal { units } else { T::from_count(PRECISE) };
            if residual <= enough * T::EPSILON && unpaid <= T::KKT_TOLERANCE {
                break;
            }
        }
        for active in self.working_set() {
            let index = active.constraint();
            // What is held does not move.
            if index < qp.simple_bounds()
                && qp.softness(index) == T::ZERO
                && let Some(entry) = sensitivity.x.data.0[0].get_mut(index)
            {
                *entry = T::ZERO;
            }
        }
        for (active, &dual) in self.working_set().iter().zip(&duals) {
            if let Some(entry) = sensitivity.dual.data.0[0].get_mut(active.constraint()) {
                *entry = dual;
            }
        }
        sensitivity
    }

    /// Largest share of the slack that a soft row's dual pays for, by which it gives way otherwise, whatever the units of the
    /// variables. A dual that is rounding beside the gradient's scale pays for nothing.
    fn unpaid_slack(&self, qp: &Qp<T, N, M>, scale: T, (duals, gaps): (&[T; M], &[T; M])) -> T {
        let mut largest = T::ZERO;
        for (active, (&dual, gap)) in self.working_set().iter().zip(duals.iter().zip(gaps)) {
            let index = active.constraint();
            let slack = (qp.softness(index) * dual).abs();
            let size = self.size.get(index).copied().unwrap_or(T::ZERO);
            if slack > T::ZERO && is_left(dual.abs() * size / scale) {
                largest = larger(gap.abs() / slack, largest);
            }
        }
        largest
    }

    /// A direction in which the Hessian and the working set let the solution move, and which the gradient feels; none
    /// where there is no such direction.
    pub(super) fn undetermined(&self, qp: &Qp<T, N, M>, gradient: &[T; N]) -> Option<[T; N]> {
        let direction = self.conjugate_residuals(qp, gradient).1;
        let mut rest = direction;
        for (rest, &proximal) in rest.iter_mut().zip(&self.proximal) {
            *rest *= proximal;
        }
        is_left(self.largest_force(&rest) / self.largest_force(gradient)).then_some(direction)
    }

    /// v with `H v = g` on the working set's face, as far as H resists g, and what is left of g, `(H + P)^-1` of it: a
    /// direction without curvature. Conjugate residuals (Stiefel 1955), which need no solution to exist, preconditioned by
    /// the factors of `H + P`. Cost 4 N^2 + 2 k (k + 2 N) a step.
    fn conjugate_residuals(&self, qp: &Qp<T, N, M>, gradient: &[T; N]) -> ([T; N], [T; N]) {
        let apply = |force: &[T; N]| self.correction(force, &mut [T::ZERO; M]);
        let mut x = [T::ZERO; N];
        let mut rest = apply(gradient);
        let mut resisted = self.resistance(qp, &rest);
        let (mut direction, mut force) = (rest, resisted);
        let mut curvature = dot(&rest, &resisted);
        let rounding = T::from_count(1024) * T::EPSILON;
        let whole = dot(gradient, &self.inverse.apply(gradient));
        let enough = rounding * rounding * larger(whole, curvature);
        for _ in 0..CONJUGATE_STEPS {
            let change = apply(&force);
            let square = dot(&force, &change);
            let lent =
                rest.iter().zip(&self.proximal).fold(T::ZERO, |lent, (&rest, &proximal)| lent + rest * proximal * rest);
            let length = curvature + lent;
            // On the face `curvature^2 <= length * square`; rounding off the face breaks that, and no step reduces it.
            let is_on_face = curvature * curvature <= (T::ONE + T::ONE) * (length * square);
            if !(square > T::ZERO && curvature > enough && is_on_face) {
                break;
            }
            let step = curvature / square;
            add_scaled(&mut x, step, &direction);
            add_scaled(&mut rest, -step, &change);
            resisted = self.resistance(qp, &rest);
            let next = dot(&rest, &resisted);
            let share = next / curvature;
            curvature = next;
            for ((direction, force), (&rest, &resisted)) in
                direction.iter_mut().zip(&mut force).zip(rest.iter().zip(&resisted))
            {
                (*direction, *force) = (rest + share * *direction, resisted + share * *force);
            }
        }
        (x, rest)
    }

    /// `H x`, and what the soft rows of the working set add to it: `a a' x / softness`.
    fn resistance(&self, qp: &Qp<T, N, M>, x: &[T; N]) -> [T; N] {
        let mut force = qp.hessian_product(x);
        for active in self.working_set() {
            let (index, softness) = (active.constraint(), qp.softness(active.constraint()));
            if softness > T::ZERO {
                qp.add_row(index, dot(&qp.row(index), x) / softness, &mut force);
            }
        }
        force
    }

    /// Sets the gradient to 0 where the solution is not determined.
    #[cold]
    fn leave_out_undetermined(&self, qp: &Qp<T, N, M>, gradient: &mut [T; N]) {
        let Some(direction) = self.undetermined(qp, gradient) else { return };
        let size = |entry: T, unit: T| entry.abs() / unit;
        let pairs = || direction.iter().zip(&self.unit);
        let largest = pairs().fold(T::ZERO, |largest, (&entry, &unit)| larger(size(entry, unit), largest));
        for (gradient, (&entry, &unit)) in gradient.iter_mut().zip(pairs()) {
            if is_left(size(entry, unit) / largest) {
                *gradient = T::ZERO;
            }
        }
    }

    /// Largest entry of a force in the variables' units.
    fn largest_force(&self, entries: &[T; N]) -> T {
        largest_product(entries, &self.unit)
    }

    /// Largest gap of the working set in the metric of the row sizes, in which steps are as large as forces.
    fn largest_step(&self, gaps: &[T; M]) -> T {
        let mut largest = T::ZERO;
        for (active, &gap) in self.working_set().iter().zip(gaps) {
            let weight = self.weight.get(active.constraint()).copied().unwrap_or(T::ZERO);
            largest = larger(gap.abs() * weight, largest);
        }
        largest
    }

    /// `g - H v - A_W' w` and `S w - A_W v`; the w of eliminated equalities are what the others leave for them.
    fn adjoint_residual(
        &self,
        qp: &Qp<T, N, M>,
        gradient: &[T; N],
        x: &[T; N],
        duals: &mut [T; M],
    ) -> ([T; N], [T; M]) {
        let k = self.length();
        let mut rest = qp.hessian_product(x);
        qp.add_transposed_product((duals, &self.working_set[..k]), &mut rest);
        for (rest, &gradient) in rest.iter_mut().zip(gradient) {
            *rest = gradient - *rest;
        }
        self.balance_rest(qp, &mut rest, duals);
        let (mut product, mut gaps) = ([T::ZERO; M], [T::ZERO; M]);
        qp.product(x, &mut product);
        for ((gap, active), &dual) in gaps.iter_mut().zip(self.working_set()).zip(&*duals) {
            let index = active.constraint();
            *gap = qp.softness(index) * dual - product.get(index).copied().unwrap_or(T::ZERO);
        }
        (rest, gaps)
    }

    /// Gives the eliminated equalities what of a force they can bear.
    fn balance_rest(&self, qp: &Qp<T, N, M>, rest: &mut [T; N], duals: &mut [T; M]) {
        let members = self.working_set().get(self.length()..).unwrap_or_default();
        if members.is_empty() {
            return;
        }
        let mut by_constraint = [T::ZERO; M];
        for (dual, &active) in duals.iter_mut().skip(self.length()).zip(members) {
            *dual = dot(self.lift(active), rest);
            if let Some(entry) = by_constraint.get_mut(active.constraint()) {
                *entry = *dual;
            }
        }
        // Along the columns, since rows are far apart in memory and nearly all are asked for.
        let general = qp.simple_bounds()..M;
        let by_row = by_constraint.get(general.clone()).unwrap_or_default();
        for (entry, column) in rest.iter_mut().zip(&qp.rows.data.0) {
            *entry -= dot(by_row, column.get(general.clone()).unwrap_or_default());
        }
        for (entry, &dual) in rest.iter_mut().zip(&by_constraint).take(qp.simple_bounds()) {
            *entry -= dual;
        }
    }

    /// Whether an equality is outside of the working set, since it depends on others, as a row of zeros does on none: the
    /// duals are then not the only ones, and the gradient with respect to the data of these equalities is one of several.
    /// Cost M.
    pub fn has_dependent_equalities(&self) -> bool {
        let is_outside = |(&price, &weight): (&T, &T)| price > T::ZERO || weight == T::ZERO;
        let mut rows = self.price.iter().zip(&self.weight).enumerate();
        rows.any(|(index, row)| is_outside(row) && self.vectors.is_equality(index))
    }
}

/// Whether a share of a force is more than what the solve's accuracy leaves of one.
pub(super) fn is_left<T: Real>(share: T) -> bool {
    share > T::from_count(64) * T::KKT_TOLERANCE
}
