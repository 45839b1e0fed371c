//! One program after the other in one precision: each cold, and warm from the one before.

use crate::sets::program::Program;
use crate::sets::size::{AnySize, smallest};
use crate::sets::solve::{padded, settings};
use convex_edge_core::heap::boxed;
use convex_edge_core::number::Number;
use convex_edge_core::qp::{Solution, Status, Workspace, solve, solve_updated, update_bounds, update_linear};
use convex_edge_verify::case::Precision;
use std::marker::PhantomData;

/// Figures of one solve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Solve {
    /// Status of the solve.
    pub status: Status,
    /// Changes of the working set.
    pub iterations: u32,
    /// Constraints in the working set at the end.
    pub working_set: usize,
}

/// Solves a program cold and, with the matrices and the working set of the program before, warm. The matrices of all
/// programs have to be the same.
pub type Solver = Box<dyn FnMut(&Program) -> [Solve; 2]>;

/// A solver in the given precision for programs of this size; nothing where it is too large for all that are built.
///
/// Those are padded, which changes the order of some sums, and nothing else that iterations depend on.
pub fn solver(precision: Precision, variables: usize, constraints: usize) -> Option<Solver> {
    match precision {
        Precision::F32 => smallest(variables, constraints, Both(PhantomData::<f32>)),
        Precision::F64 => smallest(variables, constraints, Both(PhantomData::<f64>)),
    }
}

/// Both starts in one precision.
struct Both<T>(PhantomData<T>);

impl<T: Number + 'static> AnySize for Both<T> {
    type Output = Solver;
    fn run<const N: usize, const M: usize>(self) -> Solver {
        let mut cold = boxed(Workspace::<T, N, M>::new);
        let mut warm = boxed(Workspace::<T, N, M>::new);
        Box::new(move |program| {
            let qp = padded::<T, N, M>(program);
            update_linear(&qp, &mut warm, &qp.linear);
            update_bounds(&qp, &mut warm, &qp.lower, &qp.upper);
            [taken(&solve(&qp, &mut cold, &settings())), taken(&solve_updated(&qp, &mut warm, &settings()))]
        })
    }
}

fn taken<T: Number, const N: usize, const M: usize>(solution: &Solution<T, N, M>) -> Solve {
    let Solution { status, iterations, working_set, .. } = *solution;
    Solve { status, iterations, working_set: working_set.len() }
}
