//! Elimination of equalities, which are solved for once (the null-space method: Nocedal and Wright 2006, "Numerical
//! Optimization", 16.2). The factorization is `Q R = V E'` of their rows E in the metric of the Hessian, `H^-1 = V' V`.
//! Everything else moves in their null space by `V' (I - Q Q') V` in place of `H^-1`. `K = V' Q R^-T`, with `E K = I`,
//! moves the point with their bounds and gives their duals, `y = -K' (H x + f + A' dual)`. Their cost is paid once for
//! their matrices, not in every iteration. They stay in the working set behind those of the Schur complement.

use super::combine::combine_active;
use super::verify::rounding_of;
use super::workspace::SHORT;
use super::{Active, Qp, Workspace};
use crate::real::{Real, add_scaled, dot};
use core::ops::Range;

/// Which equalities are eliminated. Q is the first `count` heads of the orthogonal vectors, K the primal columns of the
/// equalities themselves.
#[derive(Debug, Clone)]
pub(super) struct Elimination<const M: usize> {
    /// The eliminated ones in their order.
    members: [Active; M],
    /// Number of them, never above M.
    count: usize,
    /// Flags of the constraints among them.
    is_member: [bool; M],
    /// Which constraints were equalities; those that depend on others among them are not eliminated.
    was_equality: [bool; M],
    /// Whether the columns belong to the equalities' null space.
    pub(super) reduces: bool,
    /// From the first general row that is not eliminated to the last; zero like everything at first, so that a static
    /// workspace takes no flash.
    pub(super) rest: [usize; 2],
}

impl<const M: usize> Elimination<M> {
    pub(super) const fn new() -> Self {
        Self {
            members: [Active { index: 0, upper: false }; M],
            count: 0,
            is_member: [false; M],
            was_equality: [false; M],
            reduces: false,
            rest: [0, 0],
        }
    }

    /// Forgets all of them.
    pub(super) fn clear(&mut self) {
        if self.reduces {
            *self = Self::new();
        }
    }

    /// Leaves the equalities to another factor until the next solve, which will have to eliminate them anew.
    pub(super) fn suspend(&mut self) {
        self.count = 0;
        self.is_member = [false; M];
        self.was_equality = [false; M];
    }

    /// The eliminated ones.
    #[inline]
    pub(super) fn members(&self) -> &[Active] {
        &self.members[..self.count.min(M)]
    }

    /// Whether constraint `index` is one of them.
    #[inline]
    pub(super) fn contains(&self, index: usize) -> bool {
        self.count > 0 && self.is_member.get(index) == Some(&true)
    }

    /// The rows whose products are asked for: those of the eliminated ones do not change.
    #[inline]
    pub(super) fn rest(&self) -> Range<usize> {
        self.rest[0]..self.rest[1]
    }

    fn append(&mut self, index: usize) {
        let place = self.members.get_mut(self.count);
        if let (Some(place), Some(is_member), Ok(short)) = (place, self.is_member.get_mut(index), u16::try_from(index))
        {
            *place = Active { index: short, upper: true };
            *is_member = true;
            self.count += 1;
        }
    }
}

impl<T: Real, const N: usize, const M: usize> Workspace<T, N, M> {
    /// Number of eliminated equalities in the working set. Known to be none at compile time where there are few variables.
    #[inline]
    pub(super) fn eliminated(&self) -> usize {
        if N <= SHORT { 0 } else { self.elimination.members().len() }
    }

    /// Whether constraint `index` is one of them.
    #[inline]
    pub(super) fn is_eliminated(&self, index: usize) -> bool {
        N > SHORT && self.elimination.contains(index)
    }

    /// Eliminates the equalities where that pays and they are not those that are eliminated already. Where any of that
    /// changes, columns and working set have to be formed anew. Cost M, then `e (N^2 + 3 e N)` for e of them.
    pub(super) fn eliminate(&mut self, qp: &Qp<T, N, M>) {
        if N <= SHORT {
            return;
        }
        let bounds = || self.vectors.lower.iter().zip(&self.vectors.upper);
        let equalities: u32 = bounds().map(|(lower, upper)| u32::from(lower == upper)).sum();
        let pays = equalities as usize >= LEAST && !self.ill_conditioned && !self.has_proximal;
        if !pays && !self.elimination.reduces {
            return;
        }
        let same = |(index, &was): (usize, &bool)| was == self.is_hard_equality(qp, index);
        if pays && self.elimination.reduces && self.elimination.was_equality.iter().enumerate().all(same) {
            return;
        }
        // What was eliminated is an ordinary member until the working set is formed anew.
        self.length = self.working_set().len();
        self.stale = true;
        self.uses_orthogonal = false;
        self.columns.clear();
        self.elimination.clear();
        if pays {
            self.factorize_equalities(qp);
        }
        if self.length == 0 {
            self.empty();
        }
        // Nothing that is left from earlier may be taken for one of them.
        self.arrange_eliminated();
    }

