//! What the solver is judged by: the KKT conditions evaluated in double precision, and Clarabel.
//! Every test file uses its part of it.
#![allow(dead_code)]

pub mod problems;

use clarabel::algebra::CscMatrix;
use clarabel::solver::{DefaultSettings, DefaultSolver, IPSolver, NonnegativeConeT, SolverStatus, ZeroConeT};
use convex_edge_core::qp::{Qp, Solution, Status};
use convex_edge_core::real::Real;
use proptest::test_runner::{Config as ProptestConfig, RngSeed};

/// Both ways between the solver's number types and double precision.
pub trait Number: Real {
    /// Rounds to nearest.
    fn rounded(value: f64) -> Self;
    /// Exact.
    fn double(self) -> f64;
}

impl Number for f32 {
    fn rounded(value: f64) -> Self {
        value as f32
    }
    fn double(self) -> f64 {
        f64::from(self)
    }
}

impl Number for f64 {
    fn rounded(value: f64) -> Self {
        value
    }
    fn double(self) -> f64 {
        self
    }
}

/// A two-sided constraint in double precision.
#[derive(Debug, Clone)]
pub struct Row {
    pub a: Vec<f64>,
    pub lower: f64,
    pub upper: f64,
    pub softness: f64,
}

/// The very data that the solver sees, in double precision.
#[derive(Debug, Clone)]
pub struct Reference {
    pub hessian: Vec<Vec<f64>>,
    pub linear: Vec<f64>,
    pub rows: Vec<Row>,
}

/// What Clarabel says of a problem.
#[derive(Debug, Clone)]
pub enum Verdict {
    /// A minimizer, and the magnitude of each row's dual.
    Solved {
        x: Vec<f64>,
        prices: Vec<f64>,
    },
    Infeasible,
    Undecided,
}

/// Residuals of a claimed solution, each relative to the scale that the solver documents.
#[derive(Debug, Clone, Copy)]
pub struct Residuals {
    pub stationarity: f64,
    pub feasibility: f64,
    pub complementarity: f64,
    pub sign: bool,
}

