//! Tests of the check itself: its evaluation and its naive translation.

use super::naive::{Verdict, verdict};
use super::node::{Atom, Node, column, scalar};
use super::stated::{Constraint, Given, Relation, Stated};
use convex_edge::program::Sign;

fn number(value: f64) -> Node {
    Node::Constant(scalar(value))
}

fn boxed(node: Node) -> Box<Node> {
    Box::new(node)
}

/// `minimize the sum of (x - target)^2` over `length` entries.
fn nearest(length: usize, target: f64, constraints: Vec<Constraint>) -> Stated {
    let miss = Node::Difference(boxed(Node::Variable(0)), boxed(number(target)));
    Stated {
        variables: vec![(length, 1)],
        parameters: vec![Given { value: scalar(1.0), sign: Sign::Any, semidefinite: false }],
        objective: vec![(number(1.0), Node::Atom(Atom::SumSquares, boxed(miss)))],
        maximized: false,
        constraints,
        curvature: 2.0,
        feasible: None,
    }
}

fn at_most(left: Node, right: Node, softness: Option<f64>) -> Constraint {
    Constraint { relation: Relation::AtMost(left, right), softness }
}

#[test]
fn the_naive_translation_has_the_answers_of_the_issue() {
    let x = || Node::Variable(0);
    let norm = || Node::Atom(Atom::NormInf, boxed(x()));
    let twice = || Node::Product(boxed(number(2.0)), boxed(x()));
    let soft = |bound: f64| at_most(x(), number(bound), Some(1.0));
    let cases = [
        (nearest(1, 1.0, vec![at_most(twice(), number(0.0), Some(1.0))]), vec![1.0 / 3.0]),
        (nearest(1, 3.0, vec![soft(1.0), soft(0.0)]), vec![1.75]),
        (nearest(1, 3.0, vec![soft(1.0), soft(1.0)]), vec![2.0]),
        (nearest(2, 3.0, vec![at_most(norm(), number(1.0), Some(1.0))]), vec![2.6, 2.6]),
        (nearest(3, 3.0, vec![at_most(norm(), Node::Constant(column(vec![1.0, 2.0])), None)]), vec![1.0; 3]),
        (nearest(1, 3.0, vec![at_most(Node::Parameter(0), x(), None)]), vec![3.0]),
    ];
    for (stated, right) in cases {
        let Verdict::Solved { x, objective, .. } = verdict(&stated).unwrap() else { panic!("{stated}") };
        let worth = stated.worth(&right);
        assert!(x.iter().zip(&right).all(|(x, right)| (x - right).abs() < 1e-6), "{x:?}, not {right:?}: {stated}");
        assert!(worth.violation < 1e-9 && (worth.objective - objective).abs() < 1e-6, "{worth:?}, {objective}");
    }
}
