//! What a constraint does to the point and to all constraints, formed when it first matters and kept while the
//! matrices stay: with fixed matrices, as in model predictive control, all of it is soon there; with new ones only the
//! constraints that enter cost anything.

use super::Qp;
use super::inverse::Inverse;
use crate::real::Real;

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
            *primal = match inverse.column(index) {
                Some(column) if index < qp.simple_bounds() => column,
                _ => inverse.apply(&qp.row(index)),
            };
            qp.product(primal, product);
            *ready = true;
        }
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