impl Residuals {
    pub fn within(&self, tolerance: f64) -> bool {
        self.stationarity <= tolerance
            && self.feasibility <= tolerance
            && self.complementarity <= tolerance
            && self.sign
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// 0 / 0 is 0.
fn ratio(value: f64, scale: f64) -> f64 {
    if value == 0.0 { 0.0 } else { value / scale }
}

impl Reference {
    pub fn new<T: Number, const N: usize, const M: usize>(qp: &Qp<T, N, M>) -> Self {
        let entry = |i: usize, j: usize| if i == j { 1.0 } else { 0.0 };
        let row = |i: usize| Row {
            a: (0..N).map(|j| if i < qp.bounds { entry(i, j) } else { qp.rows[(i, j)].double() }).collect(),
            lower: qp.lower[i].double(),
            upper: qp.upper[i].double(),
            softness: qp.softness[i].double(),
        };
        Self {
            hessian: (0..N).map(|i| (0..N).map(|j| qp.hessian[(i, j)].double()).collect()).collect(),
            linear: qp.linear.iter().map(|f| f.double()).collect(),
            rows: (0..M).map(row).collect(),
        }
    }

    /// Objective with the price of the violated soft rows, and the sum of its terms' magnitudes.
    pub fn objective(&self, x: &[f64]) -> (f64, f64) {
        let (mut value, mut size) = (0.0, 0.0);
        for ((row, f), x_i) in self.hessian.iter().zip(&self.linear).zip(x) {
            for term in [0.5 * x_i * dot(row, x), f * x_i] {
                value += term;
                size += term.abs();
            }
        }
        for row in self.rows.iter().filter(|row| row.softness > 0.0) {
            let product = dot(&row.a, x);
            let violation = (product - row.upper).max(row.lower - product).max(0.0);
            value += violation * violation / (2.0 * row.softness);
            size += violation * violation / (2.0 * row.softness);
        }
        (value, size)
    }

    /// The KKT conditions at `x` with the duals and the working set that came with it.
    pub fn residuals<T: Number, const N: usize, const M: usize>(&self, solution: &Solution<T, N, M>) -> Residuals {
        let x: Vec<f64> = solution.x.iter().map(|x| x.double()).collect();
        let dual: Vec<f64> = solution.dual.iter().map(|dual| dual.double()).collect();
        // Below this the point itself is rounding.
        let largest = self.hessian.iter().flatten().fold(0.0, |size: f64, h| size.max(h.abs()));
        let floor = T::EPSILON.double() * self.linear.iter().fold(0.0, |size: f64, f| size.max(f.abs())) / largest;
        let size = x.iter().fold(floor, |size, x| size.max(x.abs()));
        let (mut worst, mut scale) = (0.0_f64, 0.0_f64);
        for (i, (hessian, f)) in self.hessian.iter().zip(&self.linear).enumerate() {
            let terms = hessian.iter().zip(&x).map(|(h, x)| h * x);
            let terms = terms.chain(self.rows.iter().zip(&dual).map(|(row, dual)| row.a[i] * dual)).chain([*f]);
            let (sum, magnitude) = terms.fold((0.0, 0.0), |(sum, size), term| (sum + term, size + f64::abs(term)));
            worst = if sum.is_nan() { f64::NAN } else { worst.max(sum.abs()) };
            scale = scale.max(magnitude);
        }
        let mut residuals =
            Residuals { stationarity: ratio(worst, scale), feasibility: 0.0, complementarity: 0.0, sign: true };
        for (i, (row, &dual)) in self.rows.iter().zip(&dual).enumerate() {
            let slack = row.softness * dual;
            let product = dot(&row.a, &x) - slack;
            let scale = row.a.iter().map(|a| a.abs()).sum::<f64>() * size + slack.abs();
            let active = solution.working_set.iter().find(|active| active.constraint() == i);
            if product > row.upper {
                residuals.feasibility = residuals.feasibility.max(ratio(product - row.upper, scale + row.upper.abs()));
            }
            if product < row.lower {
                residuals.feasibility = residuals.feasibility.max(ratio(row.lower - product, scale + row.lower.abs()));
            }
            if dual != 0.0 {
                let bound = if dual > 0.0 { row.upper } else { row.lower };
                let gap = ratio((product - bound).abs(), scale + bound.abs());
                residuals.complementarity = if gap >= 0.0 { residuals.complementarity.max(gap) } else { f64::NAN };
                residuals.sign &= active.is_some_and(|active| row.lower == row.upper || active.upper == (dual > 0.0));
            }
        }
        residuals
    }

    /// Clarabel's verdict, soft rows written with explicit slack variables `s` at the price `s^2 / (2 softness)`.
    pub fn clarabel(&self) -> Verdict {
        let n = self.linear.len();
        let soft: Vec<usize> = (0..self.rows.len()).filter(|&i| self.rows[i].softness > 0.0).collect();
        let variables = n + soft.len();
        let dense = |row: &Row, index: usize, sign: f64| {
            let mut dense: Vec<f64> = row.a.iter().map(|a| sign * a).collect();
            dense.resize(variables, 0.0);
            if let Some(position) = soft.iter().position(|&soft| soft == index) {
                dense[n + position] = -sign;
            }
            dense
        };
        let (mut matrix, mut bounds, mut origins) = (Vec::new(), Vec::new(), Vec::new());
        let equality = |row: &Row| row.lower == row.upper;
        for (i, row) in self.rows.iter().enumerate().filter(|(_, row)| equality(row)) {
            matrix.push(dense(row, i, 1.0));
            bounds.push(row.upper);
            origins.push(i);
        }
        let equalities = bounds.len();
        for (i, row) in self.rows.iter().enumerate().filter(|(_, row)| !equality(row)) {
            for (sign, bound) in [(1.0, row.upper), (-1.0, -row.lower)] {
                if bound < f64::INFINITY {
                    matrix.push(dense(row, i, sign));
                    bounds.push(bound);
                    origins.push(i);
                }
            }
        }
        let cones = [ZeroConeT(equalities), NonnegativeConeT(bounds.len() - equalities)];
        let quadratic = (0..variables).map(|i| {
            let diagonal = |j: usize| if i == j { 1.0 / self.rows[soft[i - n]].softness } else { 0.0 };
            (0..variables)
                .map(|j| {
                    if i >= n {
                        diagonal(j)
                    } else if j < n {
                        self.hessian[i][j]
                    } else {
                        0.0
                    }
                })
                .collect()
        });
        let quadratic = csc(&quadratic.collect::<Vec<Vec<f64>>>(), variables).to_triu();
        let mut linear = self.linear.clone();
        linear.resize(variables, 0.0);
        let settings = DefaultSettings {
            verbose: false,
            tol_gap_abs: 1e-11,
            tol_gap_rel: 1e-11,
            tol_feas: 1e-11,
            ..DefaultSettings::default()
        };
        let matrix = csc(&matrix, variables);
        let solver = DefaultSolver::new(&quadratic, &linear, &matrix, &bounds, &cones, settings);
        assert!(solver.is_ok(), "Clarabel refuses the data: {self:?}");
        let Ok(mut solver) = solver else { return Verdict::Undecided };
        solver.solve();
        let mut prices = vec![0.0; self.rows.len()];
        origins.iter().zip(&solver.solution.z).for_each(|(&i, z)| prices[i] += z.abs());
        match solver.solution.status {
            SolverStatus::Solved => Verdict::Solved { x: solver.solution.x[..n].to_vec(), prices },
            SolverStatus::PrimalInfeasible => Verdict::Infeasible,
            _ => Verdict::Undecided,
        }
    }

    /// Says what is wrong with a point when compared with Clarabel's: its objective, relative to the size of its
    /// terms, or its distance in the metric of the Hessian, which the objective bounds. A violation within the
    /// tolerance gains as much as the violated rows' duals say, which is much where the feasible set is all but empty.
    pub fn compare(&self, x: &[f64], reference: &[f64], prices: &[f64], tolerance: f64) -> Result<(), String> {
        let ((value, _), (best, size)) = (self.objective(x), self.objective(reference));
        let step: Vec<f64> = x.iter().zip(reference).map(|(x, reference)| x - reference).collect();
        let distance: f64 = self.hessian.iter().zip(&step).map(|(row, step_i)| 0.5 * step_i * dot(row, &step)).sum();
        let hard = self.rows.iter().zip(prices).filter(|(row, _)| row.softness == 0.0);
        let gain = hard.map(|(row, price)| {
            let product = dot(&row.a, x);
            price * (product - row.upper).max(row.lower - product).max(0.0)
        });
        let allowed = tolerance * size.max(1e-4) + gain.sum::<f64>();
        if (value - best).abs() <= allowed && distance <= allowed {
            return Ok(());
        }
        Err(format!(
            "objective {value} against {best}, distance {distance}, allowed {allowed}: {x:?} against {reference:?}"
        ))
    }
}

/// Tests a claimed solution: the KKT conditions in double precision at the default tolerance, with room for the
/// rounding of the solver's own test, and Clarabel's answer. Where Clarabel cannot decide, the conditions stand alone.
pub fn assert_right<T: Number, const N: usize, const M: usize>(qp: &Qp<T, N, M>, solution: &Solution<T, N, M>) {
    assert_eq!(solution.status, Status::Solved, "{qp:?}");
    let reference = Reference::new(qp);
    let residuals = reference.residuals(solution);
    assert!(residuals.within(1.5 * T::KKT_TOLERANCE.double()), "{residuals:?}: {qp:?}");
    let x: Vec<f64> = solution.x.iter().map(|x| x.double()).collect();
    // Square roots of the two tolerances, nearly: an objective is flat around its minimum.
    let tolerance = if T::EPSILON.double() > 1e-10 { 1e-3 } else { 1e-6 };
    match reference.clarabel() {
        Verdict::Solved { x: best, prices } => {
            let comparison = reference.compare(&x, &best, &prices, tolerance);
            assert!(comparison.is_ok(), "{comparison:?}: {qp:?}");
        }
        // Bounds rounded to single precision may contradict each other by less than the tolerance.
        Verdict::Infeasible => assert!(tolerance > 1e-5, "Clarabel finds no feasible point: {qp:?}"),
        Verdict::Undecided => {}
    }
}

/// The same cases in every run.
pub fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, rng_seed: RngSeed::Fixed(20), ..ProptestConfig::default() }
}

/// Runs a generic function for every size under test in one number type.
#[macro_export]
macro_rules! every_size {
    ($function:ident::<$number:ty>($($argument:expr),*)) => {
        $function::<$number, 1, 3>($($argument),*);
        $function::<$number, 2, 5>($($argument),*);
        $function::<$number, 4, 10>($($argument),*);
        $function::<$number, 10, 30>($($argument),*);
        $function::<$number, 20, 50>($($argument),*);
    };
}

fn csc(rows: &[Vec<f64>], columns: usize) -> CscMatrix<f64> {
    if rows.is_empty() { CscMatrix::zeros((0, columns)) } else { CscMatrix::from(rows) }
}
