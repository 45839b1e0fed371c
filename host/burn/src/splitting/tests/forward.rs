use super::super::{Settings, Status, host, solve, tensor};
use super::*;
use clarabel::algebra::CscMatrix;
use clarabel::solver::{DefaultSettings, DefaultSolver, IPSolver, NonnegativeConeT, SolverStatus, ZeroConeT};

/// Clarabel's minimizer of one sample.
pub(super) fn clarabel(case: &Case, scores: &[f64], curvature: f64, upper: f64) -> Vec<f64> {
    let (m, n) = case.a.shape();
    let bounds = if upper < f64::INFINITY { 2 * n } else { n };
    let mut entries: (Vec<usize>, Vec<usize>, Vec<f64>) = Default::default();
    let mut push = |i, j, value| {
        entries.0.push(i);
        entries.1.push(j);
        entries.2.push(value);
    };
    for (i, j) in (0..m).flat_map(|i| (0..n).map(move |j| (i, j))).filter(|&(i, j)| case.a[(i, j)] != 0.0) {
        push(i, j, case.a[(i, j)]);
    }
    (0..n).for_each(|j| push(m + j, j, -1.0));
    (n..bounds).for_each(|j| push(m + j, j - n, 1.0));
    let matrix = CscMatrix::new_from_triplets(m + bounds, n, entries.0, entries.1, entries.2);
    let right: Vec<f64> = case.b.iter().copied().chain((0..bounds).map(|j| if j < n { 0.0 } else { upper })).collect();
    let all: Vec<usize> = (0..n).collect();
    let hessian = CscMatrix::new_from_triplets(n, n, all.clone(), all, vec![curvature; n]);
    let linear: Vec<f64> = scores.iter().map(|s| -s).collect();
    let settings = DefaultSettings {
        verbose: false,
        tol_gap_abs: 1e-10,
        tol_gap_rel: 1e-10,
        tol_feas: 1e-10,
        ..Default::default()
    };
    let cones = [ZeroConeT(m), NonnegativeConeT(bounds)];
    let mut solver = DefaultSolver::new(&hessian, &linear, &matrix, &right, &cones, settings).expect("takes the data");
    solver.solve();
    assert_eq!(solver.solution.status, SolverStatus::Solved);
    solver.solution.x.clone()
}

/// Both ways of computing against Clarabel: exactly in double precision, to the tolerance in single.
fn compare(case: &Case, scores: &[f64], settings: Settings) {
    let n = scores.len();
    let expected = clarabel(case, scores, settings.curvature, settings.upper);
    let fine = Settings { tolerance: 1e-9, iterations: 100_000, ..settings };
    let solution = tensor::solve(case.set.as_ref(), &double(scores, n), &fine, None).expect("sound");
    assert_eq!(solution.outcomes[0].status, Status::Solved);
    let difference = largest_difference(&values(&solution.x), &expected);
    assert!(difference < 1e-5, "{difference}");

    let projection = case.set.on_host().expect("has one");
    let solution = host::solve(case.set.as_ref(), projection, &single(scores, n), &settings, None).expect("sound");
    assert_eq!(solution.outcomes[0].status, Status::Solved);
    let difference = largest_difference(&values(&solution.x), &expected);
    assert!(difference < 0.02, "{difference}");
}

#[test]
fn sudoku_agrees_with_clarabel() {
    for (curvature, seed) in [(1.0, 1), (0.3, 2), (0.1, 3)] {
        compare(&sudoku(2), &random(64, 2.0, seed), Settings { curvature, ..Settings::default() });
    }
    compare(&sudoku(3), &random(729, 2.0, 4), Settings::default());
    compare(&sudoku(3), &random(729, 2.0, 5), Settings { curvature: 0.3, ..Settings::default() });
}

#[test]
fn counted_simplices_agree_with_clarabel() {
    for (which, totals, upper, seed) in [
        (vec![1], vec![7.0], f64::INFINITY, 6),
        (vec![0, 2], vec![3.0, 11.0], f64::INFINITY, 7),
        (vec![0, 1, 2, 3], vec![4.0, 4.0, 4.0, 18.0], f64::INFINITY, 8),
        (vec![1], vec![7.0], 0.6, 9),
    ] {
        let case = counted(30, 4, &which, &totals);
        compare(&case, &random(120, 2.0, seed), Settings { upper, ..Settings::default() });
    }
}

#[test]
fn both_ways_take_the_same_steps() {
    let case = sudoku(2);
    let scores = single(&random(5 * 64, 3.0, 10), 64);
    let settings = Settings { curvature: 0.5, ..Settings::default() };
    let by_tensors = tensor::solve(case.set.as_ref(), &scores, &settings, None).expect("sound");
    let on_slices = solve(case.set.as_ref(), &scores, &settings, None).expect("sound");
    assert!(largest_difference(&values(&by_tensors.x), &values(&on_slices.x)) < 1e-5);
    for (tensors, slices) in by_tensors.outcomes.iter().zip(&on_slices.outcomes) {
        assert_eq!((tensors.status, tensors.iterations), (slices.status, slices.iterations));
    }
}

#[test]
fn scores_in_other_units_take_the_same_iterations() {
    let case = sudoku(2);
    let scores = random(64, 1.0, 11);
    let iterations = |unit: f64| {
        let scores: Vec<f64> = scores.iter().map(|score| unit * score).collect();
        let settings = Settings { curvature: 0.25 * unit, step: unit, ..Settings::default() };
        solve(case.set.as_ref(), &single(&scores, 64), &settings, None).expect("sound").outcomes[0].iterations
    };
    assert_eq!(iterations(1.0), iterations(1024.0));
    assert_eq!(iterations(1.0), iterations(1.0 / 1024.0));
}

#[test]
fn a_warm_start_takes_fewer_iterations() {
    let case = sudoku(3);
    let settings = Settings { curvature: 0.3, ..Settings::default() };
    let scores = random(4 * 729, 2.0, 12);
    let nearby: Vec<f64> = scores.iter().zip(random(4 * 729, 0.01, 13)).map(|(a, b)| a + b).collect();
    for precision in [single, double] {
        let first = solve(case.set.as_ref(), &precision(&scores, 729), &settings, None).expect("sound");
        let cold = solve(case.set.as_ref(), &precision(&nearby, 729), &settings, None).expect("sound");
        let warm = solve(case.set.as_ref(), &precision(&nearby, 729), &settings, Some(&first.state)).expect("sound");
        for (warm, cold) in warm.outcomes.iter().zip(&cold.outcomes) {
            assert_eq!(warm.status, Status::Solved);
            assert!(warm.iterations < cold.iterations, "{} against {}", warm.iterations, cold.iterations);
        }
    }
}

#[test]
fn a_sample_does_not_see_the_others() {
    let case = sudoku(2);
    let scores = random(8 * 64, 3.0, 14);
    for precision in [single, double] {
        let together = solve(case.set.as_ref(), &precision(&scores, 64), &Settings::default(), None).expect("sound");
        let alone = solve(case.set.as_ref(), &precision(&scores[..64], 64), &Settings::default(), None).expect("sound");
        assert_eq!(values(&alone.x), values(&together.x)[..64]);
    }
}
