//! A program of any size by a solver of fixed size: padded up to the next one that was built.

use super::program::Program;
use super::size::{AnySize, smallest};
use convex_edge_core::heap::boxed;
use convex_edge_core::number::Number;
use convex_edge_core::qp::{Qp, Settings, Status, Workspace, solve};
use convex_edge_verify::case::Precision;
use std::marker::PhantomData;

/// Cap on the iterations: several times what the largest size takes.
const ITERATION_LIMIT: u32 = 4000;

/// Answer of our solver to a program.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Status of the solve.
    pub status: Status,
    /// Changes of the working set.
    pub iterations: u32,
    /// The minimizer.
    pub x: Vec<f64>,
    /// Duals of the simple bounds on the first variables, then of the rows: positive at an upper bound.
    pub dual: Vec<f64>,
}

/// Solves it in the given precision by the smallest size that takes it; nothing where it is too large for all.
pub fn in_precision(program: &Program, precision: Precision) -> Option<Answer> {
    let (variables, constraints) = (program.variables(), program.constraints());
    match precision {
        Precision::F32 => smallest(variables, constraints, Once { program, precision: PhantomData::<f32> }),
        Precision::F64 => smallest(variables, constraints, Once { program, precision: PhantomData::<f64> }),
    }
}

/// One cold solve.
struct Once<'a, T> {
    program: &'a Program,
    precision: PhantomData<T>,
}

impl<T: Number> AnySize for Once<'_, T> {
    type Output = Answer;
    fn run<const N: usize, const M: usize>(self) -> Answer {
        let qp = padded::<T, N, M>(self.program);
        let mut workspace = boxed(Workspace::new);
        let solution = solve(&qp, &mut workspace, &settings());
        let doubles = |values: &[T], count: usize| values.iter().take(count).map(|value| value.double()).collect();
        Answer {
            status: solution.status,
            iterations: solution.iterations,
            x: doubles(solution.x.as_slice(), self.program.variables()),
            dual: doubles(solution.dual.as_slice(), self.program.constraints()),
        }
    }
}

/// The solver's own settings, but with a cap that suits every size.
pub(crate) fn settings<T: Number>() -> Settings<T> {
    Settings { iteration_limit: ITERATION_LIMIT, ..Settings::default() }
}

/// The program in the upper left corner. Variables beside it have curvature 1 and no slope, so that they are 0; rows
/// below it are zero without bounds.
pub(crate) fn padded<T: Number, const N: usize, const M: usize>(program: &Program) -> Box<Qp<T, N, M>> {
    let (n, bounded) = (program.variables(), program.bounded());
    let mut qp = boxed(Qp::<T, N, M>::zero);
    let infinite = T::rounded(f64::INFINITY);
    qp.lower.fill(-infinite);
    qp.upper.fill(infinite);
    (n..N).for_each(|index| qp.hessian[(index, index)] = T::ONE);
    for &(i, j, value) in &program.hessian {
        qp.hessian[(i, j)] = T::rounded(value);
    }
    for (target, &value) in qp.linear.iter_mut().zip(&program.linear) {
        *target = T::rounded(value);
    }
    qp.bounds = bounded;
    let simple = program.lower.iter().zip(&program.upper).take(bounded).map(|(&lower, &upper)| (lower, upper));
    let rows = program.rows.iter().map(|row| (row.lower, row.upper));
    for (index, (lower, upper)) in simple.chain(rows).enumerate() {
        (qp.lower[index], qp.upper[index]) = (T::rounded(lower), T::rounded(upper));
    }
    for (index, row) in program.rows.iter().enumerate() {
        for &(variable, value) in &row.terms {
            qp.rows[(bounded + index, variable)] = T::rounded(value);
        }
    }
    qp
}
