//! The worst-case search's solver, compared with the benchmarks' own runs.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use convex_edge_any_size::sets::program::{Program, Row};
use convex_edge_any_size::worst_case::solver::{Solve, solver};
use convex_edge_bench::own;
use convex_edge_verify::case::Precision;
use convex_edge_verify::families;
use convex_edge_verify::family::Family;
use convex_edge_verify::run::Run;

/// A family's problems in their order, sparse.
fn programs(family: &Family) -> Vec<Program> {
    let (n, bounds) = (family.variables, family.bounds);
    let problem =
        |(matrices, vectors): (&convex_edge_verify::family::Matrices, &convex_edge_verify::family::Vectors)| {
            let side = |side: &[f64], none: f64| (0..n).map(|i| if i < bounds { side[i] } else { none }).collect();
            let row = |index: usize| Row {
                terms: family.row(matrices, index).into_iter().enumerate().collect(),
                lower: vectors.lower[index],
                upper: vectors.upper[index],
            };
            Program {
                hessian: matrices
                    .hessian
                    .iter()
                    .enumerate()
                    .map(|(index, &value)| (index / n, index % n, value))
                    .collect(),
                linear: vectors.linear.clone(),
                constant: 0.0,
                rows: (bounds..family.constraints).map(row).collect(),
                lower: side(&vectors.lower, f64::NEG_INFINITY),
                upper: side(&vectors.upper, f64::INFINITY),
            }
        };
    family.problems().map(problem).collect()
}

/// The double integrator has 10 variables and 30 constraints, and is solved by a solver for 16 and 32.
#[test]
fn padding_leaves_the_iterations_as_they_are() {
    let family = families::generate("double-integrator").unwrap();
    let runs: Vec<Vec<u32>> =
        own::runs(&family, 1).unwrap().into_iter().map(|Run { iterations, .. }| iterations).collect();
    let [cold_double, cold_single, warm_double, warm_single] = &runs[..] else { panic!("{} runs", runs.len()) };
    let single = solver(Precision::F32, family.variables, family.constraints).unwrap();
    let double = solver(Precision::F64, family.variables, family.constraints).unwrap();
    for (mut solver, cold, warm) in [(single, cold_single, warm_single), (double, cold_double, warm_double)] {
        let solves: Vec<[Solve; 2]> = programs(&family).iter().map(&mut *solver).collect();
        let iterations = |start: usize| solves.iter().map(|solve| solve[start].iterations).collect::<Vec<_>>();
        assert_eq!((&iterations(0), &iterations(1)), (cold, warm));
    }
}

#[test]
fn what_is_too_large_for_all_sizes_has_no_solver() {
    assert!(solver(Precision::F32, 201, 1).is_none() && solver(Precision::F64, 1, 401).is_none());
}
