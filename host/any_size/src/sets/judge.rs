//! Judge of an answer to a problem of a set: KKT conditions in double precision, and Clarabel's objective.
//!
//! All of it is evaluated in the numbers that the solver saw, so that the rounding of a program's data to single
//! precision is no error of the solver. The tolerances are coarse on purpose: a thousand times the solver's own in
//! double precision, a hundred times in single, since the solver measures each variable in units of its curvature and
//! this does not.

use super::program::Program;
use super::reference::Verdict;
use super::solve::Answer;
use convex_edge_core::number::Number;
use convex_edge_core::qp::Status;
use serde::Serialize;

/// Verdict on an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Word {
    /// Solved or infeasible, and so it is.
    Right,
    /// The solver said that it cannot tell, or that the problem is none for it.
    Flagged,
    /// Called what it is not.
    Wrong,
}

/// An answer with its errors.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Judgement {
    /// Verdict on the answer.
    pub word: Word,
    /// Objective with its constant.
    pub objective: f64,
    /// Difference from Clarabel's objective, relative to the magnitude of its terms; nothing where there is none.
    pub objective_error: Option<f64>,
    /// Largest residual of stationarity, feasibility, complementarity and signs, each relative to its terms.
    pub residual: f64,
}

/// Largest residual and largest error of the objective that pass.
pub fn tolerance<T: Number>() -> f64 {
    if T::EPSILON.double() > 1e-10 { 1e-3 } else { 1e-6 }
}

/// Judges an answer to a program in the precision's numbers.
pub fn judge<T: Number>(program: &Program, answer: &Answer, reference: &Verdict) -> Judgement {
    let (value, _) = objective(program, &answer.x);
    let objective_error = match reference {
        Verdict::Solved(best) => {
            let (least, size) = objective(program, best);
            Some(ratio((value - least).abs(), size.max(gain(program, answer)).max(1e-4)))
        }
        _ => None,
    };
    let residual = residual::<T>(program, answer);
    let small = |error: f64| error <= tolerance::<T>();
    let word = match (answer.status, reference) {
        (Status::Solved, Verdict::Infeasible) => Word::Wrong,
        (Status::Solved, _) if small(residual) && objective_error.is_none_or(small) => Word::Right,
        (Status::Solved, _) => Word::Wrong,
        (Status::Infeasible, Verdict::Solved(_)) => Word::Wrong,
        (Status::Infeasible, Verdict::Infeasible) => Word::Right,
        _ => Word::Flagged,
    };
    Judgement { word, objective: value + program.constant, objective_error, residual }
}

/// Objective without its constant, and the sum of its terms' magnitudes.
fn objective(program: &Program, x: &[f64]) -> (f64, f64) {
    let at = |index: usize| x.get(index).copied().unwrap_or(0.0);
    let quadratic = program.hessian.iter().map(|&(i, j, h)| 0.5 * h * at(i) * at(j));
    let linear = program.linear.iter().zip(x).map(|(f, x)| f * x);
    quadratic.chain(linear).fold((0.0, 0.0), |(sum, size), term| (sum + term, size + term.abs()))
}

/// What the constraints' duals weigh: violations within the tolerance move the objective by a share of this.
fn gain(program: &Program, answer: &Answer) -> f64 {
    let bounds = intervals(program).map(|(lower, upper)| [lower, upper].into_iter().find(|bound| bound.is_finite()));
    bounds.zip(&answer.dual).map(|(bound, dual)| (bound.unwrap_or(0.0) * dual).abs()).sum()
}

/// Bounds of all constraints in the solver's order.
fn intervals(program: &Program) -> impl Iterator<Item = (f64, f64)> {
    let simple = program.lower.iter().zip(&program.upper).take(program.bounded());
    simple.map(|(&lower, &upper)| (lower, upper)).chain(program.rows.iter().map(|row| (row.lower, row.upper)))
}

/// Largest relative residual of the KKT conditions; infinite where a dual presses against a bound that is none.
fn residual<T: Number>(program: &Program, answer: &Answer) -> f64 {
    let Answer { x, dual, .. } = answer;
    let largest = x.iter().fold(0.0, |size, x| worse(x.abs(), size));
    let floor = T::VARIABLE_FLOOR.double() * largest;
    let simple: Vec<_> = (0..program.bounded()).map(|index| [(index, 1.0)]).collect();
    let terms = simple.iter().map(|terms| terms.as_slice()).chain(program.rows.iter().map(|row| row.terms.as_slice()));
    let mut gradient: Vec<(f64, f64)> = program.linear.iter().map(|&f| (f, f.abs())).collect();
    let mut add = |index: usize, term: f64| {
        if let Some((sum, size)) = gradient.get_mut(index) {
            (*sum, *size) = (*sum + term, *size + term.abs());
        }
    };
    for &(i, j, h) in &program.hessian {
        add(i, h * x.get(j).copied().unwrap_or(f64::NAN));
    }
    let finite = intervals(program).flat_map(|(lower, upper)| [lower, upper]).filter(|bound| bound.is_finite());
    let largest_bound = finite.fold(0.0, |size, bound| worse(bound.abs(), size));
    let mut residual = 0.0;
    for ((terms, (lower, upper)), &dual) in terms.zip(intervals(program)).zip(dual) {
        let (mut product, mut size) = (0.0, 0.0);
        for &(variable, a) in terms {
            let x = x.get(variable).copied().unwrap_or(f64::NAN);
            product += a * x;
            size += (a * x.abs().max(floor)).abs();
            add(variable, a * dual);
        }
        if size == 0.0 {
            // A row of zeros has no terms: its bound is rounding beside the others or a contradiction.
            size = largest_bound;
        }
        let beyond = |bound: f64, distance: f64| if distance > 0.0 { ratio(distance, size + bound.abs()) } else { 0.0 };
        residual = worse(residual, worse(beyond(upper, product - upper), beyond(lower, lower - product)));
        if dual != 0.0 {
            let bound = if dual > 0.0 { upper } else { lower };
            let gap =
                if bound.is_finite() { ratio((product - bound).abs(), size + bound.abs()) } else { f64::INFINITY };
            residual = worse(residual, gap);
        }
        residual = if product.is_nan() { product } else { residual };
    }
    let (worst, scale) =
        gradient.iter().fold((0.0, 0.0), |(worst, scale), (sum, size)| (worse(sum.abs(), worst), worse(*size, scale)));
    worse(ratio(worst, scale), residual)
}

/// The larger one, NaN where either is.
fn worse(a: f64, b: f64) -> f64 {
    if a.is_nan() || a > b { a } else { b }
}

/// 0 / 0 is 0: nothing is wrong where nothing is.
fn ratio(value: f64, scale: f64) -> f64 {
    if value == 0.0 { 0.0 } else { value / scale }
}
