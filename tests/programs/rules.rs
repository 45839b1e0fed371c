//! Rules of programs: one that breaks them is rejected by name, every other becomes the expected quadratic program.

use crate::catalogue::all;
use convex_edge::program::{
    Constraint, Expression, Program, ProgramError, constant, conv, maximize, minimize, parameter, stack, variable,
};

fn refused(objective: Expression, constraints: Vec<Constraint>, parameters: &[&Expression]) -> String {
    minimize(objective).subject_to(constraints).program(parameters, &[]).unwrap_err().to_string()
}

#[test]
fn every_violation_names_the_expression_and_says_how_to_mend_it() {
    let (x, y) = (variable("x", 3, 1), variable("y", 2, 1));
    let (a, b) = (parameter("a", 1, 1), parameter("b", 1, 1));
    let p = parameter("P", 3, 3);
    let (s, r) = (parameter("S", 3, 3).semidefinite(), parameter("R", 3, 3).semidefinite());
    let square = x.sum_squares();
    let hides_a_negative = [[1e12, 0.0, 0.0], [0.0, -50.0, 0.0], [0.0, 0.0, 1.0]];
    let cases: Vec<(String, &[&str])> = vec![
        (refused((&x + &y).sum(), vec![], &[]), &["x + y", "3 by 1", "2 by 1", "reshape"]),
        (refused(x.entry(7), vec![], &[]), &["`x`", "3 entries", "below"]),
        (refused((&x.transpose() * &x).sum(), vec![], &[]), &["x * x", "sum_squares"]),
        (refused((&a * &b * x.sum()).sum(), vec![], &[&a, &b]), &["a * b", "one parameter", "outside"]),
        (refused(-x.norm1(), vec![], &[]), &["abs(x)", "is convex where it must be concave", "maximize"]),
        (refused(&a * x.norm1(), vec![], &[&a]), &["a * sum(abs(x))", "nonnegative"]),
        (refused(x.sum(), vec![square.at_most(1.0)], &[]), &["sum_squares(x)", "no QP", "norm_inf"]),
        (refused(x.sum(), vec![x.norm1().at_least(1.0)], &[]), &["abs(x)", "convex", "concave"]),
        (refused(x.sum(), vec![x.abs().equals(1.0)], &[]), &["abs(x)", "must be affine"]),
        (refused(x.quad_form(&constant(3, 3, &[-1.0; 9])), vec![], &[]), &["quad_form(x, [3 by 3])", "semidefinite"]),
        (refused(x.quad_form(&p), vec![], &[&p]), &["`P` in `quad_form(x, P)`", "`.semidefinite()`"]),
        (refused(x.quad_form(&(&s - &r)), vec![], &[&s, &r]), &["`S - R` in `quad_form(x, S - R)`", "sums"]),
        (refused(x.clone(), vec![], &[]), &["`x`", "3 by 1", "sum"]),
        (refused(&a * x.sum(), vec![], &[]), &["`a`", "list"]),
        (refused(x.sum() * f64::NAN, vec![], &[]), &["NaN", "finite"]),
        (refused(x.sum(), vec![x.at_most(f64::NEG_INFINITY)], &[]), &["x <= -inf", "never"]),
        (refused(x.sum(), vec![Expression::from(2.0).at_most(1.0)], &[]), &["2 <= 1", "never"]),
        (refused(x.sum(), vec![x.at_least(0.0).soft(-1.0)], &[]), &["0 <= x", "softness -1", "1e-30 to 1e30"]),
        (refused(x.sum(), vec![x.equals(0.0).soft(0.0)], &[]), &["x == 0", "softness 0"]),
        (refused(x.sum(), vec![], &[&x]), &["`x`", "parameter"]),
        (refused(x.sum(), vec![], &[&a, &a]), &["parameter `a` is listed twice"]),
        (refused(x.sum(), vec![], &[&a, &parameter("a", 2, 1)]), &["two parameters are named `a`"]),
        (refused(&a.clone().nonnegative() * x.norm1(), vec![], &[&a]), &["parameter `a`", "another", "clone"]),
        (refused(&a * x.sum(), vec![], &[&a.clone().nonpositive()]), &["parameter `a`", "another", "clone"]),
        (refused((constant(3, 2, [[1.0; 3]; 2]) * &y).sum(), vec![], &[]), &["constant(3, 2, ..)", "2 by 3"]),
        (refused((constant(3, 2, &[1.0; 5]) * &y).sum(), vec![], &[]), &["constant(3, 2, ..)", "length 5"]),
        (refused((constant(2, 3, [[1.0; 3]; 2]) * &y).sum(), vec![], &[]), &["[2 by 3] * y", "transpose"]),
        (refused(x.clone().nonnegative().sum(), vec![], &[]), &["`x` is no parameter", "at_least(0.0)"]),
        (refused(x.entries([]).max(), vec![], &[]), &["max(x[])", "at least one"]),
        (refused(x.sum() * f64::INFINITY, vec![], &[]), &["x", "not finite"]),
        (refused(x.quad_form(&constant(3, 3, hides_a_negative)), vec![], &[]), &["quad_form", "semidefinite"]),
        (refused(square.norm1(), vec![], &[]), &["sum_squares(x)", "affine", "variable t"]),
    ];
    for (said, parts) in cases {
        for part in parts {
            assert!(said.contains(part), "{part:?} is not in {said:?}");
        }
        assert_eq!(said.lines().count(), 1);
    }
    let unused = minimize(x.sum_squares()).program(&[], &[&y]).unwrap_err();
    assert!(matches!(unused, ProgramError::VariableUnused { .. }));
}

