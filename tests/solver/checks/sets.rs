//! Problem sets: the solver's answer is judged right, and a spoilt one wrong.

use convex_edge_any_size::sets::judge::{Word, judge};
use convex_edge_any_size::sets::program::{Program, Row};
use convex_edge_any_size::sets::reference;
use convex_edge_any_size::sets::solve::{Answer, in_precision};
use convex_edge_core::number::Number;
use convex_edge_core::qp::Status;
use convex_edge_verify::case::Precision;

/// `x0 + x1 = 1`, `x0 <= -0.3`, near (1, 2): x = (-0.3, 1.3), objective (1.3)^2 + 0.7^2.
fn check<T: Number>(precision: Precision) {
    let program = Program {
        hessian: vec![(0, 0, 2.0), (1, 1, 2.0)],
        linear: vec![-2.0, -4.0],
        constant: 5.0,
        rows: vec![Row { terms: vec![(0, 1.0), (1, 1.0)], lower: 1.0, upper: 1.0 }],
        lower: vec![f64::NEG_INFINITY; 2],
        upper: vec![-0.3, f64::INFINITY],
    };
    let program = program.checked().unwrap().map(|value| T::rounded(value).double());
    let answer = in_precision(&program, precision).unwrap();
    assert_eq!(answer.status, Status::Solved);
    let word = |answer: &Answer| judge::<T>(&program, answer, &reference::solve(&program));
    assert_eq!(word(&answer).word, Word::Right, "{:?}", word(&answer));
    assert!((word(&answer).objective - 2.18).abs() < 1e-6, "{:?}", word(&answer));
    let mut spoilt = answer.clone();
    spoilt.x[1] += 0.01;
    assert_eq!(word(&spoilt).word, Word::Wrong);
    assert_eq!(word(&Answer { status: Status::Infeasible, ..answer }).word, Word::Wrong);
}

#[test]
fn the_solvers_answer_is_found_right_and_a_spoilt_one_wrong() {
    check::<f64>(Precision::F64);
    check::<f32>(Precision::F32);
}
