//! Smoothed gradient: the gradient of a barrier's relaxed complementarity. It also reacts to constraints that are
//! nearly active, and it is defined at degenerate points (Tracy and Manchester 2024, "On the differentiability of the
//! primal-dual interior-point method").

use nalgebra::{DMatrix, DVector};

/// A program at its solution, in double precision.
pub(super) struct Relaxed {
    /// H, N by N.
    pub(super) hessian: DMatrix<f64>,
    /// A, M by N, simple bounds as rows.
    pub(super) rows: DMatrix<f64>,
    pub(super) lower: Vec<f64>,
    pub(super) upper: Vec<f64>,
    /// Whether each constraint is an equality, whatever the parameters.
    pub(super) is_equality: Vec<bool>,
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
    /// Solves `(H + sum d_i a_i a_i') v = g` with the equalities held, where `d = y / s` at the point whose slacks s and duals
    /// y have the products `smoothing`, in the objective's units. From the solution to there, slack and dual move by the
    /// same in units of the row's own curvature `1 / (a H^-1 a')`, so that the gradient does not depend on the units of
    /// rows, variables and objective: at a kink of one row, where both are 0, it is the mean of both sides. `None` where the
    /// system is singular. Cost `(N + e)^3 + M (N + e)^2` with e equalities.
    pub(super) fn adjoint(&self, gradient: &DVector<f64>, smoothing: f64) -> Option<Adjoint> {
        let (n, m) = (self.x.len(), self.lower.len());
        let products = &self.rows * &self.x;
        let weight = |slack: f64, dual: f64, curvature: f64| {
            if slack == f64::INFINITY {
                return 0.0;
            }
            let unit = curvature.sqrt();
            let (slack, dual) = (slack * unit, dual / unit);
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
            curvature * (y / s)
        };
        let equalities: Vec<usize> = (0..m).filter(|&i| self.is_equality[i] && self.softness[i] == 0.0).collect();
        let (mut lower, mut upper) = (vec![0.0; m], vec![0.0; m]);
        let e = equalities.len();
        let mut system = DMatrix::zeros(n + e, n + e);
        system.view_mut((0, 0), (n, n)).copy_from(&self.hessian);
        let curvatures = self.curvatures(&equalities, smoothing);
        for i in (0..m).filter(|i| !equalities.contains(i)) {
            let (low, high, softness) = (self.lower[i], self.upper[i], self.softness[i]);
            let duals = self.side_duals(i);
            let slacks = [products[i] - low + softness * duals[0], high - products[i] + softness * duals[1]];
            lower[i] = weight(slacks[0], duals[0], curvatures[i]);
            upper[i] = weight(slacks[1], duals[1], curvatures[i]);
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
    /// Magnitudes of the duals of a row's lower and upper bound. A soft row whose bounds are reversed is priced at both,
    /// which together are `(lower - upper) / softness` between them.
    fn side_duals(&self, row: usize) -> [f64; 2] {
        let (dual, gap) = (self.dual[row], self.lower[row] - self.upper[row]);
        let both = if gap > 0.0 && self.softness[row] > 0.0 { gap / self.softness[row] } else { 0.0 };
        let of = |dual: f64| if both > 0.0 { ((dual + both) / 2.0).max(dual).max(0.0) } else { dual.max(0.0) };
        [of(-dual), of(dual)]
    }

    /// Curvature of the objective along each row, `1 / (a H^-1 a')`, its softness included, where the equalities hold and
    /// what presses by more than the smoothing. Where H has none, it gets a little, and rows that the others fix get that
    /// of their length.
    fn curvatures(&self, equalities: &[usize], smoothing: f64) -> Vec<f64> {
        let alone = self.curvatures_within(equalities, &[]);
        let presses = |&i: &usize| self.dual[i] * self.dual[i] > 4.0 * smoothing * alone[i] && !equalities.contains(&i);
        let pressing: Vec<usize> = (0..self.lower.len()).filter(presses).collect();
        self.curvatures_within(equalities, &pressing)
    }

    /// The same where these rows are held, to their softness.
    fn curvatures_within(&self, equalities: &[usize], pressing: &[usize]) -> Vec<f64> {
        let held: Vec<usize> = equalities.iter().chain(pressing).copied().collect();
        let (n, m, e) = (self.x.len(), self.lower.len(), held.len());
        let largest = self.hessian.diagonal().amax();
        let least = if largest > 0.0 { 1e-9 * largest } else { 1.0 };
        let mut system = DMatrix::zeros(n + e, n + e);
        system.view_mut((0, 0), (n, n)).copy_from(&self.hessian);
        (0..n).for_each(|i| system[(i, i)] += least);
        for (place, &i) in held.iter().enumerate() {
            for j in 0..n {
                system[(n + place, j)] = self.rows[(i, j)];
                system[(j, n + place)] = self.rows[(i, j)];
            }
            // Rows that depend on each other share what holds them.
            let compliance = 1e-14 * self.rows.row(i).norm_squared() / largest.max(least);
            system[(n + place, n + place)] = -self.softness[i].max(compliance);
        }
        let factors = system.full_piv_lu();
        let of_row = |i: usize| {
            let row = self.rows.row(i).transpose();
            let square = row.norm_squared();
            let own = if square > 0.0 { largest.max(least) / square } else { 1.0 };
            let mut right = DVector::zeros(n + e);
            right.rows_mut(0, n).copy_from(&row);
            let compliance = factors.solve(&right).map_or(0.0, |solved| row.dot(&solved.rows(0, n)));
            let compliance = self.softness[i] + if compliance > 1e-12 / own { compliance } else { 1.0 / own };
            1.0 / compliance
        };
        (0..m).map(of_row).collect()
    }
}
