//! Minimizer of `eps/2 |x|^2 - <s, x>` over `A x = b` and a box. It is a closed form for simplices, otherwise
//! Clarabel's answer. With curvature, the face of that answer makes it exact ([`super::face`]).

use super::face::{Rough, orthonormal_rows, polished};
use clarabel::algebra::CscMatrix;
use clarabel::solver::{DefaultSettings, DefaultSolver, IPSolver, NonnegativeConeT, SolverStatus, ZeroConeT};
use nalgebra::{DMatrix, DVector};

/// Upper bounds this many times the variables' size are none.
const FAR: f64 = 1e3;

/// Tolerance of gap and feasibility.
const TOLERANCE: f64 = 1e-10;

/// Variables of the largest set whose normals and faces are computed.
const LARGEST_SET: usize = 100;

/// How far below the largest score another one counts, in units of the curvature times the size of x.
const DEPTH: f64 = 1e4;

/// A program whose rows have norm 1.
#[derive(Debug, Clone)]
pub(super) struct Program {
    pub(super) a: DMatrix<f64>,
    /// Orthonormal basis of the rows; `None` where there are too many of them.
    pub(super) normals: Option<DMatrix<f64>>,
    pub(super) curvature: f64,
    pub(super) upper: f64,
    /// Sets of variables, other than the cells, whose sums all points share.
    sums: Vec<Vec<usize>>,
    /// Length of the cells.
    pub(super) cell: Option<usize>,
    /// Whether cells are all that there is.
    pub(super) only_cells: bool,
}

/// A minimizer.
#[derive(Debug, Clone)]
pub(super) struct Minimizer {
    pub(super) x: DVector<f64>,
    /// Of the bounds: negative at 0, positive at the upper bound.
    pub(super) prices: DVector<f64>,
    /// Norm below which an answer may be zero.
    pub(super) resolution: f64,
}

impl Program {
    /// Makes it from equations of any scale.
    pub(super) fn new(a: &DMatrix<f64>, curvature: f64, upper: f64, cell: Option<usize>, only_cells: bool) -> Self {
        let mut a = a.clone();
        for mut row in a.row_iter_mut() {
            let norm = row.norm();
            if norm > 0.0 {
                row /= norm;
            }
        }
        let normals = (a.ncols() <= LARGEST_SET).then(|| orthonormal_rows(&a).basis);
        let sums = cell.map_or_else(Vec::new, |cell| sums(&a, normals.as_ref(), cell));
        Self { a, normals, sums, curvature, upper, cell, only_cells }
    }

    /// Whether the set is a point.
    pub(super) fn is_point(&self) -> bool {
        self.normals.as_ref().is_some_and(|normals| normals.ncols() == self.a.ncols())
    }

    /// Norm of the scores' part along the set's directions, whatever their size.
    pub(super) fn pull(&self, scores: &DVector<f64>) -> f64 {
        let unit = scores.amax();
        if unit > 0.0 { self.along(&(scores / unit)).norm() * unit } else { 0.0 }
    }

    /// Part of a vector along the set's directions.
    pub(super) fn along(&self, x: &DVector<f64>) -> DVector<f64> {
        match &self.normals {
            Some(normals) => x - normals * (normals.transpose() * x),
            None => x.clone(),
        }
    }

    /// Scores less multiples of the set's normals: of each sum that all points share, the largest score becomes 0. What
    /// nearly equal scores have in common goes first, since that rounds nothing.
    pub(super) fn centered(&self, scores: &[f64]) -> DVector<f64> {
        let mut scores = DVector::from_column_slice(scores);
        let Some(cell) = self.cell else { return scores };
        let cells = (0..scores.len() / cell).map(|index| (index * cell..(index + 1) * cell).collect());
        let sums: Vec<Vec<usize>> = cells.chain(self.sums.iter().cloned()).collect();
        for is_exact in [true, false] {
            for sum in &sums {
                let extremes = |it: (f64, f64), &i: &usize| (it.0.min(scores[i]), it.1.max(scores[i]));
                let (low, high) = sum.iter().fold((f64::INFINITY, f64::NEG_INFINITY), extremes);
                let rounds = low * high <= 0.0 || low.abs().max(high.abs()) > 2.0 * low.abs().min(high.abs());
                if !(is_exact && rounds) {
                    sum.iter().for_each(|&i| scores[i] -= high);
                }
            }
        }
        scores
    }

