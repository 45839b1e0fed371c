//! Small inputs that were answered wrongly once: public reports, and problems made by hand.

use convex_edge::program::Program;
use convex_edge_any_size::sets::read::problem;
use convex_edge_any_size::sets::solve::in_precision;
use convex_edge_core::number::Number;
use convex_edge_core::program::artefact::{Memory, read};
use convex_edge_core::qp::{
    Qp, Settings, Status, Workspace, anytime, solve, solve_updated, update_bounds, update_linear,
};
use convex_edge_verify::case::Precision;
use nalgebra::SVector;
use serde_json::Value;
use std::path::PathBuf;

const INFINITY: f64 = f64::INFINITY;

fn file(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/qp/cases_of_others")).join(name)
}

/// A problem from its rows; the first `bounds` constraints are simple bounds, whose rows are not read.
fn qp<T: Number, const N: usize, const M: usize>(
    (hessian, linear): ([[f64; N]; N], [f64; N]),
    bounds: usize,
    rows: [([f64; N], f64, f64); M],
) -> Qp<T, N, M> {
    let mut qp = Qp::zero();
    qp.bounds = bounds;
    for i in 0..N {
        qp.linear[i] = T::rounded(linear[i]);
        (0..N).for_each(|j| qp.hessian[(i, j)] = T::rounded(hessian[i][j]));
    }
    for (i, (row, lower, upper)) in rows.into_iter().enumerate() {
        (0..N).for_each(|j| qp.rows[(i, j)] = T::rounded(row[j]));
        (qp.lower[i], qp.upper[i]) = (T::rounded(lower), T::rounded(upper));
    }
    qp
}

fn solved<T: Number, const N: usize, const M: usize>(qp: &Qp<T, N, M>) -> (Status, Vec<f64>) {
    let mut workspace = Workspace::new();
    let solution = solve(qp, &mut workspace, &Settings::default());
    (solution.status, solution.x.iter().map(|x| x.double()).collect())
}

fn is_close(x: &[f64], wanted: &[f64], tolerance: f64) -> bool {
    x.iter().zip(wanted).all(|(x, wanted)| (x - wanted).abs() <= tolerance * wanted.abs().max(1.0))
}

fn holds_a_weak_variable_at_its_bound<T: Number>() {
    let hessian = [[100.0, 1e-3], [1e-3, 1e-6]];
    let linear = [-10000.0015, -0.100_001_5];
    let given = qp::<T, 2, 2>((hessian, linear), 2, [([0.0; 2], -INFINITY, INFINITY), ([0.0; 2], -INFINITY, 1.0)]);
    let mut workspace = Workspace::new();
    let solution = solve(&given, &mut workspace, &Settings::default());
    assert_eq!((solution.status, solution.x[1].double()), (Status::Solved, 1.0));
    let start = SVector::from([T::ZERO, T::ZERO]);
    let answer = anytime(&given, &workspace, T::KKT_TOLERANCE, &start).unwrap();
    assert!(answer.x[1].double() <= 1.0, "{answer:?}");
}

#[test]
fn a_bound_on_a_weak_variable_beside_a_large_one_holds() {
    holds_a_weak_variable_at_its_bound::<f32>();
    holds_a_weak_variable_at_its_bound::<f64>();
}

fn refuses_an_impossible_zero_row<T: Number>(wide: f64) {
    let identity = [[1.0, 0.0], [0.0, 1.0]];
    let rows = [([0.0; 2], -wide, wide), ([0.0; 2], -wide, wide), ([0.0; 2], 1.0, INFINITY)];
    assert_eq!(solved(&qp::<T, 2, 3>((identity, [-1.0, -1.0]), 2, rows)).0, Status::Infeasible);
}

#[test]
fn a_row_of_zeros_that_asks_for_one_is_infeasible_beside_any_bounds() {
    for wide in [1.0, 1e6, 1e15, 1e30] {
        refuses_an_impossible_zero_row::<f32>(wide);
        refuses_an_impossible_zero_row::<f64>(wide);
    }
}