#[test]
fn a_long_expression_is_shortened() {
    let x = variable("x", 2, 1);
    let long = (0..100).fold(x.sum(), |sum, k| sum + x.entry(k % 2));
    let said = refused(long + variable("y", 5, 1), vec![], &[]);
    assert!(said.len() < 250 && said.contains("..."), "{said}");
}

#[test]
fn sides_of_a_row_meet_and_bounds_come_first() {
    let (x, low) = (variable("x", 3, 1), parameter("low", 1, 1));
    let sum = x.entry(0) + x.entry(2);
    let program = minimize(x.sum_squares())
        .subject_to([
            sum.at_most(2.0),
            (-&sum).at_most(1.0),
            sum.at_most(5.0),
            x.entry(2).at_least(&low),
            (2.0 * x.entry(2)).at_most(3.0),
            x.sum().equals(1.0),
            (3.0 * x.entry(1)).at_most(f64::INFINITY),
        ])
        .program(&[&low], &[&x])
        .unwrap();
    assert_eq!((program.variables(), program.constraints(), program.bounds()), (3, 3, 1));
    // x[2] has the bound and is the first variable.
    assert_eq!(program.outputs[0].entries, [1, 2, 0]);
    let qp = program.qp::<f64, 3, 3>(&[-0.5]).unwrap();
    assert_eq!(qp.lower.as_slice(), [-0.5, -1.0, 1.0]);
    assert_eq!(qp.upper.as_slice(), [1.5, 2.0, 1.0]);
    assert_eq!(qp.rows.row(1).iter().copied().collect::<Vec<_>>(), [1.0, 1.0, 0.0]);
    assert_eq!(qp.hessian, nalgebra::SMatrix::<f64, 3, 3>::identity() * 2.0);
    assert!(matches!(program.qp::<f64, 3, 4>(&[0.0]), Err(ProgramError::Sizes { variables: 3, constraints: 3 })));
}

