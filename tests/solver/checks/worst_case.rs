//! Worst case: the sampled maximum of small programs, whose true maximum is known.

use crate::worst_case_program::nearest;
use convex_edge_any_size::worst_case::program::{Description, Parametric};
use convex_edge_any_size::worst_case::record::Summary;
use convex_edge_any_size::worst_case::search::{Findings, Plan, SearchError, points, search};
use convex_edge_core::qp::operations;
use convex_edge_verify::run::Start;

fn found(description: &Description, plan: Plan) -> (Findings, Vec<Summary>) {
    let parametric = Parametric::checked(description).unwrap();
    let mut visited = 0;
    let findings = search(&parametric, &plan, &mut || visited += 1).unwrap();
    assert_eq!(visited, points(&parametric, &plan));
    let summary = |summary: Option<Summary>| summary.unwrap();
    let size = (parametric.variables(), parametric.constraints());
    let summaries = findings.records.iter().map(|record| summary(record.summary(size.0, size.1))).collect();
    (findings, summaries)
}

/// The nearest point to p in [-1, 1]: one bound enters from nothing, and one leaves where the other enters.
#[test]
fn the_worst_case_of_one_variable_is_found() {
    let (_, summaries) = found(&nearest(1, (Some(-1.0), -2.0), 2.0), Plan { random: 200, seed: 1 });
    for summary in summaries {
        let (iterations, cap) = if summary.start == Start::Cold { (1, 1) } else { (2, 3) };
        assert_eq!((summary.sampled_max_iterations, summary.working_set, summary.cap), (iterations, 1, cap));
        assert_eq!(summary.multiplications_bound, operations::worst_case(1, 1, cap));
        assert_eq!(summary.multiplications_of_an_iteration, operations::iteration(1, 1));
        assert_eq!((summary.statuses.solved, summary.samples), (2 + 200 + 6 * 6 * 2, 274));
        assert!(summary.parameter[0].abs() > 1.0);
    }
}

/// Of the corners of [0, 1.5]^3 only (1.5, 1.5, 1.5) has all three bounds active.
#[test]
fn the_corner_with_the_most_active_constraints_is_found() {
    let (findings, summaries) = found(&nearest(3, (None, 0.0), 1.5), Plan { random: 0, seed: 0 });
    assert_eq!((findings.corners, findings.local), (8, 0));
    for summary in summaries.iter().filter(|summary| summary.start == Start::Cold) {
        assert_eq!((summary.sampled_max_iterations, summary.working_set), (3, 3));
        assert_eq!((&summary.parameter[..], &summary.from), (&[1.5; 3][..], &None));
    }
}

/// Five bounds are active from a parameter a little below 0.5 on, five others up to a little above it, each pair closer
/// than the one before: all ten are within 0.001, where this seed has no random point.
#[test]
fn local_search_goes_on_from_the_worst_sample() {
    let distance = |pair: i32| 0.5 / 4_f64.powi(pair);
    let mut description = nearest(10, (None, 0.0), 1.0);
    (description.low, description.high) = (vec![0.0], vec![1.0]);
    description.upper = Some(vec![Some(0.0); 10]);
    description.linear = (1..6).flat_map(|pair| [0.5 - distance(pair), -0.5 - distance(pair)]).collect();
    description.linear_map = Some((0..5).flat_map(|_| [vec![-1.0], vec![1.0]]).collect());
    let (findings, _) = found(&description, Plan { random: 300, seed: 7 });
    for record in findings.records.iter().filter(|record| record.start == Start::Cold) {
        let (sampled, local) = record.iterations.split_at(302);
        assert!(sampled.iter().max() < Some(&10), "{sampled:?}");
        assert_eq!(local.iter().max(), Some(&10));
    }
}

#[test]
fn the_same_seed_finds_the_same() {
    let description = nearest(12, (Some(-1.0), -2.0), 2.0);
    let [first, second] = [5, 5].map(|seed| found(&description, Plan { random: 50, seed }).0);
    assert_eq!(first.corners, 1024);
    assert_eq!(first, second);
    let other = found(&description, Plan { random: 50, seed: 6 }).0;
    assert_ne!(first.records[0].iterations, other.records[0].iterations);
}

#[test]
fn what_is_too_large_is_refused() {
    let parametric = Parametric::checked(&nearest(201, (None, 0.0), 1.0)).unwrap();
    let refused = search(&parametric, &Plan { random: 1, seed: 0 }, &mut || {});
    assert_eq!(refused, Err(SearchError::TooLarge(201, 201)));
}
