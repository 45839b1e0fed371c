//! A random program written by the language of [`convex_edge::program`], and its answer by our solver.

use super::node::{Atom, Matrix, Node, by_rows};
use super::stated::{Relation, Stated};
use crate::sets::size::{AnySize, smallest};
use crate::sets::solve::settings;
use convex_edge::program::{
    Constraint, Expression, Program, ProgramError, Sign, constant, conv, maximize, minimize, numbers, parameter, stack,
    variable,
};
use convex_edge_core::heap::boxed;
use convex_edge_core::number::Number;
use convex_edge_core::program::set_entries;
use convex_edge_core::qp::{Qp, Status, Workspace, solve};
use convex_edge_verify::case::Precision;
use nalgebra::SMatrix;
use std::marker::PhantomData;

/// Answer of our solver.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Status of the solve.
    pub status: Status,
    /// Entries of all variables, by rows, one after the other.
    pub x: Vec<f64>,
}

/// Its canonical form.
///
/// # Errors
/// The language refuses what the check takes to be right.
pub fn program(stated: &Stated) -> Result<Program, ProgramError> {
    let of = |(index, (rows, columns)): (usize, &(usize, usize))| variable(&format!("x{index}"), *rows, *columns);
    let variables: Vec<Expression> = stated.variables.iter().enumerate().map(of).collect();
    let mut parameters = Vec::new();
    for (index, given) in stated.parameters.iter().enumerate() {
        let plain = parameter(&format!("p{index}"), given.value.nrows(), given.value.ncols());
        let signed = match given.sign {
            Sign::Any => plain,
            Sign::Nonnegative => plain.nonnegative(),
            Sign::Nonpositive => plain.nonpositive(),
        };
        parameters.push(if given.semidefinite { signed.semidefinite() } else { signed });
    }
    let writer = Writer { variables: &variables, parameters: &parameters };
    let mut objective = Expression::from(0.0);
    for (factor, node) in &stated.objective {
        objective = objective + writer.expression(factor) * writer.expression(node);
    }
    // Every variable is in the objective, so that each may be an output.
    for variable in &variables {
        objective = objective + 0.0 * variable.sum();
    }
    let problem = if stated.maximized { maximize(-objective) } else { minimize(objective) };
    let constraints: Vec<Constraint> = stated
        .constraints
        .iter()
        .map(|constraint| {
            let written = writer.relation(&constraint.relation);
            constraint.softness.map_or(written.clone(), |softness| written.soft(softness))
        })
        .collect();
    let parameters: Vec<&Expression> = parameters.iter().collect();
    let variables: Vec<&Expression> = variables.iter().collect();
    problem.subject_to(constraints).program(&parameters, &variables)
}

struct Writer<'a> {
    variables: &'a [Expression],
    parameters: &'a [Expression],
}

impl Writer<'_> {
    fn relation(&self, relation: &Relation) -> Constraint {
        let of = |node: &Node| self.expression(node);
        match relation {
            Relation::AtMost(a, b) => of(a).at_most(of(b)),
            Relation::AtLeast(a, b) => of(a).at_least(of(b)),
            Relation::Between(a, low, high) => of(a).between(of(low), of(high)),
            Relation::Equals(a, b) => of(a).equals(of(b)),
        }
    }

    fn expression(&self, node: &Node) -> Expression {
        let of = |node: &Node| self.expression(node);
        match node {
            Node::Variable(index) => self.variables[*index].clone(),
            Node::Parameter(index) => self.parameters[*index].clone(),
            Node::Constant(matrix) => constant_of(matrix),
            Node::Sum(a, b) => of(a) + of(b),
            Node::Difference(a, b) => of(a) - of(b),
            Node::Negative(a) => -of(a),
            Node::Product(a, b) => of(a) * of(b),
            Node::Scaled(a, b) => of(a).scaled(of(b)),
            Node::Entries(a, indices) => of(a).entries(indices.iter().copied()),
            Node::Transpose(a) => of(a).transpose(),
            Node::Stack(parts) => {
                let parts: Vec<Expression> = parts.iter().map(of).collect();
                stack(&parts.iter().collect::<Vec<_>>())
            }
            Node::Total(a) => of(a).sum(),
            Node::Mean(a) => of(a).mean(),
            Node::Diff(a) => of(a).diff(),
            Node::Dot(a, b) => of(a).dot(&of(b)),
            Node::Conv(a, b) => conv(&of(a), &of(b)),
            Node::Atom(atom, a) => {
                let a = of(a);
                match atom {
                    Atom::SumSquares => a.sum_squares(),
                    Atom::QuadForm(matrix) => a.quad_form(&of(matrix)),
                    Atom::Abs => a.abs(),
                    Atom::Norm1 => a.norm1(),
                    Atom::NormInf => a.norm_inf(),
                    Atom::Max => a.max(),
                    Atom::Pos => a.pos(),
                    Atom::Huber(threshold) => a.huber(*threshold),
                }
            }
        }
    }
}

fn constant_of(matrix: &Matrix) -> Expression {
    match matrix.as_slice() {
        [value] => Expression::from(*value),
        _ => constant(matrix.nrows(), matrix.ncols(), &by_rows(matrix)),
    }
}

/// One cold solve; nothing where the program is larger than every solver that was built.
pub fn answer(precision: Precision, program: &Program, values: &[Matrix]) -> Option<Answer> {
    // Here and not where it is called, so that each size is compiled once.
    match precision {
        Precision::F32 => rounded::<f32>(program, values),
        Precision::F64 => rounded::<f64>(program, values),
    }
}

fn rounded<T: Number>(program: &Program, values: &[Matrix]) -> Option<Answer> {
    let values: Vec<T> = values.iter().flat_map(by_rows).map(T::rounded).collect();
    smallest(program.variables(), program.constraints(), Once { program, values: &values, precision: PhantomData })
}

struct Once<'a, T> {
    program: &'a Program,
    values: &'a [T],
    precision: PhantomData<T>,
}

impl<T: Number> AnySize for Once<'_, T> {
    type Output = Answer;
    fn run<const N: usize, const M: usize>(self) -> Answer {
        let qp = padded::<T, N, M>(self.program, self.values);
        let mut workspace = boxed(Workspace::new);
        let solution = solve(&qp, &mut workspace, &settings());
        let x = self.program.output_entries().map(|entry| solution.x[entry].double()).collect();
        Answer { status: solution.status, x }
    }
}

/// The program's data in the upper left corner; variables beside it have curvature 1 and no slope.
fn padded<T: Number, const N: usize, const M: usize>(program: &Program, values: &[T]) -> Box<Qp<T, N, M>> {
    let mut qp = boxed(Qp::<T, N, M>::zero);
    qp.bounds = program.bounds();
    qp.lower.fill(T::rounded(f64::NEG_INFINITY));
    qp.upper.fill(T::rounded(f64::INFINITY));
    (program.variables()..N).for_each(|index| qp.hessian[(index, index)] = T::ONE);
    fill(&mut qp.hessian, &program.hessian, values);
    fill(&mut qp.rows, &program.rows, values);
    fill(&mut qp.linear, &program.linear, values);
    fill(&mut qp.lower, &program.lower, values);
    fill(&mut qp.upper, &program.upper, values);
    set_entries(&mut qp.softness, numbers(&program.softness), &[]);
    qp
}

fn fill<T: Number, const R: usize, const C: usize>(
    matrix: &mut SMatrix<T, R, C>,
    map: &convex_edge::program::AffineMap,
    values: &[T],
) {
    set_entries(matrix, numbers(&map.constant), &[]);
    set_entries(matrix, numbers(&map.parametric), values);
}
