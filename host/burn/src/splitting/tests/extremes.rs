//! Scores, sets and states of every size: right, or not called solved.

use super::super::{
    CountedSimplicesError, DenseError, DerivativeOutcome, OnFailure, Outcome, Settings, SplittingError, State, Status,
    fenchel_young, forward, solve, tensor,
};
use super::*;
use std::sync::Arc;

type Precision = fn(&[f64], usize) -> Tensor<2>;

fn simplices(cells: usize, classes: usize, batch: usize) -> CountedSimplices {
    CountedSimplices::new(cells, classes, &[], &vec![Vec::new(); batch]).expect("a set")
}

/// By slices, by tensor operations in single precision, and in double.
fn all_ways(set: &dyn AffineSet, scores: &[f64], settings: &Settings) -> Vec<(Vec<f64>, Outcome)> {
    let n = set.dimension();
    let answers = [
        solve(set, &single(scores, n), settings, None),
        tensor::solve(set, &single(scores, n), settings, None),
        solve(set, &double(scores, n), settings, None),
    ];
    answers
        .into_iter()
        .map(|answer| answer.expect("sound"))
        .map(|answer| (values(&answer.x), answer.outcomes[0]))
        .collect()
}

fn is_solved_at(set: &dyn AffineSet, scores: &[f64], settings: &Settings, expected: &[f64]) {
    for (x, outcome) in all_ways(set, scores, settings) {
        assert_eq!(outcome.status, Status::Solved, "{outcome:?}");
        assert!(largest_difference(&x, expected) < 5e-3, "{x:?}, {outcome:?}");
        assert!(outcome.violation < 12e-3);
    }
}

#[test]
fn scores_of_any_size_do_not_hide_the_set() {
    let set = simplices(1, 3, 1);
    for far in [-1e10, -1e20, -1e30] {
        is_solved_at(&set, &[0.0, -0.5, far], &Settings::default(), &[0.75, 0.25, 0.0]);
    }
    for k in [1e-30, 1e-12, 1e-7, 1e-4, 1e5, 1e12, 1e30] {
        let settings = Settings { curvature: k, ..Settings::default() };
        is_solved_at(&set, &[k, 0.5 * k, -k], &settings, &[0.75, 0.25, 0.0]);
        // Far more than the curvature, and far less.
        let scores = [k, 0.5 * k, -k];
        if k > 1e4 {
            is_solved_at(&set, &scores, &Settings::default(), &[1.0, 0.0, 0.0]);
        }
        if k < 1e-4 {
            is_solved_at(&set, &scores, &Settings::default(), &[1.0 / 3.0; 3]);
        }
    }
    // The same with an offset that all scores have.
    is_solved_at(&set, &[1e6, 1e6 - 0.5, 1e6 - 3.0], &Settings::default(), &[0.75, 0.25, 0.0]);
    let linear = Settings { curvature: 0.0, ..Settings::default() };
    is_solved_at(&set, &[0.0, -0.5, -1e10], &linear, &[1.0, 0.0, 0.0]);
}

#[test]
fn a_class_that_is_excluded_everywhere_gets_nothing() {
    let scores: Vec<f64> = (0..18).map(|i| if i % 3 == 2 { -1e20 } else { 0.1 * f64::from(i % 3) }).collect();
    let expected: Vec<f64> = (0..18).map(|i| [0.45, 0.55, 0.0][i % 3]).collect();
    is_solved_at(&simplices(6, 3, 1), &scores, &Settings::default(), &expected);
}

#[test]
fn a_sample_of_two_cells_is_right_in_both() {
    let scores = [1e4, 5e3, -1e4, 1.0, 0.5, -1.0];
    is_solved_at(&simplices(2, 3, 1), &scores, &Settings::default(), &[1.0, 0.0, 0.0, 0.75, 0.25, 0.0]);
}

fn equations(rows: &[&[f64]], b: &[f64]) -> Result<Dense, DenseError> {
    let a = DMatrix::from_fn(rows.len(), rows[0].len(), |i, j| rows[i][j]);
    Dense::from_equations(&a, &DVector::from_column_slice(b), (&Device::flex(), DType::F64))
}