fn takes_large_bounds_for_none<T: Number>(large: f64, tolerance: f64) {
    let hessian = [[1.0, 0.0], [0.0, 0.0]];
    let rows = [
        ([0.0; 2], -large, INFINITY),
        ([0.0; 2], -large, INFINITY),
        ([1.0, -1.0], -INFINITY, 0.0),
        ([-1.0, -1.0], -INFINITY, 0.0),
    ];
    let (status, x) = solved(&qp::<T, 2, 4>((hessian, [-5.0, 1.0]), 2, rows));
    let flagged = large < 1e20 && matches!(status, Status::Inaccurate | Status::IterationLimit);
    assert!(
        flagged || (status == Status::Solved && is_close(&x, &[4.0, 4.0], tolerance)),
        "{large:e}: {status:?} {x:?}"
    );
}

#[test]
fn large_numbers_in_place_of_infinity_change_nothing() {
    for large in [1e15, 1e16, 1e18, 1e19, 1e20, 1e30] {
        takes_large_bounds_for_none::<f32>(large, 1e-4);
        takes_large_bounds_for_none::<f64>(large, 1e-8);
    }
}

#[test]
fn a_cost_that_grows_by_twelve_decades_is_followed() {
    let rows = [([0.0; 2], -1.0, 1.0), ([0.0; 2], -1.0, 1.0), ([1.0, 1.0], -1.5, 1.5)];
    let given = qp::<f32, 2, 3>(([[0.0; 2]; 2], [1e-6, 1e-6]), 2, rows);
    let mut workspace = Workspace::new();
    solve(&given, &mut workspace, &Settings::default());
    update_linear(&given, &mut workspace, &[1e6, 5e5].into());
    let solution = solve_updated(&given, &mut workspace, &Settings::default());
    assert_eq!(solution.status, Status::Solved);
    assert!(is_close(&[solution.x[0].into(), solution.x[1].into()], &[-1.0, -0.5], 1e-5), "{solution:?}");
}

#[test]
fn nothing_of_a_recovery_is_left_in_the_next_solve() {
    let text = std::fs::read_to_string(file("warm_iteration_limit.json")).unwrap();
    let bytes = Program::from_json(&text).unwrap().export::<10, 30>(&[vec![0.0; 5]]).unwrap();
    let artefact = read(&bytes).unwrap();
    let mut memory = Box::new(Memory::<10, 30>::new());
    artefact.solve(&mut memory, &[0.503_219_37, 0.240_738_51, 0.189_459_65, 1.130_123_1, 0.0]).unwrap();
    let second = artefact.solve(&mut memory, &[0.505_626_8, 0.148_127_44, 0.201_139_81, 0.884_155_9, 0.0]).unwrap();
    assert_eq!(second.status, Status::Solved);
    assert!(second.iterations <= 40, "{}", second.iterations);
}

#[test]
fn an_unsolved_answer_is_one_not_a_number_whatever_was_solved_before() {
    let rows = [([0.0], -1.0, 1.0), ([1.0], -INFINITY, INFINITY)];
    let given = qp::<f32, 1, 2>(([[1.0]], [-0.5]), 1, rows);
    let mut workspace = Workspace::new();
    assert_eq!(solve(&given, &mut workspace, &Settings::default()).x[0], 0.5);
    update_bounds(&given, &mut workspace, &[-1.0, 2.0].into(), &[1.0, 3.0].into());
    let unsolved = solve_updated(&given, &mut workspace, &Settings::default());
    assert_eq!((unsolved.status, unsolved.x[0].to_bits()), (Status::Infeasible, 0x7fc0_0000));
    update_linear(&given, &mut workspace, &[f32::NAN].into());
    let unsolved = solve_updated(&given, &mut workspace, &Settings::default());
    assert_eq!((unsolved.status, unsolved.x[0].to_bits()), (Status::NotFinite, 0x7fc0_0000));
}

fn falls_for_ever_beside_a_zero_equality<T: Number>() {
    assert_eq!(solved(&qp::<T, 1, 1>(([[0.0]], [-0.5]), 0, [([0.0], 0.0, 0.0)])).0, Status::Unbounded);
}

#[test]
fn an_objective_that_falls_for_ever_is_unbounded_beside_an_equality_of_zeros() {
    falls_for_ever_beside_a_zero_equality::<f32>();
    falls_for_ever_beside_a_zero_equality::<f64>();
}

