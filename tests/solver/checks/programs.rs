//! Random programs of the whole language, judged by a naive translation.

use convex_edge_any_size::programs::tally;

#[test]
fn random_programs_of_the_whole_language_are_right() {
    let tally = tally(0, 2000, &|_| {}).unwrap();
    let total = tally.total();
    assert_eq!((total.wrong, total.refused), (0, 0), "{:#?}", tally.faults);
    assert!(total.solved > 3000 && total.infeasible > 200 && total.unbounded > 20, "{total:?}");
    assert!(total.flagged + total.undecided + total.too_large < total.solves / 50, "{total:?}");
}