#[test]
fn equations_count_in_their_own_scale() {
    let contradiction = equations(&[&[1.0, 0.0], &[0.0, 1.0], &[0.0, 1.0]], &[1e5, 0.1, 0.2]);
    assert!(matches!(contradiction.map(|_| ()), Err(DenseError::Inconsistent { row: 1 | 2, .. })));
    let zero = equations(&[&[1.0, 1.0], &[0.0, 0.0]], &[1.0, 1.0]);
    assert_eq!(zero.map(|_| ()), Err(DenseError::Inconsistent { row: 1, residual: 1.0 }));
    let scaled = equations(&[&[2e9, 0.0], &[0.0, 1.0]], &[2e9, 5.0]).expect("consistent");
    assert_eq!(scaled.directions(), 0);
    assert!(largest_difference(&values(&scaled.project(double(&[7.0, -3.0], 2))), &[1.0, 5.0]) < 1e-12);
    let repeated = equations(&[&[1.0, 2.0], &[1e-9, 2e-9], &[3e9, 6e9]], &[3.0, 3e-9, 9e9]).expect("consistent");
    assert_eq!(repeated.directions(), 1);
    let near = equations(&[&[1.0, 0.0], &[1.0, 1e-10]], &[1.0, 1.0 + 5e-10]).expect("independent");
    assert!(largest_difference(&values(&near.project(double(&[0.0, 0.0], 2))), &[1.0, 5.0]) < 1e-4);
}

#[test]
fn equal_samples_are_a_point() {
    let samples = DMatrix::from_columns(&vec![DVector::from_vec(vec![0.1, 0.0]); 6]);
    let set = Dense::from_samples(&samples, (&Device::flex(), DType::F64)).expect("a set");
    assert_eq!(set.directions(), 0);
    assert!(largest_difference(&values(&set.project(double(&[5.0, 0.0], 2))), &[0.1, 0.0]) < 1e-15);
    let unequal = DMatrix::from_row_slice(2, 2, &[1e9, 1e9, 1e-3, 2e-3]);
    let set = Dense::from_samples(&unequal, (&Device::flex(), DType::F64)).expect("a set");
    assert_eq!(set.directions(), 1);
    let projected = values(&set.project(double(&[1e9, 7.0], 2)));
    assert!(largest_difference(&projected, &[1e9, 7.0]) < 1e-6, "{projected:?}");
}

#[test]
fn a_set_through_the_origin_is_solved() {
    let origin = equations(&[&[1.0, 1.0]], &[0.0]).expect("consistent");
    for seed in 0..100 {
        let scores = random(2, 3.0, seed);
        let solution = solve(&origin, &double(&scores, 2), &Settings::default(), None).expect("sound");
        assert_eq!(solution.outcomes[0].status, Status::Solved, "{scores:?}");
        assert!(largest_difference(&values(&solution.x), &[0.0, 0.0]) < 1e-2, "{:?}", values(&solution.x));
    }
}

#[test]
fn a_small_answer_beside_the_origin_is_not_the_origin() {
    // The first two are 0, the third is free; its score is small beside the first.
    let a = DMatrix::from_row_slice(1, 3, &[1.0, 1.0, 0.0]);
    for (precision, dtype) in [(single as Precision, DType::F32), (double, DType::F64)] {
        let set = Dense::from_equations(&a, &DVector::zeros(1), (&Device::flex(), dtype)).expect("consistent");
        let set: Arc<dyn AffineSet> = Arc::new(set);
        for small in [0.1, 0.01, -0.1] {
            let scores = precision(&[100.0, 0.0, small], 3).autodiff().require_grad();
            let answer = forward(&set, &scores, &Settings::default(), None, OnFailure::Error).expect("solved");
            let x = values(&answer.x.clone().without_autodiff());
            assert!(largest_difference(&x, &[0.0, 0.0, small.max(0.0)]) <= 2e-3 * small.abs(), "{x:?}");
            let gradients = answer.x.sum().backward();
            assert_eq!(answer.derivative.outcome(), DerivativeOutcome::Found);
            let gradient = values(&scores.grad(&gradients).expect("tracked"));
            let expected = [0.0, 0.0, f64::from(u8::from(small > 0.0))];
            assert!(largest_difference(&gradient, &expected) < 1e-3, "{gradient:?}");
        }
    }
}

