//! Workspace of a solve: factors, working set, solution.

use super::columns::Columns;
use super::elimination::Elimination;
use super::inverse::Inverse;
use super::orthogonal::Orthogonal;
use super::problem::constant;
use super::proximal::REACH;
use super::triangle::Triangle;
use super::vectors::Vectors;
use super::verify::{TILT, rounding_of};
use super::{Qp, Status};
use crate::real::{Real, dot, larger, largest_product};
use nalgebra::SVector;

/// Most variables for which a cold start forms `A x` of the unconstrained minimizer before it is known to be needed: it costs
/// less than to ask.
pub(super) const SHORT: usize = 16;

/// A constraint that is held at one of its bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Active {
    pub(super) index: u16,
    /// At the upper bound, not the lower one.
    pub upper: bool,
}

impl Active {
    /// Index of the constraint, 0 to M - 1.
    #[inline]
    pub fn constraint(&self) -> usize {
        usize::from(self.index)
    }
}

/// What a solve writes to: factors, working set, solution. About `M (3 M + 2 N) + 2 N^2` numbers, all zero at first;
/// put it into a static.
#[derive(Debug, Clone)]
pub struct Workspace<T: Real, const N: usize, const M: usize> {
    pub(super) inverse: Inverse<T, N>,
    pub(super) columns: Columns<T, N, M>,
    pub(super) triangle: Triangle<T, M>,
    pub(super) orthogonal: Orthogonal<T, N, M>,
    pub(super) elimination: Elimination<M>,
    /// Whether the working set's factor is the orthogonal vectors and their triangle, not the Schur complement.
    pub(super) uses_orthogonal: bool,
    /// Whether the Schur complement's inverse has gathered errors: it is formed anew before the next solve.
    pub(super) stale: bool,
    /// Whether inverse, columns and scales belong to some problem's matrices.
    pub(super) factorized: bool,
    /// Least share of what the metric of the Hessian allows, by which a residual of stationarity may weigh there: 1 where
    /// the Hessian is well-conditioned.
    pub(super) tilt_room: T,
    /// Too ill-conditioned for the Schur complement.
    pub(super) ill_conditioned: bool,
    /// Whether curvature was added; see `proximal`.
    pub(super) has_proximal: bool,
    /// Whether the Hessian has a factor without: then there is a minimizer wherever there is a feasible point.
    pub(super) is_definite: bool,
    /// Whether that or anything else is left of a recovery, which the next solve must not inherit: it starts from the
    /// matrices.
    pub(super) is_makeshift: bool,
    /// Diagonal of P, the added curvature, and its center c.
    pub(super) proximal: [T; N],
    pub(super) center: [T; N],
    /// `1 / sqrt(H_ii + P_ii)`: what each variable is measured in; where H has no curvature, as far as the bounds are.
    pub(super) unit: [T; N],
    /// Lengths of the rows in the metric of the Hessian or, before they were measured, of its diagonal; softness
    /// included.
    pub(super) size: [T; M],
    /// Their reciprocals; 0 for a zero row.
    pub(super) weight: [T; M],
    /// Whether they were measured.
    pub(super) has_true_lengths: bool,
    /// Whether one of them is 0.
    pub(super) has_zero_rows: bool,
    /// The weights again, but 0 for the constraints in the working set: what violations are weighed by.
    pub(super) price: [T; M],
    pub(super) vectors: Vectors<T, N, M>,
    /// `f - P c`: the linear term of what the factor belongs to.
    pub(super) linear: [T; N],
    /// Whether there are vectors at all.
    pub(super) loaded: bool,
    /// Whether the last solve got beyond its data.
    pub(super) begun: bool,
    /// Largest entry of the linear term in the variables' units.
    pub(super) pull: T,
    /// The unconstrained minimizer and its `A x`.
    pub(super) free: [T; N],
    pub(super) free_product: [T; M],
    /// Whether that product was formed: a warm start whose working set is right needs none.
    pub(super) has_free_product: bool,
    /// `L^-1 f`; used with the orthogonal vectors only.
    pub(super) lower_linear: [T; N],
    pub(super) working_set: [Active; M],
    /// Number of constraints in it, without the eliminated equalities that follow them.
    pub(super) length: usize,
    /// Duals of the working set, in its order.
    pub(super) active_dual: [T; M],
    /// The duals at the optimum of the working set, where they are to go.
    pub(super) target: [T; M],
    /// `A_W x - b` at the unconstrained minimizer: what the optimal duals of the Schur complement solve for.
    pub(super) right: [T; M],
    /// Of a constraint that depends on the working set, and its row of the Schur complement.
    pub(super) coefficients: [T; M],
    pub(super) row: [T; M],
    pub(super) x: SVector<T, N>,
    pub(super) product: [T; M],
    pub(super) dual: SVector<T, M>,
}

