//! Judge of an answer to any program at all.

use super::program::Known;
use crate::certificate::Size;
use crate::oracle::Reference;
use convex_edge_core::number::Number;
use convex_edge_core::qp::{Qp, Solution, Status};

/// What the evaluation in double precision may add to the solver's own tolerance: the rounding of its test.
const ROOM: f64 = 1.5;

/// Magnitudes within which the KKT conditions are judged: products of three of them stay within the precision's range,
/// so that neither the solver's test nor this one loses terms that count.
fn judged<T: Number>(value: f64) -> bool {
    let largest = if size_of::<T>() == 4 { 1e9 } else { 1e80 };
    value == 0.0 || value.is_infinite() || (1.0 / largest..=largest).contains(&value.abs())
}

/// Returns the fault of an answer in words, if there is one.
pub(super) fn judge<T: Number, const N: usize, const M: usize>(
    qp: &Qp<T, N, M>,
    known: &Known,
    solution: &Solution<T, N, M>,
    cap: u32,
) -> Result<(), String> {
    let Solution { status, iterations, .. } = *solution;
    if iterations > cap {
        return Err(format!("{iterations} iterations where {cap} are allowed"));
    }
    let problem = Reference::new(qp);
    match status {
        Status::NotFinite => {}
        Status::NotConvex if is_unusable(qp) => {}
        _ if is_unusable(qp) => return Err(format!("called {status:?} in spite of a NaN or an infinity")),
        _ => {}
    }
    match (status, known) {
        (Status::Infeasible, Known::Point(point)) => Err(format!("called Infeasible, but {point:?} is feasible")),
        (Status::Infeasible, Known::Origin) => Err("called Infeasible, but the origin is feasible".to_owned()),
        (Status::Solved, Known::Contradiction) => Err("called Solved, but two rows contradict each other".to_owned()),
        (Status::Solved, _) => solved(&problem, known, solution),
        _ => Ok(()),
    }
}

/// Whether a number is none, or an infinity where a number is needed.
fn is_unusable<T: Number, const N: usize, const M: usize>(qp: &Qp<T, N, M>) -> bool {
    let rows = (qp.bounds..M).flat_map(|i| (0..N).map(move |j| qp.rows[(i, j)].double()));
    let numbers = qp.hessian.iter().chain(qp.linear.iter()).chain(qp.softness.iter()).map(|value| value.double());
    let bounds = qp.lower.iter().zip(qp.upper.iter()).map(|(lower, upper)| (lower.double(), upper.double()));
    !numbers.chain(rows).all(f64::is_finite)
        || !bounds.into_iter().all(|(lower, upper)| lower < f64::INFINITY && upper > f64::NEG_INFINITY)
}

fn solved<T: Number, const N: usize, const M: usize>(
    problem: &Reference,
    known: &Known,
    solution: &Solution<T, N, M>,
) -> Result<(), String> {
    let rows = problem.rows.iter().flat_map(|row| row.a.iter().chain([&row.lower, &row.upper, &row.softness]));
    let point = solution.x.iter().chain(solution.dual.iter()).map(|value| value.double());
    let mut numbers = problem.hessian.iter().flatten().chain(&problem.linear).chain(rows).copied().chain(point);
    if !numbers.all(judged::<T>) {
        return Ok(());
    }
    let residuals = problem.residuals(solution);
    if !residuals.within(ROOM * T::KKT_TOLERANCE.double()) {
        return Err(format!("called Solved with {residuals:?}"));
    }
    // Where a feasible point is known, the errors are measured by the problem's size and not by the answer's.
    let Known::Point(point) = known else { return Ok(()) };
    let Some(size) = Size::new(problem, point).filter(|size| !size.vanishes()) else { return Ok(()) };
    let errors = size.errors(problem, solution);
    if errors.are_small::<T>() { Ok(()) } else { Err(format!("called Solved with {errors:?}")) }
}
