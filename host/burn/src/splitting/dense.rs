//! Any affine set, by a matrix of orthonormal columns: for rules without structure and for learned ones.

use super::affine_set::{AffineSet, center_cells, least_positive};
use super::orthonormal::orthonormal_columns;
use burn::tensor::{DType, Tensor, TensorCreationOptions, TensorData};
use nalgebra::{DMatrix, DVector};
use thiserror::Error;

/// Largest residual of an equation, relative to its own terms and right side.
const CONSISTENT: f64 = 1e-9;

/// Corrections of the nearest point by its residuals.
const CORRECTIONS: usize = 3;

/// Deviations from the samples' mean that are rounding, in units in the last place of the variable's largest value.
const NOISE: f64 = 16.0;

/// Affine set by its point nearest to the origin and an orthonormal basis, on one device in one precision.
///
/// A projection costs two products of `[batch, n]` with a matrix of `n` times the rank.
#[derive(Debug, Clone)]
pub struct Dense {
    dimension: usize,
    nearest: Tensor<2>,
    basis: Basis,
    conditions: Conditions,
    /// Whether the entries of all points have one sum.
    has_sum: bool,
}

/// Conditions by which a point's violation is measured.
#[derive(Debug, Clone)]
enum Conditions {
    /// Those of the set.
    Equations(Box<Equations>),
    /// Entries, by the scale of each variable `[1, n]`.
    Entries { scale: Box<Tensor<2>> },
}

/// Rows of norm 1 as columns `[n, m]`, their right sides `[1, m]`, and the scale of each `[1, m]` that its terms may
/// exceed.
#[derive(Debug, Clone)]
struct Equations {
    rows: Tensor<2>,
    right: Tensor<2>,
    scale: Tensor<2>,
}

/// A matrix and its right sides, and which of the given rows they are.
type Kept = (DMatrix<f64>, DVector<f64>, Vec<usize>);

/// Subspace that the orthonormal columns span.
#[derive(Debug, Clone)]
enum Basis {
    /// The set's directions.
    Directions(Tensor<2>),
    /// All that is orthogonal to them.
    Normals(Tensor<2>),
}

/// Errors of the data of an affine set.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
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
    #[error(
        "equation {row} contradicts others: the best point misses it by {residual:e} of its size; remove or mend one"
    )]
    Inconsistent {
        /// The equation that is missed most.
        row: usize,
        /// Its residual, relative to its own terms and right side.
        residual: f64,
    },
    /// The equations are too close to dependent.
    #[error("the equations are dependent up to rounding: remove those that nearly repeat others")]
    Singular,
    /// The set is so close to the origin that the squares of its distance are lost in the tensors' numbers.
    #[error("the set is {distance:e} from the origin: scale the variables, so that its square is a number")]
    TooClose {
        /// Distance of the set from the origin.
        distance: f64,
    },
    /// An entry is NaN or infinite.
    #[error("the data hold a NaN or an infinity: give finite numbers")]
    NotFinite,
}

impl Dense {
    /// `{x : A x = b}` of a matrix of m equations in n variables, by a QR decomposition with pivoting of `A'`
    /// (Golub and Van Loan, "Matrix Computations", section 5.5.6: minimum-norm solutions). Every equation counts in its own
    /// scale; dependent equations are recognized, to 1e-12 of their length. Cost: `2 n m^2` multiplications once.
    ///
    /// # Errors
    ///
    /// For sizes that do not fit, numbers that are not finite, equations that contradict each other, by more than 1e-9 of
    /// their own terms, and a set that is too close to the origin without going through it.
    pub fn from_equations(
        a: &DMatrix<f64>,
        b: &DVector<f64>,
        options: impl Into<TensorCreationOptions>,
    ) -> Result<Self, DenseError> {
        if a.nrows() != b.len() {
            return Err(DenseError::Rows { rows: a.nrows(), others: b.len() });
        }
        if !b.iter().all(|x| x.is_finite()) {
            return Err(DenseError::NotFinite);
        }
        let n = a.ncols();
        let (a, b, kept) = in_own_scale(a, b)?;
        let normals = orthonormal_columns(a.transpose())?;
        let nearest = nearest(&a, &b, &normals, &kept)?;
        let options = options.into();
        let (distance, least) = (nearest.norm(), least_distance(&row(&nearest, &options)));
        if distance > 0.0 && distance < least {
            return Err(DenseError::TooClose { distance });
        }
        let rank = if normals.amax() == 0.0 { 0 } else { normals.ncols() };
        // A single point has no directions, not even those that rounding leaves.
        let basis = match rank < n {
            true => Basis::Normals(tensor(&normals, &options)),
            false => Basis::Directions(tensor(&DMatrix::zeros(n, 1), &options)),
        };
        let least = b.iter().filter(|b| **b != 0.0).fold(f64::INFINITY, |least, b| least.min(b.abs()));
        let least = if least.is_finite() { least } else { 0.0 };
        let scale = b.map(|b| b.abs().max(least));
        let conditions = Conditions::Equations(Box::new(Equations {
            rows: tensor(&a.transpose(), &options),
            right: row(&b, &options),
            scale: row(&scale, &options),
        }));
        let ones = DVector::from_element(n, 1.0);
        let has_sum = (&ones - &normals * (normals.transpose() * &ones)).norm() <= 1e-9 * ones.norm();
        Ok(Self { dimension: n, nearest: row(&nearest, &options), basis, conditions, has_sum })
    }

