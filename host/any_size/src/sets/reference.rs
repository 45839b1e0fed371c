//! Reference answers to sparse programs, by Clarabel.

use super::program::Program;
use clarabel::algebra::CscMatrix;
use clarabel::solver::{DefaultSettings, DefaultSolver, IPSolver, NonnegativeConeT, SolverStatus, ZeroConeT};

/// Tolerance of gap and feasibility.
const TOLERANCE: f64 = 1e-9;

/// A verdict.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// A minimizer.
    Solved(Vec<f64>),
    /// No point satisfies the constraints.
    Infeasible,
    /// It gave up, its answer is a rough one, or the program is unbounded.
    Undecided,
}

/// One-sided constraints: entries by row, and what each is at most.
#[derive(Default)]
struct Constraints {
    rows: Vec<usize>,
    columns: Vec<usize>,
    values: Vec<f64>,
    bounds: Vec<f64>,
}

impl Constraints {
    fn push(&mut self, terms: &[(usize, f64)], sign: f64, bound: f64) {
        for &(variable, value) in terms {
            self.rows.push(self.bounds.len());
            self.columns.push(variable);
            self.values.push(sign * value);
        }
        self.bounds.push(sign * bound);
    }
}

/// Solves a program by Clarabel.
pub fn solve(program: &Program) -> Verdict {
    let n = program.variables();
    let simple = program.lower.iter().zip(&program.upper).enumerate();
    let simple: Vec<_> = simple.map(|(index, (&lower, &upper))| ([(index, 1.0)], lower, upper)).collect();
    let rows = program.rows.iter().map(|row| (row.terms.as_slice(), row.lower, row.upper));
    let all: Vec<_> =
        rows.chain(simple.iter().map(|(terms, lower, upper)| (terms.as_slice(), *lower, *upper))).collect();
    let mut constraints = Constraints::default();
    all.iter()
        .filter(|(_, lower, upper)| lower == upper)
        .for_each(|(terms, _, upper)| constraints.push(terms, 1.0, *upper));
    let equalities = constraints.bounds.len();
    for &(terms, lower, upper) in all.iter().filter(|(_, lower, upper)| lower != upper) {
        if upper < f64::INFINITY {
            constraints.push(terms, 1.0, upper);
        }
        if lower > f64::NEG_INFINITY {
            constraints.push(terms, -1.0, lower);
        }
    }
    let upper: Vec<_> = program.hessian.iter().filter(|(i, j, _)| i <= j).collect();
    let hessian = CscMatrix::new_from_triplets(
        n,
        n,
        upper.iter().map(|(i, ..)| *i).collect(),
        upper.iter().map(|(_, j, _)| *j).collect(),
        upper.iter().map(|(.., value)| *value).collect(),
    );
    let Constraints { rows, columns, values, bounds } = constraints;
    let matrix = CscMatrix::new_from_triplets(bounds.len(), n, rows, columns, values);
    let cones = [ZeroConeT(equalities), NonnegativeConeT(bounds.len() - equalities)];
    let settings = DefaultSettings {
        verbose: false,
        tol_gap_abs: TOLERANCE,
        tol_gap_rel: TOLERANCE,
        tol_feas: TOLERANCE,
        ..DefaultSettings::default()
    };
    let solver = DefaultSolver::new(&hessian, &program.linear, &matrix, &bounds, &cones, settings);
    let Ok(mut solver) = solver else { return Verdict::Undecided };
    solver.solve();
    match solver.solution.status {
        SolverStatus::Solved => Verdict::Solved(solver.solution.x),
        SolverStatus::PrimalInfeasible => Verdict::Infeasible,
        _ => Verdict::Undecided,
    }
}
