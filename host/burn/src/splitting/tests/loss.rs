use super::super::{OnFailure, Settings, fenchel_young};
use super::*;

/// A solution of the 4x4 sudoku as one number per variable.
fn target() -> Vec<f64> {
    let grid = [0, 1, 2, 3, 2, 3, 0, 1, 1, 0, 3, 2, 3, 2, 1, 0];
    grid.iter().flat_map(|&digit| (0..4).map(move |d| f64::from(u8::from(d == digit)))).collect()
}

#[test]
fn gradient_is_the_solution_minus_the_target_and_agrees_with_finite_differences() {
    let set = sudoku(2).set;
    let settings = Settings { curvature: 0.7, tolerance: 1e-10, iterations: 100_000, ..Settings::default() };
    let scores = random(64, 1.0, 1);
    let target = double(&target(), 64);
    let loss = |scores: Tensor<2>| {
        fenchel_young(set.as_ref(), &scores, &target, &settings, None, OnFailure::Error).expect("solved")
    };
    let tracked = double(&scores, 64).autodiff().require_grad();
    let result = loss(tracked.clone());
    assert!(values(&result.loss.clone().without_autodiff())[0] > 0.1);
    let gradients = result.loss.sum().backward();
    let gradient = values(&tracked.grad(&gradients).expect("tracked"));
    assert!(largest_difference(&gradient, &values(&(result.x - target.clone()))) < 1e-12);
    for i in 0..64 {
        let moved = |step: f64| {
            let mut scores = scores.clone();
            scores[i] += step;
            values(&loss(double(&scores, 64)).loss)[0]
        };
        let difference = (moved(1e-4) - moved(-1e-4)) / 2e-4;
        assert!((difference - gradient[i]).abs() < 1e-5, "{difference} against {}", gradient[i]);
    }
}

#[test]
fn scores_that_are_clear_about_the_target_have_no_loss() {
    let set = sudoku(2).set;
    let scores: Vec<f64> = target().iter().map(|x| 8.0 * x).collect();
    let result = fenchel_young(
        set.as_ref(),
        &single(&scores, 64),
        &single(&target(), 64),
        &Settings::default(),
        None,
        OnFailure::Error,
    );
    let loss = values(&result.expect("solved").loss)[0];
    assert!(loss.abs() < 0.05, "{loss}");
}

#[test]
fn masked_samples_have_no_loss_and_no_gradient() {
    let set = sudoku(2).set;
    let mut scores = random(128, 1.0, 2);
    scores[70] = f64::NAN;
    let targets: Vec<f64> = [target(), target()].concat();
    for precision in [single, double] {
        let tracked = precision(&scores, 64).autodiff().require_grad();
        let targets = precision(&targets, 64);
        let result = fenchel_young(set.as_ref(), &tracked, &targets, &Settings::default(), None, OnFailure::Mask);
        let result = result.expect("masks");
        assert_eq!(values(&result.mask), [1.0, 0.0]);
        let loss = values(&result.loss.clone().without_autodiff());
        assert!(loss[0] > 0.0 && loss[1] == 0.0);
        let gradients = result.loss.sum().backward();
        let gradient = values(&tracked.grad(&gradients).expect("tracked"));
        assert!(gradient[..64].iter().any(|&g| g != 0.0) && gradient[64..].iter().all(|&g| g == 0.0));
    }
}
