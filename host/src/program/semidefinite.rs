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
        Kind::Sum(a, b) => Ok(is_known(symbols, a)? && is_known(symbols, b)?),
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
    let scale = matrix.amax();
    let symmetric = (&matrix - matrix.transpose()).amax() <= 1e-12 * scale;
    symmetric && scale.is_finite() && matrix.symmetric_eigenvalues().min() >= -1e-10 * scale * n as f64
}
