//! Vertices where more rows meet than there are variables; rows that repeat, combine or cancel others.

use crate::property::{assert_right, cases};
use convex_edge_core::number::Number;
use convex_edge_core::qp::{Qp, Settings, Status, Workspace, solve};
use convex_edge_core::random::Pcg64;
use convex_edge_verify::problems::{Recipe, feasible, normal};
use proptest::prelude::*;

fn is_solved<T: Number, const N: usize, const M: usize>(recipe: Recipe) {
    let qp = feasible::<T, N, M>(recipe);
    let mut workspace = Workspace::new();
    assert_right(&qp, &solve(&qp, &mut workspace, &Settings::default()));
}

/// In single precision an ill-conditioned vertex may be out of reach: then flagged, never wrong.
fn is_solved_or_flagged<T: Number, const N: usize, const M: usize>(recipe: Recipe) {
    let qp = feasible::<T, N, M>(recipe);
    let mut workspace = Workspace::new();
    let solution = solve(&qp, &mut workspace, &Settings::default());
    match solution.status {
        Status::Solved => assert_right(&qp, &solution),
        status => assert!(matches!(status, Status::Inaccurate | Status::IterationLimit), "{status:?}: {qp:?}"),
    }
}

/// A vertex of a cone of M rows through one point, all of them tight at the minimizer, which is known.
fn finds_the_tip<T: Number, const N: usize, const M: usize>(seed: u64) {
    let random = &mut Pcg64::from_seed(seed);
    let mut qp = Qp::<T, N, M>::new();
    let tip: Vec<f64> = (0..N).map(|_| (3.0 * normal(random)).round()).collect();
    // f = -H tip - A' 1 makes all duals 1 a certificate of the tip.
    let mut linear: Vec<f64> = tip.iter().map(|x| -x).collect();
    for i in 0..M {
        let row: Vec<f64> = (0..N).map(|_| (2.0 * normal(random)).round()).collect();
        let product: f64 = row.iter().zip(&tip).map(|(a, x)| a * x).sum();
        row.iter().enumerate().for_each(|(j, &a)| qp.rows[(i, j)] = T::rounded(a));
        linear.iter_mut().zip(&row).for_each(|(f, a)| *f -= a);
        qp.lower[i] = T::rounded(f64::NEG_INFINITY);
        qp.upper[i] = T::rounded(product);
    }
    linear.iter().enumerate().for_each(|(j, &f)| qp.linear[j] = T::rounded(f));
    let mut workspace = Workspace::new();
    let solution = solve(&qp, &mut workspace, &Settings::default());
    assert_right(&qp, &solution);
    let distance = solution.x.iter().zip(&tip).map(|(x, tip)| (x.double() - tip).abs()).fold(0.0, f64::max);
    assert!(distance <= 1e3 * T::EPSILON.double(), "{distance} from {tip:?}: {qp:?}");
}

/// All rows twice, the second time scaled: the answer is that of the single rows.
fn copies_change_nothing<T: Number, const N: usize, const M: usize>(recipe: Recipe) {
    let mut qp = feasible::<T, N, M>(recipe);
    for i in M / 2..M {
        let (factor, from) = (T::rounded(f64::from(1 << (i % 3))), i - M / 2);
        (0..N).for_each(|j| qp.rows[(i, j)] = qp.rows[(from, j)] * factor);
        (qp.lower[i], qp.upper[i]) = (qp.lower[from] * factor, qp.upper[from] * factor);
        qp.softness[i] = T::ZERO;
    }
    let mut single = qp.clone();
    single.lower.rows_mut(M / 2, M - M / 2).fill(T::rounded(f64::NEG_INFINITY));
    single.upper.rows_mut(M / 2, M - M / 2).fill(T::rounded(f64::INFINITY));
    let (mut first, mut second) = (Workspace::new(), Workspace::new());
    let (twice, once) =
        (solve(&qp, &mut first, &Settings::default()), solve(&single, &mut second, &Settings::default()));
    assert_right(&qp, &twice);
    assert_eq!(once.status, Status::Solved);
    let size = once.x.iter().fold(1.0, |size: f64, x| size.max(x.double().abs()));
    let distance = twice.x.iter().zip(once.x).map(|(a, b)| (a.double() - b.double()).abs()).fold(0.0, f64::max);
    assert!(distance <= 1e3 * T::KKT_TOLERANCE.double() * size, "{distance}: {qp:?}");
}

