//! Oracle of the solver: KKT conditions evaluated in double precision, and Clarabel.

use clarabel::algebra::CscMatrix;
use clarabel::solver::{DefaultSettings, DefaultSolver, IPSolver, NonnegativeConeT, SolverStatus, ZeroConeT};
use convex_edge_core::number::Number;
use convex_edge_core::qp::{Qp, Solution};

/// A two-sided constraint in double precision.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its coefficients, those of a simple bound written out.
    pub a: Vec<f64>,
    /// Lower bound.
    pub lower: f64,
    /// Upper bound.
    pub upper: f64,
    /// 0 for a hard row.
    pub softness: f64,
    /// Whether it is a simple bound.
    pub is_bound: bool,
}

impl Row {
    /// How far a hard row is violated at a point, relative to its own terms there and to the violated bound; infinite for
    /// a simple bound that is violated at all; 0 for a soft row.
    pub(super) fn violation(&self, x: &[f64]) -> f64 {
        let product = dot(&self.a, x);
        let (above, below) = (product - self.upper, self.lower - product);
        let (violation, bound) = if above > 0.0 { (above, self.upper) } else { (below, self.lower) };
        if self.softness > 0.0 || violation <= 0.0 {
            return 0.0;
        }
        if self.is_bound { f64::INFINITY } else { ratio(violation, self.magnitudes(x) + bound.abs()) }
    }

    /// Sum of its terms' magnitudes at a point.
    fn magnitudes(&self, x: &[f64]) -> f64 {
        self.a.iter().zip(x).map(|(a, x)| (a * x).abs()).sum()
    }

    /// Sum of its terms' magnitudes at variables of these sizes; a coefficient of 0 is no term.
    pub(super) fn terms(&self, sizes: &[f64]) -> f64 {
        self.a.iter().zip(sizes).map(|(a, size)| if *a == 0.0 { 0.0 } else { a.abs() * size }).sum()
    }
}

/// The very data that the solver sees, in double precision.
#[derive(Debug, Clone)]
pub struct Reference {
    /// H by rows.
    pub hessian: Vec<Vec<f64>>,
    /// f.
    pub linear: Vec<f64>,
    /// All constraints.
    pub rows: Vec<Row>,
}

/// Verdict of Clarabel on a problem.
#[derive(Debug, Clone)]
pub enum Verdict {
    /// A minimizer, and the magnitude of each row's dual.
    Solved {
        /// The minimizer.
        x: Vec<f64>,
        /// Per row, the magnitude of its dual.
        prices: Vec<f64>,
    },
    /// No point satisfies the hard rows.
    Infeasible,
    /// It gave up, or its answer is a rough one.
    Undecided,
    /// It does not take the data.
    Refused,
}

/// Residuals of a claimed solution, each relative to the scale that the solver documents.
#[derive(Debug, Clone, Copy)]
pub struct Residuals {
    /// Residual of the Lagrangian's gradient.
    pub stationarity: f64,
    /// Residual of the most violated row.
    pub feasibility: f64,
    /// Of the row with a dual that is farthest from its bound.
    pub complementarity: f64,
    /// Whether every dual has its bound's sign.
    pub sign: bool,
}

impl Residuals {
    /// Whether all of them are at most the tolerance.
    pub fn within(&self, tolerance: f64) -> bool {
        self.stationarity <= tolerance
            && self.feasibility <= tolerance
            && self.complementarity <= tolerance
            && self.sign
    }
}

/// Sum of products.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// A sum of products in twice the precision (Ogita, Rump and Oishi 2005, "Accurate sum and dot product"): large duals
/// cancel to less than their own rounding.
pub(super) fn accurate_sum(products: impl Iterator<Item = (f64, f64)>) -> f64 {
    let (mut sum, mut lost) = (0.0_f64, 0.0_f64);
    for (a, b) in products {
        let product = a * b;
        let rounded = sum + product;
        let of_product = rounded - sum;
        lost += a.mul_add(b, -product) + ((sum - (rounded - of_product)) + (product - of_product));
        sum = rounded;
    }
    sum + lost
}

/// 0 / 0 is 0: nothing is wrong where nothing is.
pub(super) fn ratio(value: f64, scale: f64) -> f64 {
    if value == 0.0 { 0.0 } else { value / scale }
}

