//! The Schur complement of the working set, `S = A_W H^-1 A_W' + diag(softness)`, by its inverse: every change of the
//! working set is a change of rank one, and the duals are a product, with no chain of divisions in between.

use super::combine::{Shape, combine};
use crate::real::{Real, add_scaled};

/// `S^-1`, symmetric to rounding; the order of its rows is that of the working set.
#[derive(Debug, Clone)]
pub(super) struct Schur<T, const M: usize> {
    /// The first k entries of the first k columns, zeros below.
    columns: [[T; M]; M],
}

impl<T: Real, const M: usize> Schur<T, M> {
    pub(super) const fn new() -> Self {
        Self { columns: [[T::ZERO; M]; M] }
    }

    /// `S^-1 b` for the first k entries; what follows them in the product is of no use. Cost k^2.
    #[inline]
    pub(super) fn apply(&self, k: usize, b: &[T; M], product: &mut [T; M]) {
        let k = k.min(M);
        combine(product, &[T::ZERO; M], 0..k, (&b[..k], &self.columns), Shape::Full);
    }

    /// Makes k constraints k + 1. The new one's row of S is `(S_k c, c' S_k c + rest)`. Cost k^2.
    pub(super) fn append(&mut self, k: usize, c: &[T; M], rest: T) {
        if k >= M {
            return;
        }
        let reciprocal = T::ONE / rest;
        self.columns[k] = [T::ZERO; M];
        for i in 0..k {
            let scaled = c[i] * reciprocal;
            add_scaled(&mut self.columns[i][..k], scaled, &c[..k]);
            self.columns[i][k] = -scaled;
            self.columns[k][i] = -scaled;
        }
        self.columns[k][k] = reciprocal;
    }

    /// Removes constraint `index` of k; the last one takes its place. `gains` are the multiples of the removed dual that
    /// the others gain by it, in the old order. Cost k^2.
    pub(super) fn remove(&mut self, k: usize, index: usize, gains: &mut [T; M]) {
        let k = k.min(M);
        if index >= k {
            return;
        }
        let removed = self.columns[index];
        let reciprocal = T::ONE / removed[index];
        for i in 0..k {
            let gain = -(removed[i] * reciprocal);
            gains[i] = gain;
            add_scaled(&mut self.columns[i][..k], gain, &removed[..k]);
            self.columns[i][index] = self.columns[i][k - 1];
            self.columns[i][k - 1] = T::ZERO;
        }
        self.columns[index] = self.columns[k - 1];
    }
}
