//! Covariance matrix adaptation evolution strategy: maximizes a function of a few dozen weights without gradients
//! (Hansen 2016, "The CMA Evolution Strategy: A Tutorial", arXiv 1604.00772).
//!
//! The published crates either pull nalgebra's `std` feature into the workspace, which would change the bits of
//! `shared`, or cannot be stopped and resumed; the method is one page.

use convex_edge_core::random::Pcg64;
use nalgebra::{DMatrix, DVector, SymmetricEigen};
use serde::{Deserialize, Serialize};

/// State between generations; everything that a resumed run needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CmaEs {
    /// Weights at the centre of the search distribution.
    pub mean: Vec<f64>,
    /// Overall standard deviation of the search distribution.
    pub step_size: f64,
    /// Generations so far.
    pub generation: u64,
    covariance: Vec<f64>,
    step_path: Vec<f64>,
    covariance_path: Vec<f64>,
    seed: u64,
}

/// One generation's samples with what is needed to learn from them.
#[derive(Debug, Clone)]
pub struct Generation {
    /// Candidates, one vector of weights each.
    pub candidates: Vec<Vec<f64>>,
    standard: Vec<DVector<f64>>,
    basis: DMatrix<f64>,
    scale: DVector<f64>,
}

impl CmaEs {
    /// Starts at `mean` with an isotropic distribution. The seed fixes all samples.
    pub fn new(mean: &[f64], step_size: f64, seed: u64) -> Self {
        let n = mean.len();
        Self {
            mean: mean.to_vec(),
            step_size,
            generation: 0,
            covariance: DMatrix::<f64>::identity(n, n).as_slice().to_vec(),
            step_path: vec![0.0; n],
            covariance_path: vec![0.0; n],
            seed,
        }
    }

    /// Samples a generation.
    pub fn ask(&self, population: usize) -> Generation {
        let n = self.mean.len();
        let eigen = SymmetricEigen::new(DMatrix::from_column_slice(n, n, &self.covariance));
        let scale = eigen.eigenvalues.map(|value| value.max(1e-20).sqrt());
        let mut random = Pcg64::from_seed(self.seed.wrapping_mul(1_000_003).wrapping_add(self.generation));
        let mean = DVector::from_column_slice(&self.mean);
        let standard: Vec<_> =
            (0..population).map(|_| DVector::from_fn(n, |_, _| standard_normal(&mut random))).collect();
        let candidates = standard
            .iter()
            .map(|z| {
                let step = &eigen.eigenvectors * z.component_mul(&scale);
                (&mean + step * self.step_size).as_slice().to_vec()
            })
            .collect();
        Generation { candidates, standard, basis: eigen.eigenvectors, scale }
    }

    /// Moves the distribution towards the better half; `fitness` in the order of the candidates, larger is better,
    /// NaN is worst.
    pub fn tell(&mut self, generation: &Generation, fitness: &[f64]) {
        let n = self.mean.len() as f64;
        let population = generation.candidates.len();
        let parents = population / 2;
        let weights: Vec<f64> = (0..parents).map(|i| (parents as f64 + 0.5).ln() - (i as f64 + 1.0).ln()).collect();
        let sum: f64 = weights.iter().sum();
        let weights: Vec<f64> = weights.iter().map(|weight| weight / sum).collect();
        let effective = 1.0 / weights.iter().map(|weight| weight * weight).sum::<f64>();
        let step_rate = (effective + 2.0) / (n + effective + 5.0);
        let damping = 1.0 + 2.0 * (((effective - 1.0) / (n + 1.0)).sqrt() - 1.0).max(0.0) + step_rate;
        let path_rate = (4.0 + effective / n) / (n + 4.0 + 2.0 * effective / n);
        let one_rate = 2.0 / ((n + 1.3).powi(2) + effective);
        let many_rate =
            (1.0 - one_rate).min(2.0 * (effective - 2.0 + 1.0 / effective) / ((n + 2.0).powi(2) + effective));
        let expected = n.sqrt() * (1.0 - 1.0 / (4.0 * n) + 1.0 / (21.0 * n * n));

        let mut order: Vec<usize> = (0..population).collect();
        let key = |i: usize| if fitness[i].is_nan() { f64::NEG_INFINITY } else { fitness[i] };
        order.sort_by(|&a, &b| key(b).total_cmp(&key(a)));
        let steps: Vec<DVector<f64>> = order[..parents]
            .iter()
            .map(|&i| &generation.basis * generation.standard[i].component_mul(&generation.scale))
            .collect();
        let length = self.mean.len();
        let mut mean_step = DVector::zeros(length);
        let mut mean_standard = DVector::zeros(length);
        for ((step, &index), &weight) in steps.iter().zip(&order).zip(&weights) {
            mean_step += step * weight;
            mean_standard += &generation.standard[index] * weight;
        }
        for (mean, step) in self.mean.iter_mut().zip(&mean_step) {
            *mean += self.step_size * step;
        }
        let mut step_path = DVector::from_column_slice(&self.step_path) * (1.0 - step_rate);
        step_path += &generation.basis * mean_standard * (step_rate * (2.0 - step_rate) * effective).sqrt();
        let settled = 1.0 - (1.0 - step_rate).powf(2.0 * (self.generation as f64 + 1.0));
        let is_small = step_path.norm() / settled.sqrt() < (1.4 + 2.0 / (n + 1.0)) * expected;
        let mut path = DVector::from_column_slice(&self.covariance_path) * (1.0 - path_rate);
        if is_small {
            path += mean_step * (path_rate * (2.0 - path_rate) * effective).sqrt();
        }
        let mut covariance = DMatrix::from_column_slice(length, length, &self.covariance);
        let missing = if is_small { 0.0 } else { one_rate * path_rate * (2.0 - path_rate) };
        covariance *= 1.0 - one_rate - many_rate + missing;
        covariance += &path * path.transpose() * one_rate;
        for (step, &weight) in steps.iter().zip(&weights) {
            covariance += step * step.transpose() * (many_rate * weight);
        }
        self.step_size *= ((step_rate / damping) * (step_path.norm() / expected - 1.0)).exp();
        self.covariance = covariance.as_slice().to_vec();
        self.step_path = step_path.as_slice().to_vec();
        self.covariance_path = path.as_slice().to_vec();
        self.generation += 1;
    }
}

/// Box and Muller's transform.
pub fn standard_normal(random: &mut Pcg64) -> f64 {
    let radius = (-2.0 * random.uniform(0.0, 1.0).max(f64::MIN_POSITIVE).ln()).sqrt();
    radius * (std::f64::consts::TAU * random.uniform(0.0, 1.0)).cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_maximum_of_an_ill_conditioned_quadratic_and_resumes_to_the_same_bits() {
        let value =
            |w: &[f64]| -w.iter().enumerate().map(|(i, x)| 10f64.powi(i as i32) * (x - 1.0).powi(2)).sum::<f64>();
        let mut search = CmaEs::new(&[0.0; 5], 0.5, 1);
        for round in 0..300 {
            if round == 100 {
                let text = serde_json::to_string(&search).expect("serializes");
                assert_eq!(serde_json::from_str::<CmaEs>(&text).expect("parses"), search);
            }
            let generation = search.ask(10);
            let fitness: Vec<f64> = generation.candidates.iter().map(|w| value(w)).collect();
            search.tell(&generation, &fitness);
        }
        assert!(search.mean.iter().all(|w| (w - 1.0).abs() < 1e-6), "{:?}", search.mean);
    }
}
