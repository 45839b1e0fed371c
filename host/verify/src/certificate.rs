//! A proof, in double precision and in the original data, that a claimed solution is the right one.
//!
//! Where the duals have the right signs, `x` is the exact minimizer of the problem with another linear term and other
//! bounds: `f - r` with the residual `r` of stationarity, and every bound moved to where `x` is, by `v`. Since the
//! minimizer over a fixed convex set moves no farther than the linear term does, `|x - y|_H <= |r|_(H^-1)` for the
//! exact minimizer `y` of the problem with the very `f` and only the bounds moved. For a strictly convex problem these
//! two numbers, the tilt `|r|` and the move `v`, therefore say all there is to say about `x`, whatever the duals are. What
//! corrections of the duals within their rounding explain of r is left out: the argument holds for the corrected duals.
//!
//! Their scales come from the problem and not from the answer, so that an absurd `x` or absurd duals excuse nothing.
//! With the unconstrained minimizer `u = -H^-1 f` and any feasible point `p`, the minimizer is no farther from `u` than
//! `p` is, so that `|x_i| <= |u_i| + |p - u|_H sqrt((H^-1)_ii)`. The scale of a row is its bound, plus the terms of a
//! point of this size or, where that is less, the solver's own scale, the terms of the answer itself; that of the tilt
//! is `|u|_H + |p - u|_H`. Both follow the units of variables, rows and objective.

use super::oracle::{Reference, accurate_sum, dot, ratio};
use convex_edge_core::number::Number;
use convex_edge_core::qp::Solution;

/// Bounds on the size of a problem's minimizer, from its data.
#[derive(Debug, Clone)]
pub struct Size {
    /// Lower triangular factor of the Hessian, by rows.
    factor: Vec<Vec<f64>>,
    /// No minimizer has a larger magnitude, variable by variable.
    reach: Vec<f64>,
    /// `|p - u|_H`.
    distance: f64,
    /// `|u|_H`.
    length: f64,
}

/// How far a claimed solution is from the exact one of the problem as given.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Errors {
    /// Largest violation of a hard row, relative to its own terms and bound; infinite for a simple bound that is violated
    /// at all.
    pub violated: f64,
    /// Largest move of a bound, relative to the scale of its row.
    pub moved: f64,
    /// `|r|_(H^-1)`, relative to `|u|_H + |p - u|_H`.
    pub tilt: f64,
    /// Whether every dual has its bound's sign, and a bound at all.
    pub sign: bool,
}

impl Errors {
    /// Whether they are as small as the solver promises. NaN is not.
    ///
    /// The room beside the solver's own tolerance is for the rounding of its test. A residual of stationarity counts
    /// by the root of the smallest curvature, which for the conditions up to 1e6 of the check is a thousandth of the
    /// largest one's.
    pub fn are_small<T: Number>(&self) -> bool {
        let tolerance = T::KKT_TOLERANCE.double();
        self.sign && self.violated <= 1.5 * tolerance && self.moved <= 1.5 * tolerance && self.tilt <= 1e3 * tolerance
    }
}

impl Size {
    /// From a feasible point; nothing where the Hessian is not positive definite in double precision.
    pub fn new(problem: &Reference, point: &[f64]) -> Option<Self> {
        let factor = cholesky(&problem.hessian, 0.0)?;
        let n = point.len();
        let solved: Vec<f64> = solve_lower(&factor, problem.linear.clone());
        let length = norm(&solved);
        let mut unconstrained: Vec<f64> = solved.iter().map(|entry| -entry).collect();
        for i in (0..n).rev() {
            unconstrained[i] /= factor[i][i];
            for j in 0..i {
                unconstrained[j] -= factor[i][j] * unconstrained[i];
            }
        }
        let step: Vec<f64> = point.iter().zip(&unconstrained).map(|(point, u)| point - u).collect();
        let along = |j: usize| (j..n).map(|i| factor[i][j] * step[i]).sum::<f64>();
        let distance = norm(&(0..n).map(along).collect::<Vec<f64>>());
        let reach: Vec<f64> = (0..n)
            .map(|i| {
                let mut unit = vec![0.0; n];
                unit[i] = 1.0;
                unconstrained[i].abs() + distance * norm(&solve_lower(&factor, unit))
            })
            .collect();
        Some(Self { factor, reach, distance, length })
    }

    /// Whether the feasible point is the unconstrained minimizer up to rounding: then the scales are nothing but that
    /// rounding, and [`Size::errors`] says nothing.
    pub fn vanishes(&self) -> bool {
        self.distance <= 1e-6 * self.length
    }

