//! Affine maps from parameters to the data of the quadratic program.

use crate::real::Real;
use nalgebra::SMatrix;

/// The [`Term::parameter`] of a term that depends on none.
pub const CONSTANT: u16 = u16::MAX;

/// One term of one entry: `coefficient * parameter`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Term<T> {
    /// Row of the entry.
    pub row: u16,
    /// Column of the entry.
    pub column: u16,
    /// Index of the parameter, or [`CONSTANT`].
    pub parameter: u16,
    /// Its coefficient.
    pub coefficient: T,
}

/// Sets the entries that the terms name, each to the sum of its terms, which follow each other; the other entries stay.
/// Terms beyond the matrix or the parameters are left out. Cost one multiplication a term.
pub fn set_entries<T: Real, const R: usize, const C: usize>(
    matrix: &mut SMatrix<T, R, C>,
    terms: impl Iterator<Item = Term<T>>,
    parameters: &[T],
) {
    let mut last = None;
    for term in terms {
        let value = match parameters.get(usize::from(term.parameter)) {
            _ if term.parameter == CONSTANT => term.coefficient,
            Some(&parameter) => term.coefficient * parameter,
            None => continue,
        };
        let place = (usize::from(term.row), usize::from(term.column));
        let Some(entry) = matrix.data.0.get_mut(place.1).and_then(|column| column.get_mut(place.0)) else { continue };
        *entry = if last == Some(place) { *entry + value } else { value };
        last = Some(place);
    }
}
