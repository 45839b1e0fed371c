//! Infeasibility: contradictions are reported as infeasible, and nothing else is.

use crate::property::{assert_right, cases, recipes};
use convex_edge_core::number::Number;
use convex_edge_core::qp::{Qp, Settings, Status, Workspace, solve, solve_warm};
use convex_edge_verify::problems::{Recipe, contradict, feasible};
use proptest::prelude::*;

/// `gap` is what the contradiction amounts to, relative to its terms.
fn is_infeasible<T: Number, const N: usize, const M: usize>(recipe: Recipe, gap: f64) {
    let mut qp = feasible::<T, N, M>(recipe);
    contradict(&mut qp, recipe.seed, gap);
    let mut workspace = Workspace::new();
    let status = solve(&qp, &mut workspace, &Settings::default()).status;
    assert_eq!(status, Status::Infeasible, "{qp:?}");
}

/// In single precision and badly conditioned: infeasible or flagged, never solved.
fn is_not_solved<T: Number, const N: usize, const M: usize>(recipe: Recipe, gap: f64) {
    let mut qp = feasible::<T, N, M>(recipe);
    contradict(&mut qp, recipe.seed, gap);
    let mut workspace = Workspace::new();
    let status = solve(&qp, &mut workspace, &Settings::default()).status;
    let flagged = matches!(status, Status::Infeasible | Status::Inaccurate | Status::IterationLimit);
    assert!(flagged, "{status:?}: {qp:?}");
}

/// From the working set of a feasible problem too.
fn is_infeasible_from_warm<T: Number, const N: usize, const M: usize>(recipe: Recipe) {
    let mut qp = feasible::<T, N, M>(recipe);
    let mut workspace = Workspace::new();
    assert_eq!(solve(&qp, &mut workspace, &Settings::default()).status, Status::Solved);
    contradict(&mut qp, recipe.seed, 0.1);
    assert_eq!(solve_warm(&qp, &mut workspace, &Settings::default()).status, Status::Infeasible, "{qp:?}");
}

proptest! {
    #![proptest_config(cases(150))]

    #[test]
    fn contradictions_in_double_precision(recipe in recipes(6.0)) {
        every_size!(is_infeasible::<f64>(recipe, 1e-4));
    }

    #[test]
    fn contradictions_in_single_precision(recipe in recipes(3.0)) {
        let recipe = Recipe { tight: 0.0, ..recipe };
        every_size!(is_infeasible::<f32>(recipe, 0.02));
    }

    #[test]
    fn contradictions_in_single_precision_at_any_condition(recipe in recipes(6.0)) {
        every_size!(is_not_solved::<f32>(recipe, 0.02));
    }

    #[test]
    fn contradictions_after_a_feasible_problem(seed: u64, simple_bounds: bool) {
        let recipe = Recipe { simple_bounds, ..Recipe::plain(seed) };
        every_size!(is_infeasible_from_warm::<f64>(recipe));
        every_size!(is_infeasible_from_warm::<f32>(recipe));
    }
}

/// Two rows at an angle of twice `slope` that meet only at x1 = 1 / `slope`.
fn narrow<T: Number>(slope: f64) -> Qp<T, 2, 2> {
    let mut qp = Qp::new();
    let number = T::rounded;
    qp.rows = [[number(1.0), number(1.0)], [number(slope), number(-slope)]].into();
    qp.lower = [number(1.0), number(f64::NEG_INFINITY)].into();
    qp.upper = [number(f64::INFINITY), number(-1.0)].into();
    qp
}

#[test]
fn feasible_points_far_away_are_not_overlooked() {
    for decade in 0..12 {
        let slope = 10.0_f64.powi(-decade);
        let mut workspace = Workspace::new();
        let status = solve(&narrow::<f64>(slope), &mut workspace, &Settings::default()).status;
        assert!(status == Status::Solved || (status == Status::Inaccurate && decade > 6), "{decade}: {status:?}");
        let mut workspace = Workspace::new();
        let status = solve(&narrow::<f32>(slope), &mut workspace, &Settings::default()).status;
        let rounding = decade > 5;
        assert!(
            rounding || status == Status::Solved || (status == Status::Inaccurate && decade > 2),
            "{decade}: {status:?}"
        );
    }
}

#[test]
fn contradicting_soft_rows_are_feasible() {
    for softness in [1e-6_f32, 1e-3, 1.0, 1e3] {
        let mut qp = Qp::<f32, 1, 2>::new();
        qp.rows.fill(1.0);
        qp.lower = [1.0, f32::NEG_INFINITY].into();
        qp.upper = [f32::INFINITY, -1.0].into();
        qp.softness.fill(softness);
        let mut workspace = Workspace::new();
        assert_right(&qp, &solve(&qp, &mut workspace, &Settings::default()));
    }
}

/// At points of size 1e6 these rows' own rounding exceeds the contradiction: that excuses no such point.
#[test]
fn a_contradiction_is_not_called_solved_at_a_point_far_away() {
    let (one_sided, tight, dependent) = (1.0, 1.0, 0.7);
    let recipe = Recipe { soft: 0.3, one_sided, tight, dependent, ..Recipe::plain(365_173) };
    is_not_solved::<f32, 20, 50>(recipe, 0.02);
}

/// `min |x|^2 / 2` with `x1 - k x0 >= 2`, x0 in [0, 1] and x1 in [0, 5] or beyond: (0, 2) however large k is.
#[test]
fn a_row_with_a_large_coefficient_does_not_hide_a_small_one() {
    fn is_feasible<T: Number>(largest: i32) {
        for power in 0..=largest {
            for (factor, pull, limit) in [(1.0, 0.0, 5.0), (5.0, 0.1, 5.0), (7.0, 1.5, f64::INFINITY)] {
                let mut qp = Qp::<T, 2, 3>::new();
                (qp.bounds, qp.linear[1], qp.lower[2], qp.upper[2]) =
                    (2, T::rounded(-pull), T::rounded(2.0), T::rounded(f64::INFINITY));
                (qp.upper[0], qp.upper[1]) = (T::ONE, T::rounded(limit));
                (qp.rows[(2, 0)], qp.rows[(2, 1)]) = (T::rounded(-factor * 10.0_f64.powi(power)), T::ONE);
                let mut workspace = Workspace::new();
                let solution = solve(&qp, &mut workspace, &Settings::default());
                let flagged = matches!(solution.status, Status::Inaccurate | Status::IterationLimit);
                assert!(flagged || solution.status == Status::Solved, "1e{power}: {:?}: {qp:?}", solution.status);
                if solution.status == Status::Solved {
                    let x: Vec<f64> = solution.x.iter().map(|x| x.double()).collect();
                    assert!((x[1] - 2.0).abs() < 1e-4 && x[0] == 0.0, "1e{power}: {x:?}");
                }
            }
        }
    }
    is_feasible::<f32>(12);
    is_feasible::<f64>(20);
}