    /// The minimizer, if it is found beyond doubt.
    /// `size` is that of the variables, where it is known.
    pub(super) fn minimize(&self, scores: &[f64], b: &DVector<f64>, size: f64) -> Option<Minimizer> {
        let scores = self.centered(scores);
        if self.only_cells && self.upper == f64::INFINITY {
            return self.simplices(&scores, b);
        }
        let size = if size > 0.0 { size } else { self.reach(&scores).max(b.norm()) };
        if size == 0.0 && self.curvature > 0.0 {
            // Nothing pulls away from the origin.
            return Some(Minimizer { x: DVector::zeros(scores.len()), prices: scores, resolution: 0.0 });
        }
        let largest = scores.max();
        let mut clipped = scores.clone();
        if self.curvature > 0.0 {
            let floor = largest - DEPTH * self.curvature * size;
            clipped.iter_mut().for_each(|score| *score = score.max(floor));
        }
        // Clarabel does not know an upper bound that is far away.
        let rough = self.clarabel(&clipped, b, size).filter(|rough| rough.x.max() <= self.upper + 1e-6 * size)?;
        if let Some(exact) = polished(self, &scores, b, &rough, size) {
            return Some(exact);
        }
        // What was raised has to be zero all the same.
        let raised = scores.iter().zip(&clipped).zip(&rough.x).any(|((s, c), x)| s < c && *x > 1e-6 * size);
        (!raised).then_some(Minimizer { x: rough.x, prices: rough.prices, resolution: rough.resolution })
    }

    /// Norm that no answer of a cone exceeds: `eps |x|^2 = <s, x>` there, and x is in the box.
    fn reach(&self, scores: &DVector<f64>) -> f64 {
        let positive = scores.map(|score| score.max(0.0));
        let unit = positive.amax();
        if unit == 0.0 || self.curvature == 0.0 {
            return 0.0;
        }
        let corner = self.upper * (scores.len() as f64).sqrt();
        ((&positive / unit).norm() * (unit / self.curvature)).min(corner)
    }

    /// Of each cell by itself: `x = max(0, (s - t) / eps)` with the t that gives its sum.
    fn simplices(&self, scores: &DVector<f64>, b: &DVector<f64>) -> Option<Minimizer> {
        let cell = self.cell?;
        // Rows have norm 1.
        let scale = (cell as f64).sqrt();
        let (mut x, mut prices) = (DVector::zeros(scores.len()), DVector::zeros(scores.len()));
        for (index, &sum) in b.iter().enumerate() {
            let sum = sum * scale;
            let scores = &scores.as_slice()[index * cell..(index + 1) * cell];
            let mut sorted = scores.to_vec();
            sorted.sort_by(|a, b| b.total_cmp(a));
            let mut threshold = sorted[0];
            if self.curvature > 0.0 {
                let mut total = 0.0;
                for (count, &score) in (1..).zip(&sorted) {
                    let next = (total + score - self.curvature * sum) / f64::from(count);
                    if count > 1 && score <= next {
                        break;
                    }
                    total += score;
                    threshold = next;
                }
            }
            let best = scores.iter().position(|&score| score == sorted[0])?;
            for (i, &score) in scores.iter().enumerate() {
                let above = score - threshold;
                x[index * cell + i] = match self.curvature > 0.0 {
                    true => above.max(0.0) / self.curvature,
                    false => {
                        if i == best {
                            sum
                        } else {
                            0.0
                        }
                    }
                };
                prices[index * cell + i] = above.min(0.0);
            }
        }
        Some(Minimizer { x, prices, resolution: 0.0 })
    }

