//! Single precision against double, in which its products are exact and sums of a few of them nearly are.

extern crate std;

use super::{Factor, Sum, add};
use proptest::prelude::*;
use std::vec::Vec;

/// Numbers that cancel: of all sizes around 1, with both signs.
fn number() -> impl Strategy<Value = f32> {
    (-1.0_f32..1.0, -20..20_i32).prop_map(|(mantissa, exponent)| mantissa * 2.0_f32.powi(exponent))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_a_sum_loses_is_known_exactly(a in number(), b in number()) {
        let (sum, lost) = add(a, b);
        prop_assert_eq!(sum, a + b);
        prop_assert_eq!(f64::from(sum) + f64::from(lost), f64::from(a) + f64::from(b));
    }

    #[test]
    fn one_product_is_rounded_once(start in number(), a in number(), b in number()) {
        let mut sum = Sum::new(start);
        sum.add_product(a, &Factor::new(b, 0.0));
        let exact = f64::from(start) + f64::from(a) * f64::from(b);
        prop_assert!((f64::from(sum.value()) - exact).abs() <= 0.5001 * f64::from(f32::EPSILON) * exact.abs());
    }

    /// Error of one rounding, and of the terms' magnitudes with the precision squared.
    #[test]
    fn products_that_cancel_keep_their_digits(terms in prop::collection::vec((number(), number(), number()), 0..40)) {
        let terms: Vec<_> = terms.into_iter().map(|(a, b, lost)| (a, b, b * (lost * 2.0_f32.powi(-50)))).collect();
        let last = terms.iter().map(|&(a, b, _)| f64::from(a) * f64::from(b)).sum::<f64>();
        let mut sum = Sum::new(-(last as f32));
        let (mut exact, mut size) = (-f64::from(last as f32), f64::from(last.abs() as f32));
        for &(a, b, lost) in &terms {
            sum.add_product(a, &Factor::new(b, lost));
            let term = f64::from(a) * (f64::from(b) + f64::from(lost));
            exact += term;
            size += (f64::from(a) * f64::from(b)).abs();
        }
        let (unit, count) = (f64::from(f32::EPSILON), terms.len() as f64 + 1.0);
        let error = (f64::from(sum.value()) - exact).abs();
        prop_assert!(error <= unit * exact.abs() + (count * unit).powi(2) * size + 1e-12 * size);
    }
}

#[test]
fn a_half_that_overflows_leaves_the_plain_sum() {
    let mut sum = Sum::new(1.0_f32);
    sum.add_product(1e36, &Factor::new(2.0, 0.0));
    assert_eq!(sum.value(), 2e36);
}
