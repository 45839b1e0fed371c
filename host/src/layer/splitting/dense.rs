//! Any affine set, by a matrix of orthonormal columns: for rules without structure and for learned ones.

use super::affine_set::AffineSet;
use burn::tensor::{Tensor, TensorCreationOptions, TensorData};
use nalgebra::{DMatrix, DVector};
use thiserror::Error;

/// Columns whose part beyond the earlier ones is at most this share of the largest count as dependent.
const DEPENDENT: f64 = 1e-9;

/// Affine set by its point nearest to the origin and an orthonormal basis, on one device in one precision.
///
/// A projection costs two products of `[batch, n]` with a matrix of `n` times the rank.
#[derive(Debug, Clone)]
pub struct Dense {
    dimension: usize,
    nearest: Tensor<2>,
    basis: Basis,
}

/// What the orthonormal columns span.
#[derive(Debug, Clone)]
enum Basis {
    /// The set's directions.
    Directions(Tensor<2>),
    /// All that is orthogonal to them.
    Normals(Tensor<2>),
}

/// Why the data are no affine set.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum DenseError {
    /// Sizes do not fit.
    #[error("{rows} rows for {others} right-hand sides: give one for each row")]
    Rows {
        /// Rows of the matrix.
        rows: usize,
        /// Right-hand sides.
        others: usize,
    },
    /// There is nothing to make a set from.
    #[error("a matrix of {rows} by {columns}: give at least one row and one column")]
    Empty {
        /// Rows.
        rows: usize,
        /// Columns.
        columns: usize,
    },
    /// No point satisfies the equations.
    #[error("the equations contradict each other: the best point misses them by {residual:e}; remove one of them")]
    Inconsistent {
        /// Largest residual of the least-squares solution, relative to the right-hand sides.
        residual: f64,
    },
    /// An entry is NaN or infinite.
    #[error("the data hold a NaN or an infinity: give finite numbers")]
    NotFinite,
}

impl Dense {
    /// `{x : A x = b}` of a matrix of m equations in n variables, by a QR decomposition with pivoting of `A'`
    /// (Golub and Van Loan, "Matrix Computations", section 5.5.6: minimum-norm solutions); dependent equations are
    /// recognized. Cost: `2 n m^2` multiplications once.
    ///
    /// # Errors
    ///
    /// For sizes that do not fit, numbers that are not finite and equations that contradict each other.
    pub fn from_equations(
        a: &DMatrix<f64>,
        b: &DVector<f64>,
        options: impl Into<TensorCreationOptions>,
    ) -> Result<Self, DenseError> {
        if a.nrows() != b.len() {
            return Err(DenseError::Rows { rows: a.nrows(), others: b.len() });
        }
        let normals = orthonormal_columns(a.transpose())?;
        // In the basis Q of the rows the nearest point is Q y with (A Q) y = b, which is least squares where dependent.
        let product = a * &normals;
        let qr = product.qr();
        let right = qr.q().tr_mul(b);
        let y = qr.r().solve_upper_triangular(&right).unwrap_or_else(|| DVector::zeros(right.len()));
        let nearest = &normals * y;
        let residual = (a * &nearest - b).amax() / b.amax().max(f64::MIN_POSITIVE);
        if !(residual <= 1e-6) {
            return Err(DenseError::Inconsistent { residual });
        }
        let options = options.into();
        let basis = Basis::Normals(tensor(&normals, &options));
        Ok(Self { dimension: a.ncols(), nearest: row(&nearest, &options), basis })
    }

