//! Warm starts: another start changes the number of iterations, not the solution.

use crate::property::{assert_right, cases, recipes};
use convex_edge_core::number::Number;
use convex_edge_core::qp::{Qp, Settings, Status, Workspace, solve, solve_warm};
use convex_edge_verify::oracle::Reference;
use convex_edge_verify::problems::{Recipe, contradict, feasible};
use proptest::prelude::*;

/// From the working set that `before` left, whatever its end was.
fn agrees<T: Number, const N: usize, const M: usize>(before: &Qp<T, N, M>, qp: &Qp<T, N, M>, before_limit: u32) {
    let mut workspace = Workspace::new();
    solve(before, &mut workspace, &Settings { iteration_limit: before_limit, ..Settings::default() });
    // Wandering from an unrelated working set may take longer than a cold start.
    let settings = Settings { iteration_limit: 1000, ..Settings::default() };
    let warm = solve_warm(qp, &mut workspace, &settings);
    assert_right(qp, &warm);
    let mut unused = Workspace::new();
    let cold = solve(qp, &mut unused, &settings);
    assert_eq!(cold.status, Status::Solved);
    let double = |x: &[T]| x.iter().map(|x| x.double()).collect::<Vec<_>>();
    let prices: Vec<f64> = cold.dual.iter().map(|dual| dual.double().abs()).collect();
    let (x, best) = (double(warm.x.as_slice()), double(cold.x.as_slice()));
    let comparison = Reference::new(qp).compare(&x, &best, &prices, 10.0 * T::KKT_TOLERANCE.double());
    assert!(comparison.is_ok(), "{comparison:?}: {qp:?}");
}

fn agrees_after_another<T: Number, const N: usize, const M: usize>(before: Recipe, recipe: Recipe, limit: u32) {
    let mut before = feasible::<T, N, M>(before);
    if limit.is_multiple_of(3) {
        contradict(&mut before, recipe.seed, 0.1);
    }
    agrees(&before, &feasible(recipe), limit);
}

/// The problem itself again: nothing is left to do.
fn is_done<T: Number, const N: usize, const M: usize>(recipe: Recipe) {
    let qp = feasible::<T, N, M>(recipe);
    let mut workspace = Workspace::new();
    let first = solve(&qp, &mut workspace, &Settings::default());
    assert_eq!(first.status, Status::Solved);
    let working_set = first.working_set.to_vec();
    let again = solve_warm(&qp, &mut workspace, &Settings::default());
    assert_eq!((again.status, again.iterations), (Status::Solved, 0), "{qp:?}");
    assert_eq!(again.working_set, working_set);
}

proptest! {
    #![proptest_config(cases(100))]

    #[test]
    fn any_earlier_working_set_gives_the_cold_answer(before in recipes(6.0), recipe in recipes(6.0), limit in 0..200_u32) {
        every_size!(agrees_after_another::<f64>(before, recipe, limit));
    }

    #[test]
    fn any_earlier_working_set_gives_the_cold_answer_in_single_precision(
        before in recipes(3.0),
        recipe in recipes(3.0),
        limit in 0..200_u32,
    ) {
        let recipe = Recipe { tight: 0.0, dependent: 0.0, ..recipe };
        every_size!(agrees_after_another::<f32>(before, recipe, limit));
    }

    #[test]
    fn the_same_problem_again_takes_no_iteration(seed: u64, simple_bounds: bool, soft in 0.0..0.5) {
        let recipe = Recipe { simple_bounds, soft, ..Recipe::plain(seed) };
        every_size!(is_done::<f64>(recipe));
        every_size!(is_done::<f32>(recipe));
    }
}
