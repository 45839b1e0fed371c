//! Our solver on the problems of the benchmarks.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use convex_edge_bench::{own, row};
use convex_edge_verify::families::{NAMES, generate};
use convex_edge_verify::reference;

#[test]
fn our_solver_is_built_for_every_family_and_agrees_with_the_reference() {
    for name in NAMES {
        let family = generate(name).unwrap();
        let reference = reference::run(&family, 1);
        for run in own::runs(&family, 1).unwrap() {
            let row = row::Row::new(&family, &run, &reference.x);
            assert_eq!(row.wrong, 0, "{row:?}");
            assert_eq!(row.problems, family.vectors.len());
        }
    }
}
