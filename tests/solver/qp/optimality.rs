//! Optimality of solved programs: KKT conditions and Clarabel, over every size, kind of row and condition.

use crate::property::{assert_right, cases, recipes};
use convex_edge_core::number::Number;
use convex_edge_core::qp::{Settings, Status, Workspace, solve};
use convex_edge_verify::problems::{Recipe, feasible};
use proptest::prelude::*;

/// Feasible and well enough conditioned for the number type: has to be solved.
fn is_solved<T: Number, const N: usize, const M: usize>(recipe: Recipe) {
    let qp = feasible::<T, N, M>(recipe);
    let mut workspace = Workspace::new();
    assert_right(&qp, &solve(&qp, &mut workspace, &Settings::default()));
}

/// Feasible: solved and right, or flagged, but never called infeasible.
fn is_solved_or_flagged<T: Number, const N: usize, const M: usize>(recipe: Recipe) {
    let qp = feasible::<T, N, M>(recipe);
    let mut workspace = Workspace::new();
    let solution = solve(&qp, &mut workspace, &Settings::default());
    match solution.status {
        Status::Solved => assert_right(&qp, &solution),
        status => assert!(matches!(status, Status::Inaccurate | Status::IterationLimit), "{status:?}: {qp:?}"),
    }
}

proptest! {
    #![proptest_config(cases(100))]

    #[test]
    fn double_precision_solves_conditions_to_1e6(recipe in recipes(6.0)) {
        every_size!(is_solved::<f64>(recipe));
    }

    #[test]
    fn single_precision_solves_or_flags_conditions_to_1e6(recipe in recipes(6.0)) {
        every_size!(is_solved_or_flagged::<f32>(recipe));
    }

    #[test]
    fn single_precision_solves_conditions_to_1e3_in_general_position(
        recipe in recipes(3.0).prop_map(|recipe| Recipe { tight: 0.0, dependent: 0.0, ..recipe }),
    ) {
        every_size!(is_solved::<f32>(recipe));
    }

    #[test]
    fn two_sided_general_rows(seed: u64) {
        let recipe = Recipe { one_sided: 0.0, ..Recipe::plain(seed) };
        every_size!(is_solved::<f64>(recipe));
        every_size!(is_solved::<f32>(recipe));
    }

    #[test]
    fn simple_bounds_with_rows(seed: u64) {
        let recipe = Recipe { simple_bounds: true, ..Recipe::plain(seed) };
        every_size!(is_solved::<f64>(recipe));
        every_size!(is_solved::<f32>(recipe));
    }

    #[test]
    fn equalities_with_inequalities(seed: u64, equalities in 1..20_usize) {
        let recipe = Recipe { equalities, ..Recipe::plain(seed) };
        every_size!(is_solved::<f64>(recipe));
        every_size!(is_solved::<f32>(recipe));
    }

    #[test]
    fn soft_rows_equal_explicit_slack_variables(seed: u64, soft in 0.2..=1.0) {
        let recipe = Recipe { soft, equalities: 2, ..Recipe::plain(seed) };
        every_size!(is_solved::<f64>(recipe));
        every_size!(is_solved::<f32>(recipe));
    }
}

#[test]
fn without_constraints_the_newton_step_is_the_answer() {
    let mut qp = convex_edge_core::qp::Qp::<f64, 2, 1>::new();
    qp.hessian = [[4.0, 1.0], [1.0, 2.0]].into();
    qp.linear = [-6.0, -5.0].into();
    qp.lower.fill(f64::NEG_INFINITY);
    qp.upper.fill(f64::INFINITY);
    let mut workspace = Workspace::new();
    let solution = solve(&qp, &mut workspace, &Settings { iteration_limit: 0, ..Settings::default() });
    assert_eq!(solution.status, Status::Solved);
    assert!((solution.x - nalgebra::Vector2::new(1.0, 2.0)).amax() < 1e-15);
}