    /// Errors of a claimed solution of the problem that this is the size of.
    pub fn errors<T: Number, const N: usize, const M: usize>(
        &self,
        problem: &Reference,
        solution: &Solution<T, N, M>,
    ) -> Errors {
        let x: Vec<f64> = solution.x.iter().map(|x| x.double()).collect();
        let dual: Vec<f64> = solution.dual.iter().map(|dual| dual.double()).collect();
        let gradient = problem.hessian.iter().zip(&problem.linear).enumerate().map(|(i, (row, f))| {
            let pull = problem.rows.iter().zip(&dual).map(|(row, &dual)| (row.a[i], dual));
            accurate_sum(row.iter().copied().zip(x.iter().copied()).chain(pull).chain([(*f, 1.0)]))
        });
        let residual =
            self.unexplained(problem, &dual, solve_lower(&self.factor, gradient.collect()), T::EPSILON.double());
        let sizes = problem.sizes::<T>(&x);
        let (mut moved, mut sign) = (0.0_f64, true);
        for (row, &dual) in problem.rows.iter().zip(&dual) {
            let slack = row.softness * dual;
            let product = dot(&row.a, &x) - slack;
            // At the feasible point the soft row is satisfied, so its price cannot exceed the distance from there.
            let terms =
                row.terms(&self.reach).min(row.terms(&sizes)) + slack.abs().min(row.softness.sqrt() * self.distance);
            let bound = if dual > 0.0 || (dual == 0.0 && product > row.upper) { row.upper } else { row.lower };
            let inside = dual == 0.0 && row.lower <= product && product <= row.upper;
            let distance = if inside { 0.0 } else { (product - bound).abs() };
            sign &= inside || bound.is_finite();
            moved = worse(moved, ratio(distance, terms + bound.abs()));
            // With a dual, the other bound has to hold too.
            moved = worse(moved, ratio((product - row.upper).max(0.0), terms + row.upper.abs()));
            moved = worse(moved, ratio((row.lower - product).max(0.0), terms + row.lower.abs()));
        }
        Errors { violated: problem.violation(&x), moved, tilt: ratio(residual, self.length + self.distance), sign }
    }
}

impl Size {
    /// Length of a whitened residual that no correction of the duals within their rounding explains: the best one is looked
    /// for along one dual after the other.
    fn unexplained(&self, problem: &Reference, dual: &[f64], mut residual: Vec<f64>, unit: f64) -> f64 {
        let held = problem.rows.iter().zip(dual).filter(|(_, dual)| **dual != 0.0);
        let mut duals: Vec<(Vec<f64>, f64, f64)> =
            held.map(|(row, dual)| (solve_lower(&self.factor, row.a.clone()), unit * dual.abs(), 0.0)).collect();
        for _ in 0..SWEEPS {
            for (column, most, change) in &mut duals {
                let square = dot(column, column);
                let wanted = *change - ratio(dot(column, &residual), square);
                let step = wanted.clamp(-*most, *most) - *change;
                *change += step;
                residual.iter_mut().zip(&*column).for_each(|(rest, entry)| *rest += step * entry);
            }
        }
        norm(&residual)
    }
}

/// Rounds over all duals in the search for the correction that explains a residual.
const SWEEPS: usize = 20;

/// The larger one, NaN where either is.
fn worse(a: f64, b: f64) -> f64 {
    if a.is_nan() || a > b { a } else { b }
}

fn norm(vector: &[f64]) -> f64 {
    // Scaled, since squares of extreme units leave the range.
    let largest = vector.iter().fold(0.0, |size, entry| worse(entry.abs(), size));
    if largest == 0.0 {
        0.0
    } else {
        largest * vector.iter().map(|entry| (entry / largest).powi(2)).sum::<f64>().sqrt()
    }
}

/// The lower triangular factor by rows; nothing where a pivot is no larger than a share of the largest diagonal entry.
pub(super) fn cholesky(matrix: &[Vec<f64>], share: f64) -> Option<Vec<Vec<f64>>> {
    let least = matrix.iter().enumerate().fold(0.0, |size: f64, (i, row)| size.max(share * row[i]));
    let mut factor: Vec<Vec<f64>> = Vec::with_capacity(matrix.len());
    for (i, row) in matrix.iter().enumerate() {
        let mut entries = vec![0.0; matrix.len()];
        for j in 0..i {
            entries[j] = (row[j] - dot(&entries[..j], &factor[j][..j])) / factor[j][j];
        }
        let square = row[i] - dot(&entries[..i], &entries[..i]);
        if !(square > least) {
            return None;
        }
        entries[i] = square.sqrt();
        factor.push(entries);
    }
    Some(factor)
}

fn solve_lower(factor: &[Vec<f64>], mut b: Vec<f64>) -> Vec<f64> {
    for (i, row) in factor.iter().enumerate() {
        b[i] = (b[i] - dot(&row[..i], &b[..i])) / row[i];
    }
    b
}
