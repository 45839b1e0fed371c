//! The triangular factor R of the Schur complement, `R'R = A_W H^-1 A_W' + diag(softness)`, as the orthogonal vectors
//! give it.

use super::combine::{Shape, combine};
use crate::real::{Real, add_scaled, dot};

/// R by columns, and the coordinates `y` with `R'y` = right-hand side, so that the duals solve `R dual = y`.
#[derive(Debug, Clone)]
pub(super) struct Triangle<T, const M: usize> {
    /// Column i has its entries in 0 to i. Where the Schur complement is used, its inverse is kept here.
    pub(super) columns: [[T; M]; M],
    /// Reciprocals of the diagonal.
    reciprocal: [T; M],
    /// y.
    pub(super) coordinates: [T; M],
    length: usize,
}

impl<T: Real, const M: usize> Triangle<T, M> {
    pub(super) const fn new() -> Self {
        Self { columns: [[T::ZERO; M]; M], reciprocal: [T::ZERO; M], coordinates: [T::ZERO; M], length: 0 }
    }

    pub(super) fn clear(&mut self) {
        self.length = 0;
    }

    /// Number of constraints, never above M.
    #[inline]
    pub(super) fn length(&self) -> usize {
        self.length.min(M)
    }

    /// Appends a column with the square of its diagonal entry; nothing when full.
    pub(super) fn append(&mut self, column: &[T; M], square: T) {
        let k = self.length();
        if k < M {
            let diagonal = square.sqrt();
            let reciprocal = T::ONE / diagonal;
            self.columns[k][..k].copy_from_slice(&column[..k]);
            self.columns[k][k] = diagonal;
            self.reciprocal[k] = reciprocal;
            self.length = k + 1;
        }
    }

    /// Removes column `index`: Givens rotations restore the triangle. `rotate` is called with each, for whatever else
    /// is to be turned: rows (j, j + 1) by cosine and sine. Cost 2 (k - index)^2.
    pub(super) fn remove(&mut self, index: usize, mut rotate: impl FnMut(usize, T, T)) {
        let k = self.length();
        if index >= k {
            return;
        }
        remove_in_order(&mut self.columns, index);
        self.length = k - 1;
        for j in index..k - 1 {
            let (a, b) = (self.columns[j][j], self.columns[j][j + 1]);
            let square = a * a + b * b;
            if !(square > T::ZERO) {
                continue;
            }
            let norm = square.sqrt();
            let reciprocal = T::ONE / norm;
            let (cosine, sine) = (a * reciprocal, b * reciprocal);
            self.columns[j][j] = norm;
            self.reciprocal[j] = reciprocal;
            for column in &mut self.columns[j + 1..k - 1] {
                let (a, b) = (column[j], column[j + 1]);
                (column[j], column[j + 1]) = (cosine * a + sine * b, cosine * b - sine * a);
            }
            rotate(j, cosine, sine);
        }
    }

    /// Solves `R' y = b` in place. Cost k^2 / 2.
    pub(super) fn solve_transposed(&self, b: &mut [T; M]) {
        for i in 0..self.length() {
            b[i] = (b[i] - dot(&self.columns[i][..i], &b[..i])) * self.reciprocal[i];
        }
    }

    /// Solves `R' y = b` for the coordinates, which hold b. Cost k^2 / 2.
    pub(super) fn solve_coordinates(&mut self) {
        for i in 0..self.length() {
            let (before, after) = self.coordinates.split_at_mut(i);
            if let Some(entry) = after.first_mut() {
                *entry = (*entry - dot(&self.columns[i][..i], before)) * self.reciprocal[i];
            }
        }
    }

    /// Solves `R y = b` in place. Cost k^2 / 2.
    pub(super) fn solve(&self, b: &mut [T; M]) {
        for i in (0..self.length()).rev() {
            let value = b[i] * self.reciprocal[i];
            b[i] = value;
            add_scaled(&mut b[..i], -value, &self.columns[i][..i]);
        }
    }

    /// `V R'^-1` in place, with a vector of V for each row of R. Cost k^2 / 2 times their length.
    pub(super) fn solve_vectors<const N: usize>(&self, vectors: &mut [[T; N]; M]) {
        let k = self.length();
        for i in (0..k).rev() {
            let mut factors = [T::ZERO; M];
            for (factor, column) in factors.iter_mut().zip(&self.columns[i + 1..k]) {
                *factor = -column[i];
            }
            if let Some((vector, after)) = vectors.get_mut(i..k).and_then(<[_]>::split_first_mut) {
                let base = *vector;
                combine(vector, Some(&base), 0..N, (&factors, after), Shape::Full);
                for entry in vector {
                    *entry *= self.reciprocal[i];
                }
            }
        }
    }
}

/// Moves everything behind `index` one place forward.
pub(super) fn remove_in_order<V: Copy>(values: &mut [V], index: usize) {
    for place in index + 1..values.len() {
        if let Some([value, next]) = values.get_mut(place - 1..place + 1) {
            *value = *next;
        }
    }
}
