//! Constraints with the meaning of cvxpy's: scalars broadcast, and a soft constraint costs `s^2 / (2 softness)` for
//! each entry. The price is that of the constraint as it is written, whatever rows and bounds it becomes.

use convex_edge::program::{
    Constraint, Expression, Problem, Program, constant, maximize, minimize, parameter, variable,
};
use convex_edge_core::qp::{Settings, Status, Workspace, solve};

/// Values of the outputs.
#[track_caller]
fn values<const N: usize, const M: usize>(program: &Program, parameters: &[f64]) -> Vec<f64> {
    let qp = program.qp::<f64, N, M>(parameters).unwrap();
    let mut workspace = Box::new(Workspace::new());
    let solution = solve(&qp, &mut workspace, &Settings::default());
    assert_eq!(solution.status, Status::Solved);
    program.output_entries().map(|entry| solution.x[entry]).collect()
}

#[track_caller]
fn assert_near(found: &[f64], right: &[f64]) {
    assert_eq!(found.len(), right.len());
    assert!(found.iter().zip(right).all(|(a, b)| (a - b).abs() < 1e-7), "{found:?}, not {right:?}");
}

/// The x nearest to the target, `minimize sum (x - target)^2`, under these constraints.
fn nearest(x: &Expression, target: f64, constraints: impl IntoIterator<Item = Constraint>) -> Problem {
    minimize((x - target).sum_squares()).subject_to(constraints)
}

#[track_caller]
fn assert_one<const N: usize, const M: usize>(target: f64, build: impl Fn(&Expression) -> Vec<Constraint>, right: f64) {
    let x = variable("x", 1, 1);
    let program = nearest(&x, target, build(&x)).program(&[], &[&x]).unwrap();
    assert_near(&values::<N, M>(&program, &[]), &[right]);
}

#[test]
fn a_scalar_function_is_at_most_every_entry_of_a_vector() {
    let b = constant(2, 1, &[1.0, 3.0]);
    for length in [2, 3] {
        let y = variable("y", length, 1);
        let norm = y.norm_inf();
        for constraint in [y.max().at_most(&b), b.at_least(y.max()), norm.at_most(&b), b.at_least(&norm)] {
            let program = maximize(y.sum()).subject_to([constraint]).program(&[], &[&y]).unwrap();
            assert_eq!((program.variables(), program.constraints()), (length, length));
            match length {
                2 => assert_near(&values::<2, 2>(&program, &[]), &[1.0; 2]),
                _ => assert_near(&values::<3, 3>(&program, &[]), &[1.0; 3]),
            }
        }
    }
}

#[test]
fn scalars_broadcast_on_every_side_and_as_parameters() {
    let (y, p, s) = (variable("y", 2, 1), parameter("p", 2, 1), parameter("s", 1, 1));
    let program = |constraint: Constraint| {
        let problem = nearest(&y, 3.0, [constraint, (0.0 * s.sum()).at_most(p.entry(0) + 9.0)]);
        problem.program(&[&p, &s], &[&y]).unwrap()
    };
    let given = [1.0, 2.0, 0.5];
    // The epigraph of the largest entry, at most each of two parameters; and the last row, which always holds.
    assert_near(&values::<3, 5>(&program(y.max().at_most(&p)), &given), &[1.0; 2]);
    assert_near(&values::<3, 7>(&program(p.at_least(y.norm_inf())), &given), &[1.0; 2]);
    assert_near(&values::<4, 7>(&program(y.norm1().at_most(&p)), &given), &[0.5; 2]);
    assert_near(&values::<2, 3>(&program(y.sum().at_most(&p)), &given), &[0.5; 2]);
    assert_near(&values::<2, 3>(&program(y.dot(&constant(2, 1, &[1.0, 1.0])).between(-5.0, &p)), &given), &[0.5; 2]);
    assert_near(&values::<2, 3>(&program(y.at_most(&s)), &given), &[0.5; 2]);
    assert_near(&values::<2, 3>(&program(y.equals(&s)), &given), &[0.5; 2]);
    assert_near(&values::<2, 3>(&program(s.at_least(&y)), &given), &[0.5; 2]);
    assert_near(&values::<2, 3>(&program(s.equals(&y)), &given), &[0.5; 2]);
    assert_near(&values::<2, 3>(&program(y.between(&s - 9.0, &s)), &given), &[0.5; 2]);
    assert_near(&values::<2, 3>(&program(y.abs().at_most(&s)), &given), &[0.5; 2]);
    assert_near(&values::<2, 4>(&program(y.pos().at_most(&s)), &given), &[0.5; 2]);
}