#[test]
fn numbers_near_the_smallest_one_have_no_floor() {
    let a = DMatrix::from_row_slice(1, 3, &[0.0, 1.0, 1.0]);
    for (precision, dtype, small) in [(single as Precision, DType::F32, 1e-41), (double, DType::F64, 2.5e-43)] {
        let set = Dense::from_equations(&a, &DVector::zeros(1), (&Device::flex(), dtype)).expect("consistent");
        let violations = values(&set.violation(&precision(&[1e-12, 0.0, small, 1e-12, 0.0, 0.0], 3)));
        assert!(violations[0] > 0.5 && violations[1] == 0.0, "{violations:?}");
    }
}

#[test]
fn a_set_whose_only_points_are_far_away_is_not_called_infeasible() {
    let a = DMatrix::from_row_slice(1, 2, &[1.0, -1e-4]);
    for (precision, dtype) in [(single as Precision, DType::F32), (double, DType::F64)] {
        let far = Dense::from_equations(&a, &DVector::from_element(1, -1.0), (&Device::flex(), dtype));
        let solution = solve(&far.expect("consistent"), &precision(&[0.3, 0.2], 2), &Settings::default(), None);
        let solution = solution.expect("sound");
        let x = values(&solution.x);
        assert_ne!(solution.outcomes[0].status, Status::Infeasible, "{x:?}");
        if solution.outcomes[0].status == Status::Solved {
            assert!(x[0] < 2e-2 && (x[1] - 1e4).abs() < 2e3, "{x:?}");
        }
    }
}

#[test]
fn a_state_of_another_program_is_no_start() {
    let set = simplices(1, 3, 1);
    for precision in [single as Precision, double] {
        let scores = precision(&[0.0, -0.5, -3.0], 3);
        let cold = solve(&set, &scores, &Settings::default(), None).expect("sound");
        let short = Settings { iterations: 10, ..Settings::default() };
        let far = solve(&set, &precision(&[1e6, 0.0, -1e6], 3), &short, None).expect("sound").state;
        let spoilt = |price: f64| State { bounded: precision(&[0.3; 3], 3), prices: precision(&[price; 3], 3) };
        let lost = State { bounded: precision(&[f64::NAN; 3], 3), prices: precision(&[0.0; 3], 3) };
        for state in [far, spoilt(f64::NAN), spoilt(f64::INFINITY), spoilt(-1e12), lost] {
            let warm = solve(&set, &scores, &Settings::default(), Some(&state)).expect("sound");
            assert_eq!(warm.outcomes, cold.outcomes);
            assert_eq!(values(&warm.x), values(&cold.x));
            assert_eq!(warm.outcomes[0].iterations, 10);
        }
    }
}

#[test]
fn every_condition_has_a_tolerance_of_its_own() {
    let set = CountedSimplices::new(500, 3, &[0], &[vec![500.0]]).expect("a set");
    let settings = Settings { curvature: 0.1, iterations: 20_000, ..Settings::default() };
    // A set without slack: at most one point, from which no single tolerance keeps an entry.
    for seed in 0..5 {
        let solution = solve(&set, &single(&random(1500, 5.0, seed), 1500), &settings, None).expect("sound");
        if solution.outcomes[0].status == Status::Solved {
            let x = values(&solution.x);
            let total: f64 = x.iter().step_by(3).sum();
            // 12 tolerances of the norm of 500 ones.
            assert!((total - 500.0).abs() < 0.28, "{total}");
            assert!(solution.outcomes[0].violation < 12e-3);
        }
    }
}

#[test]
fn masked_rows_are_zeros_whatever_they_hold() {
    let totals = CountedSimplices::new(2, 3, &[0], &[vec![f64::NAN]]);
    assert!(matches!(totals, Err(CountedSimplicesError::NotFinite { sample: 0, class: 0, .. })));
    let set: Arc<dyn AffineSet> = Arc::new(simplices(1, 3, 2));
    let huge = double(&[1.7e308, -1.7e308, 0.0, 0.0, 1.0, f64::NAN], 3);
    let answer = forward(&set, &huge, &Settings::default(), None, OnFailure::Mask).expect("masks");
    let x = values(&answer.x);
    assert!(x.iter().all(|x| x.is_finite()) && x[3..] == [0.0; 3], "{x:?}");
    assert_eq!(answer.outcomes[1].status, Status::NotFinite);
    if answer.outcomes[0].status == Status::Solved {
        assert!(largest_difference(&x[..3], &[1.0, 0.0, 0.0]) < 1e-3);
    } else {
        assert_eq!(x[..3], [0.0; 3]);
    }
    let scores = double(&[0.0, 1.0, 0.3, 0.0, 1.0, f64::NAN], 3).autodiff().require_grad();
    let targets = double(&[0.0, 1.0, 0.0, f64::NAN, f64::NAN, 0.0], 3);
    let settings = Settings::default();
    let loss = fenchel_young(set.as_ref(), &scores, &targets, &settings, None, OnFailure::Mask).expect("masks");
    assert!(values(&loss.loss.clone().without_autodiff()).iter().all(|loss| loss.is_finite()));
    let gradients = loss.loss.sum().backward();
    assert!(values(&scores.grad(&gradients).expect("tracked")).iter().all(|g| g.is_finite()));
}