#[test]
fn expressions_do_what_they_say() {
    let x = variable("x", 2, 3);
    let by_rows: Vec<f64> = (0..6).map(f64::from).collect();
    // Each entry asked for is held at its target; the solution shows where it lies.
    let held = [
        x.row(1).equals(constant(1, 3, &[10.0, 11.0, 12.0])),
        x.transpose().slice(0..2, 0..1).equals(constant(2, 1, &[0.0, 1.0])),
        x.at(0, 2).equals(2.0),
    ];
    let program = minimize(x.sum_squares()).subject_to(held).program(&[], &[&x]).unwrap();
    let qp = program.qp::<f64, 6, 6>(&[]).unwrap();
    let values: Vec<f64> = program.output_entries().map(|entry| qp.lower[entry]).collect();
    assert_eq!(values, [0.0, 1.0, 2.0, 10.0, 11.0, 12.0]);
    let wanted = maximize(x.scaled(constant(2, 3, &by_rows)).sum() - 0.5 * x.sum_squares());
    let program = wanted.program(&[], &[&x]).unwrap();
    let qp = program.qp::<f64, 6, 0>(&[]).unwrap();
    let linear: Vec<f64> = program.output_entries().map(|entry| -qp.linear[entry]).collect();
    assert_eq!(linear, by_rows);
    let (s, k) = (variable("s", 3, 1), constant(2, 1, &[1.0, 10.0]));
    let problem = minimize(conv(&k, &s).dot(&constant(4, 1, &[1.0, 2.0, 3.0, 4.0])) + s.sum_squares() + s.mean());
    let qp = problem.program(&[], &[&s]).unwrap().qp::<f64, 3, 0>(&[]).unwrap();
    let third = 1.0 / 3.0;
    assert_eq!(qp.linear.as_slice(), [21.0 + third, 32.0 + third, 43.0 + third]);
    let differences = stack(&[&s.diff(), &s.entry(0)]).equals(constant(3, 1, &[1.0, 2.0, 3.0]));
    let qp = minimize(s.sum_squares()).subject_to([differences]).program(&[], &[&s]).unwrap();
    assert_eq!((qp.constraints(), qp.bounds()), (3, 1));
}

#[test]
fn json_keeps_a_program() {
    for case in all() {
        let json = case.program.to_json().unwrap();
        assert_eq!(Program::from_json(&json).unwrap(), case.program, "{}", case.name);
    }
    let json = all()[0].program.to_json().unwrap();
    for (from, to) in [("\"bounds\":5", "\"bounds\":9"), ("\"variables\":5", "\"variables\":2"), ("[0,0,", "[0,7,")] {
        assert!(json.contains(from), "{json}");
        let error = Program::from_json(&json.replacen(from, to, 1)).unwrap_err().to_string();
        assert!(error.contains("not a program") && error.contains("docs/PROGRAMS.md"), "{error}");
    }
    let twice = json.replacen("\"parameters\":[", "\"parameters\":[{\"name\":\"p\",\"rows\":1,\"columns\":1},", 1);
    assert!(Program::from_json(&twice).unwrap_err().to_string().contains("two parameters are named `p`"), "{twice}");
    let soft = json.replacen("\"softness\":[]", "\"softness\":[[0,0,0,1.0]]", 1);
    let huge = json.replacen("\"rows\":5", &format!("\"rows\":{}", usize::MAX), 1);
    assert!(soft != json && huge != json, "{json}");
    assert!(Program::from_json(&soft).unwrap_err().to_string().contains("softness"));
    assert!(matches!(Program::from_json(&huge), Err(ProgramError::TooLarge { .. })));
    assert!(matches!(Program::from_json(&json[..json.len() / 2]), Err(ProgramError::Json { .. })));
}

#[test]
fn a_long_sum_needs_no_deep_stack() {
    let build = |from_the_right: bool| {
        let x = variable("x", 3, 1);
        let mut cost = x.sum_squares();
        for k in 0..20_000 {
            let term = 0.001 * x.entry(k % 3);
            cost = if from_the_right { term + cost } else { cost + term };
        }
        let program = minimize(cost).program(&[], &[&x]).unwrap();
        assert_eq!((program.variables(), program.linear.constant.len()), (3, 3));
    };
    std::thread::scope(|scope| {
        for from_the_right in [false, true] {
            let thread = std::thread::Builder::new().stack_size(2 << 20);
            thread.spawn_scoped(scope, move || build(from_the_right)).unwrap().join().unwrap();
        }
    });
}