    fn is_hard_equality(&self, qp: &Qp<T, N, M>, index: usize) -> bool {
        self.vectors.is_equality(index) && qp.softness(index) == T::ZERO
    }

    /// Q, R and K. Gram-Schmidt, twice where much cancels.
    fn factorize_equalities(&mut self, qp: &Qp<T, N, M>) {
        self.elimination.reduces = true;
        self.triangle.clear();
        let (mut first, mut last) = (M, 0);
        for index in 0..M {
            if self.is_hard_equality(qp, index) {
                if let Some(was) = self.elimination.was_equality.get_mut(index) {
                    *was = true;
                }
                let (count, mut vector) = (self.eliminated(), self.inverse.whitened(&qp.row(index)));
                let square = dot(&vector, &vector);
                let (mut rest, mut column, mut along) = (square, [T::ZERO; M], [T::ZERO; M]);
                for _ in 0..2 {
                    self.orthogonal.complement(count, (&mut vector, 0..N), &mut along);
                    add_scaled(&mut column[..count], -T::ONE, &along[..count]);
                    let before = rest;
                    rest = dot(&vector, &vector);
                    if rest + rest > before {
                        break;
                    }
                }
                if rest > rounding_of::<T>(N) * square {
                    let scale = T::ONE / rest.sqrt();
                    self.orthogonal.set_head(count, vector.map(|entry| entry * scale));
                    self.triangle.append(&column, rest);
                    self.elimination.append(index);
                    continue;
                }
            }
            if index >= qp.simple_bounds() {
                first = first.min(index);
                last = index + 1;
            }
        }
        self.elimination.rest = [first, last];
        let primals = self.columns.primals_mut();
        // Slice by slice: as a whole it would go by the stack.
        primals.copy_from_slice(self.orthogonal.heads());
        self.triangle.solve_vectors(primals);
        // From behind: none has a lower index than its place among them.
        for (place, active) in self.elimination.members().iter().enumerate().rev() {
            if let Some(&vector) = primals.get(place)
                && let Some(primal) = primals.get_mut(active.constraint())
            {
                *primal = self.inverse.coloured(&vector);
            }
        }
        self.triangle.clear();
    }

    /// `H^-1 b`, or what is left of it in the null space of the eliminated equalities. Cost N^2 + 2 e N.
    #[inline]
    pub(super) fn apply_inverse(&self, b: &[T; N]) -> [T; N] {
        let count = self.eliminated();
        if count == 0 {
            return self.inverse.apply(b);
        }
        let mut vector = self.inverse.whitened(b);
        self.orthogonal.complement(count, (&mut vector, 0..N), &mut [T::ZERO; M]);
        self.inverse.coloured(&vector)
    }

    /// What constraint `index` does to the point and to all constraints.
    #[inline]
    pub(super) fn form_columns(&mut self, qp: &Qp<T, N, M>, index: usize) {
        let none = self.eliminated() == 0;
        let Self { columns, inverse, orthogonal, elimination, .. } = self;
        if none {
            columns.form(qp, inverse, index);
            return;
        }
        let members = elimination.members();
        columns.form_reduced(qp, (members, elimination.rest()), index, || {
            let (mut vector, range) = if index < qp.simple_bounds() {
                inverse.whitened_unit(index)
            } else {
                (inverse.whitened(&qp.row(index)), 0..N)
            };
            orthogonal.complement(members.len(), (&mut vector, range), &mut [T::ZERO; M]);
            inverse.coloured(&vector)
        });
    }

    /// The column of K that belongs to an eliminated equality.
    pub(super) fn lift(&self, active: Active) -> &[T] {
        self.columns.primals().get(active.constraint()).map_or(&[], |lift| lift)
    }

