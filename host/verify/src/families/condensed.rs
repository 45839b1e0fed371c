//! Linear-quadratic control over a horizon, condensed: the states are eliminated, the inputs are the variables.

use crate::family::Matrices;
use nalgebra::{DMatrix, DVector};

/// `x+ = A x + B u`.
#[derive(Debug, Clone)]
pub(crate) struct Plant {
    pub(crate) state: DMatrix<f64>,
    pub(crate) input: DMatrix<f64>,
}

impl Plant {
    /// Samples `dx/dt = A x + B u` with the input held over `period` seconds: the exponential of `[A B; 0 0]`, by
    /// scaling, Taylor's series and squaring.
    pub(crate) fn sampled(state: &DMatrix<f64>, input: &DMatrix<f64>, period: f64) -> Self {
        const SQUARINGS: i32 = 6;
        let (n, m) = input.shape();
        let mut generator = DMatrix::zeros(n + m, n + m);
        generator.view_mut((0, 0), (n, n)).copy_from(state);
        generator.view_mut((0, n), (n, m)).copy_from(input);
        generator *= period / f64::from(1 << SQUARINGS);
        let mut term = DMatrix::identity(n + m, n + m);
        let mut exponential = term.clone();
        for order in 1..=12 {
            term = &term * &generator / f64::from(order);
            exponential += &term;
        }
        for _ in 0..SQUARINGS {
            exponential = &exponential * &exponential;
        }
        Self {
            state: exponential.view((0, 0), (n, n)).into_owned(),
            input: exponential.view((0, n), (n, m)).into_owned(),
        }
    }

    /// The next state.
    pub(crate) fn step(&self, state: &DVector<f64>, input: &DVector<f64>) -> DVector<f64> {
        &self.state * state + &self.input * input
    }

    /// Cost to go without constraints: Riccati's equation by value iteration. `None` if R + B'PB is singular.
    pub(crate) fn cost_to_go(&self, q: &DMatrix<f64>, r: &DMatrix<f64>) -> Option<DMatrix<f64>> {
        let (a, b) = (&self.state, &self.input);
        let mut cost = q.clone();
        for _ in 0..2000 {
            let gain = (r + b.tr_mul(&cost) * b).try_inverse()? * b.tr_mul(&cost) * a;
            cost = q + a.tr_mul(&cost) * (a - b * gain);
            cost = (&cost + cost.transpose()) * 0.5;
        }
        Some(cost)
    }
}

/// The states over a horizon, `free x0 + forced u`, and what they cost.
#[derive(Debug, Clone)]
pub(crate) struct Condensed {
    pub(crate) free: DMatrix<f64>,
    pub(crate) forced: DMatrix<f64>,
    /// Block-diagonal weight of the states.
    weight: DMatrix<f64>,
}

impl Condensed {
    /// Over as many steps as there are weights, one for each state after the first.
    pub(crate) fn new(plant: &Plant, weights: &[&DMatrix<f64>]) -> Self {
        let (n, m) = plant.input.shape();
        let steps = weights.len();
        let mut free = DMatrix::zeros(steps * n, n);
        let mut forced = DMatrix::zeros(steps * n, steps * m);
        let mut weight = DMatrix::zeros(steps * n, steps * n);
        let mut power = DMatrix::identity(n, n);
        for (i, block) in weights.iter().enumerate() {
            let response = &power * &plant.input;
            for j in i..steps {
                forced.view_mut((j * n, (j - i) * m), (n, m)).copy_from(&response);
            }
            power = &plant.state * power;
            free.view_mut((i * n, 0), (n, n)).copy_from(&power);
            weight.view_mut((i * n, i * n), (n, n)).copy_from(block);
        }
        Self { free, forced, weight }
    }

    /// What the states' cost adds to the Hessian, exactly symmetric.
    pub(crate) fn hessian(&self) -> DMatrix<f64> {
        let hessian = self.forced.tr_mul(&(&self.weight * &self.forced));
        (&hessian + hessian.transpose()) * 0.5
    }

    /// The linear term for a first state and the states that are wanted.
    pub(crate) fn linear(&self, state: &DVector<f64>, wanted: &DVector<f64>) -> Vec<f64> {
        self.forced.tr_mul(&(&self.weight * (&self.free * state - wanted))).as_slice().to_vec()
    }
}

/// A matrix from its rows.
pub(crate) fn matrix<const R: usize, const C: usize>(rows: [[f64; C]; R]) -> DMatrix<f64> {
    DMatrix::from_row_slice(R, C, rows.as_flattened())
}

/// A diagonal matrix.
pub(crate) fn diagonal(entries: &[f64]) -> DMatrix<f64> {
    DMatrix::from_diagonal(&DVector::from_row_slice(entries))
}

/// H and A, row by row.
pub(crate) fn matrices(hessian: &DMatrix<f64>, rows: &DMatrix<f64>) -> Matrices {
    Matrices { hessian: hessian.transpose().as_slice().to_vec(), rows: rows.transpose().as_slice().to_vec() }
}

/// The Hessian with a multiple of the identity that gives it this condition number, nearly, where it is singular.
pub(crate) fn with_condition(hessian: DMatrix<f64>, condition: f64) -> DMatrix<f64> {
    let largest = hessian.symmetric_eigenvalues().max();
    let n = hessian.nrows();
    hessian + DMatrix::identity(n, n) * (largest / (condition - 1.0))
}
