//! Formula of a random program: a tree with its own evaluation, which knows nothing of canonical forms.

use nalgebra::DMatrix;
use std::fmt::{self, Display, Formatter};

/// A matrix of numbers.
pub type Matrix = DMatrix<f64>;

/// One step of a formula, named as in [`convex_edge::program`].
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// The variable of this index.
    Variable(usize),
    /// The parameter of this index.
    Parameter(usize),
    /// Numbers.
    Constant(Matrix),
    /// `a + b`; a scalar broadcasts.
    Sum(Box<Self>, Box<Self>),
    /// `a - b`; a scalar broadcasts.
    Difference(Box<Self>, Box<Self>),
    /// `-a`.
    Negative(Box<Self>),
    /// `a * b`: of matrices, or by a scalar.
    Product(Box<Self>, Box<Self>),
    /// `a.scaled(b)`: entry by entry; a scalar broadcasts.
    Scaled(Box<Self>, Box<Self>),
    /// Some entries as a vector, counted by rows.
    Entries(Box<Self>, Vec<usize>),
    /// Rows for columns.
    Transpose(Box<Self>),
    /// All entries one after the other.
    Stack(Vec<Self>),
    /// Sum of all entries.
    Total(Box<Self>),
    /// Mean of all entries.
    Mean(Box<Self>),
    /// Differences of neighbouring entries.
    Diff(Box<Self>),
    /// Inner product.
    Dot(Box<Self>, Box<Self>),
    /// Full convolution; the kernel first.
    Conv(Box<Self>, Box<Self>),
    /// A convex function.
    Atom(Atom, Box<Self>),
}

/// A convex function.
#[derive(Debug, Clone, PartialEq)]
pub enum Atom {
    /// Sum of squares.
    SumSquares,
    /// `x' P x`.
    QuadForm(Box<Node>),
    /// Magnitudes.
    Abs,
    /// Sum of magnitudes.
    Norm1,
    /// Largest magnitude.
    NormInf,
    /// Largest entry.
    Max,
    /// Positive parts.
    Pos,
    /// Squares up to a threshold, linear beyond.
    Huber(f64),
}

/// Values of variables and parameters.
#[derive(Debug, Clone, Copy)]
pub struct Point<'a> {
    /// Values by index of the variable.
    pub variables: &'a [Matrix],
    /// Values by index of the parameter.
    pub parameters: &'a [Matrix],
}

/// Entries by rows.
pub fn by_rows(matrix: &Matrix) -> Vec<f64> {
    matrix.row_iter().flat_map(|row| row.iter().copied().collect::<Vec<_>>()).collect()
}

/// A column of numbers.
pub fn column(entries: Vec<f64>) -> Matrix {
    Matrix::from_vec(entries.len(), 1, entries)
}

/// One number.
pub fn scalar(value: f64) -> Matrix {
    column(vec![value])
}

/// Entry by entry; one by one matrices broadcast.
pub fn broadcast(a: &Matrix, b: &Matrix, operation: impl Fn(f64, f64) -> f64) -> Matrix {
    let shape = if a.len() == 1 { b.shape() } else { a.shape() };
    let pick = |matrix: &Matrix, i, j| if matrix.len() == 1 { matrix[(0, 0)] } else { matrix[(i, j)] };
    Matrix::from_fn(shape.0, shape.1, |i, j| operation(pick(a, i, j), pick(b, i, j)))
}

impl Node {
    /// Its value at a point.
    pub fn value(&self, point: Point<'_>) -> Matrix {
        let of = |node: &Self| node.value(point);
        match self {
            Self::Variable(index) => point.variables[*index].clone(),
            Self::Parameter(index) => point.parameters[*index].clone(),
            Self::Constant(matrix) => matrix.clone(),
            Self::Sum(a, b) => broadcast(&of(a), &of(b), |a, b| a + b),
            Self::Difference(a, b) => broadcast(&of(a), &of(b), |a, b| a - b),
            Self::Negative(a) => -of(a),
            Self::Scaled(a, b) => broadcast(&of(a), &of(b), |a, b| a * b),
            Self::Product(a, b) => {
                let (a, b) = (of(a), of(b));
                if a.len() == 1 || b.len() == 1 { broadcast(&a, &b, |a, b| a * b) } else { a * b }
            }
            Self::Entries(a, indices) => {
                let entries = by_rows(&of(a));
                column(indices.iter().map(|&index| entries[index]).collect())
            }
            Self::Transpose(a) => of(a).transpose(),
            Self::Stack(parts) => column(parts.iter().flat_map(|part| by_rows(&of(part))).collect()),
            Self::Total(a) => scalar(of(a).sum()),
            Self::Mean(a) => scalar(of(a).mean()),
            Self::Diff(a) => column(by_rows(&of(a)).windows(2).map(|pair| pair[1] - pair[0]).collect()),
            Self::Dot(a, b) => scalar(broadcast(&of(a), &of(b), |a, b| a * b).sum()),
            Self::Conv(kernel, signal) => {
                let (kernel, signal) = (by_rows(&of(kernel)), by_rows(&of(signal)));
                let mut full = vec![0.0; kernel.len() + signal.len() - 1];
                for (i, a) in kernel.iter().enumerate() {
                    signal.iter().enumerate().for_each(|(j, b)| full[i + j] += a * b);
                }
                column(full)
            }
            Self::Atom(atom, a) => atom.value(&of(a), point),
        }
    }