impl<T: Real, const N: usize, const M: usize> Workspace<T, N, M> {
    /// Whether the constraints' lengths are estimates until factors are used again: with so many variables, or rows for each
    /// of them, true ones cost more than the few iterations that they save.
    pub(super) const ESTIMATES: bool = N > SHORT || M > 4 * N;

    /// Empty working set.
    pub const fn new() -> Self {
        Self {
            inverse: Inverse::new(),
            columns: Columns::new(),
            triangle: Triangle::new(),
            orthogonal: Orthogonal::new(),
            elimination: Elimination::new(),
            uses_orthogonal: false,
            stale: false,
            factorized: false,
            tilt_room: T::ZERO,
            ill_conditioned: false,
            has_proximal: false,
            is_definite: false,
            is_makeshift: false,
            proximal: [T::ZERO; N],
            center: [T::ZERO; N],
            unit: [T::ZERO; N],
            size: [T::ZERO; M],
            weight: [T::ZERO; M],
            has_true_lengths: false,
            has_zero_rows: false,
            price: [T::ZERO; M],
            vectors: Vectors::new(),
            linear: [T::ZERO; N],
            loaded: false,
            begun: false,
            pull: T::ZERO,
            free: [T::ZERO; N],
            free_product: [T::ZERO; M],
            has_free_product: false,
            lower_linear: [T::ZERO; N],
            working_set: [Active { index: 0, upper: false }; M],
            length: 0,
            active_dual: [T::ZERO; M],
            target: [T::ZERO; M],
            right: [T::ZERO; M],
            coefficients: [T::ZERO; M],
            row: [T::ZERO; M],
            x: constant([[T::ZERO; N]; 1]),
            product: [T::ZERO; M],
            dual: constant([[T::ZERO; M]; 1]),
        }
    }

    /// Forgets the working set, but not the factors of the matrices: the next solve starts cold. What kept factors change is
    /// said at [`Status`]; for the bits of a new workspace, [`super::solve`] forms them anew.
    pub fn clear(&mut self) {
        self.center = [T::ZERO; N];
        self.empty();
    }

    /// Empties the working set.
    pub(super) fn empty(&mut self) {
        self.length = 0;
        self.stale = false;
        self.triangle.clear();
        self.orthogonal.clear();
        self.price = self.weight;
        self.arrange_eliminated();
    }

    /// The constraints of the factor, then the eliminated equalities.
    pub fn working_set(&self) -> &[Active] {
        &self.working_set[..(self.length() + self.eliminated()).min(M)]
    }

    /// Number of constraints in the factor, never above M.
    #[inline]
    pub(super) fn length(&self) -> usize {
        self.length.min(M)
    }

    /// Everything that depends on the matrices alone. The working set is empty afterwards.
    pub(super) fn factorize(&mut self, qp: &Qp<T, N, M>) -> Result<(), Status> {
        self.factorized = false;
        self.is_makeshift = false;
        qp.check_curvature()?;
        self.has_proximal = false;
        self.proximal = [T::ZERO; N];
        let factorized = self.inverse.factorize(&qp.hessian.data.0, &self.proximal);
        self.is_definite = factorized.is_ok();
        match factorized {
            Err(Status::NotConvex) => {
                self.complete_curvature(qp).map_err(|status| qp.unless_not_finite(status))?;
            }
            result => result?,
        }
        self.prepare(qp)
    }

