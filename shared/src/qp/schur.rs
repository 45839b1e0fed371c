//! Schur complement of the working set, `S = A_W H^-1 A_W' + diag(softness)`, by its inverse. Every change of the
//! working set is a change of rank one, and the duals are a product, without a chain of divisions.
//!
//! `S^-1`, symmetric to rounding, is the first k entries of the first k `columns`, with zeros below; the order of its rows
//! is that of the working set.

use super::combine::{Shape, combine, subtract_multiples};
use crate::real::Real;

/// `S^-1 b` for the first k entries; what follows them in the product is of no use. Cost k^2.
#[inline]
pub(super) fn apply<T: Real, const M: usize>(columns: &[[T; M]; M], k: usize, b: &[T; M], product: &mut [T; M]) {
    let k = k.min(M);
    combine(product, None, 0..k, (&b[..k], columns), Shape::Full);
}

/// Makes k constraints k + 1. The new one's row of S is `(S_k c, c' S_k c + rest)`; what follows the k entries of c is
/// zero. Cost k^2.
pub(super) fn append<T: Real, const M: usize>(columns: &mut [[T; M]; M], k: usize, c: &[T; M], rest: T) {
    if k >= M {
        return;
    }
    let reciprocal = T::ONE / rest;
    let (before, after) = columns.split_at_mut(k);
    let Some(column) = after.first_mut() else { return };
    *column = [T::ZERO; M];
    for (entry, &c) in column.iter_mut().zip(c).take(k) {
        *entry = -(c * reciprocal);
    }
    subtract_multiples(before, &column[..k], c, k);
    for (other, &entry) in before.iter_mut().zip(&*column) {
        other[k] = entry;
    }
    column[k] = reciprocal;
}

/// Removes constraint `index` of k; the last one takes its place. `gains` are the multiples of the removed dual that
/// the others gain by it, in the old order. Cost k^2.
pub(super) fn remove<T: Real, const M: usize>(columns: &mut [[T; M]; M], k: usize, index: usize, gains: &mut [T; M]) {
    let k = k.min(M);
    if index >= k {
        return;
    }
    let removed = columns[index];
    let reciprocal = T::ONE / removed[index];
    for (gain, &entry) in gains.iter_mut().zip(&removed).take(k) {
        *gain = entry * reciprocal;
    }
    subtract_multiples(&mut columns[..k], &gains[..k], &removed, k);
    for i in 0..k {
        gains[i] = -gains[i];
        columns[i][index] = columns[i][k - 1];
        columns[i][k - 1] = T::ZERO;
    }
    columns[index] = columns[k - 1];
}
