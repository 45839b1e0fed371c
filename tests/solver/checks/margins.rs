//! Margins beside one-sided slopes, along the data and along the parameters of layers.

use convex_edge_verify::{layer_margins, margins};

#[test]
fn no_margin_denies_a_kink() {
    let found = margins::check(0, 20_000);
    assert!(found.smooth > 5_000, "{found:?}");
    assert_eq!(found.denied, 0, "{found:?}");
    // Where units differ by up to 1e5, a tie may be lost in the scale of the others: about 1 of 100,000 programs.
    assert!(found.denied_at_ties <= 2, "{found:?}");
}

#[test]
fn no_margin_denies_a_kink_of_the_parameters() {
    let found = layer_margins::check(0, 20_000);
    assert!(found.smooth > 2_000, "{found:?}");
    assert_eq!(found.denied, 0, "{found:?}");
    // Of equal equalities, both may be held where curvature is lent: about 3 of 100,000 programs.
    assert!(found.denied_at_ties <= 2, "{found:?}");
}
