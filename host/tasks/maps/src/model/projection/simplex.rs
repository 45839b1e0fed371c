//! The nearest point of a simplex.

/// The point of `{p >= 0, sum p = 1}` nearest to `y`, into `p`, and its support as bits: the number that is subtracted
/// grows until no entry is negative (Michelot 1986). At most 16 entries, at least one.
pub(super) fn project(y: &[f64], p: &mut [f64]) -> u16 {
    if let ([first, second], [p, q]) = (y, &mut *p) {
        let share = (0.5 + 0.5 * (first - second)).clamp(0.0, 1.0);
        (*p, *q) = (share, 1.0 - share);
        return u16::from(share > 0.0) | u16::from(share < 1.0) << 1;
    }
    let mut support = ((1_u32 << y.len()) - 1) as u16;
    loop {
        let (mut sum, mut left) = (-1.0, support);
        while left != 0 {
            sum += y[left.trailing_zeros() as usize];
            left &= left - 1;
        }
        let threshold = sum / f64::from(support.count_ones());
        let mut kept = 0;
        for (place, (p, y)) in p.iter_mut().zip(y).enumerate() {
            let value = y - threshold;
            let is_positive = value > 0.0 && support & (1 << place) != 0;
            *p = if is_positive { value } else { 0.0 };
            kept |= u16::from(is_positive) << place;
        }
        if kept == support || kept == 0 {
            return kept;
        }
        support = kept;
    }
}

#[cfg(test)]
mod tests {
    use super::project;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_conditions_of_optimality_hold(y in prop::collection::vec(-3.0..3.0_f64, 1..8)) {
            let mut p = vec![0.0; y.len()];
            let support = project(&y, &mut p);
            prop_assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            let threshold = y.iter().zip(&p).filter(|(_, p)| **p > 0.0).map(|(y, p)| y - p).fold(f64::NAN, f64::max);
            for (place, (y, p)) in y.iter().zip(&p).enumerate() {
                prop_assert_eq!(*p > 0.0, support & (1 << place) != 0);
                prop_assert!((p - (y - threshold).max(0.0)).abs() < 1e-12);
            }
        }
    }
}
