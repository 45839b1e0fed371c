//! The inverse of the Hessian's factor, formed once: every later step is then a product, without divisions or chains of
//! them, and as accurate as substitution where the Hessian's own inverse would not be.

use super::Status;
use super::combine::{Shape, combine};
use crate::real::Real;
use core::ops::Range;

/// `L^-1` and `D^-1` of `H = L D L'` with ones on the diagonal of L.
#[derive(Debug, Clone)]
pub(super) struct Inverse<T, const N: usize> {
    /// L^-1 by rows: row i has its entries in 0 to i, zeros after.
    rows: [[T; N]; N],
    /// L^-1 by columns: column j has its entries from j on, zeros before.
    columns: [[T; N]; N],
    /// Diagonal of D^-1.
    reciprocals: [T; N],
    /// Their roots.
    roots: [T; N],
    /// Whether L is the identity.
    is_diagonal: bool,
}

impl<T: Real, const N: usize> Inverse<T, N> {
    pub(super) const fn new() -> Self {
        Self {
            rows: [[T::ZERO; N]; N],
            columns: [[T::ZERO; N]; N],
            reciprocals: [T::ZERO; N],
            roots: [T::ZERO; N],
            is_diagonal: false,
        }
    }

    /// Inverts the factor of a symmetric matrix given by its columns, with `added` on its diagonal: elimination without
    /// pivoting, which for a positive definite matrix is stable, and its steps repeated on the identity.
    /// Cost N^3 / 3 multiplications and N divisions; only N^2 for a diagonal matrix, and between these for a banded one.
    pub(super) fn factorize(&mut self, hessian: &[[T; N]; N], added: &[T; N]) -> Result<(), Status> {
        let Self { rows, columns: rest, reciprocals, roots, is_diagonal } = self;
        *is_diagonal = true;
        let rounding = T::EPSILON + T::EPSILON;
        let mut multipliers = [T::ZERO; N];
        for i in 0..N {
            // Before the first entry of a row, the factor has none either.
            let start = hessian[i][..i].iter().position(|&h| h != T::ZERO).map_or(i, |first| first.min(i));
            *is_diagonal &= start == i;
            for k in start..i {
                multipliers[k] = -(rest[k][i] * reciprocals[k]);
            }
            let mut base = hessian[i];
            base[i] += added[i];
            let (Some((rest, columns)), Some((above, rows))) =
                (rest.split_at_mut_checked(i), rows.split_at_mut_checked(i))
            else {
                break;
            };
            let (Some(column), Some(row)) = (columns.first_mut(), rows.first_mut()) else { break };
            let (rest, above) = (rest.get(start..).unwrap_or_default(), above.get(start..).unwrap_or_default());
            combine(column, Some(&base), i..N, (&multipliers[start..i], rest), Shape::Full);
            *row = [T::ZERO; N];
            let shape = if start == 0 { Shape::Upper } else { Shape::Full };
            combine(row, None, 0..i + 1, (&multipliers[start..i], above), shape);
            row[i] = T::ONE;
            // A pivot lost in the rounding of its own diagonal is no evidence of convexity.
            let pivot = column[i];
            if !(pivot > rounding * (hessian[i][i].abs() + added[i])) {
                return Err(if pivot.is_nan() { Status::NotFinite } else { Status::NotConvex });
            }
            reciprocals[i] = T::ONE / pivot;
            roots[i] = reciprocals[i].sqrt();
        }
        if *is_diagonal {
            rest.copy_from_slice(rows);
            return Ok(());
        }
        for (i, row) in rows.iter().enumerate() {
            for entry in rest[i].iter_mut().take(i) {
                *entry = T::ZERO;
            }
            for (column, &entry) in rest.iter_mut().zip(row).take(i + 1) {
                column[i] = entry;
            }
        }
        Ok(())
    }

    /// `L^-1 b`. Cost N^2 / 2.
    #[inline]
    fn lower(&self, b: &[T; N]) -> [T; N] {
        if self.is_diagonal {
            return *b;
        }
        let mut product = [T::ZERO; N];
        combine(&mut product, None, 0..N, (b, &self.columns), Shape::Lower);
        product
    }

    /// `L'^-1 b`. Cost N^2 / 2.
    #[inline]
    fn upper(&self, b: &[T; N]) -> [T; N] {
        if self.is_diagonal {
            return *b;
        }
        let mut product = [T::ZERO; N];
        combine(&mut product, None, 0..N, (b, &self.rows), Shape::Upper);
        product
    }

    /// `D^-1/2 L^-1 b`: a row in the metric of the Hessian. Cost N^2 / 2.
    pub(super) fn whitened(&self, b: &[T; N]) -> [T; N] {
        let mut product = self.lower(b);
        for (entry, &root) in product.iter_mut().zip(&self.roots) {
            *entry *= root;
        }
        product
    }

    /// `D^-1/2 L^-1` of the unit vector `index`, and where it is not zero. Cost N.
    pub(super) fn whitened_unit(&self, index: usize) -> ([T; N], Range<usize>) {
        let mut column = self.columns.get(index).copied().unwrap_or([T::ZERO; N]);
        for (entry, &root) in column.iter_mut().zip(&self.roots) {
            *entry *= root;
        }
        (column, index..if self.is_diagonal { index + 1 } else { N })
    }

    /// `L'^-1 D^-1/2 b`: the way back. Cost N^2 / 2.
    pub(super) fn coloured(&self, b: &[T; N]) -> [T; N] {
        let mut scaled = *b;
        for (entry, &root) in scaled.iter_mut().zip(&self.roots) {
            *entry *= root;
        }
        self.upper(&scaled)
    }

    /// `H^-1 b`. Cost N^2.
    #[inline]
    pub(super) fn apply(&self, b: &[T; N]) -> [T; N] {
        let mut product = self.lower(b);
        for (entry, &reciprocal) in product.iter_mut().zip(&self.reciprocals) {
            *entry *= reciprocal;
        }
        self.upper(&product)
    }

    /// Column `index` of `H^-1`. Cost N^2 / 2.
    pub(super) fn column(&self, index: usize) -> Option<[T; N]> {
        let mut column = *self.columns.get(index)?;
        for (entry, &reciprocal) in column.iter_mut().zip(&self.reciprocals) {
            *entry *= reciprocal;
        }
        Some(self.upper(&column))
    }

    /// Adds `a' H^-1 a` of every row a. Cost M N^2 / 2.
    pub(super) fn add_squares<const M: usize>(&self, rows: &[[T; M]; N], squares: &mut [T; M]) {
        for i in 0..N {
            let mut lower = [T::ZERO; M];
            combine(&mut lower, None, 0..M, (&self.rows[i][..i + 1], rows), Shape::Full);
            for (square, entry) in squares.iter_mut().zip(lower) {
                *square += (entry * self.reciprocals[i]) * entry;
            }
        }
    }

    /// `(H^-1)_ii`.
    pub(super) fn diagonal(&self) -> [T; N] {
        let mut diagonal = [T::ZERO; N];
        for (row, &reciprocal) in self.rows.iter().zip(&self.reciprocals) {
            for (entry, &l) in diagonal.iter_mut().zip(row) {
                *entry += (l * reciprocal) * l;
            }
        }
        diagonal
    }
}
