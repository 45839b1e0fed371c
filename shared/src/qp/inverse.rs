//! Inverse of the Hessian's factor, formed once, so that every later step is a product without divisions. It is as
//! accurate as substitution, where the Hessian's own inverse would not be.

use super::Status;
use super::combine::{Combined, Shape, combine, combine_two};
use crate::real::{Real, add_scaled};
use core::ops::Range;

/// Fewest variables for which two rows are formed at a time.
const FEWEST_PAIRED: usize = 16;

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
        if !cfg!(target_arch = "arm") && N >= FEWEST_PAIRED {
            return self.factorize_in_pairs(hessian, added);
        }
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
        self.transpose();
        Ok(())
    }

    /// The same with two rows at a time, whose sums share what is loaded: the same bits.
    fn factorize_in_pairs(&mut self, hessian: &[[T; N]; N], added: &[T; N]) -> Result<(), Status> {
        let Self { rows, columns: rest, reciprocals, roots, is_diagonal } = self;
        *is_diagonal = true;
        let rounding = T::EPSILON + T::EPSILON;
        let mut multipliers = [[T::ZERO; N]; 2];
        let start_of = |i: usize| hessian[i].iter().take(i).position(|&h| h != T::ZERO).map_or(i, |first| first.min(i));
        let mut i = 0;
        while i < N {
            // Before the first entry of a row, the factor has none either.
            let start = start_of(i);
            *is_diagonal &= start == i;
            let is_paired = i + 1 < N && start < i && start_of(i + 1) == start;
            for k in start..i {
                multipliers[0][k] = -(rest[k][i] * reciprocals[k]);
                if is_paired {
                    multipliers[1][k] = -(rest[k][i + 1] * reciprocals[k]);
                }
            }
            let mut base = [hessian[i], [T::ZERO; N]];
            base[0][i] += added[i];
            if is_paired {
                base[1] = hessian[i + 1];
                base[1][i + 1] += added[i + 1];
            }
            let (Some((rest, columns)), Some((above, rows))) =
                (rest.split_at_mut_checked(i), rows.split_at_mut_checked(i))
            else {
                break;
            };
            let (rest, above) = (rest.get(start..).unwrap_or_default(), above.get(start..).unwrap_or_default());
            let [factors, others] = [0, 1].map(|which: usize| multipliers[which].get(start..i).unwrap_or_default());
            let shape = if start == 0 { Shape::Upper } else { Shape::Full };
            let pivot_of = |pivot: T, diagonal: T, added: T| {
                // A pivot lost in the rounding of its own diagonal is no evidence of convexity.
                if pivot > rounding * (diagonal.abs() + added) {
                    Ok(T::ONE / pivot)
                } else {
                    Err(if pivot.is_nan() { Status::NotFinite } else { Status::NotConvex })
                }
            };
            match (columns, rows) {
                ([first, second, ..], [first_row, second_row, ..]) if is_paired => {
                    let pair = [
                        Combined { y: &mut *first, base: Some(&base[0]), factors },
                        Combined { y: &mut *second, base: Some(&base[1]), factors: others },
                    ];
                    combine_two(pair, i..N, rest, Shape::Full);
                    reciprocals[i] = pivot_of(first[i], hessian[i][i], added[i])?;
                    let last = -(first[i + 1] * reciprocals[i]);
                    add_scaled(second, last, first);
                    reciprocals[i + 1] = pivot_of(second[i + 1], hessian[i + 1][i + 1], added[i + 1])?;
                    (*first_row, *second_row) = ([T::ZERO; N], [T::ZERO; N]);
                    let pair = [
                        Combined { y: &mut *first_row, base: None, factors },
                        Combined { y: &mut *second_row, base: None, factors: others },
                    ];
                    combine_two(pair, 0..i, above, shape);
                    first_row[i] = T::ONE;
                    add_scaled(&mut second_row[..i + 1], last, &first_row[..i + 1]);
                    second_row[i + 1] = T::ONE;
                    roots[i] = reciprocals[i].sqrt();
                    roots[i + 1] = reciprocals[i + 1].sqrt();
                    i += 2;
                }
                ([column, ..], [row, ..]) => {
                    combine(column, Some(&base[0]), i..N, (factors, rest), Shape::Full);
                    *row = [T::ZERO; N];
                    combine(row, None, 0..i + 1, (factors, above), shape);
                    row[i] = T::ONE;
                    reciprocals[i] = pivot_of(column[i], hessian[i][i], added[i])?;
                    roots[i] = reciprocals[i].sqrt();
                    i += 1;
                }
                _ => break,
            }
        }
        self.transpose();
        Ok(())
    }

    /// The columns of L^-1 from its rows.
    fn transpose(&mut self) {
        let Self { rows, columns, is_diagonal, .. } = self;
        if *is_diagonal {
            columns.copy_from_slice(rows);
            return;
        }
        for (i, row) in rows.iter().enumerate() {
            for entry in columns[i].iter_mut().take(i) {
                *entry = T::ZERO;
            }
            for (column, &entry) in columns.iter_mut().zip(row).take(i + 1) {
                column[i] = entry;
            }
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Pcg64;

    /// Row by row, each sum in the order of the columns.
    fn naive<const N: usize>(hessian: &[[f64; N]; N]) -> ([[f64; N]; N], [f64; N]) {
        let (mut rest, mut rows, mut reciprocals) = ([[0.0; N]; N], [[0.0; N]; N], [0.0; N]);
        for i in 0..N {
            rest[i] = hessian[i];
            rows[i][i] = 1.0;
            for k in 0..i {
                let multiplier = -(rest[k][i] * reciprocals[k]);
                for j in 0..N {
                    rest[i][j] += if j >= i { multiplier * rest[k][j] } else { 0.0 };
                    rows[i][j] += if j <= k { multiplier * rows[k][j] } else { 0.0 };
                }
            }
            reciprocals[i] = 1.0 / rest[i][i];
        }
        (rows, reciprocals)
    }

    fn has_the_bits_of_the_naive_one<const N: usize>(random: &mut Pcg64, band: usize) {
        let mut hessian = [[0.0; N]; N];
        for i in 0..N {
            for j in i.saturating_sub(band)..i {
                hessian[i][j] = random.uniform(-1.0, 1.0);
                hessian[j][i] = hessian[i][j];
            }
            hessian[i][i] = 2.0 * N as f64;
        }
        let mut inverse = Inverse::new();
        assert_eq!(inverse.factorize(&hessian, &[0.0; N]), Ok(()));
        assert_eq!((inverse.rows, inverse.reciprocals), naive(&hessian), "N {N}, band {band}");
    }

    #[test]
    fn rows_formed_two_at_a_time_have_the_bits_of_single_ones() {
        let mut random = Pcg64::from_seed(1);
        for band in [1, 2, 3, 7, 20, 64] {
            has_the_bits_of_the_naive_one::<15>(&mut random, band);
            has_the_bits_of_the_naive_one::<16>(&mut random, band);
            has_the_bits_of_the_naive_one::<17>(&mut random, band);
            has_the_bits_of_the_naive_one::<40>(&mut random, band);
            has_the_bits_of_the_naive_one::<51>(&mut random, band);
        }
    }
}
