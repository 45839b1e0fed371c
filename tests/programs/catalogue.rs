//! Programs with every function and constraint there is, each with values at which all of them matter.

use convex_edge::program::{
    Expression, Program, ProgramError, constant, conv, maximize, minimize, parameter, stack, variable,
};

use super::numbers::numbers;

/// A program, the values of its parameters, and the sizes that it must have.
pub struct Case {
    pub name: &'static str,
    pub program: Program,
    pub values: Vec<Vec<f64>>,
}

fn vector(seed: u64, count: usize) -> Expression {
    Expression::from(numbers(seed, count).as_slice())
}

fn matrix(seed: u64, rows: usize, columns: usize) -> Expression {
    constant(rows, columns, &numbers(seed, rows * columns))
}

type Built = Result<(Program, Vec<Vec<f64>>), ProgramError>;
type Build = fn() -> Built;

/// All of them.
pub fn all() -> Vec<Case> {
    let list: [(&'static str, Build); 22] = [
        ("simplex", simplex),
        ("least_squares", least_squares),
        ("parametric_factor", parametric_factor),
        ("quad_form", quad_form),
        ("quad_form_parameter", quad_form_parameter),
        ("lasso", lasso),
        ("chebyshev", chebyshev),
        ("largest", largest),
        ("hinge", hinge),
        ("huber_fit", huber_fit),
        ("ridge_weight", ridge_weight),
        ("box_rows", box_rows),
        ("linear_program", linear_program),
        ("smoothing", smoothing),
        ("deconvolution", deconvolution),
        ("control", control),
        ("transport", transport),
        ("portfolio", portfolio),
        ("norm_budget", norm_budget),
        ("stacked", stacked),
        ("mean_and_slices", mean_and_slices),
        ("parametric_rows", parametric_rows),
    ];
    let built = list.into_iter().map(|(name, build)| {
        let (program, values) = build().unwrap_or_else(|error| panic!("{name}: {error}"));
        Case { name, program, values }
    });
    built.collect()
}

fn simplex() -> Built {
    let (x, p) = (variable("x", 5, 1), parameter("p", 5, 1));
    let problem = minimize(0.5 * (&x - &p).sum_squares()).subject_to([x.at_least(0.0), x.sum().equals(1.0)]);
    Ok((problem.program(&[&p], &[&x])?, vec![numbers(1, 5)]))
}

fn least_squares() -> Built {
    let (x, b, a) = (variable("x", 3, 1), parameter("b", 6, 1), matrix(2, 6, 3));
    let problem = minimize((a * &x - &b).sum_squares()).subject_to([x.between(-0.3, 0.2)]);
    Ok((problem.program(&[&b], &[&x])?, vec![numbers(3, 6)]))
}

fn parametric_factor() -> Built {
    let (x, a, b) = (variable("x", 3, 1), parameter("A", 5, 3), parameter("b", 5, 1));
    let problem = minimize((&a * &x - &b).sum_squares() + 0.1 * x.sum_squares())
        .subject_to([x.at_least(0.0), x.sum().at_most(0.4)]);
    Ok((problem.program(&[&a, &b], &[&x])?, vec![numbers(4, 15), numbers(5, 5)]))
}

fn quad_form() -> Built {
    let (x, q) = (variable("x", 2, 1), parameter("q", 2, 1));
    let p = constant(2, 2, &[2.0, 0.5, 0.5, 1.0]);
    let problem = minimize(0.5 * x.quad_form(&p) + q.dot(&x)).subject_to([x.at_most(0.2), x.entry(0).at_least(-0.1)]);
    Ok((problem.program(&[&q], &[&x])?, vec![vec![-0.9, 0.7]]))
}

fn quad_form_parameter() -> Built {
    let (x, p, q) = (variable("x", 2, 1), parameter("P", 2, 2).semidefinite(), parameter("q", 2, 1));
    let problem = minimize(0.5 * x.quad_form(&p) + q.dot(&x)).subject_to([x.sum().at_least(0.3)]);
    Ok((problem.program(&[&p, &q], &[&x])?, vec![vec![2.0, 0.3, 0.3, 1.5], vec![0.4, -0.2]]))
}

fn lasso() -> Built {
    let (x, b, weight) = (variable("x", 4, 1), parameter("b", 6, 1), parameter("lambda", 1, 1).nonnegative());
    let problem = minimize((matrix(6, 6, 4) * &x - &b).sum_squares() + &weight * x.norm1());
    Ok((problem.program(&[&b, &weight], &[&x])?, vec![numbers(7, 6), vec![0.6]]))
}

fn chebyshev() -> Built {
    let (x, b) = (variable("x", 2, 1), parameter("b", 5, 1));
    let problem = minimize((matrix(8, 5, 2) * &x - &b).norm_inf());
    Ok((problem.program(&[&b], &[&x])?, vec![numbers(9, 5)]))
}

fn largest() -> Built {
    let (x, c) = (variable("x", 3, 1), parameter("c", 4, 1));
    let problem = minimize((matrix(10, 4, 3) * &x + &c).max() + 0.5 * x.sum_squares());
    Ok((problem.program(&[&c], &[&x])?, vec![numbers(11, 4)]))
}

fn hinge() -> Built {
    let (w, labels) = (variable("w", 3, 1), parameter("y", 6, 1));
    let margins = labels.scaled(matrix(12, 6, 3) * &w);
    let problem = minimize((1.0 - margins).pos().sum() + 0.5 * w.sum_squares());
    Ok((problem.program(&[&labels], &[&w])?, vec![vec![1.0, -1.0, 0.9, -0.8, 1.1, -1.2]]))
}

fn huber_fit() -> Built {
    let (x, b) = (variable("x", 2, 1), parameter("b", 6, 1));
    let problem = minimize((matrix(13, 6, 2) * &x - &b).huber(0.3).sum());
    Ok((problem.program(&[&b], &[&x])?, vec![numbers(14, 6)]))
}

fn ridge_weight() -> Built {
    let (x, weight) = (variable("x", 3, 1), parameter("weight", 1, 1).nonnegative());
    let fit = (matrix(15, 4, 3) * &x - vector(16, 4)).sum_squares();
    let problem = minimize(fit + &weight * x.sum_squares()).subject_to([x.at_least(-0.2)]);
    Ok((problem.program(&[&weight], &[&x])?, vec![vec![0.7]]))
}

fn box_rows() -> Built {
    let (x, low, high) = (variable("x", 3, 1), parameter("low", 4, 1), parameter("high", 4, 1));
    let problem =
        minimize((&x - vector(17, 3)).sum_squares()).subject_to([(matrix(18, 4, 3) * &x).between(&low, &high)]);
    Ok((problem.program(&[&low, &high], &[&x])?, vec![vec![-0.2, -0.3, 0.1, -0.4], vec![0.1, 0.2, 0.3, 0.1]]))
}

fn linear_program() -> Built {
    let (x, c) = (variable("x", 3, 1), parameter("c", 3, 1));
    let magnitudes: Vec<f64> = numbers(19, 12).iter().map(|value| value.abs()).collect();
    let problem = maximize(c.dot(&x)).subject_to([x.at_least(0.0), (constant(4, 3, &magnitudes) * &x).at_most(1.0)]);
    Ok((problem.program(&[&c], &[&x])?, vec![vec![0.9, 0.6, 0.8]]))
}

fn smoothing() -> Built {
    let (x, y) = (variable("x", 6, 1), parameter("y", 6, 1));
    let problem = minimize((&x - &y).sum_squares() + 0.5 * x.diff().norm1());
    Ok((problem.program(&[&y], &[&x])?, vec![numbers(20, 6)]))
}

fn deconvolution() -> Built {
    let (x, kernel) = (variable("x", 4, 1), parameter("k", 3, 1));
    let problem = minimize((conv(&kernel, &x) - vector(21, 6)).sum_squares() + 0.05 * x.sum_squares())
        .subject_to([x.at_least(0.0)]);
    Ok((problem.program(&[&kernel], &[&x])?, vec![vec![0.5, 1.0, 0.3]]))
}

fn control() -> Built {
    let (u, start) = (variable("u", 4, 1), parameter("s", 2, 1));
    let (mut position, mut velocity) = (start.entry(0), start.entry(1));
    let mut cost = 0.1 * u.sum_squares();
    let mut constraints = vec![u.between(-0.5, 0.5)];
    for k in 0..4 {
        velocity = velocity + u.entry(k);
        position = position + &velocity;
        cost = cost + stack(&[&position, &velocity]).sum_squares();
        constraints.push(position.at_most(1.2));
    }
    Ok((minimize(cost).subject_to(constraints).program(&[&start], &[&u])?, vec![vec![1.0, 0.4]]))
}

fn transport() -> Built {
    let (x, cost) = (variable("X", 2, 3), parameter("C", 2, 3));
    let rows = (&x * constant(3, 1, &[1.0; 3])).equals(&[0.5, 0.5][..]);
    let columns = (constant(1, 2, &[1.0; 2]) * &x).equals(constant(1, 3, &[0.3, 0.3, 0.4]));
    let problem = minimize(cost.dot(&x) + 0.2 * x.sum_squares()).subject_to([x.at_least(0.0), rows, columns]);
    Ok((problem.program(&[&cost], &[&x])?, vec![numbers(22, 6)]))
}

fn portfolio() -> Built {
    let (w, mean, risk) = (variable("w", 4, 1), parameter("mu", 4, 1), parameter("gamma", 1, 1).nonnegative());
    let factor = numbers(23, 16);
    let entry = |i: usize, j: usize| (0..4).map(|k| factor[4 * i + k] * factor[4 * j + k]).sum();
    let covariance = constant(4, 4, &(0..16).map(|index| entry(index / 4, index % 4)).collect::<Vec<_>>());
    let problem =
        maximize(mean.dot(&w) - &risk * w.quad_form(&covariance)).subject_to([w.sum().equals(1.0), w.at_least(0.0)]);
    Ok((problem.program(&[&mean, &risk], &[&w])?, vec![numbers(24, 4), vec![0.8]]))
}

fn norm_budget() -> Built {
    let (x, p, budget) = (variable("x", 4, 1), parameter("p", 4, 1), parameter("budget", 1, 1));
    let problem = minimize((&x - &p).sum_squares()).subject_to([x.norm1().at_most(&budget), x.norm_inf().at_most(0.4)]);
    Ok((problem.program(&[&p, &budget], &[&x])?, vec![numbers(25, 4), vec![0.6]]))
}

fn stacked() -> Built {
    let (x, y, p) = (variable("x", 2, 1), variable("y", 2, 1), parameter("p", 4, 1));
    let both = stack(&[&x, &y]);
    let problem = minimize((&both - &p).sum_squares()).subject_to([
        x.equals(&y),
        (&x + &y).at_most(0.1),
        both.abs().at_most(0.6),
    ]);
    Ok((problem.program(&[&p], &[&x, &y])?, vec![numbers(26, 4)]))
}

fn mean_and_slices() -> Built {
    let (x, p) = (variable("X", 3, 3), parameter("P", 3, 3));
    let problem = minimize((&x - &p).sum_squares()).subject_to([
        x.mean().equals(0.1),
        x.row(0).at_least(0.0),
        x.slice(1..3, 1..3).at_most(0.2),
        x.transpose().at(0, 2).equals(x.at(1, 0)),
    ]);
    Ok((problem.program(&[&p], &[&x])?, vec![numbers(27, 9)]))
}

fn parametric_rows() -> Built {
    let (x, a, b, p) = (variable("x", 3, 1), parameter("A", 2, 3), parameter("b", 2, 1), parameter("p", 3, 1));
    let problem = minimize(0.5 * (&x - &p).sum_squares()).subject_to([(&a * &x).at_most(&b), x.at_least(-1.0)]);
    Ok((problem.program(&[&a, &b, &p], &[&x])?, vec![numbers(28, 6), vec![-0.2, 0.1], numbers(29, 3)]))
}
