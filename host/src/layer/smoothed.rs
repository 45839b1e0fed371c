//! A smoothed gradient: that of a barrier's relaxed complementarity (Tracy and Manchester 2024, "On the differentiability of
//! the primal-dual interior-point method"), which is not blind for constraints that are nearly active, and defined at
//! degenerate points.

use nalgebra::{DMatrix, DVector};

/// A program at its solution, in double precision.
pub(super) struct Relaxed {
    /// H, N by N.
    pub(super) hessian: DMatrix<f64>,
    /// A, M by N, simple bounds as rows.
    pub(super) rows: DMatrix<f64>,
    pub(super) lower: Vec<f64>,
    pub(super) upper: Vec<f64>,
    pub(super) softness: Vec<f64>,
    pub(super) x: DVector<f64>,
    pub(super) dual: Vec<f64>,
}

/// The adjoint: v of the point, and of each constraint's lower and upper bound.
pub(super) struct Adjoint {
    pub(super) point: Vec<f64>,
    pub(super) lower: Vec<f64>,
    pub(super) upper: Vec<f64>,
}

impl Relaxed {
    /// Solves `(H + sum d_i a_i a_i') v = g` with the equalities held, where `d = y / s` at the point whose slacks and duals
    /// have the products `smoothing`, in the objective's units. Nothing where that is singular.
    /// Cost `(N + e)^3 / 3 + M N^2` with e equalities.
    pub(super) fn adjoint(&self, gradient: &DVector<f64>, smoothing: f64) -> Option<Adjoint> {
        let (n, m) = (self.x.len(), self.lower.len());
        let products = &self.rows * &self.x;
        let weight = |slack: f64, dual: f64| {
            if slack == f64::INFINITY {
                return 0.0;
            }
            let difference = dual - slack;
            let root = (difference * difference + 4.0 * smoothing).sqrt();
            // The product of both is the smoothing: the larger one without cancellation.
            let (y, s) = if difference > 0.0 {
                let y = (difference + root) / 2.0;
                (y, smoothing / y)
            } else {
                let s = (root - difference) / 2.0;
                (smoothing / s, s)
            };
            y / s
        };
        let equalities: Vec<usize> =
            (0..m).filter(|&i| self.lower[i] == self.upper[i] && self.softness[i] == 0.0).collect();
        let (mut lower, mut upper) = (vec![0.0; m], vec![0.0; m]);
        let e = equalities.len();
        let mut system = DMatrix::zeros(n + e, n + e);
        system.view_mut((0, 0), (n, n)).copy_from(&self.hessian);
        for i in (0..m).filter(|i| !equalities.contains(i)) {
            let slack = self.softness[i] * self.dual[i];
            lower[i] = weight(products[i] - slack - self.lower[i], (-self.dual[i]).max(0.0));
            upper[i] = weight(self.upper[i] - products[i] + slack, self.dual[i].max(0.0));
            // In series with the row's own softness.
            for side in [&mut lower[i], &mut upper[i]] {
                *side /= 1.0 + self.softness[i] * *side;
            }
            let row = self.rows.row(i);
            let mut block = system.view_mut((0, 0), (n, n));
            block.ger(lower[i] + upper[i], &row.transpose(), &row.transpose(), 1.0);
        }
        for (place, &i) in equalities.iter().enumerate() {
            for j in 0..n {
                system[(n + place, j)] = self.rows[(i, j)];
                system[(j, n + place)] = self.rows[(i, j)];
            }
        }
        let mut right = DVector::zeros(n + e);
        right.rows_mut(0, n).copy_from(gradient);
        let solved = system.full_piv_lu().solve(&right)?;
        let point = solved.rows(0, n).into_owned();
        let along = &self.rows * &point;
        for i in 0..m {
            (lower[i], upper[i]) = (lower[i] * along[i], upper[i] * along[i]);
        }
        for (place, &i) in equalities.iter().enumerate() {
            (lower[i], upper[i]) = (0.0, solved[n + place]);
        }
        Some(Adjoint { point: point.as_slice().to_vec(), lower, upper })
    }
}
