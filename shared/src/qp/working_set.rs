//! Changes of the working set: what enters, what it displaces, and when it proves a contradiction.

use super::triangle::remove_in_order;
use super::verify::rounding_of;
use super::{Active, Qp, Status, Workspace, schur};
use crate::real::{Real, add_scaled, dot, larger};

/// Corrections of the coefficients of a row that may depend on the working set: near a degenerate vertex they are large,
/// and one does not bring them to the rounding of the data.
const CORRECTIONS: usize = 3;

impl<T: Real, const N: usize, const M: usize> Workspace<T, N, M> {
    /// Takes a violated constraint into the working set, dropping others along the singular direction where it
    /// depends on them. Each change of the working set asks for permission.
    pub(super) fn enter(
        &mut self,
        qp: &Qp<T, N, M>,
        entering: Active,
        tolerance: T,
        mut change: impl FnMut() -> bool,
    ) -> Result<(), Status> {
        let mut dual = T::ZERO;
        while change() {
            if self.append(qp, entering, dual) {
                return Ok(());
            }
            let Some((index, step)) = self.displaced(qp, entering, tolerance)? else { continue };
            let sign = if entering.upper { T::ONE } else { -T::ONE };
            for i in 0..self.working_set().len() {
                self.active_dual[i] += step * self.slope(qp, entering, i);
            }
            dual += step * sign;
            self.remove(index);
        }
        Err(Status::IterationLimit)
    }

    /// How fast the dual of working-set member `i` changes along the singular direction, in which the point stays: the
    /// entering dual grows by its sign and the others by minus the coefficients; those of soft rows stay.
    fn slope(&self, qp: &Qp<T, N, M>, entering: Active, i: usize) -> T {
        let (Some(active), Some(&coefficient)) = (self.working_set.get(i), self.coefficients.get(i)) else {
            return T::ZERO;
        };
        let size = |index: usize| self.size.get(index).copied().unwrap_or(T::ZERO);
        let hard = qp.softness(active.constraint()) == T::ZERO;
        // By the row sizes: a contribution within rounding is none.
        let length = coefficient.abs() * size(active.constraint());
        let contributes = hard && length > rounding_of::<T>(N) * size(entering.constraint());
        match (contributes, entering.upper) {
            (false, _) => T::ZERO,
            (true, true) => -coefficient,
            (true, false) => coefficient,
        }
    }

    /// The first constraint whose dual reaches zero along the singular direction, and the step; where there is none, the
    /// direction is a proof that nothing satisfies all of them.
    #[cold]
    fn displaced(&mut self, qp: &Qp<T, N, M>, entering: Active, tolerance: T) -> Result<Option<(usize, T)>, Status> {
        let first = self.first_displaced(qp, entering);
        if first.is_some() {
            return Ok(first);
        }
        // A proof deserves better coefficients; they may also show that it is none.
        self.refine_coefficients(qp, entering.constraint());
        let first = self.first_displaced(qp, entering);
        if first.is_some() {
            return Ok(first);
        }
        let others = self.working_set().iter().enumerate();
        let others = others.map(|(i, active)| (active.constraint(), self.slope(qp, entering, i)));
        let itself = (entering.constraint(), if entering.upper { T::ONE } else { -T::ONE });
        let proven = self.is_farkas_ray(qp, others.chain([itself]), tolerance);
        Err(if proven { Status::Infeasible } else { Status::Inaccurate })
    }

    /// The first constraint whose dual reaches zero along the singular direction, and the step.
    fn first_displaced(&self, qp: &Qp<T, N, M>, entering: Active) -> Option<(usize, T)> {
        let mut first: Option<(usize, T)> = None;
        for i in 0..self.length() {
            let (active, slope) = (self.working_set[i], self.slope(qp, entering, i));
            let towards_zero = if active.upper { slope < T::ZERO } else { slope > T::ZERO };
            if !towards_zero || self.vectors.is_equality(active.constraint()) {
                continue;
            }
            let step = -self.active_dual[i] / slope;
            if first.is_none_or(|(_, best)| step < best) {
                first = Some((i, step));
            }
        }
        first
    }

    /// Appends a constraint to the working set. Where it depends on the others nothing is appended, and `coefficients`
    /// holds the `c` with `a = sum c_i a_i`. Where the Schur complement cannot tell, the orthogonal vectors take over.
    pub(super) fn append(&mut self, qp: &Qp<T, N, M>, active: Active, dual: T) -> bool {
        if !self.uses_orthogonal {
            if let Some(appended) = self.append_to_schur(qp, active, dual) {
                return appended;
            }
            self.orthogonalize(qp);
        }
        self.append_to_orthogonal(qp, active, dual)
    }

