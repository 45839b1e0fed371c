//! Canonical form of a program: rows and columns of one quadratic program, and their order.

use super::ProgramError;
use super::bound::Squares;
use super::form::{Entry, ONE};
use super::rows::Rows;
use convex_edge_core::heap::boxed;
use convex_edge_core::number::Number;
use convex_edge_core::program::{CONSTANT, Term, set_entries};
use convex_edge_core::qp::Qp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where the values of a parameter lie among those of all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParameterSlot {
    /// Name of the parameter.
    pub name: String,
    /// Its rows.
    pub rows: usize,
    /// Its columns.
    pub columns: usize,
    /// Index of its first entry; the others follow by rows.
    pub offset: usize,
}

/// Where the values of a variable lie in the solution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// Name of the variable.
    pub name: String,
    /// Its rows.
    pub rows: usize,
    /// Its columns.
    pub columns: usize,
    /// Index in the solution of each entry, by rows.
    pub entries: Vec<usize>,
}

/// An affine map into the entries of a matrix: those that no parameter touches, and those that one does.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AffineMap {
    /// Terms of entries that stay.
    pub constant: Vec<Term<f64>>,
    /// Terms of entries that depend on parameters, entry by entry.
    pub parametric: Vec<Term<f64>>,
}

/// The canonical form of a problem: affine maps from the parameters to
/// `minimize 1/2 x'Hx + f'x subject to l <= A x <= u`, whose first [`Program::bounds`] rows are simple bounds on the first
/// variables, and from x back to the variables.
#[derive(Debug, Clone, PartialEq)]
pub struct Program {
    /// Slots of the parameters, in the order in which values are given.
    pub parameters: Vec<ParameterSlot>,
    /// Outputs, in the order in which values are returned.
    pub outputs: Vec<Output>,
    pub(super) variables: usize,
    pub(super) constraints: usize,
    pub(super) bounds: usize,
    /// H, both triangles.
    pub hessian: AffineMap,
    /// f.
    pub linear: AffineMap,
    /// A without the simple bounds.
    pub rows: AffineMap,
    /// l; where there is no term, minus infinity.
    pub lower: AffineMap,
    /// u; where there is no term, infinity.
    pub upper: AffineMap,
    /// Softness of the soft rows, in column 0.
    pub softness: Vec<Term<f64>>,
}

impl Program {
    /// Number of variables of the quadratic program.
    pub fn variables(&self) -> usize {
        self.variables
    }

    /// Number of its two-sided constraints, simple bounds included.
    pub fn constraints(&self) -> usize {
        self.constraints
    }

    /// Number of its simple bounds.
    pub fn bounds(&self) -> usize {
        self.bounds
    }

    /// Number of parameter entries.
    pub fn parameter_length(&self) -> usize {
        self.parameters.iter().map(|slot| slot.rows * slot.columns).sum()
    }

    /// Number of output entries.
    pub fn output_length(&self) -> usize {
        self.outputs.iter().map(|output| output.entries.len()).sum()
    }

    /// Index in the solution of every output entry, in order.
    pub fn output_entries(&self) -> impl Iterator<Item = usize> {
        self.outputs.iter().flat_map(|output| output.entries.iter().copied())
    }

    /// Whether H or A depend on parameters.
    pub fn has_parametric_matrices(&self) -> bool {
        !self.hessian.parametric.is_empty() || !self.rows.parametric.is_empty()
    }

    /// The quadratic program for the parameters' values.
    ///
    /// # Errors
    /// [`ProgramError::Sizes`] where N and M are not those of the program.
    pub fn qp<T: Number, const N: usize, const M: usize>(
        &self,
        parameters: &[T],
    ) -> Result<Box<Qp<T, N, M>>, ProgramError> {
        let mut qp = self.constants()?;
        set_entries(&mut qp.hessian, numbers(&self.hessian.parametric), parameters);
        set_entries(&mut qp.rows, numbers(&self.rows.parametric), parameters);
        set_entries(&mut qp.linear, numbers(&self.linear.parametric), parameters);
        set_entries(&mut qp.lower, numbers(&self.lower.parametric), parameters);
        set_entries(&mut qp.upper, numbers(&self.upper.parametric), parameters);
        Ok(qp)
    }

    /// What no parameter touches of it.
    ///
    /// # Errors
    /// [`ProgramError::Sizes`] where N and M are not those of the program; [`ProgramError::OutOfRange`].
    pub fn constants<T: Number, const N: usize, const M: usize>(&self) -> Result<Box<Qp<T, N, M>>, ProgramError> {
        if (N, M) != (self.variables, self.constraints) {
            return Err(ProgramError::Sizes { variables: self.variables, constraints: self.constraints });
        }
        self.check_range::<T>()?;
        let mut qp = boxed(Qp::<T, N, M>::zero);
        qp.bounds = self.bounds;
        qp.lower.fill(T::rounded(f64::NEG_INFINITY));
        qp.upper.fill(T::rounded(f64::INFINITY));
        set_entries(&mut qp.hessian, numbers(&self.hessian.constant), &[]);
        set_entries(&mut qp.rows, numbers(&self.rows.constant), &[]);
        set_entries(&mut qp.linear, numbers(&self.linear.constant), &[]);
        set_entries(&mut qp.lower, numbers(&self.lower.constant), &[]);
        set_entries(&mut qp.upper, numbers(&self.upper.constant), &[]);
        set_entries(&mut qp.softness, numbers(&self.softness), &[]);
        Ok(qp)
    }

