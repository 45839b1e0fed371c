//! Problems: an objective and constraints, and their conversion to a program.

use super::bound::{Epigraphs, Side, Squares};
use super::canonical::{Output, ParameterSlot, Program, assemble};
use super::expression::{Kind, Symbol};
use super::form::{Listed, add, pick};
use super::inequality::add_constraint;
use super::rows::{Reading, Rows};
use super::{Constraint, Expression, ProgramError};
use std::collections::HashSet;

/// Something to be minimized or maximized, subject to constraints.
#[derive(Debug, Clone)]
pub struct Problem {
    /// Expression to minimize.
    objective: Expression,
    constraints: Vec<Constraint>,
}

/// A problem whose objective is to be as small as possible: convex.
pub fn minimize(objective: impl Into<Expression>) -> Problem {
    Problem { objective: objective.into(), constraints: Vec::new() }
}

/// A problem whose objective is to be as large as possible: concave.
pub fn maximize(objective: impl Into<Expression>) -> Problem {
    minimize(-objective.into())
}

impl Problem {
    /// More constraints.
    pub fn subject_to(mut self, constraints: impl IntoIterator<Item = Constraint>) -> Self {
        self.constraints.extend(constraints);
        self
    }

    /// The program with these parameters, in the order in which their values will be given, and these variables, in the
    /// order in which they will be given back. Cost: up to the product of the sizes of the matrices in it, once.
    ///
    /// # Errors
    /// What is wrong with an expression, a curvature or the lists.
    pub fn program(&self, parameters: &[&Expression], outputs: &[&Expression]) -> Result<Program, ProgramError> {
        let mut epigraphs = Epigraphs::default();
        let slots = list_parameters(&mut epigraphs, parameters)?;
        if !self.objective.is_scalar() {
            let (expression, shape) = (self.objective.to_string(), self.objective.shape());
            return Err(ProgramError::ObjectiveNotScalar { expression, shape });
        }
        let objective = epigraphs.bound(&self.objective, Side::Above)?;
        let mut rows = Rows::default();
        for (number, constraint) in self.constraints.iter().enumerate() {
            add_constraint(&mut epigraphs, &mut rows, constraint, number)?;
        }
        for row in &epigraphs.rows {
            let text = || "a row of an epigraph".to_owned();
            let reading = Reading { equality: row.equality, ..Reading::default() };
            rows.add(&epigraphs.symbols, &row.entry, reading, &text)?;
        }
        let linear = pick(&objective.form, 0).clone();
        let mut squares = objective.squares.into_iter().next().unwrap_or_else(Squares::new);
        if linear.values().chain(squares.values()).any(|value| !value.is_finite()) {
            return Err(ProgramError::NotFinite { expression: self.objective.to_string() });
        }
        add(&mut squares, &epigraphs.prices);
        let mut positions = Vec::new();
        let mut listed = Listing::new("variable");
        for output in outputs {
            if let Kind::Variable(symbol) = output.kind() {
                listed.take(symbol)?;
            }
            positions.push(output_positions(&epigraphs, output)?);
        }
        let count = epigraphs.symbols.variable_count as usize;
        assemble(count, slots, positions, (&linear, &squares), rows)
    }
}

/// Names listed so far.
struct Listing {
    what: &'static str,
    ids: HashSet<u64>,
    names: HashSet<String>,
}

impl Listing {
    fn new(what: &'static str) -> Self {
        Self { what, ids: HashSet::new(), names: HashSet::new() }
    }

    fn take(&mut self, symbol: &Symbol) -> Result<(), ProgramError> {
        let (what, name) = (self.what, symbol.name.clone());
        if !self.ids.insert(symbol.id) {
            return Err(ProgramError::ListedTwice { what, name });
        }
        if !self.names.insert(name.clone()) {
            return Err(ProgramError::NameTwice { what, name });
        }
        Ok(())
    }
}

fn list_parameters(epigraphs: &mut Epigraphs, parameters: &[&Expression]) -> Result<Vec<ParameterSlot>, ProgramError> {
    let mut slots = Vec::new();
    let mut offset = 0;
    let mut listing = Listing::new("parameter");
    for &parameter in parameters {
        let Kind::Parameter(symbol) = parameter.kind() else {
            return Err(ProgramError::NotListable { expression: parameter.to_string(), wanted: "parameter" });
        };
        listing.take(symbol)?;
        let (rows, columns, length) = (parameter.rows(), parameter.columns(), parameter.length());
        let Symbol { sign, semidefinite, .. } = *symbol;
        let listed = Listed { offset: offset as u32, length: length as u32, sign, semidefinite };
        epigraphs.symbols.parameters.insert(symbol.id, listed);
        slots.push(ParameterSlot { name: symbol.name.clone(), rows, columns, offset });
        offset += length;
    }
    Ok(slots)
}

fn output_positions(epigraphs: &Epigraphs, output: &Expression) -> Result<Output, ProgramError> {
    let Kind::Variable(symbol) = output.kind() else {
        return Err(ProgramError::NotListable { expression: output.to_string(), wanted: "variable" });
    };
    let unused = || ProgramError::VariableUnused { name: symbol.name.clone() };
    let first = *epigraphs.symbols.variables.get(&symbol.id).ok_or_else(unused)?;
    let entries = (first as usize..).take(output.length()).collect();
    Ok(Output { name: symbol.name.clone(), rows: output.rows(), columns: output.columns(), entries })
}
