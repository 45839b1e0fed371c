//! An objective and constraints; and how they become a program.

use super::bound::{Epigraphs, Side, Squares};
use super::canonical::{Output, ParameterSlot, Program, Rows, assemble};
use super::expression::{Atom, Kind};
use super::form::{Form, Listed, pick, sum, times};
use super::{Constraint, Expression, ProgramError};

/// Something to be minimized or maximized, subject to constraints.
#[derive(Debug, Clone)]
pub struct Problem {
    /// What is minimized.
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
        for constraint in &self.constraints {
            add_constraint(&mut epigraphs, &mut rows, constraint)?;
        }
        for row in &epigraphs.rows {
            let text = || "a row of an epigraph".to_owned();
            rows.add(&row.entry, (row.equality, false), 0.0, &text)?;
        }
        let linear = pick(&objective.form, 0).clone();
        let squares = objective.squares.into_iter().next().unwrap_or_else(Squares::new);
        let mut positions = Vec::new();
        for output in outputs {
            positions.push(output_positions(&epigraphs, output)?);
        }
        let count = epigraphs.symbols.variable_count as usize;
        assemble(count, slots, positions, (&linear, &squares), rows)
    }
}

fn list_parameters(epigraphs: &mut Epigraphs, parameters: &[&Expression]) -> Result<Vec<ParameterSlot>, ProgramError> {
    let mut slots = Vec::new();
    let mut offset = 0;
    for &parameter in parameters {
        let unlistable = || ProgramError::NotListable { expression: parameter.to_string(), wanted: "parameter" };
        let Kind::Parameter(symbol) = parameter.kind() else { return Err(unlistable()) };
        let listed = Listed { offset: offset as u32, sign: symbol.sign };
        if epigraphs.symbols.parameters.insert(symbol.id, listed).is_some() {
            return Err(unlistable());
        }
        let (rows, columns) = (parameter.rows(), parameter.columns());
        slots.push(ParameterSlot { name: symbol.name.clone(), rows, columns, offset });
        offset += rows * columns;
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

/// Rows of a constraint. Where a convex function stands alone on its side, its epigraph's rows are the constraint's, with
/// no new variables.
fn add_constraint(epigraphs: &mut Epigraphs, rows: &mut Rows, constraint: &Constraint) -> Result<(), ProgramError> {
    let text = || constraint.text();
    let softness = constraint.softness;
    if softness != 0.0 && (constraint.equality || !(softness > 0.0 && softness.is_finite())) {
        return Err(ProgramError::Softness { expression: text(), softness });
    }
    for (small, large, flipped) in [
        constraint.lower.as_ref().map(|lower| (lower, &constraint.middle, true)),
        constraint.upper.as_ref().map(|upper| (&constraint.middle, upper, false)),
    ]
    .into_iter()
    .flatten()
    {
        // Checks the shapes.
        let difference = small - large;
        if let Kind::Invalid(error) = difference.kind() {
            return Err(error.clone());
        }
        let entries = match small.kind() {
            Kind::Atom(atom, inner) if !constraint.equality && !large.has_atom() && !inner.has_atom() => {
                let (inner, bound) = (epigraphs.symbols.form(inner)?, epigraphs.symbols.form(large)?);
                match own_rows(atom, &inner, &bound) {
                    Some(entries) => entries,
                    None => left_above(epigraphs, &difference, &text)?,
                }
            }
            _ if constraint.equality => epigraphs.symbols.form(&difference)?.to_vec(),
            _ => left_above(epigraphs, &difference, &text)?,
        };
        for entry in &entries {
            rows.add(entry, (constraint.equality, flipped), softness, &text)?;
        }
    }
    Ok(())
}

/// What has to be at most 0, by its bounds from above.
fn left_above(
    epigraphs: &mut Epigraphs,
    difference: &Expression,
    text: &dyn Fn() -> String,
) -> Result<Form, ProgramError> {
    let bound = epigraphs.bound(difference, Side::Above)?;
    if bound.squares.iter().any(|squares| !squares.is_empty()) {
        return Err(ProgramError::QuadraticConstraint { expression: text() });
    }
    Ok(bound.form)
}

/// Rows, each at most 0, of `atom(inner) <= bound`.
fn own_rows(atom: &Atom, inner: &Form, bound: &Form) -> Option<Form> {
    let length = inner.len().max(bound.len());
    let below = |sign: f64| {
        (0..length).map(move |i| sum(&times(pick(inner, i), sign), &times(pick(bound, i), -1.0))).collect::<Form>()
    };
    match atom {
        Atom::Abs | Atom::NormInf => Some([below(1.0), below(-1.0)].concat()),
        Atom::Max => Some(below(1.0)),
        Atom::Pos => {
            let mut rows = below(1.0);
            rows.extend(bound.iter().map(|entry| times(entry, -1.0)));
            Some(rows)
        }
        Atom::SumSquares | Atom::QuadForm(_) | Atom::Huber(_) => None,
    }
}