    /// Smallest affine set that contains all samples, given as columns: rules learned from solutions. Exact from as
    /// many samples as the set has dimensions plus one; from fewer it is too small. Differences that are rounding beside a
    /// variable's largest value are none. Cost: `2 n m^2` multiplications once for m samples of n variables.
    ///
    /// # Errors
    ///
    /// For no samples, samples of nothing and numbers that are not finite.
    pub fn from_samples(samples: &DMatrix<f64>, options: impl Into<TensorCreationOptions>) -> Result<Self, DenseError> {
        if samples.is_empty() {
            return Err(DenseError::Empty { rows: samples.nrows(), columns: samples.ncols() });
        }
        if !samples.iter().all(|x| x.is_finite()) {
            return Err(DenseError::NotFinite);
        }
        let mean = samples.column_mean();
        let mut centered = samples.clone();
        centered.column_iter_mut().for_each(|mut column| column -= &mean);
        let scale = DVector::from_iterator(samples.nrows(), samples.row_iter().map(|row| row.amax()));
        for (mut row, scale) in centered.row_iter_mut().zip(&scale) {
            let noise = NOISE * f64::EPSILON * scale;
            row.iter_mut().filter(|x| x.abs() <= noise).for_each(|x| *x = 0.0);
        }
        let directions = orthonormal_columns(centered)?;
        let nearest = &mean - &directions * (directions.transpose() * &mean);
        let options = options.into();
        let ones = DVector::from_element(samples.nrows(), 1.0);
        let has_sum = (directions.transpose() * &ones).norm() <= 1e-9 * ones.norm();
        let smallest = scale.iter().filter(|it| **it > 0.0).fold(f64::INFINITY, |least, it| least.min(*it));
        let scale = scale.map(|scale| if scale > 0.0 || !smallest.is_finite() { scale } else { smallest });
        Ok(Self {
            dimension: samples.nrows(),
            nearest: row(&nearest, &options),
            basis: Basis::Directions(tensor(&directions, &options)),
            conditions: Conditions::Entries { scale: Box::new(row(&scale, &options)) },
            has_sum,
        })
    }
}

