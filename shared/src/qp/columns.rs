//! Columns of the constraints: the effect of each constraint on the point and on all constraints. A column is formed
//! when it is first needed and stays while the matrices stay. With fixed matrices, as in model predictive control, all
//! columns soon exist; with new ones only the constraints that enter cost anything.

use super::inverse::Inverse;
use super::{Active, Qp};
use crate::real::{Real, dot};
use core::ops::Range;

/// `H^-1 a_j` and `A H^-1 a_j` for every constraint j that was needed.
#[derive(Debug, Clone)]
pub(super) struct Columns<T, const N: usize, const M: usize> {
    primal: [[T; N]; M],
    product: [[T; M]; M],
    ready: [bool; M],
}

impl<T: Real, const N: usize, const M: usize> Columns<T, N, M> {
    pub(super) const fn new() -> Self {
        Self { primal: [[T::ZERO; N]; M], product: [[T::ZERO; M]; M], ready: [false; M] }
    }

    /// Forgets all of them: the matrices are others.
    pub(super) fn clear(&mut self) {
        self.ready = [false; M];
    }

    /// Forms those of constraint `index` unless they are there. Cost N^2 + M N.
    pub(super) fn form(&mut self, qp: &Qp<T, N, M>, inverse: &Inverse<T, N>, index: usize) {
        let Self { primal, product, ready } = self;
        let (Some(primal), Some(product), Some(ready)) =
            (primal.get_mut(index), product.get_mut(index), ready.get_mut(index))
        else {
            return;
        };
        if !*ready {
            let unit = if index < qp.simple_bounds() { inverse.column(index) } else { None };
            *primal = unit.unwrap_or_else(|| inverse.apply(&qp.row(index)));
            qp.product(primal, product);
            *ready = true;
        }
    }

    /// Takes those of constraint `index` in the null space of the eliminated equalities unless they are there; what the
    /// product has in their places is `K' a`. Cost M N beside the column.
    pub(super) fn form_reduced(
        &mut self,
        qp: &Qp<T, N, M>,
        (members, rest): (&[Active], Range<usize>),
        index: usize,
        column: impl FnOnce() -> [T; N],
    ) {
        if self.ready.get(index) != Some(&false) {
            return;
        }
        let column = column();
        let Some(product) = self.product.get_mut(index) else { return };
        qp.product_within(rest, &column, product);
        let row = if index < qp.simple_bounds() { None } else { Some(qp.row(index)) };
        for active in members {
            if let (Some(entry), Some(lift)) =
                (product.get_mut(active.constraint()), self.primal.get(active.constraint()))
            {
                *entry = match &row {
                    Some(row) => dot(lift, row),
                    None => lift.get(index).copied().unwrap_or(T::ZERO),
                };
            }
        }
        if let (Some(primal), Some(ready)) = (self.primal.get_mut(index), self.ready.get_mut(index)) {
            *primal = column;
            *ready = true;
        }
    }

    /// For the columns of eliminated equalities, which are others.
    pub(super) fn primals_mut(&mut self) -> &mut [[T; N]; M] {
        &mut self.primal
    }

    /// `H^-1 a` of every constraint that was formed.
    #[inline]
    pub(super) fn primals(&self) -> &[[T; N]; M] {
        &self.primal
    }

    /// `A H^-1 a` of every constraint that was formed.
    #[inline]
    pub(super) fn products(&self) -> &[[T; M]; M] {
        &self.product
    }
}
