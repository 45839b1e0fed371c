//! JSON form of a canonical program, for programs that were written elsewhere: see docs/PROGRAMS.md.

use super::canonical::AffineMap;
use super::{Output, ParameterSlot, Program, ProgramError};
use convex_edge_core::program::{CONSTANT, Term};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// What a file holds. A term is `[row, column, parameter, coefficient]`, the parameter null for a number; terms of one
/// entry add up. A bound without terms is none.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    parameters: Vec<Shape>,
    outputs: Vec<Output>,
    variables: usize,
    constraints: usize,
    bounds: usize,
    hessian: Vec<JsonTerm>,
    linear: Vec<JsonTerm>,
    rows: Vec<JsonTerm>,
    lower: Vec<JsonTerm>,
    upper: Vec<JsonTerm>,
    #[serde(default)]
    softness: Vec<JsonTerm>,
}

type JsonTerm = (u16, u16, Option<u16>, f64);

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Shape {
    name: String,
    rows: usize,
    columns: usize,
}

impl Program {
    /// As JSON.
    ///
    /// # Errors
    /// [`ProgramError::Json`] where a coefficient is no JSON number.
    pub fn to_json(&self) -> Result<String, ProgramError> {
        let maps = [&self.hessian, &self.linear, &self.rows, &self.lower, &self.upper];
        let mut terms = maps.into_iter().flat_map(|map| map.constant.iter().chain(&map.parametric));
        if let Some(term) = terms.find(|term| !term.coefficient.is_finite()) {
            let reason = format!("a coefficient of {}, which JSON cannot say", term.coefficient);
            return Err(ProgramError::Json { reason });
        }
        let shape = |slot: &ParameterSlot| Shape { name: slot.name.clone(), rows: slot.rows, columns: slot.columns };
        let list = |map: &AffineMap| map.constant.iter().chain(&map.parametric).map(json_term).collect();
        let description = Description {
            parameters: self.parameters.iter().map(shape).collect(),
            outputs: self.outputs.clone(),
            variables: self.variables,
            constraints: self.constraints,
            bounds: self.bounds,
            hessian: list(&self.hessian),
            linear: list(&self.linear),
            rows: list(&self.rows),
            lower: list(&self.lower),
            upper: list(&self.upper),
            softness: self.softness.iter().map(json_term).collect(),
        };
        serde_json::to_string(&description).map_err(|error| ProgramError::Json { reason: error.to_string() })
    }