impl Dense {
    /// Number of directions of the set: its dimension as a set, not that of the space.
    pub fn directions(&self) -> usize {
        match &self.basis {
            // A single column of zeros is no direction.
            Basis::Directions(basis) => match basis.dims()[1] {
                1 if basis.clone().abs().max().try_into_scalar::<f64>().is_ok_and(|largest| largest == 0.0) => 0,
                columns => columns,
            },
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

    fn violation(&self, points: &Tensor<2>) -> Tensor<2> {
        let tiny = least_positive(points.dtype());
        match &self.conditions {
            Conditions::Equations(equations) => {
                let Equations { rows, right, scale } = &**equations;
                let missed = (points.clone().matmul(rows.clone()) - right.clone()).abs();
                let squares = (points.clone() * points.clone()).matmul(rows.clone() * rows.clone());
                let scale = scale.clone().expand([points.dims()[0], rows.dims()[1]]).max_pair(squares.sqrt());
                (missed / scale.clamp_min(tiny)).max_dim(1)
            }
            Conditions::Entries { scale } => {
                let missed = (self.project(points.clone()) - points.clone()).abs();
                let scale = (**scale).clone().expand(points.dims()).max_pair(points.clone().abs());
                (missed / scale.clamp_min(tiny)).max_dim(1)
            }
        }
    }

    fn precision(&self) -> Option<DType> {
        Some(self.nearest.dtype())
    }

    fn center(&self, scores: &mut [f64]) {
        if self.has_sum {
            center_cells(scores, self.dimension);
        }
    }
}

/// Equations whose rows have norm 1, without those of zeros, and which of the given ones they are.
fn in_own_scale(a: &DMatrix<f64>, b: &DVector<f64>) -> Result<Kept, DenseError> {
    if a.is_empty() {
        return Err(DenseError::Empty { rows: a.nrows(), columns: a.ncols() });
    }
    if !a.iter().all(|x| x.is_finite()) {
        return Err(DenseError::NotFinite);
    }
    // The norm of a row whose squares overflow or vanish is that of the row in units of its largest entry.
    let largest: Vec<f64> = a.row_iter().map(|row| row.amax()).collect();
    if let Some(row) = (0..a.nrows()).find(|&i| largest[i] == 0.0 && b[i] != 0.0) {
        return Err(DenseError::Inconsistent { row, residual: 1.0 });
    }
    let kept: Vec<usize> = (0..a.nrows()).filter(|&i| largest[i] > 0.0).collect();
    if kept.is_empty() {
        return Ok((DMatrix::zeros(1, a.ncols()), DVector::zeros(1), vec![0]));
    }
    let (mut scaled, mut right) = (a.select_rows(&kept), DVector::from_fn(kept.len(), |i, _| b[kept[i]]));
    for (i, &original) in kept.iter().enumerate() {
        let mut row = scaled.row_mut(i);
        row /= largest[original];
        let norm = row.norm();
        row /= norm;
        right[i] = right[i] / largest[original] / norm;
    }
    if right.iter().all(|x| x.is_finite()) { Ok((scaled, right, kept)) } else { Err(DenseError::NotFinite) }
}

/// The point nearest to the origin that satisfies the equations, in the span of their normals.
fn nearest(
    a: &DMatrix<f64>,
    b: &DVector<f64>,
    normals: &DMatrix<f64>,
    kept: &[usize],
) -> Result<DVector<f64>, DenseError> {
    let mut nearest = DVector::zeros(a.ncols());
    if normals.amax() == 0.0 {
        return Ok(nearest);
    }
    // In the basis Q of the rows the point is Q y with (A Q) y = b, which is least squares where rows are dependent.
    let qr = (a * normals).qr();
    let (q, r) = (qr.q(), qr.r());
    // Once, and then for what is missed, so that each equation holds in its own scale.
    for _ in 0..=CORRECTIONS {
        let missed = b - a * &nearest;
        let y = r.solve_upper_triangular(&q.tr_mul(&missed)).ok_or(DenseError::Singular)?;
        nearest += normals * y;
    }
    if !nearest.iter().all(|x| x.is_finite()) {
        return Err(DenseError::Singular);
    }
    let rounding = nearest.norm() * f64::EPSILON / CONSISTENT * 64.0;
    let residual = |i: usize| {
        let terms: f64 = a.row(i).iter().zip(&nearest).map(|(a, x)| (a * x).abs()).sum();
        let missed = (a.row(i).dot(&nearest.transpose()) - b[i]).abs();
        // An equation between variables that are zero has no scale of its own.
        let floor = if b[i] == 0.0 { rounding } else { 0.0 };
        if missed == 0.0 { 0.0 } else { missed / (terms + b[i].abs() + floor) }
    };
    let worst = (0..b.len()).map(|i| (i, residual(i))).max_by(|x, y| x.1.total_cmp(&y.1));
    match worst {
        Some((row, residual)) if !(residual <= CONSISTENT) => {
            Err(DenseError::Inconsistent { row: kept[row], residual })
        }
        _ => Ok(nearest),
    }
}

fn tensor(matrix: &DMatrix<f64>, options: &TensorCreationOptions) -> Tensor<2> {
    let data = TensorData::new(matrix.transpose().as_slice().to_vec(), [matrix.nrows(), matrix.ncols()]);
    Tensor::<2>::from_data(data, options.clone()).without_autodiff()
}

/// The least number whose square the tensor's numbers hold with all their digits.
fn least_distance(tensor: &Tensor<2>) -> f64 {
    let least = if tensor.dtype() == DType::F64 { f64::MIN_POSITIVE } else { f64::from(f32::MIN_POSITIVE) };
    (least / f64::EPSILON).sqrt()
}

fn row(vector: &DVector<f64>, options: &TensorCreationOptions) -> Tensor<2> {
    let data = TensorData::new(vector.as_slice().to_vec(), [1, vector.len()]);
    Tensor::<2>::from_data(data, options.clone()).without_autodiff()
}
