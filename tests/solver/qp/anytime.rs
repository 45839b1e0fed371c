//! Anytime answers of solves that had to end early: feasible, no worse than the known point, with a gap that holds.

use crate::property::{cases, recipes};
use convex_edge_core::number::Number;
use convex_edge_core::qp::{Qp, Settings, Status, Workspace, anytime, solve, solve_updated, update_linear};
use convex_edge_verify::oracle::{Reference, Verdict};
use convex_edge_verify::problems::{Recipe, feasible_with_point};
use nalgebra::SVector;
use proptest::prelude::*;

/// Under every cap up to what the solve needs. Against Clarabel's objective, and against the known point's.
fn holds_at_every_cap<T: Number, const N: usize, const M: usize>(recipe: Recipe) {
    let (qp, point) = feasible_with_point::<T, N, M>(recipe);
    let (reference, tolerance) = (Reference::new(&qp), T::KKT_TOLERANCE);
    let known = SVector::<T, N>::from_fn(|i, _| T::rounded(point[i]));
    let room = |size: f64| 1e2 * tolerance.double() * size.max(1e-4);
    let best = match reference.clarabel() {
        Verdict::Solved { x, .. } => Some(reference.objective(&x)),
        _ => None,
    };
    let mut workspace = Workspace::new();
    let needed = solve(&qp, &mut workspace, &Settings::default()).iterations;
    for iteration_limit in (0..=needed).step_by(1 + needed as usize / 6) {
        let status = solve(&qp, &mut workspace, &Settings { iteration_limit, ..Settings::default() }).status;
        // Rounded to single precision the point may miss a bound by more than the tolerance of a small row.
        let Some(answer) = anytime(&qp, &workspace, tolerance, &known) else { continue };
        let x: Vec<f64> = answer.x.iter().map(|x| x.double()).collect();
        let ((value, size), (first, first_size)) = (reference.objective(&x), reference.objective(&point));
        assert!(value <= first + room(size + first_size), "{value} above {first}: {qp:?}");
        // A hundred is the largest condition: what small variables may be taken for beside large ones, and some.
        let largest = 100.0 * x.iter().chain(&point).fold(1.0, |size: f64, x| size.max(x.abs()));
        for row in &reference.rows {
            let product: f64 = row.a.iter().zip(&x).map(|(a, x)| a * x).sum();
            let terms: f64 = row.a.iter().map(|a| a.abs() * largest).sum();
            let violation = (product - row.upper).max(row.lower - product);
            let bound = if product > row.upper { row.upper } else { row.lower };
            let holds = row.softness > 0.0 || violation <= tolerance.double() * (terms + bound.abs());
            assert!(holds, "violated by {violation}: {qp:?}");
        }
        if let Some((least, least_size)) = best {
            let below = value - answer.gap.double();
            assert!(below <= least + room(size + least_size + first_size), "{below} above {least}: {qp:?}");
        }
        if status == Status::Solved && answer.gap.is_finite() {
            assert!(
                answer.gap.double() <= 10.0 * room(size + first_size) + (value - first).abs(),
                "{answer:?}: {qp:?}"
            );
        }
    }
}

proptest! {
    #![proptest_config(cases(60))]

    #[test]
    fn a_feasible_point_with_a_gap_that_holds(recipe in recipes(2.0)) {
        every_size!(holds_at_every_cap::<f64>(recipe));
        every_size!(holds_at_every_cap::<f32>(recipe));
    }
}

/// Down to the corner, which takes two changes; the cap strikes after the first.
#[test]
fn the_answer_moves_from_the_known_point_towards_the_solution() {
    let mut qp = Qp::<f64, 2, 2>::new();
    qp.linear = [-4.0, -4.0].into();
    qp.bounds = 2;
    qp.lower = [0.0, 0.0].into();
    qp.upper = [1.0, 2.0].into();
    let mut workspace = Workspace::new();
    let settings = Settings { iteration_limit: 1, ..Settings::default() };
    assert_eq!(solve(&qp, &mut workspace, &settings).status, Status::IterationLimit);
    let answer = anytime(&qp, &workspace, settings.tolerance, &[0.5, 0.5].into()).expect("the point is feasible");
    assert!(answer.x[0] > 0.7 && (answer.x[1] - 2.0).abs() < 1e-8, "{answer:?}");
    let least = 0.5 * (1.0 + 4.0) - 4.0 * 3.0;
    let value = 0.5 * answer.x.norm_squared() - 4.0 * (answer.x[0] + answer.x[1]);
    assert!(value - answer.gap <= least + 1e-12, "{answer:?}");
    assert_eq!(anytime(&qp, &workspace, settings.tolerance, &[1.5, 0.0].into()), None);
}

#[test]
fn a_deadline_ends_the_solve_before_the_next_change() {
    let mut qp = Qp::<f32, 2, 2>::new();
    qp.linear = [-4.0, -4.0].into();
    qp.bounds = 2;
    qp.upper = [1.0, 2.0].into();
    let mut workspace = Workspace::new();
    let solution = solve(&qp, &mut workspace, &Settings { expired: || true, ..Settings::default() });
    assert_eq!((solution.status, solution.iterations), (Status::DeadlinePassed, 0));
    assert_eq!(solve(&qp, &mut workspace, &Settings::default()).status, Status::Solved);
}

/// Not even that of the problem before.
#[test]
fn there_is_no_answer_where_the_data_cannot_be_worked_with() {
    let mut qp = Qp::<f64, 2, 2>::new();
    (qp.bounds, qp.lower, qp.upper) = (2, [-3.0, -3.0].into(), [3.0, 3.0].into());
    qp.linear = [1.0, 1.0].into();
    let feasible = [2.0, 2.0].into();
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let mut workspace = Workspace::new();
        assert_eq!(solve(&qp, &mut workspace, &Settings::default()).status, Status::Solved);
        assert!(anytime(&qp, &workspace, 1e-9, &feasible).is_some());
        update_linear(&qp, &mut workspace, &[bad, 0.0].into());
        assert_eq!(solve_updated(&qp, &mut workspace, &Settings::default()).status, Status::NotFinite);
        assert_eq!(anytime(&qp, &workspace, 1e-9, &feasible), None);
        let mut fresh = Workspace::new();
        let poisoned = Qp { linear: [bad, 0.0].into(), ..qp.clone() };
        solve(&poisoned, &mut fresh, &Settings::default());
        assert_eq!(anytime(&poisoned, &fresh, 1e-9, &feasible), None);
    }
    let mut reversed = qp.clone();
    (reversed.lower[0], reversed.softness[0]) = (4.0, 1.0);
    let mut workspace = Workspace::new();
    assert_eq!(solve(&reversed, &mut workspace, &Settings::default()).status, Status::Infeasible);
    assert_eq!(anytime(&reversed, &workspace, 1e-9, &feasible), None);
}