    /// From JSON.
    ///
    /// # Errors
    /// [`ProgramError::Json`] where it is no program: unknown fields, indices beyond the sizes, a Hessian that is not
    /// symmetric, numbers that are not finite. [`ProgramError::NameTwice`].
    pub fn from_json(text: &str) -> Result<Self, ProgramError> {
        let reason = |reason: String| ProgramError::Json { reason };
        let read: Description = serde_json::from_str(text).map_err(|error| reason(error.to_string()))?;
        let (variables, constraints, bounds) = (read.variables, read.constraints, read.bounds);
        let mut parameters = Vec::new();
        let mut offset = 0;
        for Shape { name, rows, columns } in read.parameters {
            parameters.push(ParameterSlot { name, rows, columns, offset });
            offset = rows.saturating_mul(columns).saturating_add(offset);
        }
        name_twice("parameter", parameters.iter().map(|slot: &ParameterSlot| &slot.name))?;
        name_twice("variable", read.outputs.iter().map(|output| &output.name))?;
        let largest = variables.max(constraints).max(offset);
        if largest >= usize::from(CONSTANT) {
            return Err(ProgramError::TooLarge { what: "variables, constraints or parameters", count: largest });
        }
        if bounds > variables.min(constraints) {
            return Err(reason(format!("{bounds} bounds of {variables} variables and {constraints} constraints")));
        }
        let map = |name: &str, terms: Vec<JsonTerm>, first: usize, rows: usize, columns: usize| {
            for &(row, column, parameter, coefficient) in &terms {
                let inside = (first..rows).contains(&usize::from(row)) && usize::from(column) < columns;
                let known = parameter.is_none_or(|parameter| usize::from(parameter) < offset);
                if !inside || !known || !coefficient.is_finite() {
                    let term = format!("[{row}, {column}, {parameter:?}, {coefficient}]");
                    return Err(reason(format!(
                        "term {term} of {name} is outside of {rows} by {columns} or no number"
                    )));
                }
            }
            Ok(affine_map(terms))
        };
        let softness = map("softness", read.softness, 0, constraints, 1)?;
        if !softness.parametric.is_empty() {
            return Err(reason("a softness depends on a parameter; give numbers".into()));
        }
        if let Some(term) = softness.constant.iter().find(|term| !(1e-30..=1e30).contains(&term.coefficient)) {
            return Err(reason(format!("a softness of {}; take one from 1e-30 to 1e30", term.coefficient)));
        }
        let program = Self {
            hessian: map("hessian", read.hessian, 0, variables, variables)?,
            linear: map("linear", read.linear, 0, variables, 1)?,
            rows: map("rows", read.rows, bounds, constraints, variables)?,
            lower: map("lower", read.lower, 0, constraints, 1)?,
            upper: map("upper", read.upper, 0, constraints, 1)?,
            softness: softness.constant,
            parameters,
            outputs: read.outputs,
            variables,
            constraints,
            bounds,
        };
        let is_output = |output: &Output| {
            output.entries.len() == output.rows.saturating_mul(output.columns)
                && output.entries.iter().all(|&entry| entry < variables)
        };
        if !program.outputs.iter().all(is_output) {
            return Err(reason("an output has other entries than rows times columns".into()));
        }
        let mut transposed = program.hessian.clone();
        for term in transposed.constant.iter_mut().chain(&mut transposed.parametric) {
            (term.row, term.column) = (term.column, term.row);
        }
        if sorted(transposed) != sorted(program.hessian.clone()) {
            return Err(reason("the Hessian is not symmetric; give both triangles".into()));
        }
        Ok(program)
    }
}

/// Refuses names that tell nothing apart.
fn name_twice<'a>(what: &'static str, names: impl Iterator<Item = &'a String>) -> Result<(), ProgramError> {
    let mut known = HashSet::new();
    for name in names {
        if !known.insert(name) {
            return Err(ProgramError::NameTwice { what, name: name.clone() });
        }
    }
    Ok(())
}

fn json_term(term: &Term<f64>) -> JsonTerm {
    (term.row, term.column, (term.parameter != CONSTANT).then_some(term.parameter), term.coefficient)
}

fn affine_map(terms: Vec<JsonTerm>) -> AffineMap {
    let mut terms: Vec<Term<f64>> = terms
        .into_iter()
        .map(|(row, column, parameter, coefficient)| Term {
            row,
            column,
            parameter: parameter.unwrap_or(CONSTANT),
            coefficient,
        })
        .collect();
    terms.sort_by_key(|term| (term.row, term.column, term.parameter));
    let mut map = AffineMap::default();
    for entry in terms.chunk_by(|a, b| (a.row, a.column) == (b.row, b.column)) {
        let parametric = entry.iter().any(|term| term.parameter != CONSTANT);
        let kind = if parametric { &mut map.parametric } else { &mut map.constant };
        for same in entry.chunk_by(|a, b| a.parameter == b.parameter) {
            let coefficient = same.iter().map(|term| term.coefficient).sum();
            kind.extend(same.first().map(|&term| Term { coefficient, ..term }));
        }
    }
    map
}

/// Sorted terms, without those of coefficient 0.
fn sorted(mut map: AffineMap) -> AffineMap {
    for terms in [&mut map.constant, &mut map.parametric] {
        terms.retain(|term| term.coefficient != 0.0);
        terms.sort_by_key(|term| (term.row, term.column, term.parameter));
    }
    map
}
