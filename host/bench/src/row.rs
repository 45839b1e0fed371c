//! Row of the table: figures of one solver on one family.

use convex_edge_verify::family::{Family, Matrices, Vectors};
use convex_edge_verify::run::{Run, Start};
use serde::Serialize;

/// What passes for an answer: a relative violation or an objective off by more than this is wrong.
const WRONG: f64 = 1e-3;

/// Times of a family's problems.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Microseconds {
    /// Median.
    pub median: f64,
    /// 99th percentile.
    pub p99: f64,
    /// Slowest problem.
    pub max: f64,
}

/// Times relative to DAQP's in the same run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Ratio {
    /// Ratio of the medians.
    pub median: f64,
    /// Ratio of the 99th percentiles.
    pub p99: f64,
    /// Ratio of the maxima.
    pub max: f64,
}

/// A solver on a family.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// The family.
    pub family: &'static str,
    /// The solver.
    pub solver: String,
    /// Start of each solve.
    pub start: Start,
    /// Number of variables.
    pub variables: usize,
    /// Number of two-sided constraints, simple bounds included.
    pub constraints: usize,
    /// Number of simple bounds among the constraints.
    pub bounds: usize,
    /// What the family's numbers are drawn from; nothing where none is drawn.
    pub seed: Option<u64>,
    /// Number of problems.
    pub problems: usize,
    /// Runs of which these are the medians.
    pub runs: usize,
    /// Time of a problem.
    pub microseconds: Microseconds,
    /// The times relative to DAQP's in the same precision; nothing where that did not run.
    pub to_daqp: Option<Ratio>,
    /// Iterations in the mean.
    pub iterations: f64,
    /// Most iterations.
    pub most_iterations: u32,
    /// Largest difference between a coordinate and the reference's, over the problems solved.
    pub error: f64,
    /// Largest difference between objectives, relative to the size of its terms, over the problems solved.
    pub objective_error: f64,
    /// Largest violation relative to the size of the row's terms, over the problems solved.
    pub violation: f64,
    /// Problems that the solver gave up.
    pub not_solved: usize,
    /// Problems called solved whose answer is off by more than 1e-3 in objective or feasibility.
    pub wrong: usize,
}

impl Row {
    /// Judges one run by the reference's points; an empty point there judges nothing.
    pub fn new(family: &Family, run: &Run, reference: &[Vec<f64>]) -> Self {
        let mut row = Self {
            family: family.name,
            solver: run.solver.clone(),
            start: run.start,
            variables: family.variables,
            constraints: family.constraints,
            bounds: family.bounds,
            seed: family.seed,
            problems: run.seconds.len(),
            runs: 1,
            microseconds: Microseconds {
                median: 1e6 * quantile(&run.seconds, 0.5),
                p99: 1e6 * quantile(&run.seconds, 0.99),
                max: 1e6 * quantile(&run.seconds, 1.0),
            },
            to_daqp: None,
            iterations: run.iterations.iter().copied().map(f64::from).sum::<f64>() / run.iterations.len().max(1) as f64,
            most_iterations: run.iterations.iter().copied().max().unwrap_or(0),
            error: 0.0,
            objective_error: 0.0,
            violation: 0.0,
            not_solved: run.solved.iter().filter(|solved| !**solved).count(),
            wrong: 0,
        };
        let answers = run.solved.iter().zip(&run.x).zip(reference);
        for (((&solved, x), best), (matrices, vectors)) in answers.zip(family.problems()) {
            if !solved {
                continue;
            }
            let violation = violation(family, matrices, vectors, x);
            let mut objective_error = 0.0;
            if !best.is_empty() {
                let error = x.iter().zip(best).map(|(x, best)| (x - best).abs()).fold(0.0, worse);
                let ((value, _), (least, size)) = (objective(matrices, vectors, x), objective(matrices, vectors, best));
                objective_error = (value - least).abs() / size.max(f64::MIN_POSITIVE);
                row.error = worse(row.error, error);
            }
            row.objective_error = worse(row.objective_error, objective_error);
            row.violation = worse(row.violation, violation);
            row.wrong += usize::from(!(violation <= WRONG && objective_error <= WRONG));
        }
        row
    }
}

/// The larger one, NaN where either is.
fn worse(a: f64, b: f64) -> f64 {
    if a.is_nan() || a > b { a } else { b }
}

/// Objective, and the sum of its terms' magnitudes.
fn objective(matrices: &Matrices, vectors: &Vectors, x: &[f64]) -> (f64, f64) {
    let (mut value, mut size) = (0.0, 0.0);
    for ((row, f), x_i) in matrices.hessian.chunks(x.len().max(1)).zip(&vectors.linear).zip(x) {
        for term in [0.5 * x_i * dot(row, x), f * x_i] {
            value += term;
            size += f64::abs(term);
        }
    }
    (value, size)
}

/// Largest violation, relative to the size of its row's terms.
fn violation(family: &Family, matrices: &Matrices, vectors: &Vectors, x: &[f64]) -> f64 {
    let largest = x.iter().fold(0.0, |size, x| worse(x.abs(), size));
    let bounds = vectors.lower.iter().zip(&vectors.upper).enumerate();
    let violations = bounds.map(|(i, (&lower, &upper))| {
        let row = family.row(matrices, i);
        let product = dot(&row, x);
        let (beyond, bound) = if product > upper { (product - upper, upper) } else { (lower - product, lower) };
        let scale = row.iter().map(|a| a.abs()).sum::<f64>() * largest + bound.abs();
        if beyond <= 0.0 { 0.0 } else { beyond / scale }
    });
    violations.fold(0.0, worse)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The smallest value that at least this share of the values does not exceed; NaN of none.
fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(f64::NAN)
}
