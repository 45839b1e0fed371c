//! The two factorizations: H = L L' of the Hessian, and M' = Q R of the working set.

use super::Status;
use crate::real::{Real, add_scaled, dot, larger};

/// Lower triangular factor of the Hessian, row by row, with the reciprocals of its diagonal.
#[derive(Debug, Clone)]
pub(super) struct Cholesky<T, const N: usize> {
    rows: [[T; N]; N],
    reciprocal: [T; N],
}

impl<T: Real, const N: usize> Cholesky<T, N> {
    pub(super) const fn new() -> Self {
        Self { rows: [[T::ZERO; N]; N], reciprocal: [T::ZERO; N] }
    }

    /// Factorizes a symmetric matrix given by its columns. Cost N^3 / 6 multiplications and N square roots.
    pub(super) fn factorize(&mut self, columns: &[[T; N]; N]) -> Result<(), Status> {
        let rounding = T::EPSILON + T::EPSILON;
        let asymmetry = rounding_of::<T>(N);
        for i in 0..N {
            for j in 0..i {
                let (lower, upper) = (columns[j][i], columns[i][j]);
                // Squared, relative to the diagonal: small entries carry the rounding of large ones.
                let asymmetry = (lower - upper) / asymmetry;
                if asymmetry * asymmetry > columns[i][i].abs() * columns[j][j].abs() {
                    return Err(Status::NotConvex);
                }
                let sum = dot(&self.rows[i][..j], &self.rows[j][..j]);
                self.rows[i][j] = (lower - sum) * self.reciprocal[j];
            }
            let square = columns[i][i] - dot(&self.rows[i][..i], &self.rows[i][..i]);
            // A pivot lost in the rounding of its own diagonal is no evidence of convexity.
            if !(square > rounding * columns[i][i].abs()) {
                return Err(if square.is_nan() { Status::NotFinite } else { Status::NotConvex });
            }
            let root = square.sqrt();
            self.rows[i][i] = root;
            self.reciprocal[i] = T::ONE / root;
        }
        Ok(())
    }

    /// `b <- L^-1 b`. Cost N^2 / 2.
    pub(super) fn solve_lower(&self, b: &mut [T; N]) {
        for i in 0..N {
            b[i] = (b[i] - dot(&self.rows[i][..i], &b[..i])) * self.reciprocal[i];
        }
    }

    /// `b <- L'^-1 b`. Cost N^2 / 2.
    pub(super) fn solve_upper(&self, b: &mut [T; N]) {
        for i in (0..N).rev() {
            b[i] *= self.reciprocal[i];
            for j in 0..i {
                b[j] -= self.rows[i][j] * b[i];
            }
        }
    }
}

/// `M' = Q R` of the working set's vectors `m = L^-1 a`. Each soft constraint has a further coordinate of its own,
/// in which its vector has the length sqrt(softness); so `R'R = M M' + diag(softness)` without ever being formed.
#[derive(Debug, Clone)]
pub(super) struct Orthogonal<T, const N: usize, const M: usize> {
    /// First N coordinates of the orthonormal vectors.
    heads: [[T; N]; M],
    /// Their further coordinates, zero from `slots` on.
    tails: [[T; M]; M],
    /// R by columns: column i has its entries in 0 to i.
    columns: [[T; M]; M],
    /// The further coordinate of each constraint, M for a hard one.
    slot: [usize; M],
    slots: usize,
    length: usize,
}

impl<T: Real, const N: usize, const M: usize> Orthogonal<T, N, M> {
    pub(super) const fn new() -> Self {
        Self {
            heads: [[T::ZERO; N]; M],
            tails: [[T::ZERO; M]; M],
            columns: [[T::ZERO; M]; M],
            // Zero like everything, so that a static workspace takes no flash.
            slot: [0; M],
            slots: 0,
            length: 0,
        }
    }

    pub(super) fn clear(&mut self) {
        self.length = 0;
        self.slots = 0;
    }