impl Reference {
    /// The problem's data, exactly.
    pub fn new<T: Number, const N: usize, const M: usize>(qp: &Qp<T, N, M>) -> Self {
        let entry = |i: usize, j: usize| if i == j { 1.0 } else { 0.0 };
        let row = |i: usize| Row {
            a: (0..N).map(|j| if i < qp.bounds { entry(i, j) } else { qp.rows[(i, j)].double() }).collect(),
            lower: qp.lower[i].double(),
            upper: qp.upper[i].double(),
            softness: qp.softness[i].double(),
            is_bound: i < qp.bounds,
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

    /// Why a point is no minimizer, where another one is known to be one up to rounding: it violates a row or costs
    /// more. Relative to the terms, with some room for a residual of stationarity times the distance.
    pub fn worse_than<T: Number>(&self, x: &[f64], best: &[f64]) -> Option<String> {
        let tolerance = T::KKT_TOLERANCE.double();
        // As the solver does, in units of the curvature, where there is some.
        let unit = |i: usize| if self.hessian[i][i] > 0.0 { 1.0 / self.hessian[i][i].sqrt() } else { 0.0 };
        let own = |i: usize| x[i].abs().max(best[i].abs()).max(1.0);
        let curved = (0..x.len()).filter(|&i| unit(i) > 0.0);
        let floor = T::VARIABLE_FLOOR.double() * curved.fold(0.0, |size: f64, i| size.max(own(i) / unit(i)));
        let sizes: Vec<f64> = (0..x.len()).map(|i| own(i).max(floor * unit(i))).collect();
        let violation = self.violation(x);
        if !(violation <= 1.5 * tolerance) {
            return Some(format!("called Solved with a row violated by {violation:e} of its own terms"));
        }
        let ((value, size), (least, least_size)) = (self.objective(x), self.objective(best));
        let pull: f64 = self.linear.iter().zip(&sizes).map(|(f, size)| (f * size).abs()).sum();
        let excess = ratio(value - least - self.square_of_rounding::<T>(x), size + least_size + pull);
        (!(excess <= 100.0 * tolerance)).then(|| format!("called Solved with an objective {excess:e} above the least"))
    }

    /// What the rounding of a point's largest entry costs in the Hessian's metric: a square that can be 0 cannot be less. Of
    /// a problem without linear term; another one's pull says more.
    fn square_of_rounding<T: Number>(&self, x: &[f64]) -> f64 {
        if self.linear.iter().any(|f| *f != 0.0) {
            return 0.0;
        }
        let (units, n) = (self.units(), x.len() as f64);
        let largest = x.iter().zip(&units).fold(0.0, |largest: f64, (x, unit)| largest.max((x / unit).abs()));
        let rounding = T::EPSILON.double() * (8.0 + 2.0 * n) * largest;
        (0..x.len()).map(|i| 0.5 * self.hessian[i][i] * (n * rounding * units[i]).powi(2)).sum()
    }

    /// Largest violation of a hard row at a point, see `Row::violation`; NaN where one is.
    pub fn violation(&self, x: &[f64]) -> f64 {
        let rows = self.rows.iter().map(|row| row.violation(x));
        rows.fold(0.0, |largest, violation| if violation.is_nan() || violation > largest { violation } else { largest })
    }

    /// What the solver measures each variable in: the curvature or, where there is none, force and typical bound.
    pub(super) fn units(&self) -> Vec<f64> {
        let largest = |i: usize| self.rows.iter().fold(0.0, |size: f64, row| size.max(row.a[i].abs()));
        let columns: Vec<f64> =
            (0..self.linear.len()).map(|i| Some(largest(i)).filter(|a| *a > 0.0).unwrap_or(1.0)).collect();
        let pull = self.linear.iter().zip(&columns).fold(0.0, |pull: f64, (f, a)| pull.max(f.abs() / a));
        let size = |bound: f64| if bound == 0.0 { f64::INFINITY } else { bound.abs() };
        let bounds = self.rows.iter().map(|row| size(row.lower).min(size(row.upper)));
        let bounds: Vec<f64> = bounds.filter(|bound| bound.is_finite()).collect();
        let count = |is: &dyn Fn(&f64) -> bool| 2 * bounds.iter().filter(|bound| is(bound)).count() <= bounds.len();
        let median = bounds.iter().find(|median| count(&|bound| bound < *median) && count(&|bound| bound > *median));
        let typical = median.copied().unwrap_or(1.0);
        let scale = if pull > 0.0 { pull } else { 1.0 } / typical;
        let curvature =
            |i: usize| if self.hessian[i][i] > 0.0 { self.hessian[i][i] } else { scale * columns[i].powi(2) };
        (0..self.linear.len()).map(|i| 1.0 / curvature(i).sqrt()).collect()
    }

    /// What the solver measures each variable by at a point: its magnitude, at least a share of the largest one's, in
    /// units of the curvature.
    pub(super) fn sizes<T: Number>(&self, x: &[f64]) -> Vec<f64> {
        let unit = self.units();
        let largest = x.iter().zip(&unit).fold(0.0, |size: f64, (x, unit)| size.max(x.abs() / unit));
        let pull = self.linear.iter().zip(&unit).fold(0.0, |size: f64, (f, unit)| size.max(f.abs() * unit));
        let floor = (T::VARIABLE_FLOOR.double() * largest).max(T::EPSILON.double() * pull);
        x.iter().zip(&unit).map(|(x, unit)| x.abs().max(floor * unit)).collect()
    }

    /// The KKT conditions at `x` with the duals and the working set that came with it.
    pub fn residuals<T: Number, const N: usize, const M: usize>(&self, solution: &Solution<T, N, M>) -> Residuals {
        let x: Vec<f64> = solution.x.iter().map(|x| x.double()).collect();
        let dual: Vec<f64> = solution.dual.iter().map(|dual| dual.double()).collect();
        let sizes = self.sizes::<T>(&x);
        let units = self.units();
        let (mut worst, mut scale) = (0.0_f64, 0.0_f64);
        for (i, (hessian, f)) in self.hessian.iter().zip(&self.linear).enumerate() {
            let terms = hessian.iter().zip(&x).map(|(h, x)| h * x);
            let terms = terms.chain(self.rows.iter().zip(&dual).map(|(row, dual)| row.a[i] * dual)).chain([*f]);
            let (sum, magnitude) = terms.fold((0.0, 0.0), |(sum, size), term| (sum + term, size + f64::abs(term)));
            let unit = units[i];
            worst = if sum.is_nan() { f64::NAN } else { worst.max(sum.abs() * unit) };
            scale = scale.max(magnitude * unit);
        }
        let mut residuals = Residuals {
            stationarity: ratio(worst, scale),
            feasibility: self.violation(&x),
            complementarity: 0.0,
            sign: true,
        };
        for (i, (row, &dual)) in self.rows.iter().zip(&dual).enumerate() {
            let slack = row.softness * dual;
            let product = dot(&row.a, &x) - slack;
            let scale = row.terms(&sizes) + slack.abs();
            let active = solution.working_set.iter().find(|active| active.constraint() == i);
            if row.softness > 0.0 {
                for (excess, bound) in [(product - row.upper, row.upper), (row.lower - product, row.lower)] {
                    let relative = if excess > 0.0 { ratio(excess, scale + bound.abs()) } else { 0.0 };
                    residuals.feasibility = residuals.feasibility.max(relative);
                }
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
        let Ok(mut solver) = solver else { return Verdict::Refused };
        solver.solve();
        let mut prices = vec![0.0; self.rows.len()];
        origins.iter().zip(&solver.solution.z).for_each(|(&i, z)| prices[i] += z.abs());
        match solver.solution.status {
            SolverStatus::Solved => Verdict::Solved { x: solver.solution.x[..n].to_vec(), prices },
            SolverStatus::PrimalInfeasible => Verdict::Infeasible,
            _ => Verdict::Undecided,
        }
    }

    /// Returns the fault of a point compared with Clarabel's: its objective, relative to the size of its
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

fn csc(rows: &[Vec<f64>], columns: usize) -> CscMatrix<f64> {
    if rows.is_empty() { CscMatrix::zeros((0, columns)) } else { CscMatrix::from(rows) }
}
