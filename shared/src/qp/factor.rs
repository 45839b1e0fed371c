//! The two factorizations: H = L L' of the Hessian, and L D L' of the working set's Gram matrix.

use super::Status;
use crate::real::{Real, dot};

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
        for i in 0..N {
            for j in 0..i {
                let (lower, upper) = (columns[j][i], columns[i][j]);
                if (lower - upper).abs() > (rounding + rounding) * (lower.abs() + upper.abs()) {
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

/// LDL' of the Gram matrix `G_ij = m_i' m_j + softness_i [i = j]` of at most M vectors `m = L^-1 a`.
#[derive(Debug, Clone)]
pub(super) struct Gram<T, const N: usize, const M: usize> {
    vectors: [[T; N]; M],
    lower: [[T; M]; M],
    pivots: [T; M],
    length: usize,
}

impl<T: Real, const N: usize, const M: usize> Gram<T, N, M> {
    pub(super) const fn new() -> Self {
        Self { vectors: [[T::ZERO; N]; M], lower: [[T::ZERO; M]; M], pivots: [T::ZERO; M], length: 0 }
    }

    pub(super) fn clear(&mut self) {
        self.length = 0;
    }

    /// Number of vectors, never above M.
    #[inline]
    pub(super) fn length(&self) -> usize {
        self.length.min(M)
    }

    /// Appends a vector. Where it depends on the others to working precision nothing is appended, and the result
    /// holds the coefficients `c` with `m = sum c_i m_i`. Cost k N + k^2 / 2.
    pub(super) fn append(&mut self, vector: &[T; N], softness: T) -> Result<(), [T; M]> {
        let k = self.length();
        let mut row = [T::ZERO; M];
        let square = dot(vector, vector) + softness;
        let mut pivot = square;
        for i in 0..k {
            // Forward substitution with the unit lower factor; `row` holds L^-1 g until it is divided by D.
            row[i] = dot(&self.vectors[i], vector) - dot(&self.lower[i][..i], &row[..i]);
        }
        for i in 0..k {
            let scaled = row[i] / self.pivots[i];
            pivot -= scaled * row[i];
            row[i] = scaled;
        }
        if !(pivot > dependence::<T, N>() * square) {
            self.solve_unit_upper(&mut row);
            return Err(row);
        }
        if k < M {
            self.vectors[k] = *vector;
            self.lower[k] = row;
            self.pivots[k] = pivot;
            self.length = k + 1;
        }
        Ok(())
    }

    /// Removes vector `index` and repairs the factor by a rank-one update (Gill, Golub, Murray and Saunders 1974,
    /// method C1). Cost (k - index)^2.
    pub(super) fn remove(&mut self, index: usize) {
        let k = self.length();
        if index >= k {
            return;
        }
        let mut weight = self.pivots[index];
        let mut update = [T::ZERO; M];
        for i in index + 1..k {
            update[i - 1] = self.lower[i][index];
            self.vectors[i - 1] = self.vectors[i];
            self.pivots[i - 1] = self.pivots[i];
            let mut row = self.lower[i];
            row.copy_within(index + 1..i, index);
            self.lower[i - 1] = row;
        }
        self.length = k - 1;
        for j in index..k - 1 {
            let p = update[j];
            let pivot = self.pivots[j];
            let raised = pivot + weight * p * p;
            let factor = weight * p / raised;
            weight = weight * pivot / raised;
            self.pivots[j] = raised;
            for i in j + 1..k - 1 {
                update[i] -= p * self.lower[i][j];
                self.lower[i][j] += factor * update[i];
            }
        }
    }

    /// Solves `G y = b` in place over the first k entries. Cost k^2.
    pub(super) fn solve(&self, b: &mut [T; M]) {
        let k = self.length();
        for i in 0..k {
            b[i] -= dot(&self.lower[i][..i], &b[..i]);
        }
        for i in 0..k {
            b[i] = b[i] / self.pivots[i];
        }
        self.solve_unit_upper(b);
    }

    fn solve_unit_upper(&self, b: &mut [T; M]) {
        for i in (0..self.length()).rev() {
            for j in 0..i {
                b[j] -= self.lower[i][j] * b[i];
            }
        }
    }

    /// The vectors in the order of the working set.
    pub(super) fn vectors(&self) -> &[[T; N]] {
        &self.vectors[..self.length()]
    }
}

/// Relative pivot below which a vector counts as dependent on the others.
fn dependence<T: Real, const N: usize>() -> T {
    (0..4 + N).fold(T::ZERO, |sum, _| sum + T::EPSILON + T::EPSILON + T::EPSILON + T::EPSILON)
}
