//! Statuses of a solve: every fault is named, the cap is hard, and the same input gives the same bits.

use crate::property::{cases, recipes};
use convex_edge_core::number::Number;
use convex_edge_core::qp::{Qp, Settings, Status, Workspace, solve, solve_warm};
use convex_edge_verify::oracle::Reference;
use convex_edge_verify::problems::{Recipe, contradict, feasible};
use proptest::prelude::*;

fn status_of<T: Number, const N: usize, const M: usize>(qp: &Qp<T, N, M>) -> Status {
    solve(qp, &mut Workspace::new(), &Settings::default()).status
}

/// One wrong number anywhere is not finite.
fn notices<T: Number, const N: usize, const M: usize>(recipe: Recipe, place: usize, wrong: f64) {
    let spoil = |edit: &dyn Fn(&mut Qp<T, N, M>, T)| {
        let mut qp = feasible::<T, N, M>(Recipe { simple_bounds: false, ..recipe });
        edit(&mut qp, T::rounded(wrong));
        assert_eq!(status_of(&qp), Status::NotFinite, "{qp:?}");
    };
    spoil(&|qp, wrong| qp.hessian[place % (N * N)] = wrong);
    spoil(&|qp, wrong| qp.linear[place % N] = wrong);
    spoil(&|qp, wrong| qp.rows[place % (M * N)] = wrong);
    spoil(&|qp, wrong| qp.softness[place % M] = wrong);
    if wrong != f64::NEG_INFINITY {
        spoil(&|qp, wrong| qp.lower[place % M] = wrong);
    }
    if wrong != f64::INFINITY {
        spoil(&|qp, wrong| qp.upper[place % M] = wrong);
    }
}

/// With every cap from 0 to what the solve needs: never more iterations, and solved exactly where they suffice.
fn respects_the_cap<T: Number, const N: usize, const M: usize>(recipe: Recipe, infeasible: bool) {
    let mut qp = feasible::<T, N, M>(recipe);
    if infeasible {
        contradict(&mut qp, recipe.seed, 0.1);
    }
    let mut workspace = Workspace::new();
    let free = solve(&qp, &mut workspace, &Settings { iteration_limit: 10_000, ..Settings::default() });
    let (status, needed) = (free.status, free.iterations);
    for iteration_limit in (0..needed + 2).step_by(1 + needed as usize / 10) {
        let capped = solve(&qp, &mut workspace, &Settings { iteration_limit, ..Settings::default() });
        assert!(capped.iterations <= iteration_limit, "{} of {iteration_limit}: {qp:?}", capped.iterations);
        let expected = if iteration_limit >= needed { status } else { Status::IterationLimit };
        assert_eq!(capped.status, expected, "{iteration_limit} of {needed}: {qp:?}");
    }
}

/// Twice from new workspaces, cold and then warm.
fn repeats<T: Number, const N: usize, const M: usize>(recipe: Recipe) {
    let (first, second) = (feasible::<T, N, M>(recipe), feasible::<T, N, M>(Recipe { seed: !recipe.seed, ..recipe }));
    let run = || {
        let mut workspace = Workspace::new();
        let cold = format!("{:?}", solve(&first, &mut workspace, &Settings::default()));
        cold + &format!("{:?}", solve_warm(&second, &mut workspace, &Settings::default()))
    };
    // The shortest decimal form tells all bits apart.
    assert_eq!(run(), run());
}

/// A solve leaves nothing behind but the working set: cold after other problems equals cold in a new workspace.
fn forgets<T: Number, const N: usize, const M: usize>(recipe: Recipe) {
    let (first, second) = (feasible::<T, N, M>(recipe), feasible::<T, N, M>(Recipe { seed: !recipe.seed, ..recipe }));
    let mut broken = first.clone();
    broken.linear[0] = T::rounded(f64::NAN);
    let mut used = Workspace::new();
    for qp in [&first, &broken, &first] {
        solve_warm(qp, &mut used, &Settings::default());
    }
    let mut unused = Workspace::new();
    let (again, new) =
        (solve(&second, &mut used, &Settings::default()), solve(&second, &mut unused, &Settings::default()));
    assert_eq!(format!("{again:?}"), format!("{new:?}"));
}

