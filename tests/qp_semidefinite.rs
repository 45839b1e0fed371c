//! Hessians without enough curvature: semidefinite ones, linear programs, and objectives that fall for ever.

mod qp_property;

use convex_edge::check::curvature::{flat, unbounded};
use convex_edge::check::number::Number;
use convex_edge::check::oracle::{Reference, Verdict};
use convex_edge::check::problems::Recipe;
use convex_edge_core::qp::{Qp, Settings, Status, Workspace, solve, solve_updated, update_linear};
use proptest::prelude::*;
use qp_property::{cases, recipes};

/// Solved as Clarabel does, cold and once more from the working set, with the same objective as the known minimizer.
fn finds_a_minimizer<T: Number, const N: usize, const M: usize>(recipe: Recipe) {
    let (qp, point) = flat::<T, N, M>(recipe);
    let (reference, mut workspace) = (Reference::new(&qp), Workspace::new());
    let settings = Settings { iteration_limit: 1000, ..Settings::default() };
    for start in ["cold", "warm"] {
        let solution = if start == "cold" {
            solve(&qp, &mut workspace, &settings)
        } else {
            update_linear(&qp, &mut workspace, &qp.linear);
            solve_updated(&qp, &mut workspace, &settings)
        };
        if solution.status != Status::Solved {
            let flagged = matches!(solution.status, Status::Inaccurate | Status::IterationLimit | Status::NotFinite);
            assert!(flagged, "{start}: {:?}: {qp:?}", solution.status);
            return;
        }
        let x: Vec<f64> = solution.x.iter().map(|x| x.double()).collect();
        assert_eq!(reference.worse_than::<T>(&x, &point), None, "{start}: {qp:?}");
        if let Verdict::Solved { x: best, .. } = reference.clarabel() {
            assert_eq!(reference.worse_than::<T>(&x, &best), None, "{start}, Clarabel: {qp:?}");
        }
    }
}

/// Never called solved.
fn falls_for_ever<T: Number, const N: usize, const M: usize>(recipe: Recipe) -> bool {
    let qp = unbounded::<T, N, M>(recipe);
    let status = solve(&qp, &mut Workspace::new(), &Settings::default()).status;
    assert!(matches!(status, Status::Unbounded | Status::Inaccurate | Status::IterationLimit), "{status:?}: {qp:?}");
    status == Status::Unbounded
}

proptest! {
    #![proptest_config(cases(60))]

    #[test]
    fn semidefinite_and_linear_programs_have_clarabels_objective(recipe in recipes(2.0)) {
        every_size!(finds_a_minimizer::<f64>(recipe));
        every_size!(finds_a_minimizer::<f32>(recipe));
    }

    #[test]
    fn unbounded_problems_are_not_solved(recipe in recipes(2.0)) {
        falls_for_ever::<f64, 2, 5>(recipe);
        falls_for_ever::<f64, 10, 30>(recipe);
        falls_for_ever::<f32, 4, 10>(recipe);
        falls_for_ever::<f32, 20, 50>(recipe);
    }
}

/// Nearly all: what is flagged instead is counted by `cargo edge check qp`.
#[test]
fn most_unbounded_problems_are_called_so() {
    let recipe = |seed| Recipe { one_sided: 0.5, ..Recipe::plain(seed) };
    let called = (0..200).filter(|&seed| falls_for_ever::<f64, 4, 10>(recipe(seed))).count();
    assert!(called >= 180, "{called} of 200");
}

/// Maximize x + 2 y within a triangle; then with the opposite objective from the same working set.
#[test]
fn a_linear_program_ends_in_its_vertex() {
    let mut qp = Qp::<f32, 2, 3>::zero();
    qp.linear = [-1.0, -2.0].into();
    qp.bounds = 2;
    qp.lower = [0.0, 0.0, f32::NEG_INFINITY].into();
    qp.upper = [f32::INFINITY, f32::INFINITY, 6.0].into();
    qp.rows.row_mut(2).copy_from_slice(&[3.0, 2.0]);
    let mut workspace = Workspace::new();
    let near = |x: &[f32], y: &[f32]| x.iter().zip(y).all(|(x, y)| (x - y).abs() <= 1e-5);
    let solution = solve(&qp, &mut workspace, &Settings::default());
    assert_eq!(solution.status, Status::Solved);
    assert!(
        near(solution.x.as_slice(), &[0.0, 3.0]) && near(solution.dual.as_slice(), &[-2.0, 0.0, 1.0]),
        "{solution:?}"
    );
    update_linear(&qp, &mut workspace, &[1.0, 1.0].into());
    let solution = solve_updated(&qp, &mut workspace, &Settings::default());
    assert!(solution.status == Status::Solved && near(solution.x.as_slice(), &[0.0, 0.0]), "{solution:?}");
    qp.lower[1] = f32::NEG_INFINITY;
    qp.linear = [0.0, 1.0].into();
    assert_eq!(solve(&qp, &mut workspace, &Settings::default()).status, Status::Unbounded);
}

/// The price `w s` of a violation `s`, exact: above the dual of the hard row nothing is violated, below it the dual is w.
#[test]
fn a_variable_without_curvature_is_an_exact_penalty() {
    let mut qp = Qp::<f64, 2, 3>::zero();
    qp.hessian[(0, 0)] = 1.0;
    qp.bounds = 2;
    qp.lower = [f64::NEG_INFINITY, 0.0, f64::NEG_INFINITY].into();
    qp.upper = [f64::INFINITY, f64::INFINITY, 1.0].into();
    qp.rows.row_mut(2).copy_from_slice(&[1.0, -1.0]);
    let mut workspace = Workspace::new();
    for (price, x, slack) in [(5.0, 1.0, 0.0), (2.5, 1.0, 0.0), (1.0, 2.0, 1.0), (0.25, 2.75, 1.75)] {
        qp.linear = [-3.0, price].into();
        let solution = solve(&qp, &mut workspace, &Settings::default());
        assert_eq!(solution.status, Status::Solved);
        assert!((solution.x[0] - x).abs() < 1e-8 && (solution.x[1] - slack).abs() < 1e-8, "{price}: {solution:?}");
        assert!((solution.dual[2] - price.min(2.0)).abs() < 1e-8, "{price}: {solution:?}");
    }
}