    /// By the Schur complement; nothing where its digits do not suffice.
    fn append_to_schur(&mut self, qp: &Qp<T, N, M>, active: Active, dual: T) -> Option<bool> {
        let (index, k) = (active.constraint(), self.length());
        self.form_columns(qp, index);
        let products = self.columns.products().get(index)?;
        for (entry, other) in self.row.iter_mut().zip(&self.working_set).take(k) {
            *entry = products.get(other.constraint()).copied()?;
        }
        let square = *products.get(index)? + qp.softness(index);
        schur::apply(&self.triangle.columns, k, &self.row, &mut self.coefficients);
        let rest = square - dot(&self.row[..k], &self.coefficients[..k]);
        let mut length = square;
        if self.eliminated() > 0 {
            // What the eliminated equalities leave of it has lost digits, too.
            let whole = self.size.get(index).copied()?;
            length = larger(T::from_count(256) * T::SCHUR_DOUBT * (whole * whole), length);
        }
        if !(rest > T::SCHUR_DOUBT * length) || self.is_full(qp, index) {
            self.eliminated_coefficients(qp, index, false);
            return self.surely_depends(qp, index).then_some(false);
        }
        let right = self.right_of(active);
        let step = (right - dot(&self.row[..k], &self.target[..k])) / rest;
        schur::append(&mut self.triangle.columns, k, &self.coefficients, rest);
        add_scaled(&mut self.target[..k], -step, &self.coefficients[..k]);
        *self.target.get_mut(k)? = step;
        *self.right.get_mut(k)? = right;
        self.note(active, dual);
        Some(true)
    }

    /// By the orthogonal vectors.
    #[cold]
    fn append_to_orthogonal(&mut self, qp: &Qp<T, N, M>, active: Active, dual: T) -> bool {
        let index = active.constraint();
        let vector = self.inverse.whitened(&qp.row(index));
        let projection = self.orthogonal.project(self.length(), &vector, qp.softness(index));
        let rounding = rounding_of::<T>(N);
        let is_full = self.is_full(qp, index);
        if is_full || !(projection.rest > rounding * projection.square) {
            self.coefficients = projection.column;
            self.triangle.solve(&mut self.coefficients);
            self.refine_coefficients(qp, index);
            let vanished = !(projection.rest > rounding * rounding * projection.square);
            if is_full || vanished || (qp.softness(index) == T::ZERO && self.depends(qp, index)) {
                return false;
            }
        }
        self.orthogonal.append(&mut self.triangle, &projection);
        self.note(active, dual);
        true
    }

    /// Whether a hard row depends on the others since there are as many hard ones as variables.
    fn is_full(&self, qp: &Qp<T, N, M>, index: usize) -> bool {
        let is_hard = |index: usize| qp.softness(index) == T::ZERO;
        let members = self.working_set();
        members.len() >= N
            && is_hard(index)
            && members.iter().filter(|active| is_hard(active.constraint())).count() >= N
    }

    /// Writes down what the factor has just taken.
    fn note(&mut self, active: Active, dual: T) {
        let (k, after) = (self.length(), self.working_set().len());
        if after > k {
            self.move_eliminated(k, after);
        }
        if let (Some(slot), Some(value)) = (self.working_set.get_mut(k), self.active_dual.get_mut(k)) {
            *slot = active;
            *value = dual;
            self.length = k + 1;
        }
        if let Some(price) = self.price.get_mut(active.constraint()) {
            *price = T::ZERO;
        }
    }

    /// Goes over to orthogonal vectors with the same working set and duals.
    #[cold]
    pub(super) fn orthogonalize(&mut self, qp: &Qp<T, N, M>) {
        self.uses_orthogonal = true;
        self.lower_linear = self.inverse.whitened(&self.linear);
        self.refactor(qp);
    }

    /// Forms the factor of the working set anew, with the same duals; what depends on the others is left out.
    #[cold]
    pub(super) fn refactor(&mut self, qp: &Qp<T, N, M>) {
        let (last, duals, k) = (self.working_set, self.active_dual, self.length());
        let members = last.iter().zip(&duals).take(self.working_set().len());
        if self.uses_orthogonal {
            self.elimination.suspend();
        }
        self.empty();
        for (&active, &dual) in members.clone().skip(k).chain(members.take(k)) {
            if !self.is_eliminated(active.constraint()) {
                let _ = self.append(qp, active, dual);
            }
        }
    }

    /// Improves coefficients `c` of `a = sum c_i a_i` once, with the residual of the original rows.
    #[cold]
    fn refine_coefficients(&mut self, qp: &Qp<T, N, M>, index: usize) {
        let k = self.length();
        let mut rest = qp.row(index);
        for (active, &coefficient) in self.working_set.iter().zip(&self.coefficients).take(k) {
            qp.add_row(active.constraint(), -coefficient, &mut rest);
        }
        let mut correction = [T::ZERO; M];
        if self.uses_orthogonal {
            let rest = self.inverse.whitened(&rest);
            for (entry, head) in correction.iter_mut().zip(self.orthogonal.heads()).take(k) {
                *entry = dot(head, &rest);
            }
            self.triangle.solve(&mut correction);
        } else {
            for (entry, active) in correction.iter_mut().zip(&self.working_set).take(k) {
                let primal = self.columns.primals().get(active.constraint());
                *entry = primal.map_or(T::ZERO, |primal| dot(primal, &rest));
            }
            let right = correction;
            schur::apply(&self.triangle.columns, k, &right, &mut correction);
        }
        add_scaled(&mut self.coefficients[..k], T::ONE, &correction[..k]);
        if self.eliminated() > 0 {
            self.eliminated_coefficients(qp, index, false);
            self.eliminated_coefficients(qp, index, true);
        }
    }