#[test]
fn sizes_that_do_not_match_are_an_error_that_names_the_constraint() {
    let (x, b) = (variable("x", 3, 1), parameter("b", 2, 1));
    let (low, flat) = (parameter("low", 3, 1), parameter("flat", 1, 3));
    let cases = [
        (x.at_most(&b), "`x <= b`: 3 by 1 does not fit 2 by 1"),
        (b.at_least(&x), "`x <= b`"),
        (x.equals(&flat), "`x == flat`: 3 by 1 does not fit 1 by 3; reshape or transpose"),
        (x.abs().at_most(&b), "`abs(x) <= b`"),
        (x.between(&low, &b), "`low <= x <= b`"),
        (x.sum().between(&low, &b), "`low <= sum(x) <= b`"),
    ];
    for (constraint, wanted) in cases {
        let said = nearest(&x, 0.0, [constraint]).program(&[&b, &low, &flat], &[&x]).unwrap_err().to_string();
        assert!(said.contains(wanted), "{said}");
    }
}

#[test]
fn the_price_of_a_violation_is_that_of_the_constraint_as_written() {
    // (x - 1)^2 + (2 x)^2 / 2.
    assert_one::<1, 1>(1.0, |x| vec![(2.0 * x).at_most(0.0).soft(1.0)], 1.0 / 3.0);
    assert_one::<1, 1>(1.0, |x| vec![(-2.0 * x).at_least(0.0).soft(1.0)], 1.0 / 3.0);
    assert_one::<1, 1>(5.0, |x| vec![(4.0 * x).between(-1.0, 1.0).soft(0.5)], 18.0 / 34.0);
    assert_one::<1, 1>(5.0, |x| vec![(-3.0 * x).between(-1.0, 1.0).soft(0.5)], 16.0 / 20.0);
    // An equality is priced on both sides.
    assert_one::<1, 1>(3.0, |x| vec![x.equals(1.0).soft(1.0)], 7.0 / 3.0);
    assert_one::<1, 1>(-1.0, |x| vec![(2.0 * x).equals(2.0).soft(1.0)], 1.0 / 3.0);
    // The price of constants alone moves nothing.
    assert_one::<1, 0>(3.0, |x| vec![(x - x + 2.0).at_most(1.0).soft(1.0)], 3.0);
}

#[test]
fn soft_constraints_on_one_row_each_keep_their_price() {
    let soft = |x: &Expression, bound: f64| x.at_most(bound).soft(1.0);
    assert_one::<1, 2>(3.0, |x| vec![soft(x, 1.0), soft(x, 0.0)], 1.75);
    assert_one::<1, 2>(3.0, |x| vec![soft(x, 1.0), soft(x, 1.0)], 2.0);
    // A hard one beside it, in either order, holds and is the simple bound.
    assert_one::<1, 2>(3.0, |x| vec![soft(x, 0.0), x.at_most(1.0)], 1.0);
    assert_one::<1, 2>(3.0, |x| vec![x.at_most(2.5), soft(x, 0.0)], 2.0);
    // Sides that are in order share a row; sides that are not are both priced.
    assert_one::<1, 1>(3.0, |x| vec![soft(x, 0.0), x.at_least(-1.0).soft(1.0)], 2.0);
    assert_one::<1, 2>(0.25, |x| vec![x.between(1.0, 0.0).soft(1.0)], 0.375);
    let (x, p) = (variable("x", 1, 1), parameter("p", 2, 1));
    let sides = [x.at_most(p.entry(0)).soft(1.0), x.at_least(p.entry(1)).soft(1.0)];
    let program = nearest(&x, 0.25, sides).program(&[&p], &[&x]).unwrap();
    assert_near(&values::<1, 2>(&program, &[0.0, 1.0]), &[0.375]);
    // The two sides of one constraint with parameters share a row.
    let between = nearest(&x, 3.0, [x.between(p.entry(0), p.entry(1)).soft(1.0)]).program(&[&p], &[&x]).unwrap();
    assert_near(&values::<1, 1>(&between, &[-1.0, 0.0]), &[2.0]);
}

