//! A sparse matrix of numbers, as all file formats deliver it.

/// Longest vector that is taken for one: a damaged size must not reserve the whole memory.
const LONGEST: usize = 1 << 24;

/// One entry: row, column, value.
pub type Entry = (usize, usize, f64);

/// A matrix by its entries; those not listed are zero, and those listed twice add up.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Matrix {
    /// Number of rows.
    pub rows: usize,
    /// Number of columns.
    pub columns: usize,
    /// Every entry is inside; NaN and infinities are kept.
    pub entries: Vec<Entry>,
}

impl Matrix {
    /// The numbers of a matrix in either order: `transposed` says that they come column by column.
    /// Nothing where there are not exactly `rows * columns` of them.
    pub fn from_dense(rows: usize, columns: usize, values: &[f64], transposed: bool) -> Option<Self> {
        if rows.checked_mul(columns)? != values.len() {
            return None;
        }
        let place = |index: usize| match transposed {
            true => (index % rows, index / rows),
            false => (index / columns, index % columns),
        };
        let filled = values.iter().enumerate().filter(|(_, value)| **value != 0.0);
        let entries = filled.map(|(index, &value)| (place(index).0, place(index).1, value)).collect();
        Some(Self { rows, columns, entries })
    }

    /// All numbers of a row or a column; nothing where it is neither, or of more than 16 million.
    pub fn vector(&self) -> Option<Vec<f64>> {
        let length = self.rows.checked_mul(self.columns)?;
        if length > LONGEST || (length > 0 && self.rows != 1 && self.columns != 1) {
            return None;
        }
        let mut values = vec![0.0; length];
        for &(row, column, value) in &self.entries {
            *values.get_mut(row + column)? += value;
        }
        Some(values)
    }
}
