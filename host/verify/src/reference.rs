//! Clarabel as the reference of all answers, and as a peer.

use super::family::{Family, Matrices, Vectors};
use super::run::{Run, Start};
use clarabel::algebra::CscMatrix;
use clarabel::solver::{DefaultSettings, DefaultSolver, IPSolver, NonnegativeConeT, SolverStatus, ZeroConeT};

/// Tolerance of gap and feasibility.
const TOLERANCE: f64 = 1e-9;

/// A minimizer with how it was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The minimizer.
    pub x: Vec<f64>,
    /// Iterations.
    pub iterations: u32,
    /// Time by the solver's own clock, set-up included, s.
    pub seconds: f64,
}

/// Solves one problem of the family; `None` where there is no solution or Clarabel does not find it.
pub fn solve(family: &Family, matrices: &Matrices, vectors: &Vectors) -> Option<Answer> {
    let n = family.variables;
    let (mut equal, mut equal_bounds, mut rows, mut bounds) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (i, (&lower, &upper)) in vectors.lower.iter().zip(&vectors.upper).enumerate() {
        let row = family.row(matrices, i);
        if lower == upper {
            equal.push(row);
            equal_bounds.push(upper);
            continue;
        }
        if lower > f64::NEG_INFINITY {
            rows.push(row.iter().map(|a| -a).collect());
            bounds.push(-lower);
        }
        if upper < f64::INFINITY {
            rows.push(row);
            bounds.push(upper);
        }
    }
    let cones = [ZeroConeT(equal.len()), NonnegativeConeT(rows.len())];
    equal.append(&mut rows);
    equal_bounds.append(&mut bounds);
    let settings = DefaultSettings {
        verbose: false,
        tol_gap_abs: TOLERANCE,
        tol_gap_rel: TOLERANCE,
        tol_feas: TOLERANCE,
        ..DefaultSettings::default()
    };
    let hessian = CscMatrix::from(matrices.hessian.chunks(n)).to_triu();
    let rows = CscMatrix::from(&equal);
    let mut solver = DefaultSolver::new(&hessian, &vectors.linear, &rows, &equal_bounds, &cones, settings).ok()?;
    solver.solve();
    let solution = solver.solution;
    (solution.status == SolverStatus::Solved).then_some(Answer {
        x: solution.x,
        iterations: solution.iterations,
        seconds: solution.solve_time,
    })
}

/// Solves all problems, as a peer and as the reference: where Clarabel fails, the point is empty.
pub fn run(family: &Family, repeats: usize) -> Run {
    let mut run = Run {
        solver: "Clarabel 1e-9".to_owned(),
        start: Start::Cold,
        seconds: Vec::new(),
        iterations: Vec::new(),
        solved: Vec::new(),
        x: Vec::new(),
    };
    for (matrices, vectors) in family.problems() {
        let mut answers = (0..repeats.max(1)).map(|_| solve(family, matrices, vectors));
        let first = answers.next().flatten();
        let seconds = answers.flatten().map(|answer| answer.seconds);
        let fastest = seconds.chain(first.as_ref().map(|answer| answer.seconds)).fold(f64::INFINITY, f64::min);
        run.seconds.push(fastest);
        run.iterations.push(first.as_ref().map_or(0, |answer| answer.iterations));
        run.solved.push(first.is_some());
        run.x.push(first.map(|answer| answer.x).unwrap_or_default());
    }
    run
}
