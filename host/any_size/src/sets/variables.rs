//! Programs from named matrices: the three layouts that the sets use.

use super::matrix::{Entry, Matrix};
use super::program::{Program, ProgramError, Row};
use std::collections::BTreeMap;

/// Errors of named matrices.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum VariablesError {
    /// None of the layouts.
    #[error("its variables {0} are none of the known sets {KNOWN}; name them so")]
    Layout(String),
    /// A matrix or vector whose size does not fit the others.
    #[error("the variable {0} is not of the size that the others ask for; write the file anew")]
    Size(&'static str),
    /// The numbers themselves.
    #[error(transparent)]
    Program(#[from] ProgramError),
}

const KNOWN: &str = "{P, q, A, l, u}, {P, c, A, b, G, h_l, h_u, x_l, x_u}, {P, q, G, h, A, b, lb, ub}";

type Variables = BTreeMap<String, Matrix>;

/// The program that a file's variables describe, by the names they have.
///
/// # Errors
/// Unknown names, or sizes or numbers that make no program.
pub fn program(variables: &Variables) -> Result<Program, VariablesError> {
    let has = |name: &str| variables.contains_key(name);
    if !has("P") {
        return Err(layout(variables));
    }
    if has("l") && has("u") && has("A") {
        maros_meszaros(variables)
    } else if has("x_l") && has("x_u") && has("c") {
        two_sided(variables)
    } else if has("q") && !has("l") {
        one_sided(variables)
    } else {
        Err(layout(variables))
    }
}

fn layout(variables: &Variables) -> VariablesError {
    VariablesError::Layout(format!("{{{}}}", variables.keys().map(String::as_str).collect::<Vec<_>>().join(", ")))
}

/// `l <= A x <= u`, as OSQP takes it, the last n rows being bounds of the variables where they are an identity; `r` is the
/// objective's constant.
fn maros_meszaros(variables: &Variables) -> Result<Program, VariablesError> {
    let (hessian, linear) = objective(variables, "q")?;
    let n = linear.len();
    let matrix = matrix(variables, "A", n)?;
    let lower = vector(variables, "l", matrix.rows)?;
    let upper = vector(variables, "u", matrix.rows)?;
    let first = matrix.rows.saturating_sub(n);
    let last = || matrix.entries.iter().filter(|(row, ..)| *row >= first);
    let has_bounds = matrix.rows >= n
        && last().count() == n
        && last().all(|&(row, column, value)| row - first == column && value == 1.0);
    let constant = match variables.get("r") {
        Some(_) => vector(variables, "r", 1)?.first().copied().unwrap_or(0.0),
        None => 0.0,
    };
    let (open_below, open_above) = (vec![f64::NEG_INFINITY; n], vec![f64::INFINITY; n]);
    let (lower_rows, lower) = if has_bounds { lower.split_at(first) } else { (&*lower, &*open_below) };
    let (upper_rows, upper) = if has_bounds { upper.split_at(first) } else { (&*upper, &*open_above) };
    let rows = rows(&matrix, lower_rows, upper_rows);
    let program = Program { hessian, linear, constant, rows, lower: lower.to_vec(), upper: upper.to_vec() };
    Ok(program.checked()?)
}

/// `A x = b, h_l <= G x <= h_u, x_l <= x <= x_u`.
fn two_sided(variables: &Variables) -> Result<Program, VariablesError> {
    let (hessian, linear) = objective(variables, "c")?;
    let n = linear.len();
    let (equal, between) = (matrix(variables, "A", n)?, matrix(variables, "G", n)?);
    let b = vector(variables, "b", equal.rows)?;
    let mut rows = rows(&equal, &b, &b);
    rows.extend(self::rows(
        &between,
        &vector(variables, "h_l", between.rows)?,
        &vector(variables, "h_u", between.rows)?,
    ));
    let (lower, upper) = (vector(variables, "x_l", n)?, vector(variables, "x_u", n)?);
    Ok(Program { hessian, linear, constant: 0.0, rows, lower, upper }.checked()?)
}

/// `G x <= h, A x = b, lb <= x <= ub`, where any of the three may be absent.
fn one_sided(variables: &Variables) -> Result<Program, VariablesError> {
    let (hessian, linear) = objective(variables, "q")?;
    let n = linear.len();
    let mut program = Program {
        hessian,
        lower: vec![f64::NEG_INFINITY; n],
        upper: vec![f64::INFINITY; n],
        linear,
        ..Program::default()
    };
    if variables.contains_key("A") {
        let equal = matrix(variables, "A", n)?;
        let b = vector(variables, "b", equal.rows)?;
        program.rows.extend(rows(&equal, &b, &b));
    }
    if variables.contains_key("G") {
        let below = matrix(variables, "G", n)?;
        let h = vector(variables, "h", below.rows)?;
        program.rows.extend(rows(&below, &vec![f64::NEG_INFINITY; below.rows], &h));
    }
    if variables.contains_key("lb") {
        program.lower = vector(variables, "lb", n)?;
    }
    if variables.contains_key("ub") {
        program.upper = vector(variables, "ub", n)?;
    }
    Ok(program.checked()?)
}

fn objective(variables: &Variables, linear: &'static str) -> Result<(Vec<Entry>, Vec<f64>), VariablesError> {
    let hessian = variables.get("P").ok_or(VariablesError::Size("P"))?;
    if hessian.rows != hessian.columns || hessian.rows == 0 {
        return Err(VariablesError::Size("P"));
    }
    Ok((hessian.entries.clone(), vector(variables, linear, hessian.rows)?))
}

/// A matrix with a row for each constraint; one row may be given as a vector.
fn matrix(variables: &Variables, name: &'static str, columns: usize) -> Result<Matrix, VariablesError> {
    let matrix = variables.get(name).ok_or(VariablesError::Size(name))?;
    if matrix.columns == columns {
        return Ok(matrix.clone());
    }
    if matrix.columns == 1 && matrix.rows == columns {
        let entries = matrix.entries.iter().map(|&(row, _, value)| (0, row, value)).collect();
        return Ok(Matrix { rows: 1, columns, entries });
    }
    Err(VariablesError::Size(name))
}

fn vector(variables: &Variables, name: &'static str, length: usize) -> Result<Vec<f64>, VariablesError> {
    let vector = variables.get(name).and_then(Matrix::vector);
    vector.filter(|vector| vector.len() == length).ok_or(VariablesError::Size(name))
}

fn rows(matrix: &Matrix, lower: &[f64], upper: &[f64]) -> Vec<Row> {
    let mut rows: Vec<Row> =
        lower.iter().zip(upper).map(|(&lower, &upper)| Row { terms: Vec::new(), lower, upper }).collect();
    for &(row, column, value) in &matrix.entries {
        if let Some(row) = rows.get_mut(row) {
            row.terms.push((column, value));
        }
    }
    rows
}

#[cfg(test)]
mod tests;