    /// Everything else that depends on the matrices, once the Hessian is factorized. The working set is empty afterwards.
    pub(super) fn prepare(&mut self, qp: &Qp<T, N, M>) -> Result<(), Status> {
        self.columns.clear();
        if N > SHORT {
            self.elimination.clear();
        }
        self.empty();
        let diagonal = self.inverse.diagonal();
        let mut inflation = T::ZERO;
        for i in 0..N {
            let curvature = qp.hessian.data.0[i][i] + self.proximal[i];
            let is_flat = qp.hessian.data.0[i][i] == T::ZERO;
            let natural = if is_flat { curvature * T::from_count(REACH) } else { curvature };
            self.unit[i] = (T::ONE / natural).sqrt();
            // How much the other variables multiply the variance of this one: a condition number of any units.
            inflation = larger(curvature * diagonal[i], inflation);
        }
        if self.is_asymmetric(&qp.hessian.data.0) {
            return Err(qp.unless_not_finite(Status::NotConvex));
        }
        self.has_true_lengths = false;
        if Self::ESTIMATES {
            self.estimate(qp)?;
        } else {
            self.measure(qp)?;
        }
        if !self.has_proximal {
            let room = T::from_count(TILT) / (T::from_count(N as u16) * inflation.sqrt());
            self.tilt_room = if room < T::ONE { room } else { T::ONE };
        }
        // Beyond this the Schur complement keeps no more than three digits.
        self.ill_conditioned = !(inflation * T::EPSILON < T::SCHUR_LOSS);
        self.uses_orthogonal = self.ill_conditioned;
        self.factorized = true;
        Ok(())
    }

    /// A hard row of zeros has no terms that could be rounded: 0 is within its bounds, or nothing satisfies it.
    #[cold]
    fn zero_row_is_violated(&self) -> bool {
        self.weight.iter().enumerate().any(|(index, &weight)| {
            let (lower, upper) = self.vectors.interval(index);
            weight == T::ZERO && (lower > T::ZERO || upper < T::ZERO)
        })
    }

    /// Whether the Hessian's halves differ by more than the rounding of entries as large as its diagonal allows.
    fn is_asymmetric(&self, columns: &[[T; N]; N]) -> bool {
        // Mostly they are the same, which takes no arithmetic to tell.
        let mut is_symmetric = true;
        for (i, column) in columns.iter().enumerate() {
            for (other, &entry) in columns.iter().zip(column).take(i) {
                is_symmetric &= other[i] == entry;
            }
        }
        if is_symmetric {
            return false;
        }
        let mut largest = T::ZERO;
        for (i, column) in columns.iter().enumerate() {
            let mut worst = T::ZERO;
            for j in 0..i {
                worst = larger((column[j] - columns[j][i]).abs() * self.unit[j], worst);
            }
            largest = larger(worst * self.unit[i], largest);
        }
        largest > rounding_of::<T>(N)
    }

    /// Weighs the constraints by their true lengths, in the metric of the Hessian: fewer iterations, but the lengths
    /// cost as much as several of them where there are many variables. Cost M N^2 / 2.
    pub(super) fn measure(&mut self, qp: &Qp<T, N, M>) -> Result<(), Status> {
        if self.has_true_lengths {
            return Ok(());
        }
        let mut squares = qp.softness.data.0[0];
        self.inverse.add_squares(&qp.rows.data.0, &mut squares);
        let diagonal = self.inverse.diagonal();
        for (index, (square, &entry)) in squares.iter_mut().zip(&diagonal).enumerate().take(qp.simple_bounds()) {
            *square = entry + qp.softness(index);
        }
        self.weigh(qp, &squares)?;
        self.has_true_lengths = true;
        Ok(())
    }

