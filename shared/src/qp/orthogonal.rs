//! Orthonormal vectors Q with R, `M' = Q R`, of the working set's rows `m = L^-1 a`. They are the second way to the
//! same triangle, for rows whose Gram matrix is too ill-conditioned. R then loses only as many digits as M itself has
//! condition, not its square.

use super::combine::{Shape, combine};
use super::triangle::{Triangle, remove_in_order};
use crate::real::{Real, add_scaled, dot};
use core::ops::Range;

/// Q. Each soft constraint has a further coordinate of its own, in which its vector has the length sqrt(softness).
#[derive(Debug, Clone)]
pub(super) struct Orthogonal<T, const N: usize, const M: usize> {
    /// First N coordinates of the orthonormal vectors.
    heads: [[T; N]; M],
    /// Their further coordinates, zero from `slots` on.
    tails: [[T; M]; M],
    /// The further coordinate of each constraint, M for a hard one.
    slot: [usize; M],
    slots: usize,
}

/// A vector split into what lies along the working set's and what is left.
pub(super) struct Projection<T, const N: usize, const M: usize> {
    head: [T; N],
    tail: [T; M],
    /// Components along the orthonormal vectors.
    pub(super) column: [T; M],
    slot: usize,
    slots: usize,
    /// Squared length of what is left.
    pub(super) rest: T,
    /// Squared length of the vector.
    pub(super) square: T,
}

impl<T: Real, const N: usize, const M: usize> Orthogonal<T, N, M> {
    pub(super) const fn new() -> Self {
        Self {
            heads: [[T::ZERO; N]; M],
            tails: [[T::ZERO; M]; M],
            // Zero like everything, so that a static workspace takes no flash.
            slot: [0; M],
            slots: 0,
        }
    }

    pub(super) fn clear(&mut self) {
        self.slots = 0;
    }

    /// First N coordinates of the orthonormal vectors, in the order of the working set.
    pub(super) fn heads(&self) -> &[[T; N]; M] {
        &self.heads
    }

    /// Takes from a vector what lies along the first `k`, all of it at once; `along` is minus that. The vector is
    /// zero outside `range`. Cost 2 k N.
    pub(super) fn complement(&self, k: usize, (vector, range): (&mut [T; N], Range<usize>), along: &mut [T; M]) {
        let k = k.min(M);
        for (entry, head) in along.iter_mut().zip(&self.heads).take(k) {
            let parts = (head.get(range.clone()), vector.get(range.clone()));
            *entry = -dot(parts.0.unwrap_or_default(), parts.1.unwrap_or_default());
        }
        let base = *vector;
        combine(vector, Some(&base), 0..N, (&along[..k], &self.heads), Shape::Full);
    }

    /// Puts a vector that is orthonormal to the first `k`, and has no further coordinates, behind them.
    pub(super) fn set_head(&mut self, k: usize, vector: [T; N]) {
        if let Some(head) = self.heads.get_mut(k) {
            *head = vector;
        }
    }

    /// What is left of a vector beside the first `k`, by Gram-Schmidt, twice where much cancels.
    /// Cost 2 k (N + s) with s soft constraints, or the double.
    pub(super) fn project(&self, k: usize, vector: &[T; N], softness: T) -> Projection<T, N, M> {
        let k = k.min(M);
        let soft = softness > T::ZERO;
        let slot = if soft { (0..M).find(|slot| !self.slot[..k].contains(slot)).unwrap_or(M) } else { M };
        let slots = if soft { self.slots.max(slot + 1) } else { self.slots }.min(M);
        let (mut head, mut tail, mut column) = (*vector, [T::ZERO; M], [T::ZERO; M]);
        if let Some(entry) = tail.get_mut(slot) {
            *entry = softness.sqrt();
        }
        let square = dot(vector, vector) + softness;
        let mut rest = square;
        for _ in 0..2 {
            for i in 0..k {
                let along = dot(&self.heads[i], &head) + dot(&self.tails[i][..slots], &tail[..slots]);
                add_scaled(&mut head, -along, &self.heads[i]);
                add_scaled(&mut tail[..slots], -along, &self.tails[i][..slots]);
                column[i] += along;
            }
            let before = rest;
            rest = dot(&head, &head) + dot(&tail[..slots], &tail[..slots]);
            if rest + rest > before {
                break;
            }
        }
        Projection { head, tail, column, slot, slots, rest, square }
    }

    /// Appends a projected vector as number `k`, and its column to the triangle.
    pub(super) fn append(&mut self, triangle: &mut Triangle<T, M>, projection: &Projection<T, N, M>) {
        let k = triangle.length();
        if k < M {
            let scale = T::ONE / projection.rest.sqrt();
            self.heads[k] = projection.head.map(|entry| entry * scale);
            self.tails[k] = projection.tail.map(|entry| entry * scale);
            self.slot[k] = projection.slot;
            self.slots = projection.slots;
            triangle.append(&projection.column, projection.rest);
        }
    }

    /// Removes vector `index` here and in the triangle. Cost 4 (k - index) (N + s) beside the triangle's.
    pub(super) fn remove(&mut self, triangle: &mut Triangle<T, M>, index: usize) {
        let k = triangle.length();
        if index >= k {
            return;
        }
        let slot = self.slot[index];
        remove_in_order(&mut self.slot, index);
        let Self { heads, tails, slots, .. } = self;
        triangle.remove(index, |j, cosine, sine| {
            let turn = |(a, b): (&mut T, &mut T)| (*a, *b) = (cosine * *a + sine * *b, cosine * *b - sine * *a);
            if let Some([a, b]) = heads.get_mut(j..j + 2) {
                a.iter_mut().zip(b).for_each(turn);
            }
            if let Some([a, b]) = tails.get_mut(j..j + 2) {
                a.iter_mut().zip(b).take(*slots).for_each(turn);
            }
        });
        // What rotations left in the coordinate that only the removed vector had is rounding.
        for tail in &mut self.tails[..k] {
            if let Some(entry) = tail.get_mut(slot) {
                *entry = T::ZERO;
            }
        }
    }
}