    /// `target += K b` with the bounds of the eliminated equalities. Cost e N.
    pub(super) fn add_lifted_bounds(&self, target: &mut [T; N]) {
        for &active in self.elimination.members() {
            add_scaled(target, self.vectors.bound(active), self.lift(active));
        }
    }

    /// `target += K r` with the gaps r of the eliminated equalities, which are closed by it; those of the others, if the
    /// point loses it, become what is left of them. Cost e (N + k).
    pub(super) fn lift_gaps(&self, gaps: &mut [T; M], target: &mut [T; N]) {
        let k = self.length();
        let members = self.working_set().get(k..).unwrap_or_default();
        let (others, own) = gaps.split_at_mut(k);
        if own.iter().zip(members).all(|(&gap, _)| gap == T::ZERO) {
            return;
        }
        let (base, mut losses) = (*target, [T::ZERO; M]);
        losses.iter_mut().zip(&*own).for_each(|(loss, &gap)| *loss = -gap);
        combine_active(target, &base, (&losses, members), self.columns.primals());
        // By constraint, as the products are.
        let mut closed = [T::ZERO; M];
        for (gap, active) in own.iter_mut().zip(members) {
            if let Some(entry) = closed.get_mut(active.constraint()) {
                *entry = core::mem::take(gap);
            }
        }
        let first = members.iter().map(Active::constraint).min().unwrap_or(0);
        for (entry, other) in others.iter_mut().zip(&self.working_set) {
            if let Some(products) = self.columns.products().get(other.constraint()) {
                *entry -= dot(&closed[first..], &products[first..]);
            }
        }
    }

    /// The duals of the eliminated equalities that balance a gradient, and what they leave of it. Cost 2 e N.
    pub(super) fn balance(&mut self, qp: &Qp<T, N, M>, gradient: &mut [T; N]) {
        let (k, count, mut duals) = (self.length(), self.eliminated(), [T::ZERO; M]);
        let members = self.working_set().get(k..).unwrap_or_default();
        for (dual, &active) in duals.iter_mut().zip(members) {
            *dual = -dot(self.lift(active), gradient);
        }
        qp.add_transposed_product((&duals, members), gradient);
        for (slot, dual) in self.active_dual.iter_mut().skip(k).zip(duals).take(count) {
            *slot = dual;
        }
    }

    /// Coefficients of the eliminated equalities in `a = sum c_i a_i`, given those of the others; again, for better ones.
    #[cold]
    pub(super) fn eliminated_coefficients(&mut self, qp: &Qp<T, N, M>, index: usize, again: bool) {
        let k = self.length();
        let mut rest = qp.row(index);
        for (place, (active, coefficient)) in self.working_set().iter().zip(&self.coefficients).enumerate() {
            if place < k || again {
                qp.add_row(active.constraint(), -*coefficient, &mut rest);
            }
        }
        for place in k..self.working_set().len() {
            let gain = self.working_set.get(place).map_or(T::ZERO, |&active| dot(self.lift(active), &rest));
            if let Some(coefficient) = self.coefficients.get_mut(place) {
                *coefficient = if again { *coefficient + gain } else { gain };
            }
        }
    }

    /// Moves an eliminated equality from one place of the working set to another, where they are no longer all together.
    pub(super) fn move_eliminated(&mut self, from: usize, to: usize) {
        let source = (self.working_set.get(from).copied(), self.active_dual.get(from).copied());
        let target = (self.working_set.get_mut(to), self.active_dual.get_mut(to));
        if let ((Some(active), Some(dual)), (Some(slot), Some(value))) = (source, target) {
            (*slot, *value) = (active, dual);
        }
    }

    /// Puts the eliminated equalities behind the first k of the working set, in their order.
    pub(super) fn arrange_eliminated(&mut self) {
        if self.eliminated() == 0 {
            return;
        }
        let k = self.length();
        for (slot, &active) in self.working_set.iter_mut().skip(k).zip(self.elimination.members()) {
            *slot = active;
            if let Some(price) = self.price.get_mut(active.constraint()) {
                *price = T::ZERO;
            }
        }
    }
}

/// Fewest equalities that are eliminated. With dense Hessians of 20 to 64 variables and kept matrices, solves took from
/// as long (two of them) to a quarter of the time (three quarters of the variables); cold ones from a quarter less to a
/// sixth more, in one run on a busy machine.
const LEAST: usize = 2;
