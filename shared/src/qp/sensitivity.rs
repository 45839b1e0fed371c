//! How the solution moves with the data: the implicit derivative of the KKT conditions (Amos and Kolter 2017, "OptNet",
//! section 3), by the factors that the solve left.

use super::problem::constant;
use super::{Active, Qp, Workspace};
use crate::real::{Real, add_scaled, dot, larger, largest_product};
use nalgebra::SVector;

/// Corrections of the linear system where curvature was added that the problem does not have.
const CORRECTIONS: usize = 30;

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
    /// What is left of the system, relative to its terms. Where it is not small, the solution does not depend smoothly on
    /// the data, a linear program's whole edge for example, and v and w mean nothing.
    pub residual: T,
}

impl<T: Real, const N: usize, const M: usize> Workspace<T, N, M> {
    /// Takes another working set, such as an earlier solution's, for the next [`super::solve_updated`],
    /// [`super::solve_warm`] or [`Workspace::sensitivity`]. What is done then depends on nothing that was solved before,
    /// apart from the factors of the matrices. Entries beyond M are left out.
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
    /// to x. The matrices are those of that solve.
    ///
    /// At a degenerate point, where an active constraint has a dual of 0 or one outside of the working set is met
    /// exactly, the derivative is that of the program whose equalities are the working set's constraints: one of the
    /// directional pieces, always the same one. [`Workspace::margin`] tells how far from that a solution is.
    /// Cost `2 N^2 + 2 k (k + 2 N)`, and what [`Workspace::set_working_set`] left to do.
    pub fn sensitivity(&mut self, qp: &Qp<T, N, M>, gradient: &SVector<T, N>) -> Sensitivity<T, N, M> {
        if self.stale {
            self.uses_orthogonal = self.ill_conditioned;
            // The last solve may have left the equalities to orthogonal vectors.
            self.eliminate(qp);
            self.refactor(qp);
            self.stale = false;
        }
        let gradient = &gradient.data.0[0];
        let mut sensitivity = Sensitivity {
            x: constant([[T::ZERO; N]; 1]),
            dual: constant([[T::ZERO; M]; 1]),
            residual: T::ONE / T::ZERO,
        };
        let (mut rest, mut gaps) = (*gradient, [T::ZERO; M]);
        let scale = self.largest_force(gradient);
        let scale = if scale > T::ZERO { scale } else { T::ONE };
        let count = if self.has_proximal { CORRECTIONS } else { 1 };
        let mut duals = [T::ZERO; M];
        for attempt in 0..=count {
            let step = self.correction(&rest, &mut gaps);
            let (x, before) = (&mut sensitivity.x.data.0[0], duals);
            let last = *x;
            add_scaled(x, T::ONE, &step);
            for (dual, &gain) in duals.iter_mut().zip(&gaps).take(self.length()) {
                *dual -= gain;
            }
            (rest, gaps) = self.adjoint_residual(qp, gradient, x, &mut duals);
            let residual = larger(self.largest_force(&rest), self.largest_step(&gaps)) / scale;
            if !(residual < sensitivity.residual) && attempt > 0 {
                (*x, duals) = (last, before);
                break;
            }
            sensitivity.residual = residual;
            if residual <= T::EPSILON {
                break;
            }
        }
        for (active, &dual) in self.working_set().iter().zip(&duals) {
            if let Some(entry) = sensitivity.dual.data.0[0].get_mut(active.constraint()) {
                *entry = dual;
            }
        }
        sensitivity
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

    /// Whether an equality is outside of the working set, since it depends on others: the duals are then not the only ones,
    /// and the gradient with respect to the data of these equalities is one of several. Cost M.
    pub fn has_dependent_equalities(&self) -> bool {
        self.price.iter().enumerate().any(|(index, &price)| price > T::ZERO && self.vectors.is_equality(index))
    }

    /// How far the last solution is from a degenerate point: the smallest force of an inequality's dual, or distance of
    /// another constraint from its bounds, each relative to the largest there is, in the metric of the Hessian. 0 where the
    /// derivative depends on the side from which it is looked at. Cost M + k.
    pub fn margin(&self) -> T {
        let one = T::ONE;
        let (mut weakest, mut strongest) = (one / T::ZERO, self.pull);
        for (active, &dual) in self.working_set().iter().zip(&self.active_dual) {
            let force = dual.abs() * self.size.get(active.constraint()).copied().unwrap_or(one);
            strongest = larger(force, strongest);
            if !self.vectors.is_equality(active.constraint()) && force < weakest {
                weakest = force;
            }
        }
        let (mut nearest, mut farthest) = (one / T::ZERO, T::ZERO);
        for (index, (&product, (&price, &weight))) in
            self.product.iter().zip(self.price.iter().zip(&self.weight)).enumerate()
        {
            farthest = larger(product.abs() * weight, farthest);
            let (lower, upper) = self.vectors.interval(index);
            let distance = if product - lower < upper - product { product - lower } else { upper - product };
            // A price of 0: in the working set, or a row of zeros. An equality has no other side.
            if price > T::ZERO && !self.vectors.is_equality(index) && distance * price < nearest {
                nearest = distance * price;
            }
        }
        for (&x, &unit) in self.x.iter().zip(&self.unit) {
            farthest = larger(x.abs() / unit, farthest);
        }
        let relative = |value: T, scale: T| if scale > T::ZERO { value / scale } else { one };
        let (dual, distance) = (relative(weakest, strongest), relative(nearest, farthest));
        larger(if dual < distance { dual } else { distance }, T::ZERO)
    }
}