proptest! {
    #![proptest_config(cases(60))]

    #[test]
    fn nan_and_infinities_are_not_finite(
        recipe in recipes(1.0),
        place: usize,
        wrong in prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(f64::NEG_INFINITY)],
    ) {
        every_size!(notices::<f64>(recipe, place, wrong));
        every_size!(notices::<f32>(recipe, place, wrong));
    }

    #[test]
    fn the_cap_is_hard(recipe in recipes(3.0), infeasible: bool) {
        every_size!(respects_the_cap::<f64>(recipe, infeasible));
        every_size!(respects_the_cap::<f32>(recipe, infeasible));
    }

    #[test]
    fn the_same_input_gives_the_same_bits(recipe in recipes(6.0)) {
        every_size!(repeats::<f64>(recipe));
        every_size!(repeats::<f32>(recipe));
    }

    #[test]
    fn a_cold_start_depends_on_nothing_before(recipe in recipes(6.0)) {
        every_size!(forgets::<f64>(recipe));
        every_size!(forgets::<f32>(recipe));
    }

    #[test]
    fn indefinite_and_asymmetric_are_not_convex(recipe in recipes(2.0), i in 0..4_usize, j in 0..4_usize) {
        let qp = feasible::<f32, 4, 10>(recipe);
        let mut indefinite = qp.clone();
        indefinite.hessian[(i, i)] = -0.01 * qp.hessian[(i, i)];
        prop_assert_eq!(status_of(&indefinite), Status::NotConvex);
        let mut asymmetric = qp.clone();
        asymmetric.hessian[(i, j)] += if i == j { 0.0 } else { 0.01 * qp.hessian[(i, i)] };
        asymmetric.hessian[(j, j)] += if i == j { -2.0 * qp.hessian[(j, j)] } else { 0.0 };
        prop_assert_eq!(status_of(&asymmetric), Status::NotConvex);
        // Without any curvature a variable may have none with another one either.
        let mut saddle = Qp::<f32, 4, 10>::zero();
        saddle.hessian[(i, j)] = 1.0;
        saddle.hessian[(j, i)] = if i == j { -1.0 } else { 1.0 };
        prop_assert_eq!(status_of(&saddle), Status::NotConvex);
    }

    #[test]
    fn crossed_bounds_are_infeasible(recipe in recipes(2.0), row in 0..10_usize) {
        let mut qp = feasible::<f64, 4, 10>(recipe);
        qp.lower[row] = 1.0;
        qp.upper[row] = 1.0 - 1e-15;
        prop_assert_eq!(status_of(&qp), Status::Infeasible);
    }
}

#[test]
fn negative_softness_is_not_convex() {
    let mut qp = Qp::<f64, 2, 3>::new();
    qp.softness[1] = -1e-9;
    assert_eq!(status_of(&qp), Status::NotConvex);
}

#[test]
fn rows_of_simple_bounds_are_not_read_and_more_than_n_mean_n() {
    let mut qp = Qp::<f32, 2, 3>::new();
    qp.linear = [-3.0, -3.0].into();
    qp.upper = [1.0, 2.0, 2.5].into();
    qp.rows.row_mut(2).copy_from_slice(&[1.0, 1.0]);
    qp.rows.row_mut(0).fill(f32::NAN);
    qp.rows.row_mut(1).fill(f32::INFINITY);
    for bounds in [2, 3, usize::MAX] {
        qp.bounds = bounds;
        let mut workspace = Workspace::new();
        let solution = solve(&qp, &mut workspace, &Settings::default());
        assert_eq!((solution.status, solution.x.as_slice()), (Status::Solved, [1.0, 1.5].as_slice()));
    }
}

#[test]
fn overflow_is_flagged() {
    for size in [1e-30_f32, 1e-20, 1e20, 1e30, f32::MAX] {
        let mut qp = Qp::<f32, 2, 3>::new();
        qp.linear.fill(-size);
        qp.rows.fill(size);
        qp.lower.fill(f32::NEG_INFINITY);
        qp.upper = [size * 0.1, size, size].into();
        let mut workspace = Workspace::new();
        let solution = solve(&qp, &mut workspace, &Settings::default());
        let right = solution.status == Status::Solved && Reference::new(&qp).residuals(&solution).within(2e-5);
        let flagged = matches!(solution.status, Status::Inaccurate | Status::NotFinite | Status::IterationLimit);
        assert!(right || flagged, "{size}: {solution:?}");
    }
}
