//! Optimality of solved programs: KKT conditions and Clarabel, over every size, kind of row and condition.

use crate::property::{assert_right, cases, recipes};
use convex_edge_core::number::Number;
use convex_edge_core::qp::{Qp, Settings, Status, Workspace, solve};
use convex_edge_core::random::Pcg64;
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
    let mut qp = Qp::<f64, 2, 1>::new();
    qp.hessian = [[4.0, 1.0], [1.0, 2.0]].into();
    qp.linear = [-6.0, -5.0].into();
    qp.lower.fill(f64::NEG_INFINITY);
    qp.upper.fill(f64::INFINITY);
    let mut workspace = Workspace::new();
    let solution = solve(&qp, &mut workspace, &Settings { iteration_limit: 0, ..Settings::default() });
    assert_eq!(solution.status, Status::Solved);
    assert!((solution.x - nalgebra::Vector2::new(1.0, 2.0)).amax() < 1e-15);
}

/// Prices that press a point against a hard row: the duals are huge beside the linear term and cancel up to their rounding,
/// while the hard row says where the point is. Each variable has a hard row from above and a soft one from below.
fn prices_against_limits<T: Number, const N: usize, const M: usize>(seed: u64) {
    let random = &mut Pcg64::from_seed(seed);
    let mut workspace = Workspace::<T, N, M>::new();
    for _ in 0..20_000 {
        let mut qp = Qp::<T, N, M>::new();
        (qp.lower, qp.upper) = ([T::rounded(f64::NEG_INFINITY); M].into(), [T::rounded(f64::INFINITY); M].into());
        let mut expected = [0.0; N];
        for (i, expected) in expected.iter_mut().enumerate() {
            let sign = if random.next_u64().is_multiple_of(2) { 1.0 } else { -1.0 };
            let (force, limit) = (random.uniform(-0.01, 0.01), sign * 10_f64.powf(random.uniform(-6.0, 0.0)));
            let (least, softness) = (random.uniform(-1.0, 1.0), 10_f64.powf(random.uniform(-4.0, -1.0)));
            let [force, limit, least, softness] = [force, limit, least, softness].map(|x| f64::from(x as f32));
            qp.linear[i] = T::rounded(-force);
            (qp.upper[i], qp.lower[N + i]) = (T::rounded(limit), T::rounded(least));
            qp.softness[N + i] = T::rounded(softness);
            (qp.rows[(i, i)], qp.rows[(N + i, i)]) = (T::rounded(1.0), T::rounded(1.0));
            let pressed = (force + least / softness) / (1.0 + 1.0 / softness);
            *expected = f64::min(limit, if force < least { pressed } else { force });
        }
        let solution = solve(&qp, &mut workspace, &Settings::default());
        assert_eq!(solution.status, Status::Solved, "{qp:?}");
        for (x, expected) in solution.x.iter().zip(expected) {
            assert!((x.double() - expected).abs() < 2e-4 * expected.abs().max(0.01), "{x:?} {expected} {qp:?}");
        }
    }
}

#[test]
fn prices_against_limits_are_solved() {
    prices_against_limits::<f32, 1, 3>(1);
    prices_against_limits::<f32, 2, 5>(2);
    prices_against_limits::<f64, 2, 5>(3);
}
