//! A quadratic program as a file describes it: sparse, of any size, in double precision.

use super::matrix::Entry;
use std::collections::BTreeMap;

/// From here on a bound is none, as the sets have it.
const INFINITE: f64 = 1e20;

/// What the halves of a symmetric matrix may differ by, relative to the entry: the rounding of printed numbers.
const SYMMETRY: f64 = 1e-9;

/// A two-sided constraint.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Variable and coefficient, each variable at most once.
    pub terms: Vec<(usize, f64)>,
    /// Lower bound; minus infinity for none.
    pub lower: f64,
    /// Upper bound; infinity for none.
    pub upper: f64,
}

/// `minimize 1/2 x'Hx + f'x + c` subject to two-sided rows and bounds on the variables.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Program {
    /// H, both triangles, each entry at most once.
    pub hessian: Vec<Entry>,
    /// f; its length is the number of variables.
    pub linear: Vec<f64>,
    /// c.
    pub constant: f64,
    /// The rows that have a bound at all.
    pub rows: Vec<Row>,
    /// Lower bounds of the variables.
    pub lower: Vec<f64>,
    /// Upper bounds of the variables.
    pub upper: Vec<f64>,
}

/// Errors of the numbers of a program.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ProgramError {
    /// A NaN, or an infinity where a number is needed.
    #[error("{0} holds a NaN or an infinity; mend the number")]
    NotFinite(&'static str),
    /// An index beyond the number of variables, or vectors of different lengths.
    #[error("{0} does not have the size that the number of variables asks for; write the file anew")]
    Size(&'static str),
    /// H differs from its transpose.
    #[error("the Hessian has {0} at ({1}, {2}) and {3} across the diagonal; write both triangles, equal")]
    NotSymmetric(f64, usize, usize, f64),
}

impl Program {
    /// Puts what a reader has gathered in order: entries listed twice add up, bounds beyond 1e20 become infinite, and
    /// rows without any bound go.
    ///
    /// # Errors
    /// The numbers make no program.
    pub fn checked(mut self) -> Result<Self, ProgramError> {
        let n = self.linear.len();
        if self.lower.len() != n || self.upper.len() != n {
            return Err(ProgramError::Size("the list of bounds"));
        }
        let finite = |values: &[f64]| values.iter().all(|value| value.is_finite());
        if !finite(&self.linear) || !self.constant.is_finite() {
            return Err(ProgramError::NotFinite("the linear term"));
        }
        self.hessian = symmetric(&self.hessian, n)?;
        for row in &mut self.rows {
            let mut terms = BTreeMap::new();
            for &(variable, value) in &row.terms {
                if variable >= n {
                    return Err(ProgramError::Size("a constraint"));
                }
                *terms.entry(variable).or_insert(0.0) += value;
            }
            row.terms = terms.into_iter().filter(|(_, value)| *value != 0.0).collect();
            if !row.terms.iter().all(|(_, value)| value.is_finite()) {
                return Err(ProgramError::NotFinite("a constraint"));
            }
            (row.lower, row.upper) = bounds(row.lower, row.upper)?;
        }
        self.rows.retain(|row| row.lower > f64::NEG_INFINITY || row.upper < f64::INFINITY);
        for (lower, upper) in self.lower.iter_mut().zip(&mut self.upper) {
            (*lower, *upper) = bounds(*lower, *upper)?;
        }
        Ok(self)
    }

    /// Number of variables.
    pub fn variables(&self) -> usize {
        self.linear.len()
    }

    /// How many of the variables, from the first one on, have a simple bound or stand before one that has.
    pub fn bounded(&self) -> usize {
        let bounds = self.lower.iter().zip(&self.upper);
        let bounded = bounds.map(|(&lower, &upper)| lower > f64::NEG_INFINITY || upper < f64::INFINITY);
        bounded.enumerate().filter(|(_, bounded)| *bounded).map(|(index, _)| index + 1).max().unwrap_or(0)
    }

    /// Number of two-sided constraints, simple bounds included, as the solver counts them.
    pub fn constraints(&self) -> usize {
        self.bounded() + self.rows.len()
    }

    /// Every number changed by the same function, such as a rounding to single precision.
    pub fn map(&self, change: impl Fn(f64) -> f64) -> Self {
        let all = |values: &[f64]| values.iter().map(|&value| change(value)).collect();
        let row = |row: &Row| Row {
            terms: row.terms.iter().map(|&(variable, value)| (variable, change(value))).collect(),
            lower: change(row.lower),
            upper: change(row.upper),
        };
        Self {
            hessian: self.hessian.iter().map(|&(i, j, value)| (i, j, change(value))).collect(),
            linear: all(&self.linear),
            constant: self.constant,
            rows: self.rows.iter().map(row).collect(),
            lower: all(&self.lower),
            upper: all(&self.upper),
        }
    }
}

/// Sums what is listed twice and evens out what rounding has left between the halves.
fn symmetric(entries: &[Entry], n: usize) -> Result<Vec<Entry>, ProgramError> {
    let mut sums: BTreeMap<(usize, usize), f64> = BTreeMap::new();
    for &(i, j, value) in entries {
        if i >= n || j >= n {
            return Err(ProgramError::Size("the Hessian"));
        }
        *sums.entry((i, j)).or_insert(0.0) += value;
    }
    let mut even = Vec::with_capacity(sums.len());
    for (&(i, j), &value) in &sums {
        let across = sums.get(&(j, i)).copied().unwrap_or(0.0);
        if !value.is_finite() || !across.is_finite() {
            return Err(ProgramError::NotFinite("the Hessian"));
        }
        if (value - across).abs() > SYMMETRY * value.abs().max(across.abs()) {
            return Err(ProgramError::NotSymmetric(value, i, j, across));
        }
        let mean = 0.5 * value + 0.5 * across;
        if mean != 0.0 {
            even.push((i, j, mean));
        }
    }
    Ok(even)
}

/// Bounds in the solver's notation.
fn bounds(lower: f64, upper: f64) -> Result<(f64, f64), ProgramError> {
    if lower.is_nan() || upper.is_nan() || lower >= INFINITE || upper <= -INFINITE {
        return Err(ProgramError::NotFinite("a bound"));
    }
    let lower = if lower <= -INFINITE { f64::NEG_INFINITY } else { lower };
    let upper = if upper >= INFINITE { f64::INFINITY } else { upper };
    Ok((lower, upper))
}