    /// Smallest affine set that contains all samples, given as columns: rules learned from solutions. Exact from as
    /// many samples as the set has dimensions plus one; from fewer it is too small. Cost: `2 n m^2` multiplications
    /// once for m samples of n variables.
    ///
    /// # Errors
    ///
    /// For no samples, samples of nothing and numbers that are not finite.
    pub fn from_samples(samples: &DMatrix<f64>, options: impl Into<TensorCreationOptions>) -> Result<Self, DenseError> {
        if samples.is_empty() {
            return Err(DenseError::Empty { rows: samples.nrows(), columns: samples.ncols() });
        }
        let mean = samples.column_mean();
        let mut centered = samples.clone();
        centered.column_iter_mut().for_each(|mut column| column -= &mean);
        let directions = orthonormal_columns(centered)?;
        let nearest = &mean - &directions * (directions.transpose() * &mean);
        let options = options.into();
        let basis = Basis::Directions(tensor(&directions, &options));
        Ok(Self { dimension: samples.nrows(), nearest: row(&nearest, &options), basis })
    }
}

impl Dense {
    /// Number of directions of the set: its dimension as a set, not that of the space.
    pub fn directions(&self) -> usize {
        match &self.basis {
            Basis::Directions(basis) => basis.dims()[1],
            Basis::Normals(basis) => self.dimension - basis.dims()[1],
        }
    }
}

impl AffineSet for Dense {
    fn dimension(&self) -> usize {
        self.dimension
    }

    fn nearest_to_origin(&self, _like: &Tensor<2>) -> Tensor<2> {
        self.nearest.clone()
    }

    fn project_direction(&self, directions: Tensor<2>) -> Tensor<2> {
        let onto = |x: Tensor<2>, basis: &Tensor<2>| x.matmul(basis.clone()).matmul(basis.clone().transpose());
        match &self.basis {
            Basis::Directions(basis) => onto(directions, basis),
            Basis::Normals(basis) => directions.clone() - onto(directions, basis),
        }
    }
}

/// Orthonormal basis of the columns' span: Gram-Schmidt with pivoting, every column twice, so that the basis is
/// orthogonal to rounding (Björck 1994, "Numerics of Gram-Schmidt orthogonalization"). A single zero column for none.
///
/// # Errors
///
/// For no columns, columns of nothing and numbers that are not finite.
pub(crate) fn orthonormal_columns(mut columns: DMatrix<f64>) -> Result<DMatrix<f64>, DenseError> {
    let (n, m) = columns.shape();
    if n == 0 || m == 0 {
        return Err(DenseError::Empty { rows: m, columns: n });
    }
    if !columns.iter().all(|x| x.is_finite()) {
        return Err(DenseError::NotFinite);
    }
    let largest = columns.column_iter().map(|column| column.norm()).fold(0.0, f64::max);
    let mut basis: Vec<DVector<f64>> = Vec::new();
    while basis.len() < n.min(m) {
        let norms = columns.column_iter().map(|column| column.norm()).enumerate();
        let (pivot, norm) = norms.fold((0, 0.0), |best, next| if next.1 > best.1 { next } else { best });
        if !(norm > DEPENDENT * largest) {
            break;
        }
        let mut vector = columns.column(pivot) / norm;
        for earlier in &basis {
            let part = earlier.dot(&vector);
            vector.axpy(-part, earlier, 1.0);
        }
        vector.normalize_mut();
        let parts = columns.tr_mul(&vector);
        columns.ger(-1.0, &vector, &parts, 1.0);
        basis.push(vector);
    }
    Ok(if basis.is_empty() { DMatrix::zeros(n, 1) } else { DMatrix::from_columns(&basis) })
}

fn tensor(matrix: &DMatrix<f64>, options: &TensorCreationOptions) -> Tensor<2> {
    let data = TensorData::new(matrix.transpose().as_slice().to_vec(), [matrix.nrows(), matrix.ncols()]);
    Tensor::<2>::from_data(data, options.clone()).without_autodiff()
}

fn row(vector: &DVector<f64>, options: &TensorCreationOptions) -> Tensor<2> {
    let data = TensorData::new(vector.as_slice().to_vec(), [1, vector.len()]);
    Tensor::<2>::from_data(data, options.clone()).without_autodiff()
}