    /// Whether there is a convex function in it.
    pub fn has_atom(&self) -> bool {
        match self {
            Self::Variable(_) | Self::Parameter(_) | Self::Constant(_) => false,
            Self::Sum(a, b)
            | Self::Difference(a, b)
            | Self::Product(a, b)
            | Self::Scaled(a, b)
            | Self::Dot(a, b)
            | Self::Conv(a, b) => a.has_atom() || b.has_atom(),
            Self::Negative(a)
            | Self::Entries(a, _)
            | Self::Transpose(a)
            | Self::Total(a)
            | Self::Mean(a)
            | Self::Diff(a) => a.has_atom(),
            Self::Stack(parts) => parts.iter().any(Self::has_atom),
            Self::Atom(..) => true,
        }
    }
}

impl Atom {
    fn value(&self, a: &Matrix, point: Point<'_>) -> Matrix {
        match self {
            Self::SumSquares => scalar(a.norm_squared()),
            Self::QuadForm(matrix) => {
                let x = column(by_rows(a));
                x.transpose() * matrix.value(point) * x
            }
            Self::Abs => a.abs(),
            Self::Norm1 => scalar(a.abs().sum()),
            Self::NormInf => scalar(a.amax()),
            Self::Max => scalar(a.max()),
            Self::Pos => a.map(|x| x.max(0.0)),
            Self::Huber(threshold) => a.map(|x| {
                let size = x.abs();
                if size <= *threshold { x * x } else { threshold * (2.0 * size - threshold) }
            }),
        }
    }
}

/// As Rust would write it, numbers and all.
impl Display for Node {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(index) => write!(f, "x{index}"),
            Self::Parameter(index) => write!(f, "p{index}"),
            Self::Constant(matrix) => write!(f, "{}", text(matrix)),
            Self::Sum(a, b) => write!(f, "({a} + {b})"),
            Self::Difference(a, b) => write!(f, "({a} - {b})"),
            Self::Negative(a) => write!(f, "-({a})"),
            Self::Product(a, b) => write!(f, "({a} * {b})"),
            Self::Scaled(a, b) => write!(f, "{a}.scaled({b})"),
            Self::Entries(a, indices) => write!(f, "{a}.entries({indices:?})"),
            Self::Transpose(a) => write!(f, "{a}.transpose()"),
            Self::Stack(parts) => {
                let parts: Vec<String> = parts.iter().map(Self::to_string).collect();
                write!(f, "stack({})", parts.join(", "))
            }
            Self::Total(a) => write!(f, "{a}.sum()"),
            Self::Mean(a) => write!(f, "{a}.mean()"),
            Self::Diff(a) => write!(f, "{a}.diff()"),
            Self::Dot(a, b) => write!(f, "{a}.dot({b})"),
            Self::Conv(a, b) => write!(f, "conv({a}, {b})"),
            Self::Atom(Atom::QuadForm(matrix), a) => write!(f, "{a}.quad_form({matrix})"),
            Self::Atom(Atom::Huber(threshold), a) => write!(f, "{a}.huber({threshold})"),
            Self::Atom(atom, a) => {
                let name = match atom {
                    Atom::SumSquares => "sum_squares",
                    Atom::Abs => "abs",
                    Atom::Norm1 => "norm1",
                    Atom::NormInf => "norm_inf",
                    Atom::Max => "max",
                    _ => "pos",
                };
                write!(f, "{a}.{name}()")
            }
        }
    }
}

/// Numbers of a matrix: one, or by rows with the shape.
pub fn text(matrix: &Matrix) -> String {
    match matrix.as_slice() {
        [value] => value.to_string(),
        _ => format!("[{} by {}: {:?}]", matrix.nrows(), matrix.ncols(), by_rows(matrix)),
    }
}
