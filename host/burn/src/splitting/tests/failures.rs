use super::super::{OnFailure, Settings, SplittingError, State, Status, forward, solve};
use super::*;
use std::sync::Arc;

/// Two samples, of which the second one asks for more of a class than there are cells.
fn half_infeasible() -> Arc<dyn AffineSet> {
    Arc::new(CountedSimplices::new(4, 3, &[1], &[vec![2.0], vec![6.0]]).expect("a set"))
}

#[test]
fn an_infeasible_dense_set_is_called_so() {
    let a = DMatrix::from_row_slice(1, 3, &[1.0, 1.0, 1.0]);
    let dense = |sum: f64, dtype| {
        Dense::from_equations(&a, &DVector::from_element(1, sum), (&Device::flex(), dtype)).expect("consistent")
    };
    for (precision, dtype) in [(single as fn(&[f64], usize) -> Tensor<2>, DType::F32), (double, DType::F64)] {
        let status = |sum: f64, upper: f64| {
            let settings = Settings { upper, ..Settings::default() };
            let scores = precision(&[1.0, -2.0, 0.5], 3);
            solve(&dense(sum, dtype), &scores, &settings, None).expect("sound").outcomes[0].status
        };
        assert_eq!(status(-1.0, f64::INFINITY), Status::Infeasible);
        assert_eq!(status(-0.1, f64::INFINITY), Status::Infeasible);
        assert_eq!(status(3.2, 1.0), Status::Infeasible);
        assert_eq!(status(3.2, f64::INFINITY), Status::Solved);
        assert_eq!(status(2.9, 1.0), Status::Solved);
    }
}

#[test]
fn infeasible_samples_are_told_apart_by_both_ways() {
    let set = half_infeasible();
    for precision in [single, double] {
        let scores = precision(&random(24, 1.0, 1), 12);
        let solution = solve(set.as_ref(), &scores, &Settings::default(), None).expect("sound");
        let outcomes = solution.outcomes;
        let prices = values(&solution.state.prices);
        assert!(prices[..12].iter().any(|&price| price != 0.0) && prices[12..].iter().all(|&price| price == 0.0));
        assert_eq!(outcomes[0].status, Status::Solved);
        assert_eq!(outcomes[1].status, Status::Infeasible);
        assert!(outcomes[1].primal > 0.1);
    }
}

#[test]
fn an_unsolved_sample_is_an_error_a_soft_answer_or_a_masked_row() {
    let set = half_infeasible();
    let scores = single(&random(24, 1.0, 2), 12).autodiff().require_grad();
    let ask = |on_failure| forward(&set, &scores, &Settings::default(), None, on_failure);
    let unsolved = SplittingError::Unsolved { sample: 1, status: Status::Infeasible };
    assert_eq!(ask(OnFailure::Error).map(|_| ()).err(), Some(unsolved));

    let soft = ask(OnFailure::Soft).expect("answers");
    let x = values(&soft.x.without_autodiff());
    assert!(x[12..].iter().all(|&x| (0.0..=2.0).contains(&x)));
    // Four cells of sum 1 and a class of sum 6: what is missing is shared, and the class gets nearly all.
    let class: f64 = x[12..].iter().skip(1).step_by(3).sum();
    assert!(class > 4.0 && class < 6.0, "{class}");

    let masked = ask(OnFailure::Mask).expect("answers");
    assert_eq!(values(&masked.mask), [1.0, 0.0]);
    assert!(values(&masked.x.clone().without_autodiff())[12..].iter().all(|&x| x == 0.0));
    let gradients = (masked.x * single(&random(24, 1.0, 3), 12)).sum().backward();
    let gradient = values(&scores.grad(&gradients).expect("tracked"));
    assert!(gradient[..12].iter().any(|&g| g != 0.0) && gradient[12..].iter().all(|&g| g == 0.0));
}

#[test]
fn scores_that_are_not_finite_and_limits_have_a_status() {
    let set = sudoku(2).set;
    for precision in [single, double] {
        let mut scores = random(128, 1.0, 4);
        scores[3] = f64::INFINITY;
        let settings = Settings { iterations: 3, tolerance: 1e-6, ..Settings::default() };
        let solution = solve(set.as_ref(), &precision(&scores, 64), &settings, None).expect("sound");
        assert_eq!(solution.outcomes[0].status, Status::NotFinite);
        assert_eq!((solution.outcomes[1].status, solution.outcomes[1].iterations), (Status::IterationLimit, 3));
        assert!(values(&solution.x).iter().all(|x| x.is_finite()));
    }
    let set: Arc<dyn AffineSet> = Arc::from(set);
    let scores = single(&[f64::NAN; 64], 64);
    let unsolved = SplittingError::Unsolved { sample: 0, status: Status::NotFinite };
    let soft = forward(&set, &scores, &Settings::default(), None, OnFailure::Soft);
    assert_eq!(soft.map(|_| ()).err(), Some(unsolved));
}

#[test]
fn calls_that_make_no_sense_are_refused() {
    let set = half_infeasible();
    let good = single(&random(24, 1.0, 5), 12);
    let ask = |scores: &Tensor<2>, settings: Settings, start: Option<&State>| {
        solve(set.as_ref(), scores, &settings, start).map(|_| ()).err()
    };
    let dimension = SplittingError::Dimension { given: 8, needed: 12 };
    assert_eq!(ask(&single(&[0.0; 16], 8), Settings::default(), None), Some(dimension));
    let batch = |what, given, needed| Some(SplittingError::Batch { what, given, needed });
    assert_eq!(ask(&single(&[0.0; 36], 12), Settings::default(), None), batch("set", 2, 3));
    let other = single(&[0.0; 12], 12);
    let start = State { bounded: other.clone(), prices: other };
    assert_eq!(ask(&good, Settings::default(), Some(&start)), batch("start", 1, 2));
    for wrong in [
        Settings { curvature: -1.0, ..Settings::default() },
        Settings { upper: 0.0, ..Settings::default() },
        Settings { step: f64::NAN, ..Settings::default() },
        Settings { relaxation: 2.0, ..Settings::default() },
        Settings { tolerance: 0.0, ..Settings::default() },
        Settings { iterations: 0, ..Settings::default() },
    ] {
        assert!(matches!(ask(&good, wrong, None), Some(SplittingError::Setting { .. })), "{wrong:?}");
    }
}