/// In single precision only what is exact: rounded bounds of a vertex contradict each other.
fn exact(recipe: Recipe) -> Recipe {
    Recipe { integer: true, ..recipe }
}

proptest! {
    #![proptest_config(cases(100))]

    #[test]
    fn tight_rows(seed: u64, tight in 0.3..=1.0, simple_bounds: bool, integer: bool) {
        let recipe = Recipe { tight, simple_bounds, integer, ..Recipe::plain(seed) };
        every_size!(is_solved::<f64>(recipe));
        every_size!(is_solved_or_flagged::<f32>(recipe));
    }

    #[test]
    fn dependent_rows(seed: u64, dependent in 0.2..0.8, simple_bounds: bool, integer: bool) {
        let recipe = Recipe { dependent, simple_bounds, integer, ..Recipe::plain(seed) };
        every_size!(is_solved::<f64>(recipe));
        every_size!(is_solved::<f32>(exact(recipe)));
    }

    #[test]
    fn tight_dependent_equal_and_soft_rows(seed: u64, tight in 0.0..=1.0, dependent in 0.0..0.8, soft in 0.0..0.5) {
        let recipe = Recipe { tight, dependent, soft, equalities: 3, integer: true, ..Recipe::plain(seed) };
        every_size!(is_solved::<f64>(recipe));
        every_size!(is_solved::<f32>(recipe));
    }

    #[test]
    fn the_tip_of_a_cone(seed: u64) {
        every_size!(finds_the_tip::<f64>(seed));
        every_size!(finds_the_tip::<f32>(seed));
    }

    #[test]
    fn copies_of_rows(seed: u64, integer: bool) {
        let recipe = Recipe { integer, ..Recipe::plain(seed) };
        every_size!(copies_change_nothing::<f64>(recipe));
        every_size!(copies_change_nothing::<f32>(recipe));
    }
}

#[test]
fn rows_of_zeros_are_satisfied_or_infeasible() {
    let mut qp = Qp::<f32, 2, 3>::new();
    qp.linear = [-1.0, 2.0].into();
    qp.lower = [-1.0, 0.0, 0.0].into();
    qp.upper = [1.0, 0.0, 5.0].into();
    let mut workspace = Workspace::new();
    let solution = solve(&qp, &mut workspace, &Settings::default());
    assert_eq!((solution.status, solution.x.as_slice()), (Status::Solved, [1.0, -2.0].as_slice()));
    // It has no terms whose rounding could excuse anything, whatever the other bounds are.
    for least in [1e-7, 1e-3, 1.0] {
        qp.lower[2] = least;
        assert_eq!(solve(&qp, &mut workspace, &Settings::default()).status, Status::Infeasible);
    }
    qp.softness[2] = 1.0;
    assert_right(&qp, &solve(&qp, &mut workspace, &Settings::default()));
}

#[test]
fn a_solution_at_zero_is_found_in_spite_of_its_rounding() {
    let mut qp = Qp::<f64, 1, 3>::new();
    qp.hessian[0] = 0.3;
    qp.linear[0] = 0.7;
    qp.rows.copy_from_slice(&[1.0, 3.0, 0.1]);
    qp.lower.fill(0.0);
    qp.upper.fill(f64::INFINITY);
    let mut workspace = Workspace::new();
    assert_right(&qp, &solve(&qp, &mut workspace, &Settings::default()));
}