#[test]
fn gradients_of_any_size_are_projected() {
    let set: Arc<dyn AffineSet> = Arc::new(simplices(1, 3, 1));
    let a = DMatrix::from_row_slice(1, 3, &[1.0; 3]);
    let dense = Dense::from_equations(&a, &DVector::from_element(1, 1.0), &Device::flex()).expect("consistent");
    // Without slices: by tensor operations.
    let dense: Arc<dyn AffineSet> = Arc::new(dense);
    for set in [&set, &dense] {
        for size in [1e-37, 1e-25, 1.0, 1e25, 1e37] {
            let scores = single(&[0.0, 0.1, 0.2], 3).autodiff().require_grad();
            let answer = forward(set, &scores, &Settings::default(), None, OnFailure::Error).expect("solved");
            let gradients = (answer.x * single(&[size, 0.0, 0.0], 3)).sum().backward();
            assert_eq!(answer.derivative.outcome(), DerivativeOutcome::Found);
            let gradient: Vec<f64> =
                values(&scores.grad(&gradients).expect("tracked")).iter().map(|g| g / size).collect();
            assert!(largest_difference(&gradient, &[2.0 / 3.0, -1.0 / 3.0, -1.0 / 3.0]) < 1e-3, "{gradient:?}");
        }
    }
}

#[test]
fn empty_batches_are_empty_and_other_types_are_refused_by_name() {
    let set: Arc<dyn AffineSet> = Arc::new(simplices(2, 3, 0));
    let settings = Settings::default();
    for precision in [single as Precision, double] {
        let scores = precision(&[], 6).autodiff().require_grad();
        let answer = forward(&set, &scores, &settings, None, OnFailure::Error).expect("empty");
        assert_eq!((answer.x.dims(), answer.outcomes.len()), ([0, 6], 0));
        let again = solve(set.as_ref(), &scores, &settings, Some(&answer.state)).expect("empty");
        assert_eq!(again.x.dims(), [0, 6]);
        let loss = fenchel_young(set.as_ref(), &scores, &precision(&[], 6), &settings, None, OnFailure::Mask);
        assert_eq!(loss.expect("empty").loss.dims(), [0, 1]);
    }
    let dense = equations(&[&[1.0, 1.0]], &[1.0]).expect("consistent");
    let wrong = |what| SplittingError::Precision { what, given: DType::F64, needed: DType::F32 };
    let scores = single(&[0.0, 1.0], 2);
    assert_eq!(solve(&dense, &scores, &settings, None).map(|_| ()).err(), Some(wrong("set")));
    let set = simplices(1, 2, 1);
    let start = State { bounded: double(&[0.5, 0.5], 2), prices: double(&[0.0, 0.0], 2) };
    assert_eq!(solve(&set, &scores, &settings, Some(&start)).map(|_| ()).err(), Some(wrong("start")));
    let targets = double(&[1.0, 0.0], 2);
    let loss = fenchel_young(&set, &scores, &targets, &settings, None, OnFailure::Error);
    assert_eq!(loss.map(|_| ()).err(), Some(wrong("targets")));
}

#[test]
fn the_origin_is_no_answer_where_rounding_hides_a_score() {
    // The first two are 0, however large a score; rounded beside it, the third's does not tell whether it is.
    let a = DMatrix::from_row_slice(1, 3, &[1.0, 1.0, 0.0]);
    let set = Dense::from_equations(&a, &DVector::zeros(1), &Device::flex()).expect("consistent");
    for solve in [solve, tensor::solve] {
        let solution = solve(&set, &single(&[2e9, 0.5, 1.0], 3), &Settings::default(), None).expect("sound");
        let (status, x) = (solution.outcomes[0].status, values(&solution.x));
        assert!(status != Status::Solved || (x[2] - 1.0).abs() < 0.16, "{status:?}: {x:?}");
    }
}
