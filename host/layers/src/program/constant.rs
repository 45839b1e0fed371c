//! Constants: matrices, vectors and single numbers.

use super::expression::Kind;
use super::{Expression, ProgramError};

/// Numbers of a [`constant`]: a flat slice by rows, or one array for each row.
pub trait ConstantEntries {
    /// All of them by rows, and the shape if they have one: rows and columns.
    fn by_rows(self) -> (Vec<f64>, Option<(usize, usize)>);
}

impl ConstantEntries for &[f64] {
    fn by_rows(self) -> (Vec<f64>, Option<(usize, usize)>) {
        (self.to_vec(), None)
    }
}

impl ConstantEntries for &Vec<f64> {
    fn by_rows(self) -> (Vec<f64>, Option<(usize, usize)>) {
        (self.clone(), None)
    }
}

impl<const L: usize> ConstantEntries for &[f64; L] {
    fn by_rows(self) -> (Vec<f64>, Option<(usize, usize)>) {
        (self.to_vec(), None)
    }
}

impl<const R: usize, const C: usize> ConstantEntries for [[f64; C]; R] {
    fn by_rows(self) -> (Vec<f64>, Option<(usize, usize)>) {
        (self.concat(), Some((R, C)))
    }
}

impl<const R: usize, const C: usize> ConstantEntries for &[[f64; C]; R] {
    fn by_rows(self) -> (Vec<f64>, Option<(usize, usize)>) {
        (self.concat(), Some((R, C)))
    }
}

/// A constant matrix. `entries` is a flat slice by rows, or one array for each row: then the rows and columns are compared,
/// so that a transposed matrix is an error. A slice of numbers is a vector, by [`From`].
///
/// ```
/// use convex_edge::program::{constant, minimize, variable};
/// let x = variable("x", 3, 1);
/// let rows = [[1.0, 0.0, 2.0], [0.0, 1.0, 0.0]];
/// assert!(minimize((constant(2, 3, rows) * &x).sum_squares()).program(&[], &[&x]).is_ok());
/// let error = minimize((constant(3, 2, rows) * &x).sum_squares()).program(&[], &[&x]).unwrap_err();
/// assert!(error.to_string().contains("`constant(3, 2, ..)` has entries of 2 by 3"));
/// ```
pub fn constant(rows: usize, columns: usize, entries: impl ConstantEntries) -> Expression {
    let (entries, shape) = entries.by_rows();
    let found = match shape {
        Some(shape) if shape != (rows, columns) => Some(format!("{} by {}", shape.0, shape.1)),
        None if rows * columns != entries.len() => Some(format!("length {}", entries.len())),
        _ => None,
    };
    let kind = match found {
        Some(found) => Kind::Invalid(ProgramError::ConstantShape { rows, columns, found }),
        None => Kind::Constant(entries),
    };
    Expression::of(rows, columns, kind)
}

impl From<f64> for Expression {
    fn from(value: f64) -> Self {
        constant(1, 1, &[value])
    }
}

impl From<&[f64]> for Expression {
    fn from(entries: &[f64]) -> Self {
        constant(entries.len(), 1, entries)
    }
}

impl<const R: usize, const C: usize> From<[[f64; C]; R]> for Expression {
    fn from(rows: [[f64; C]; R]) -> Self {
        constant(R, C, rows)
    }
}