    /// Rejects coefficients that the solver's number type cannot represent.
    ///
    /// # Errors
    /// [`ProgramError::OutOfRange`].
    pub(super) fn check_range<T: Number>(&self) -> Result<(), ProgramError> {
        let maps = [&self.hessian, &self.linear, &self.rows];
        for term in maps.into_iter().flat_map(|map| map.constant.iter().chain(&map.parametric)) {
            let coefficient = term.coefficient;
            // Also what keeps but a few of its digits.
            if !((T::rounded(coefficient).double() - coefficient).abs() <= 1e-3 * coefficient.abs()) {
                return Err(ProgramError::OutOfRange { coefficient, bits: 8 * size_of::<T>() });
            }
        }
        Ok(())
    }
}

/// Terms in the solver's numbers.
pub fn numbers<T: Number>(terms: &[Term<f64>]) -> impl Iterator<Item = Term<T>> {
    terms.iter().map(|term| Term {
        row: term.row,
        column: term.column,
        parameter: term.parameter,
        coefficient: T::rounded(term.coefficient),
    })
}

/// Puts bounded variables and their bounds first.
pub(super) fn assemble(
    count: usize,
    parameters: Vec<ParameterSlot>,
    outputs: Vec<Output>,
    (linear, squares): (&Entry, &Squares),
    rows: Rows,
) -> Result<Program, ProgramError> {
    let mut bound_of = vec![None; count];
    for (index, row) in rows.rows.iter().enumerate() {
        if let Some(bound) = row.bounded_variable().and_then(|variable| bound_of.get_mut(variable as usize)) {
            // Hard simple bounds hold exactly; a soft one gives its place up.
            let first = *bound.get_or_insert(index);
            let soft = |index: usize| rows.rows.get(index).is_some_and(|row| row.softness > 0.0);
            if soft(first) && row.softness == 0.0 {
                *bound = Some(index);
            }
        }
    }
    let bounded = || (0..count).filter(|&variable| bound_of[variable].is_some());
    let bounds = bounded().count();
    let mut position = vec![0; count];
    let free = (0..count).filter(|&variable| bound_of[variable].is_none());
    for (index, variable) in bounded().chain(free).enumerate() {
        position[variable] = index;
    }
    let is_bound = |index: usize| bound_of.contains(&Some(index));
    let mut order: Vec<usize> = bounded().filter_map(|variable| bound_of[variable]).collect();
    order.extend((0..rows.rows.len()).filter(|&index| !is_bound(index)));
    let parameter_count: usize = parameters.iter().map(|slot| slot.rows * slot.columns).sum();
    for (what, count) in [("variables", count), ("constraints", order.len()), ("parameters", parameter_count)] {
        if count >= usize::from(CONSTANT) {
            return Err(ProgramError::TooLarge { what, count });
        }
    }
    let at = |variable: u32| position.get(variable as usize).copied().unwrap_or_default();
    let mut maps = [(); 5].map(|()| Terms::new());
    let [hessian, linear_terms, row_terms, lower, upper] = &mut maps;
    for (&(x, y, parameter), &value) in squares {
        let (i, j) = (at(x), at(y));
        // x_i x_j once is H_ij + H_ji.
        let value = if i == j { 2.0 * value } else { value };
        add_term(hessian, (i, j, parameter), value);
        if i != j {
            add_term(hessian, (j, i, parameter), value);
        }
    }
    for (&(variable, parameter), &value) in linear {
        if variable != ONE {
            add_term(linear_terms, (at(variable), 0, parameter), value);
        }
    }
    let mut softness = Vec::new();
    for (position, row) in order.iter().filter_map(|&index| rows.rows.get(index)).enumerate() {
        if position >= bounds {
            for &((variable, parameter), value) in &row.coefficients {
                add_term(row_terms, (position, at(variable), parameter), value);
            }
        }
        for (terms, side) in [(&mut *lower, &row.lower), (&mut *upper, &row.upper)] {
            if let Some(side) = side {
                add_term(terms, (position, 0, ONE), 0.0);
                side.iter().for_each(|&(parameter, value)| add_term(terms, (position, 0, parameter), value));
            }
        }
        if row.softness > 0.0 {
            softness.push(term((position, 0, ONE), row.softness));
        }
    }
    let mut outputs = outputs;
    for output in &mut outputs {
        output.entries.iter_mut().for_each(|entry| *entry = at(*entry as u32));
    }
    let [hessian, linear, row_map, lower, upper] = maps.map(affine_map);
    let constraints = order.len();
    let program = Program {
        parameters,
        outputs,
        variables: count,
        constraints,
        bounds,
        hessian,
        linear,
        rows: row_map,
        lower,
        upper,
        softness,
    };
    Ok(program)
}

/// Coefficients by row, column and parameter.
type Terms = BTreeMap<(usize, usize, u32), f64>;

fn add_term(terms: &mut Terms, key: (usize, usize, u32), value: f64) {
    *terms.entry(key).or_insert(0.0) += value;
}

fn term((row, column, parameter): (usize, usize, u32), coefficient: f64) -> Term<f64> {
    let parameter = if parameter == ONE { CONSTANT } else { parameter as u16 };
    Term { row: row as u16, column: column as u16, parameter, coefficient }
}

/// Sorted by entry; the number of an entry, if it is not 0, after its parameters.
fn affine_map(terms: Terms) -> AffineMap {
    let mut map = AffineMap::default();
    let mut entries = BTreeMap::<_, Vec<_>>::new();
    for ((row, column, parameter), value) in terms {
        entries.entry((row, column)).or_default().push(term((row, column, parameter), value));
    }
    for (_, mut terms) in entries {
        let parametric = terms.iter().any(|term| term.parameter != CONSTANT);
        if parametric {
            terms.retain(|term| term.coefficient != 0.0);
            map.parametric.extend(terms);
        } else {
            map.constant.extend(terms);
        }
    }
    map
}
