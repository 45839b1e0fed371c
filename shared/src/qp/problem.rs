//! Problem data of one quadratic program, and the limits of a solve.

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
    /// Lower bounds; minus infinity for none, or any number down from minus [`Settings::infinity`].
    pub lower: SVector<T, M>,
    /// Upper bounds; infinity for none, or any number from [`Settings::infinity`] on; equal to the lower one for an
    /// equality.
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

    /// Whether Hessian and softness can be worked with. The rows show by their lengths whether they can.
    pub(super) fn check_curvature(&self) -> Result<(), Status> {
        if !finite(self.hessian.as_slice()) || !finite(self.softness.as_slice()) {
            return Err(Status::NotFinite);
        }
        let negative = self.softness.iter().any(|&softness| softness < T::ZERO);
        if negative { Err(self.unless_not_finite(Status::NotConvex)) } else { Ok(()) }
    }

    /// What is wrong with the matrices, unless it is that rows are not finite.
    #[cold]
    pub(super) fn unless_not_finite(&self, status: Status) -> Status {
        let bounds = self.simple_bounds();
        let rows = self.rows.data.0.iter().all(|column| finite(column.get(bounds..).unwrap_or_default()));
        if rows { status } else { Status::NotFinite }
    }
}

impl<T: Real, const N: usize, const M: usize> Default for Qp<T, N, M> {
    fn default() -> Self {
        Self::new()
    }
}

/// Whether nothing is infinite or not a number.
#[inline]
fn finite<T: Real>(values: &[T]) -> bool {
    if cfg!(target_arch = "arm") {
        return values.iter().fold(true, |all, value| all & value.is_finite());
    }
    // Nothing else times zero is zero; eight at a time, as vector units have it.
    let (parts, rest) = values.as_chunks::<8>();
    let mut lanes = [T::ZERO; 8];
    for part in parts {
        for (lane, &value) in lanes.iter_mut().zip(part) {
            *lane += value * T::ZERO;
        }
    }
    let poison = rest.iter().fold(T::ZERO, |poison, &value| poison + value * T::ZERO);
    lanes.iter().fold(poison, |poison, &lane| poison + lane) == T::ZERO
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
    /// Bounds of this magnitude and more are none, as in OSQP, DAQP and qpOASES, whose users write 1e20 or 1e30.
    pub infinity: T,
    /// Called before every change of the working set: once it returns true, the solve ends with
    /// [`Status::DeadlinePassed`]. For a clock; what it decides is not the same in every run.
    pub expired: fn() -> bool,
}

impl<T: Real> Default for Settings<T> {
    /// 200 iterations, [`Real::KKT_TOLERANCE`], bounds below 1e20 and no deadline.
    fn default() -> Self {
        Self { iteration_limit: 200, tolerance: T::KKT_TOLERANCE, infinity: T::INFINITE_BOUND, expired: || false }
    }
}