fn needs_no_objective<T: Number>() {
    let first = [([0.0], -INFINITY, INFINITY), ([1.92], -0.04, 0.85)];
    let given = qp::<T, 1, 2>(([[0.0]], [0.0]), 1, first);
    let mut workspace = Workspace::new();
    assert_eq!(solve(&given, &mut workspace, &Settings::default()).status, Status::Solved);
    let (lower, upper) = ([-INFINITY, 0.61].map(T::rounded), [INFINITY, 0.75].map(T::rounded));
    update_bounds(&given, &mut workspace, &lower.into(), &upper.into());
    let solution = solve_updated(&given, &mut workspace, &Settings::default());
    let product = 1.92 * solution.x[0].double();
    assert_eq!(solution.status, Status::Solved);
    assert!((0.6099..=0.7501).contains(&product), "{product}");
}

#[test]
fn a_feasible_point_is_the_solution_where_there_is_no_objective() {
    needs_no_objective::<f32>();
    needs_no_objective::<f64>();
}

fn number<T: Number>(value: &Value) -> T {
    T::rounded(value.as_f64().unwrap_or_else(|| value.as_str().unwrap().parse().unwrap()))
}

fn from_json<T: Number, const N: usize, const M: usize>(case: &Value) -> Qp<T, N, M> {
    let mut qp = Qp::zero();
    qp.bounds = case["bounds"].as_u64().unwrap() as usize;
    for i in 0..N {
        qp.linear[i] = number(&case["f"][i]);
        (0..N).for_each(|j| qp.hessian[(i, j)] = number(&case["H"][i * N + j]));
    }
    for i in 0..M {
        (0..N).for_each(|j| qp.rows[(i, j)] = number(&case["A"][i * N + j]));
        (qp.lower[i], qp.upper[i]) = (number(&case["l"][i]), number(&case["u"][i]));
        qp.softness[i] = number(&case["soft"][i]);
    }
    qp
}

fn ends_early<const N: usize, const M: usize>(case: &Value) {
    let settings = Settings { iteration_limit: 4000, ..Settings::default() };
    let mut workspace = Workspace::new();
    let single = solve(&from_json::<f32, N, M>(case), &mut workspace, &settings);
    let (status, x) = solved(&from_json::<f64, N, M>(case));
    assert_eq!(status, Status::Solved);
    assert!(single.iterations <= 50, "{single:?}");
    if single.status == Status::Solved {
        let found: Vec<f64> = single.x.iter().map(|&x| x.into()).collect();
        assert!(is_close(&found, &x, 1e-3), "{found:?} against {x:?}");
    }
}

#[test]
fn single_precision_solves_or_flags_within_fifty_iterations_what_led_in_circles() {
    let text = std::fs::read_to_string(file("cycling_cold.json")).unwrap();
    for case in serde_json::from_str::<Vec<Value>>(&text).unwrap() {
        match (case["n"].as_u64().unwrap(), case["m"].as_u64().unwrap()) {
            (2, 3) => ends_early::<2, 3>(&case),
            (3, 6) => ends_early::<3, 6>(&case),
            other => panic!("no solver of {other:?}"),
        }
    }
}

/// Name, and the solution; none where it is infeasible.
type Report = (&'static str, Option<&'static [f64]>);

const REPORTS: [Report; 6] = [
    ("c3_qpoases_102.qps", Some(&[1.0])),
    ("c4_osqp_256.qps", None),
    ("s3_highs_2489.qps", Some(&[-1.0])),
    ("s6_qpax_4.qps", Some(&[0.7625, 0.475])),
    ("weak_variable_bound.qps", Some(&[100.0, 1.0])),
    ("weak_variable_diag.qps", Some(&[100.0, 0.1])),
];

fn answers_a_report<T: Number>(precision: Precision, (name, wanted): Report) {
    let program = problem(&file(name)).unwrap().program.map(|value| T::rounded(value).double());
    let answer = in_precision(&program, precision).unwrap();
    match wanted {
        None => assert_eq!(answer.status, Status::Infeasible, "{name}"),
        Some(wanted) => {
            assert_eq!(answer.status, Status::Solved, "{name}");
            assert!(is_close(&answer.x, wanted, 1e-5), "{name}: {:?}", answer.x);
        }
    }
}

#[test]
fn public_reports_are_answered_right_in_both_precisions() {
    for report in REPORTS {
        answers_a_report::<f32>(Precision::F32, report);
        answers_a_report::<f64>(Precision::F64, report);
    }
}
