//! What is solved: the data of one quadratic program, and the limits of a solve.

use super::combine::{Shape, combine};
use super::{Active, Status};
use crate::real::Real;
use core::ops::Range;
use nalgebra::{SMatrix, SVector};

/// `minimize 1/2 x' H x + f' x subject to lower <= A x <= upper` with N variables and M two-sided constraints.
#[derive(Debug, Clone)]
pub struct Qp<T: Real, const N: usize, const M: usize> {
    /// H, symmetric positive semidefinite; zero for a linear program. Positive definite ones are solved faster.
    pub hessian: SMatrix<T, N, N>,
    /// f.
    pub linear: SVector<T, N>,
    /// A, M by N. The first [`Qp::bounds`] rows are not read.
    pub rows: SMatrix<T, M, N>,
    /// Lower bounds; minus infinity for none.
    pub lower: SVector<T, M>,
    /// Upper bounds; infinity for none; equal to the lower one for an equality.
    pub upper: SVector<T, M>,
    /// Per constraint: 0 for a hard one; c > 0 lets it be violated by s at the price s^2 / (2 c).
    pub softness: SVector<T, M>,
    /// The constraints 0 to `bounds` - 1 are simple bounds on the variables of the same index; at most N.
    pub bounds: usize,
}

impl<T: Real, const N: usize, const M: usize> Qp<T, N, M> {
    /// The identity as Hessian, everything else zero, no bounds: its solution is 0.
    pub fn new() -> Self {
        let mut qp = Self::zero();
        for (i, column) in qp.hessian.data.0.iter_mut().enumerate() {
            if let Some(diagonal) = column.get_mut(i) {
                *diagonal = T::ONE;
            }
        }
        qp
    }

    /// All zero, for a `static` that is filled later; as it stands its solution is 0.
    pub const fn zero() -> Self {
        Self {
            hessian: constant([[T::ZERO; N]; N]),
            linear: constant([[T::ZERO; N]; 1]),
            rows: constant([[T::ZERO; M]; N]),
            lower: constant([[T::ZERO; M]; 1]),
            upper: constant([[T::ZERO; M]; 1]),
            softness: constant([[T::ZERO; M]; 1]),
            bounds: 0,
        }
    }

    /// Number of simple bounds, never above N.
    #[inline]
    pub(super) fn simple_bounds(&self) -> usize {
        self.bounds.min(N)
    }

    /// Row of constraint `index` as a dense vector.
    #[inline]
    pub(super) fn row(&self, index: usize) -> [T; N] {
        let mut row = [T::ZERO; N];
        if index < self.simple_bounds() {
            if let Some(entry) = row.get_mut(index) {
                *entry = T::ONE;
            }
        } else {
            for (entry, column) in row.iter_mut().zip(&self.rows.data.0) {
                *entry = column.get(index).copied().unwrap_or(T::ZERO);
            }
        }
        row
    }

    /// `A x` in index order: simple bounds first. Cost M N multiplications.
    #[inline]
    pub(super) fn product(&self, x: &[T; N], product: &mut [T; M]) {
        self.product_within(0..M, x, product);
    }

    /// The same for the simple bounds and the rows in a range at least: what is elsewhere is of no use.
    #[inline]
    pub(super) fn product_within(&self, range: Range<usize>, x: &[T; N], product: &mut [T; M]) {
        let bounds = self.simple_bounds();
        combine(product, None, range.start.max(bounds)..range.end, (x, &self.rows.data.0), Shape::Full);
        for (entry, &x) in product.iter_mut().zip(x).take(bounds) {
            *entry = x;
        }
    }

    /// `H x`. Cost N^2 multiplications.
    #[inline]
    pub(super) fn hessian_product(&self, x: &[T; N]) -> [T; N] {
        let mut product = [T::ZERO; N];
        combine(&mut product, None, 0..N, (x, &self.hessian.data.0), Shape::Full);
        product
    }

    /// `target += factor * a` with the row of constraint `index`.
    #[inline]
    pub(super) fn add_row(&self, index: usize, factor: T, target: &mut [T; N]) {
        if index < self.simple_bounds() {
            if let Some(entry) = target.get_mut(index) {
                *entry += factor;
            }
        } else {
            for (entry, column) in target.iter_mut().zip(&self.rows.data.0) {
                if let Some(&a) = column.get(index) {
                    *entry += factor * a;
                }
            }
        }
    }