#[test]
fn functions_of_nothing_hold() {
    let (x, t) = (variable("x", 2, 1), parameter("t", 1, 1));
    let nothing = x.entries([]);
    for constraint in [nothing.abs().at_most(&t), nothing.pos().at_most(-1.0), nothing.abs().at_most(&t).soft(1.0)] {
        let program = minimize(x.sum_squares()).subject_to([constraint]).program(&[&t], &[&x]).unwrap();
        assert_eq!((program.variables(), program.constraints()), (2, 0));
    }
    let empty: [f64; 0] = [];
    let program = minimize(x.sum_squares() + nothing.quad_form(&constant(0, 0, &empty))).program(&[], &[&x]).unwrap();
    assert_eq!((program.variables(), program.constraints()), (2, 0));
}

#[test]
fn what_the_solver_s_numbers_cannot_say_is_refused() {
    let (x, p) = (variable("x", 1, 1), parameter("p", 1, 1));
    let tiny = (1e-50 * &x).at_most(0.5e-50 * &p);
    let tiny = minimize((&x - &p).sum_squares()).subject_to([tiny]).program(&[&p], &[&x]).unwrap();
    assert!(matches!(tiny.qp::<f32, 1, 1>(&[3.0]), Err(ProgramError::OutOfRange { bits: 32, .. })));
    assert!(matches!(tiny.export::<1, 1>(&[]), Err(ProgramError::OutOfRange { .. })));
    assert!(tiny.qp::<f64, 1, 1>(&[3.0]).is_ok());
    for scale in [1e-50, 1e50] {
        let program = minimize(scale * (&x - &p).sum_squares()).program(&[&p], &[&x]).unwrap();
        assert!(matches!(program.qp::<f32, 1, 0>(&[3.0]), Err(ProgramError::OutOfRange { .. })));
    }
    let huge = (1e-300 * &x).at_most(1e10);
    let huge = minimize((&x - &p).sum_squares()).subject_to([huge]).program(&[&p], &[&x]).unwrap();
    let finite = huge.lower.constant.iter().chain(&huge.upper.constant).all(|term| term.coefficient.is_finite());
    assert!(finite || matches!(huge.to_json(), Err(ProgramError::Json { .. })));
    let two = minimize((&x - &p).sum_squares()).program(&[&p], &[&x]).unwrap();
    let found = [vec![], vec![1.0, 2.0]].map(|example| two.export::<1, 0>(&[example]));
    assert!(found.iter().all(|found| matches!(found, Err(ProgramError::Example { wanted: 1, .. }))));
}

#[test]
fn terms_of_one_entry_add_up_in_json() {
    let text = |hessian: &str, softness: f64| {
        format!(
            r#"{{"parameters": [], "outputs": [{{"name": "x", "rows": 2, "columns": 1, "entries": [0, 1]}}],
            "variables": 2, "constraints": 1, "bounds": 1, "hessian": {hessian}, "linear": [], "rows": [],
            "lower": [[0, 0, null, 0.0]], "upper": [], "softness": [[0, 0, null, {softness}]]}}"#
        )
    };
    let hessian = "[[0, 0, null, 2], [1, 1, null, 2], [0, 1, null, 0.5], [0, 1, null, 0.5], [1, 0, null, 1]]";
    let read = Program::from_json(&text(hessian, 1.0)).unwrap();
    assert_eq!(read.qp::<f64, 2, 1>(&[]).unwrap().hessian.as_slice(), [2.0, 1.0, 1.0, 2.0]);
    assert_eq!(read.qp::<f64, 2, 1>(&[]).unwrap().lower[0], 0.0);
    assert!(Program::from_json(&text("[[0, 0, null, 2], [1, 1, null, 2], [0, 1, null, 0]]", 1.0)).is_ok());
    for softness in [-1.0, 0.0, 1e-50] {
        let found = Program::from_json(&text(hessian, softness));
        assert!(matches!(found, Err(ProgramError::Json { reason }) if reason.contains("softness")), "{softness}");
    }
}