#[test]
fn a_soft_scalar_function_is_priced_once_a_soft_vector_by_entries() {
    let x = variable("x", 2, 1);
    let norm_inf = nearest(&x, 3.0, [x.norm_inf().at_most(1.0).soft(1.0)]).program(&[], &[&x]).unwrap();
    assert_near(&values::<3, 4>(&norm_inf, &[]), &[2.6; 2]);
    let max = nearest(&x, 3.0, [x.max().at_most(1.0).soft(1.0)]).program(&[], &[&x]).unwrap();
    assert_near(&values::<3, 2>(&max, &[]), &[2.6; 2]);
    // 2 (x - 3)^2 + (2 x - 1)^2 / 2.
    let norm1 = nearest(&x, 3.0, [x.norm1().at_most(1.0).soft(1.0)]).program(&[], &[&x]).unwrap();
    assert_near(&values::<4, 5>(&norm1, &[]), &[14.0 / 8.0; 2]);
    // Two bounds, two prices.
    let bounds = constant(2, 1, &[1.0, 0.0]);
    let twice = nearest(&x, 3.0, [x.max().at_most(&bounds).soft(1.0)]).program(&[], &[&x]).unwrap();
    assert_near(&values::<3, 4>(&twice, &[]), &[13.0 / 6.0; 2]);
    let abs = nearest(&x, 3.0, [x.abs().at_most(1.0).soft(1.0)]).program(&[], &[&x]).unwrap();
    assert_near(&values::<2, 2>(&abs, &[]), &[7.0 / 3.0; 2]);
}

#[test]
fn parameters_as_coefficients_and_bounds_of_soft_constraints() {
    let (x, p) = (variable("x", 1, 1), parameter("p", 1, 1));
    let of = |target: f64, constraint: Constraint| nearest(&x, target, [constraint]).program(&[&p], &[&x]).unwrap();
    assert_near(&values::<1, 1>(&of(1.0, (&p * &x).at_most(0.0).soft(1.0)), &[2.0]), &[1.0 / 3.0]);
    assert_near(&values::<1, 1>(&of(1.0, (2.0 * &x).at_most(&p).soft(1.0)), &[0.0]), &[1.0 / 3.0]);
    // 3 x is not divided: a third of a parameter is rounded.
    assert_near(&values::<1, 1>(&of(1.0, (3.0 * &x).at_most(&p).soft(1.0)), &[0.0]), &[2.0 / 11.0]);
    // A bound that may be negative violates both sides at once: 2 (x - 3) + (x + 1).
    assert_near(&values::<2, 2>(&of(3.0, x.abs().at_most(&p).soft(1.0)), &[-1.0]), &[5.0 / 3.0]);
    let sure = parameter("p", 1, 1).nonnegative();
    let program = nearest(&x, 3.0, [x.abs().at_most(&sure).soft(1.0)]).program(&[&sure], &[&x]).unwrap();
    assert_near(&values::<1, 1>(&program, &[1.0]), &[7.0 / 3.0]);
}

#[test]
fn sums_of_semidefinite_parameters_are_semidefinite() {
    let x = variable("x", 2, 1);
    let (p, q) = (parameter("P", 2, 2).semidefinite(), parameter("Q", 2, 2).semidefinite());
    let problem = minimize(0.5 * x.quad_form(&(&p + 2.0 * &q)) - x.sum());
    let program = problem.program(&[&p, &q], &[&x]).unwrap();
    let (first, second) = ([2.0, 1.0, 1.0, 3.0], [1.0, 0.0, 0.0, 0.5]);
    assert_near(&values::<2, 0>(&program, &[first, second].concat()), &[3.0 / 15.0, 3.0 / 15.0]);
}