    /// Number of vectors, never above M.
    #[inline]
    pub(super) fn length(&self) -> usize {
        self.length.min(M)
    }

    /// First N coordinates of the orthonormal vectors, in the order of the working set.
    pub(super) fn heads(&self) -> &[[T; N]] {
        &self.heads[..self.length()]
    }

    /// What is left of a vector beside those here, by Gram-Schmidt, twice where much cancels.
    /// Cost 2 k (N + s) with s soft constraints, or the double.
    pub(super) fn project(&self, vector: &[T; N], softness: T) -> Projection<T, N, M> {
        let k = self.length();
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

    /// Appends a projected vector.
    pub(super) fn append(&mut self, projection: &Projection<T, N, M>) {
        let k = self.length();
        if k < M {
            let norm = projection.rest.sqrt();
            let scale = T::ONE / norm;
            self.heads[k] = projection.head.map(|entry| entry * scale);
            self.tails[k] = projection.tail.map(|entry| entry * scale);
            self.columns[k] = projection.column;
            self.columns[k][k] = norm;
            self.slot[k] = projection.slot;
            self.slots = projection.slots;
            self.length = k + 1;
        }
    }

    /// Removes vector `index` and restores R by Givens rotations. Cost 4 (k - index) (N + s) + 2 (k - index)^2.
    pub(super) fn remove(&mut self, index: usize) {
        let k = self.length();
        if index >= k {
            return;
        }
        let slot = self.slot[index];
        self.columns.copy_within(index + 1..k, index);
        self.slot.copy_within(index + 1..k, index);
        self.length = k - 1;
        for j in index..k - 1 {
            let (a, b) = (self.columns[j][j], self.columns[j][j + 1]);
            let size = larger(a.abs(), b.abs());
            if !(size > T::ZERO) {
                continue;
            }
            let norm = size * ((a / size) * (a / size) + (b / size) * (b / size)).sqrt();
            let (cosine, sine) = (a / norm, b / norm);
            let rotate = |a: &mut T, b: &mut T| {
                (*a, *b) = (cosine * *a + sine * *b, cosine * *b - sine * *a);
            };
            for column in &mut self.columns[j..k - 1] {
                if let Some([a, b]) = column.get_mut(j..j + 2) {
                    rotate(a, b);
                }
            }
            self.columns[j][j + 1] = T::ZERO;
            if let Some([a, b]) = self.heads.get_mut(j..j + 2) {
                a.iter_mut().zip(b).for_each(|(a, b)| rotate(a, b));
            }
            if let Some([a, b]) = self.tails.get_mut(j..j + 2) {
                a.iter_mut().zip(b).take(self.slots).for_each(|(a, b)| rotate(a, b));
            }
        }
        // What rotations left in the coordinate that only the removed vector had is rounding.
        for tail in &mut self.tails[..k] {
            if let Some(entry) = tail.get_mut(slot) {
                *entry = T::ZERO;
            }
        }
    }

    /// Solves `R' y = b` in place. Cost k^2 / 2.
    pub(super) fn solve_transposed(&self, b: &mut [T; M]) {
        for i in 0..self.length() {
            b[i] = (b[i] - dot(&self.columns[i][..i], &b[..i])) / self.columns[i][i];
        }
    }

    /// Solves `R y = b` in place. Cost k^2 / 2.
    pub(super) fn solve(&self, b: &mut [T; M]) {
        for i in (0..self.length()).rev() {
            b[i] = b[i] / self.columns[i][i];
            for j in 0..i {
                b[j] -= self.columns[i][j] * b[i];
            }
        }
    }
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

/// Relative rounding error that sums of `terms` products may carry, with some room: 8 + 2 terms units.
pub(super) fn rounding_of<T: Real>(terms: usize) -> T {
    (0..8 + 2 * terms).fold(T::ZERO, |sum, _| sum + T::EPSILON)
}