    /// Weighs the constraints by their lengths in the metric of the Hessian's diagonal. Cost M N.
    fn estimate(&mut self, qp: &Qp<T, N, M>) -> Result<(), Status> {
        let mut squares = qp.softness.data.0[0];
        for (column, &unit) in qp.rows.data.0.iter().zip(&self.unit) {
            for (square, &a) in squares.iter_mut().zip(column) {
                *square += (a * unit) * (a * unit);
            }
        }
        for (index, (square, &unit)) in squares.iter_mut().zip(&self.unit).enumerate().take(qp.simple_bounds()) {
            *square = unit * unit + qp.softness(index);
        }
        self.weigh(qp, &squares)
    }

    /// Sizes and weights from the squared lengths.
    fn weigh(&mut self, qp: &Qp<T, N, M>, squares: &[T; M]) -> Result<(), Status> {
        let (mut has_zero_rows, mut finite) = (false, true);
        for ((size, weight), &square) in self.size.iter_mut().zip(&mut self.weight).zip(squares) {
            let positive = square > T::ZERO;
            *size = square.sqrt();
            *weight = if positive { T::ONE / *size } else { T::ZERO };
            has_zero_rows |= !positive;
            finite &= size.is_finite();
        }
        self.has_zero_rows = has_zero_rows;
        // A row whose square is out of range would never be seen to be violated.
        let vanished = |(index, &size): (usize, &T)| size == T::ZERO && qp.row(index).iter().any(|&a| a != T::ZERO);
        if !finite || (has_zero_rows && self.size.iter().enumerate().any(vanished)) {
            return Err(Status::NotFinite);
        }
        self.price = self.weight;
        let length = self.working_set().len();
        for active in &self.working_set[..length] {
            if let Some(price) = self.price.get_mut(active.constraint()) {
                *price = T::ZERO;
            }
        }
        Ok(())
    }

    /// Shifts the linear term to that of what the factor belongs to.
    fn shift_linear(&mut self) {
        self.linear = self.vectors.linear;
        if self.has_proximal {
            for (entry, (&proximal, &center)) in self.linear.iter_mut().zip(self.proximal.iter().zip(&self.center)) {
                *entry -= proximal * center;
            }
        }
    }

    /// Everything that depends on the vectors: above all the unconstrained minimizer.
    pub(super) fn load(&mut self, qp: &Qp<T, N, M>) -> Result<(), Status> {
        self.pull = largest_product(&self.vectors.linear, &self.unit);
        if self.has_zero_rows && self.zero_row_is_violated() {
            return Err(Status::Infeasible);
        }
        self.shift_linear();
        self.eliminate(qp);
        self.free = self.apply_inverse(&self.linear);
        for x in &mut self.free {
            *x = -*x;
        }
        self.has_free_product = false;
        let eliminates = self.eliminated() > 0;
        if eliminates {
            let mut free = self.free;
            self.add_lifted_bounds(&mut free);
            self.free = free;
        }
        if (N <= SHORT && self.length() == 0) || eliminates {
            self.form_free_product(qp);
        }
        Ok(())
    }

    /// An entry of `A x` of the unconstrained minimizer, whether that was formed or not. Cost at most N.
    #[inline]
    pub(super) fn free_product_of(&self, qp: &Qp<T, N, M>, index: usize) -> Option<T> {
        if self.has_free_product {
            self.free_product.get(index).copied()
        } else if index < qp.simple_bounds() {
            self.free.get(index).copied()
        } else {
            Some(dot(&qp.row(index), &self.free))
        }
    }

    /// `A x` of the unconstrained minimizer, when it is first needed. Cost M N.
    #[inline]
    pub(super) fn form_free_product(&mut self, qp: &Qp<T, N, M>) {
        if !self.has_free_product {
            let rows = if self.eliminated() > 0 { self.elimination.rest() } else { 0..M };
            qp.product_within(rows, &self.free, &mut self.free_product);
            self.has_free_product = true;
        }
    }
}

impl<T: Real, const N: usize, const M: usize> Default for Workspace<T, N, M> {
    fn default() -> Self {
        Self::new()
    }
}
