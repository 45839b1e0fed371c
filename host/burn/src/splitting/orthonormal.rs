//! Orthonormal basis of some columns, whose rank does not depend on the columns' lengths.

use super::dense::DenseError;
use nalgebra::{DMatrix, DVector};

/// A column whose part beyond the earlier ones is at most this share of its own length counts as dependent.
const DEPENDENT: f64 = 1e-12;

/// Orthonormal basis of the columns' span: Gram-Schmidt with pivoting, every column twice, so that the basis is
/// orthogonal to rounding (Björck 1994, "Numerics of Gram-Schmidt orthogonalization"). A single zero column for none.
///
/// # Errors
///
/// For no columns, columns of nothing and numbers that are not finite.
pub fn orthonormal_columns(mut columns: DMatrix<f64>) -> Result<DMatrix<f64>, DenseError> {
    let (n, m) = columns.shape();
    if n == 0 || m == 0 {
        return Err(DenseError::Empty { rows: m, columns: n });
    }
    if !columns.iter().all(|x| x.is_finite()) {
        return Err(DenseError::NotFinite);
    }
    let own: Vec<f64> = columns.column_iter().map(|column| column.norm()).collect();
    let mut basis: Vec<DVector<f64>> = Vec::new();
    while basis.len() < n.min(m) {
        let norms = columns.column_iter().map(|column| column.norm()).enumerate();
        // Each by its own length: a short column is as good as a long one.
        let independent = norms.filter(|&(index, norm)| norm > DEPENDENT * own[index]);
        let Some((pivot, norm)) = independent.max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0))) else { break };
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
