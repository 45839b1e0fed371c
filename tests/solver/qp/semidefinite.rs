//! Hessians without enough curvature: semidefinite ones, linear programs, and objectives that fall for ever.

use crate::property::{cases, recipes};
use convex_edge_core::number::Number;
use convex_edge_core::qp::{Qp, Settings, Status, Workspace, solve, solve_updated, update_linear};
use convex_edge_core::random::Pcg64;
use convex_edge_verify::curvature::{Extent, flat, unbounded};
use convex_edge_verify::oracle::{Reference, Verdict};
use convex_edge_verify::problems::Recipe;
use nalgebra::SVector;
use proptest::prelude::*;

/// Solved as Clarabel does, cold and once more from the working set, with the same objective as the known minimizer.
fn finds_a_minimizer<T: Number, const N: usize, const M: usize>(recipe: Recipe) {
    let (qp, point) = flat::<T, N, M>(recipe, Extent::Box);
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

/// What the working set holds, moves nothing and is its own dual, however little curvature there is.
#[test]
fn the_adjoint_of_a_working_set_s_row_is_that_row() {
    let gains =
        [-0.305_029_160_211_133_5, 1.066_445_359_912_649_3, -0.397_790_689_464_751, -0.000_163_996_122_221_621_3];
    let last = [0.0, 0.208_668_914_356_880_06, 0.165_776_919_618_987_36, 0.625_554_166_024_132_6];
    // Shares of a budget, and bounds on what changes of them have a common limit.
    let mut qp = Qp::<f64, 8, 14>::new();
    qp.bounds = 4;
    qp.lower.fill(f64::NEG_INFINITY);
    qp.upper.fill(f64::INFINITY);
    (qp.lower[4], qp.upper[4], qp.upper[5]) = (1.0, 1.0, 0.6);
    for i in 0..4 {
        qp.hessian[(4 + i, 4 + i)] = 0.0;
        (qp.linear[i], qp.lower[i]) = (-gains[i], 0.0);
        (qp.rows[(4, i)], qp.rows[(5, 4 + i)]) = (1.0, 1.0);
        for (row, sign) in [(6 + 2 * i, 1.0), (7 + 2 * i, -1.0)] {
            (qp.rows[(row, i)], qp.rows[(row, 4 + i)], qp.upper[row]) = (sign, -1.0, sign * last[i]);
        }
    }
    let mut workspace = Workspace::new();
    let settings = Settings { tolerance: 1e-11, ..Settings::default() };
    let solution = solve(&qp, &mut workspace, &settings);
    assert_eq!(solution.status, Status::Solved);
    let members: Vec<usize> = solution.working_set.iter().map(|active| active.constraint()).collect();
    for &member in &members {
        let row = if member < 4 {
            SVector::from_fn(|j, _| f64::from(u8::from(j == member)))
        } else {
            qp.rows.row(member).transpose()
        };
        let adjoint = workspace.sensitivity(&qp, &row);
        assert!(adjoint.residual < 1e-12, "{member}: {adjoint:?}");
        assert!(adjoint.x.amax() < 1e-12 && (adjoint.dual[member] - 1.0).abs() < 1e-12, "{member}: {adjoint:?}");
    }
}

/// `min |r|^2 / 2` with `r = A x - b`, x within bounds and b within reach: at the solution nothing presses at all.
#[test]
fn a_residual_that_can_vanish_does() {
    fn vanishes<T: Number>(seed: u64) {
        let random = &mut Pcg64::from_seed(seed);
        let mut qp = Qp::<T, 6, 6>::zero();
        qp.bounds = 3;
        let reached: [f64; 3] = std::array::from_fn(|_| random.uniform(0.0, 1.0));
        for i in 0..3 {
            (qp.upper[i], qp.hessian[(3 + i, 3 + i)]) = (T::ONE, T::rounded(10.0_f64.powf(random.uniform(-2.0, 2.0))));
            qp.rows[(3 + i, 3 + i)] = -T::ONE;
            let mut right = 0.0;
            for (j, x) in reached.iter().enumerate() {
                qp.rows[(3 + i, j)] = T::rounded(random.uniform(-1.0, 1.0) + if i == j { 2.0 } else { 0.0 });
                right += qp.rows[(3 + i, j)].double() * x;
            }
            (qp.lower[3 + i], qp.upper[3 + i]) = (T::rounded(right), T::rounded(right));
        }
        let mut workspace = Workspace::new();
        let solution = solve(&qp, &mut workspace, &Settings::default());
        assert_eq!(solution.status, Status::Solved, "{seed}: {qp:?}");
        let residuals = solution.x.iter().skip(3).map(|r| r.double().abs());
        assert!(residuals.fold(0.0, f64::max) < 100.0 * T::EPSILON.double(), "{seed}: {solution:?}");
    }
    for seed in 0..500 {
        vanishes::<f32>(seed);
        vanishes::<f64>(seed);
    }
}