    /// Whether a hard row depends on the others, if need be with better coefficients.
    #[cold]
    fn surely_depends(&mut self, qp: &Qp<T, N, M>, index: usize) -> bool {
        if qp.softness(index) > T::ZERO {
            return false;
        }
        for _ in 0..CORRECTIONS {
            if self.depends(qp, index) {
                return true;
            }
            self.refine_coefficients(qp, index);
        }
        self.depends(qp, index)
    }

    /// Whether `a = sum c_i a_i` over the hard rows, to the rounding of the data.
    #[cold]
    fn depends(&self, qp: &Qp<T, N, M>, index: usize) -> bool {
        let others = self.working_set().iter().zip(&self.coefficients).map(|(active, &coefficient)| {
            let hard = qp.softness(active.constraint()) == T::ZERO;
            (active.constraint(), if hard { -coefficient } else { T::ZERO })
        });
        self.cancels(qp, others.chain([(index, T::ONE)]))
    }

    /// Removes a member; with the Schur complement the last one takes its place.
    pub(super) fn remove(&mut self, index: usize) {
        let length = self.length();
        let Some(constraint) = self.working_set().get(index).map(Active::constraint) else { return };
        let after = self.working_set().len().wrapping_sub(1);
        if let (Some(price), Some(&weight)) = (self.price.get_mut(constraint), self.weight.get(constraint)) {
            *price = weight;
        }
        self.length = length.saturating_sub(1);
        if self.uses_orthogonal {
            self.orthogonal.remove(&mut self.triangle, index);
            remove_in_order(&mut self.working_set, index);
            remove_in_order(&mut self.active_dual, index);
            return;
        }
        let dual = self.target.get(index).copied().unwrap_or(T::ZERO);
        schur::remove(&mut self.triangle.columns, length, index, &mut self.row);
        for (target, &gain) in self.target.iter_mut().zip(&self.row).take(length) {
            *target += dual * gain;
        }
        remove_by_last(&mut self.working_set, length, index);
        remove_by_last(&mut self.active_dual, length, index);
        remove_by_last(&mut self.target, length, index);
        remove_by_last(&mut self.right, length, index);
        if after >= length {
            self.move_eliminated(after, length.wrapping_sub(1));
        }
    }

    /// Drops the constraints whose bound is infinite now.
    pub(super) fn release_unbounded(&mut self) {
        for index in (0..self.length()).rev() {
            if self.working_set.get(index).is_some_and(|&active| !self.vectors.bound(active).is_finite()) {
                self.remove(index);
            }
        }
    }

    /// `a x - b` at the unconstrained minimizer `x = -H^-1 f`, by the column `H^-1 a` of the constraint where `A x` was
    /// not formed. Cost at most N.
    #[inline]
    fn right_of(&self, active: Active) -> T {
        if self.has_free_product {
            let product = self.free_product.get(active.constraint()).copied().unwrap_or(T::ZERO);
            return product - self.vectors.bound(active);
        }
        let product =
            self.columns.primals().get(active.constraint()).map_or(T::ZERO, |primal| dot(primal, &self.linear));
        -product - self.vectors.bound(active)
    }

    /// The optimal duals anew, for other vectors. Cost k (k + N).
    pub(super) fn right_hand_side(&mut self) {
        let k = self.length();
        for i in 0..k {
            self.right[i] = self.right_of(self.working_set[i]);
        }
        schur::apply(&self.triangle.columns, k, &self.right, &mut self.target);
    }

    /// The same by the orthogonal vectors: `R target = y` with `y = -(R'^-1 b + Q' L^-1 f)`. Cost k (k + N).
    #[cold]
    pub(super) fn orthogonal_target(&mut self) {
        let k = self.length();
        for i in 0..k {
            self.triangle.coordinates[i] = -self.vectors.bound(self.working_set[i]);
        }
        self.triangle.solve_coordinates();
        for (entry, head) in self.triangle.coordinates.iter_mut().zip(self.orthogonal.heads()).take(k) {
            *entry -= dot(head, &self.lower_linear);
        }
        self.target = self.triangle.coordinates;
        self.triangle.solve(&mut self.target);
    }
}

/// Puts the last of `length` values into the place of another.
fn remove_by_last<V: Copy>(values: &mut [V], length: usize, index: usize) {
    if let Some(&last) = values.get(length.wrapping_sub(1))
        && let Some(value) = values.get_mut(index)
    {
        *value = last;
    }
}
