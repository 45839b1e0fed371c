use super::super::{DerivativeOutcome, OnFailure, Settings, SplittingError, forward, solve};
use super::*;
use std::sync::Arc;

/// Gradient of `<weights, x(scores)>`, by the layer.
fn by_layer(set: &Arc<dyn AffineSet>, scores: Tensor<2>, weights: &Tensor<2>, settings: &Settings) -> Vec<f64> {
    let scores = scores.autodiff().require_grad();
    let answer = forward(set, &scores, settings, None, OnFailure::Error).expect("solved");
    assert_eq!(answer.derivative.outcome(), DerivativeOutcome::Pending);
    let gradients = (answer.x * weights.clone()).sum().backward();
    assert_eq!(answer.derivative.outcome(), DerivativeOutcome::Found);
    values(&scores.grad(&gradients).expect("tracked"))
}

fn by_differences(set: &dyn AffineSet, scores: &[f64], weights: &[f64], settings: &Settings) -> Vec<f64> {
    let h = 1e-5;
    let value = |scores: &[f64]| {
        let solution = solve(set, &double(scores, scores.len()), settings, None).expect("sound");
        values(&solution.x).iter().zip(weights).map(|(x, w)| x * w).sum::<f64>()
    };
    let moved = |i: usize, step: f64| {
        let mut scores = scores.to_vec();
        scores[i] += step;
        value(&scores)
    };
    (0..scores.len()).map(|i| (moved(i, h) - moved(i, -h)) / (2.0 * h)).collect()
}

fn compare(case: Case, curvature: f64, upper: f64, seed: u64) {
    let n = case.set.dimension();
    let (scores, weights) = (random(n, 1.0, seed), random(n, 1.0, seed + 100));
    let settings = Settings {
        curvature,
        upper,
        tolerance: 1e-11,
        iterations: 200_000,
        derivative_tolerance: 1e-9,
        ..Settings::default()
    };
    let set: Arc<dyn AffineSet> = Arc::from(case.set);
    let layer = by_layer(&set, double(&scores, n), &double(&weights, n), &settings);
    let differences = by_differences(set.as_ref(), &scores, &weights, &settings);
    let difference = largest_difference(&layer, &differences);
    assert!(difference < 1e-5, "{difference}");
    assert!(layer.iter().any(|g| g.abs() > 0.05), "the test sees a derivative");

    let coarse = Settings { curvature, upper, tolerance: 1e-6, ..Settings::default() };
    let slices = by_layer(&set, single(&scores, n), &single(&weights, n), &coarse);
    let difference = largest_difference(&layer, &slices);
    assert!(difference < 1e-3, "{difference}");
}

#[test]
fn sudoku_agrees_with_finite_differences() {
    compare(sudoku(2), 1.0, f64::INFINITY, 1);
    compare(sudoku(2), 0.5, 0.4, 2);
}

#[test]
fn counted_simplices_agree_with_finite_differences() {
    compare(counted(8, 3, &[1], &[3.0]), 1.0, f64::INFINITY, 3);
    compare(counted(8, 3, &[0, 2], &[3.0, 2.0]), 0.7, f64::INFINITY, 4);
    compare(counted(8, 3, &[0, 1, 2], &[3.0, 2.0, 3.0]), 1.0, 0.8, 5);
}

#[test]
fn a_dense_set_has_the_same_derivative() {
    let case = sudoku(2);
    let options = (&Device::flex().autodiff(), DType::F64);
    let dense: Arc<dyn AffineSet> = Arc::new(Dense::from_equations(&case.a, &case.b, options).expect("consistent"));
    let set: Arc<dyn AffineSet> = Arc::from(case.set);
    let (scores, weights) = (double(&random(128, 1.0, 11), 64), double(&random(128, 1.0, 12), 64));
    let settings = Settings { tolerance: 1e-9, derivative_tolerance: 1e-9, ..Settings::default() };
    let expected = by_layer(&set, scores.clone(), &weights, &settings);
    assert!(largest_difference(&by_layer(&dense, scores, &weights, &settings), &expected) < 1e-6);
}

#[test]
fn sudoku_of_9_by_9_agrees_with_the_dense_derivative() {
    let case = sudoku(3);
    let (scores, weights) = (random(729, 2.0, 6), random(729, 1.0, 7));
    let settings = Settings { tolerance: 1e-6, ..Settings::default() };
    let x = values(&solve(case.set.as_ref(), &single(&scores, 729), &settings, None).expect("sound").x);
    // The face's own equations: those of the set in the free variables.
    let free: Vec<usize> = (0..729).filter(|&i| x[i] > 0.0).collect();
    let face = case.a.select_columns(&free);
    let w = DVector::from_iterator(free.len(), free.iter().map(|&i| weights[i]));
    let normals = Dense::from_equations(&face, &DVector::zeros(face.nrows()), (&Device::flex(), DType::F64));
    let direction = values(&normals.expect("consistent").project_direction(double(w.as_slice(), free.len())));
    let mut expected = vec![0.0; 729];
    free.iter().zip(&direction).for_each(|(&i, d)| expected[i] = *d);
    let set: Arc<dyn AffineSet> = Arc::from(case.set);
    let layer = by_layer(&set, single(&scores, 729), &single(&weights, 729), &settings);
    let difference = largest_difference(&layer, &expected);
    assert!(difference < 1e-3, "{difference}");
    assert!(free.len() > 100 && free.len() < 700);
}

#[test]
fn derivatives_that_are_not_found_are_zero_and_told() {
    let set: Arc<dyn AffineSet> = Arc::from(sudoku(2).set);
    let settings = Settings { derivative_iterations: 1, ..Settings::default() };
    for precision in [single, double] {
        let scores = precision(&random(128, 1.0, 8), 64).autodiff().require_grad();
        let answer = forward(&set, &scores, &settings, None, OnFailure::Error).expect("solved");
        let gradients = (answer.x * precision(&random(128, 1.0, 9), 64)).sum().backward();
        assert_eq!(answer.derivative.outcome(), DerivativeOutcome::NotFound(vec![0, 1]));
        assert!(values(&scores.grad(&gradients).expect("tracked")).iter().all(|&g| g == 0.0));
    }
}

#[test]
fn a_linear_program_has_none() {
    let set: Arc<dyn AffineSet> = Arc::from(sudoku(2).set);
    let settings = Settings { curvature: 0.0, ..Settings::default() };
    let scores = single(&random(64, 1.0, 10), 64).autodiff().require_grad();
    let answer = forward(&set, &scores, &settings, None, OnFailure::Soft);
    assert_eq!(answer.map(|_| ()).err(), Some(SplittingError::NoCurvature));
}
