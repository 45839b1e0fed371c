//! Positive semidefinite matrices: which constants are, and which sums of parameters are known to be.

use super::expression::{Kind, Sign};
use super::form::{Form, ONE, Symbols};
use super::{Expression, ProgramError};

/// Whether a square matrix is positive semidefinite whatever its parameters' values, as far as they are declared.
pub(super) fn is_known(symbols: &mut Symbols, matrix: &Expression) -> Result<bool, ProgramError> {
    let form = symbols.form(matrix)?;
    let n = matrix.rows();
    if matrix.columns() != n {
        return Ok(false);
    }
    if !is_parametric(&form) {
        return Ok(is_semidefinite(&form, n));
    }
    match matrix.kind() {
        Kind::Parameter(symbol) => Ok(symbol.semidefinite || (n == 1 && symbol.sign == Sign::Nonnegative)),
        Kind::Sum(terms) => {
            for term in terms {
                if !is_known(symbols, term)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        Kind::Scaled(a, b) => {
            for (factor, inner) in [(a, b), (b, a)] {
                let factor = if factor.is_scalar() { symbols.form(factor)? } else { continue };
                if symbols.sign(&factor) == Sign::Nonnegative && is_known(symbols, inner)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        _ => Ok(false),
    }
}

/// Whether parameters are in it.
pub(super) fn is_parametric(form: &Form) -> bool {
    form.iter().flatten().any(|(&(_, parameter), _)| parameter != ONE)
}

/// Whether a constant matrix is symmetric positive semidefinite, to the rounding of its entries.
fn is_semidefinite(weights: &Form, n: usize) -> bool {
    let value = |i: usize, j: usize| weights.get(i * n + j).and_then(|entry| entry.get(&(ONE, ONE))).copied();
    let matrix = nalgebra::DMatrix::from_fn(n, n, |i, j| value(i, j).unwrap_or(0.0));
    if n == 0 {
        return true;
    }
    // With a diagonal of ones, so that no entry hides behind a large one.
    let unit = |i: usize| if matrix[(i, i)] > 0.0 { matrix[(i, i)].sqrt().recip() } else { 1.0 };
    let scaled = nalgebra::DMatrix::from_fn(n, n, |i, j| unit(i) * matrix[(i, j)] * unit(j));
    let is_convex = |i: usize| matrix[(i, i)] > 0.0 || matrix.row(i).iter().all(|&entry| entry == 0.0);
    let symmetric = (&scaled - scaled.transpose()).amax() <= 1e-12;
    let finite = scaled.iter().all(|entry| entry.is_finite());
    finite && symmetric && (0..n).all(is_convex) && scaled.symmetric_eigenvalues().min() >= -1e-10 * n as f64
}