    /// `target += A' dual` with the duals of the active constraints. Cost k N.
    #[inline]
    pub(super) fn add_transposed_product(&self, (duals, active): (&[T; M], &[Active]), target: &mut [T; N]) {
        let bounds = self.simple_bounds();
        for (active, &dual) in active.iter().zip(duals) {
            let index = active.constraint();
            if index < bounds
                && let Some(entry) = target.get_mut(index)
            {
                *entry += dual;
            }
        }
        if !cfg!(target_arch = "arm") {
            for (active, &dual) in active.iter().zip(duals) {
                if active.constraint() >= bounds {
                    self.add_row(active.constraint(), dual, target);
                }
            }
            return;
        }
        let (targets, targets_rest) = target.as_chunks_mut::<5>();
        let (columns, columns_rest) = self.rows.data.0.as_chunks::<5>();
        let rows = || active.iter().zip(duals).map(|(active, &dual)| (active.constraint(), dual));
        for (target, [p, q, r, s, t]) in targets.iter_mut().zip(columns) {
            let [mut a, mut b, mut c, mut d, mut e] = *target;
            for (index, dual) in rows() {
                if index >= bounds && index < M {
                    a += dual * p[index];
                    b += dual * q[index];
                    c += dual * r[index];
                    d += dual * s[index];
                    e += dual * t[index];
                }
            }
            *target = [a, b, c, d, e];
        }
        for (target, column) in targets_rest.iter_mut().zip(columns_rest) {
            for (index, dual) in rows() {
                if index >= bounds && index < M {
                    *target += dual * column[index];
                }
            }
        }
    }

    /// Diagonal of the Hessian.
    pub(super) fn diagonal(&self) -> [T; N] {
        let mut diagonal = [T::ZERO; N];
        for (i, (entry, column)) in diagonal.iter_mut().zip(&self.hessian.data.0).enumerate() {
            *entry = column.get(i).copied().unwrap_or(T::ZERO);
        }
        diagonal
    }

    /// The softness of constraint `index`.
    #[inline]
    pub(super) fn softness(&self, index: usize) -> T {
        self.softness.as_slice().get(index).copied().unwrap_or(T::ZERO)
    }

    /// Whether the matrices can be worked with.
    pub(super) fn check_matrices(&self) -> Result<(), Status> {
        let finite = |slice: &[T]| slice.iter().fold(true, |all, value| all & value.is_finite());
        let bounds = self.simple_bounds();
        let rows = self.rows.data.0.iter().all(|column| finite(column.get(bounds..).unwrap_or_default()));
        if !rows || !finite(self.hessian.as_slice()) || !finite(self.softness.as_slice()) {
            return Err(Status::NotFinite);
        }
        if self.softness.iter().any(|&softness| softness < T::ZERO) {
            return Err(Status::NotConvex);
        }
        Ok(())
    }
}

impl<T: Real, const N: usize, const M: usize> Default for Qp<T, N, M> {
    fn default() -> Self {
        Self::new()
    }
}

/// A matrix from its columns, in a constant.
pub(super) const fn constant<T: Real, const R: usize, const C: usize>(columns: [[T; R]; C]) -> SMatrix<T, R, C> {
    SMatrix::from_array_storage(nalgebra::ArrayStorage(columns))
}

/// Limits of a solve.
#[derive(Debug, Clone, Copy)]
pub struct Settings<T> {
    /// Hard cap on changes of the working set: a solve that needs more ends with [`Status::IterationLimit`].
    pub iteration_limit: u32,
    /// Largest residual of the KKT conditions, relative to the scale of each.
    pub tolerance: T,
    /// Asked before every change of the working set: where it says yes, the solve ends with [`Status::DeadlinePassed`].
    /// For a clock; what it decides is not the same in every run.
    pub expired: fn() -> bool,
}

impl<T: Real> Default for Settings<T> {
    /// 200 iterations, [`Real::KKT_TOLERANCE`] and no deadline.
    fn default() -> Self {
        Self { iteration_limit: 200, tolerance: T::KKT_TOLERANCE, expired: || false }
    }
}