    fn clarabel(&self, scores: &DVector<f64>, b: &DVector<f64>, size: f64) -> Option<Rough> {
        let (m, n) = self.a.shape();
        // In units of the variables and of the objective in which all data are at most about 1.
        let size = if size > 0.0 { size } else { 1.0 };
        let unit = (self.curvature * size).max(scores.amax());
        let unit = if unit > 0.0 { unit } else { 1.0 };
        let bounds = if self.upper < FAR * size { 2 * n } else { n };
        let mut entries: (Vec<usize>, Vec<usize>, Vec<f64>) = Default::default();
        let mut push = |i, j, value| {
            entries.0.push(i);
            entries.1.push(j);
            entries.2.push(value);
        };
        for (i, j) in (0..m).flat_map(|i| (0..n).map(move |j| (i, j))).filter(|&(i, j)| self.a[(i, j)] != 0.0) {
            push(i, j, self.a[(i, j)]);
        }
        (0..n).for_each(|j| push(m + j, j, -1.0));
        (n..bounds).for_each(|j| push(m + j, j - n, 1.0));
        let matrix = CscMatrix::new_from_triplets(m + bounds, n, entries.0, entries.1, entries.2);
        let sides = (0..bounds).map(|j| if j < n { 0.0 } else { self.upper / size });
        let right: Vec<f64> = b.iter().map(|b| b / size).chain(sides).collect();
        let all: Vec<usize> = (0..n).collect();
        let hessian = CscMatrix::new_from_triplets(n, n, all.clone(), all, vec![self.curvature * size / unit; n]);
        let linear: Vec<f64> = scores.iter().map(|score| -score / unit).collect();
        let settings = DefaultSettings {
            verbose: false,
            tol_gap_abs: TOLERANCE,
            tol_gap_rel: TOLERANCE,
            tol_feas: TOLERANCE,
            ..Default::default()
        };
        let cones = [ZeroConeT(m), NonnegativeConeT(bounds)];
        let mut solver = DefaultSolver::new(&hessian, &linear, &matrix, &right, &cones, settings).ok()?;
        solver.solve();
        if solver.solution.status != SolverStatus::Solved {
            return None;
        }
        let duals = &solver.solution.z[m..];
        let price = |i: usize| unit * (if bounds > n { duals[n + i] } else { 0.0 } - duals[i]);
        let x = DVector::from_iterator(n, solver.solution.x.iter().map(|x| size * x.max(0.0)));
        // By the curvature, a gap of the objective is this distance.
        let curvature = self.curvature * size / unit;
        let by_gap = if curvature > 0.0 { (2.0 * TOLERANCE / curvature).sqrt() } else { 0.0 };
        Some(Rough {
            x,
            multipliers: DVector::from_iterator(m, solver.solution.z[..m].iter().map(|y| unit * y)),
            prices: DVector::from_fn(n, |i, _| price(i)),
            resolution: by_gap.max(1e-6) * size,
        })
    }
}

/// Sets of variables with one coefficient in a row, and classes, whose sums all points share.
fn sums(a: &DMatrix<f64>, normals: Option<&DMatrix<f64>>, cell: usize) -> Vec<Vec<usize>> {
    let members = |row: &[f64]| (0..row.len()).filter(|&i| row[i] != 0.0).collect::<Vec<usize>>();
    let rows = a.row_iter().map(|row| members(row.transpose().as_slice()));
    let classes = (0..cell).map(|class| (class..a.ncols()).step_by(cell).collect::<Vec<usize>>());
    let is_shared = |class: &Vec<usize>| {
        let ones = DVector::from_fn(a.ncols(), |i, _| f64::from(u8::from(class.contains(&i))));
        normals.is_some_and(|normals| (&ones - normals * (normals.transpose() * &ones)).norm() < 1e-9)
    };
    rows.chain(classes.filter(is_shared)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_all_points_share_hides_no_score() {
        // Two cells of three classes, the first class counted; so the others have a sum together, and none alone.
        let a =
            DMatrix::from_row_slice(3, 6, &[1., 1., 1., 0., 0., 0., 0., 0., 0., 1., 1., 1., 1., 0., 0., 1., 0., 0.]);
        let program = Program::new(&a, 0.0, f64::INFINITY, Some(3), false);
        let centered = program.centered(&[-1e20, 0.5, 0.25, -1e20, 0.25, 0.75]);
        assert_eq!(centered.as_slice(), [0.0, 0.0, -0.25, -0.25, -0.5, 0.0]);
        let of_a_cell = program.centered(&[1e20, 1e20, 1e20, 0.0, 0.25, 0.75]);
        assert_eq!(of_a_cell.as_slice(), [0.0, 0.0, 0.0, -0.75, -0.5, 0.0]);
    }

    #[test]
    fn a_cone_without_positive_scores_has_the_origin() {
        let program = Program::new(&DMatrix::from_row_slice(1, 2, &[0.3, 0.0]), 20.0, f64::INFINITY, None, false);
        let origin = program.minimize(&[-9e10, -7e-11], &DVector::zeros(1), 0.0).unwrap();
        assert_eq!((origin.x.norm(), origin.resolution), (0.0, 0.0));
        let small = program.minimize(&[-9e10, 4e-11], &DVector::zeros(1), 0.0).unwrap();
        assert!((small.x[1] / 2e-12 - 1.0).abs() < 1e-9 && small.resolution < 1e-20, "{small:?}");
    }
}
