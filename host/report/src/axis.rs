//! Axis of a panel: range of values, and ticks.

/// A range of values, its low end below its high end, both finite.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Axis {
    low: f64,
    high: f64,
}

/// A round value and how it is written.
#[derive(Debug, Clone, PartialEq)]
pub struct Tick {
    /// Value in the axis's units.
    pub value: f64,
    /// Text beside the tick.
    pub label: String,
}

impl Axis {
    /// From one value to the other; widened where they are equal, 0 to 1 where one is not finite.
    pub fn new(low: f64, high: f64) -> Self {
        if !low.is_finite() || !high.is_finite() {
            return Self { low: 0.0, high: 1.0 };
        }
        // Far above rounding, so that ticks differ.
        let least = 1e-6 * low.abs().max(high.abs()).max(1.0);
        if high - low < least {
            return Self { low: low.min(high) - least, high: low.max(high) + least };
        }
        Self { low, high }
    }

    /// Around all finite values, with so much of their span on each side.
    pub fn around(values: impl IntoIterator<Item = f64>, margin: f64) -> Self {
        let finite = values.into_iter().filter(|value| value.is_finite());
        let (low, high) =
            finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
        let space = margin * (high - low);
        Self::new(low - space, high + space)
    }

    /// Where a value lies: 0 at the low end, 1 at the high end.
    pub fn share(&self, value: f64) -> f64 {
        (value - self.low) / (self.high - self.low)
    }

    /// Multiples of 1, 2 or 5 times a power of ten within the range: at least 2, and at most one more than the larger
    /// of 5 and what is asked for.
    pub fn ticks(&self, most: u32) -> Vec<Tick> {
        let rough = (self.high - self.low) / f64::from(most.max(5));
        let exponent = rough.log10().floor();
        let magnitude = 10_f64.powf(exponent);
        let step = [1.0, 2.0, 5.0].into_iter().map(|digit| digit * magnitude).find(|&step| step >= rough);
        let step = step.unwrap_or(10.0 * magnitude);
        let decimals = if step >= 1.0 { 0 } else { (-step.log10()).ceil() as usize };
        let (first, last) = ((self.low / step - 1e-6).ceil() as i64, (self.high / step + 1e-6).floor() as i64);
        (first..=last)
            .map(|multiple| {
                let value = multiple as f64 * step;
                Tick { value, label: format!("{value:.decimals$}").replace('-', "\u{2212}") }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn ticks_are_round_equidistant_distinct_and_within_the_range(
            centre in -1e4_f64..1e4, span in -3.0_f64..4.0, about in 5_u32..9,
        ) {
            let span = 10_f64.powf(span);
            let axis = Axis::new(centre - span, centre + span);
            let ticks = axis.ticks(about);
            prop_assert!((2..=about as usize + 1).contains(&ticks.len()), "{ticks:?}");
            let step = ticks[1].value - ticks[0].value;
            let digit = step / 10_f64.powf((step * 1.000_001).log10().floor());
            prop_assert!([1.0, 2.0, 5.0].iter().any(|round| (digit - round).abs() < 1e-4), "step {step}");
            for pair in ticks.windows(2) {
                prop_assert!((pair[1].value - pair[0].value - step).abs() < 1e-6 * step);
                prop_assert!(pair[0].label != pair[1].label);
            }
            for tick in &ticks {
                prop_assert!((-1e-5..=1.0 + 1e-5).contains(&axis.share(tick.value)));
                let written: f64 = tick.label.replace('\u{2212}', "-").parse().unwrap();
                prop_assert!((written - tick.value).abs() < 1e-6 * step);
            }
        }

        #[test]
        fn every_finite_value_lies_on_the_axis_around_all(
            values in prop::collection::vec(prop_oneof![-1e6_f64..1e6, Just(f64::NAN), Just(f64::INFINITY)], 0..20),
        ) {
            let axis = Axis::around(values.iter().copied(), 0.05);
            prop_assert!(axis.low < axis.high && axis.low.is_finite() && axis.high.is_finite());
            for value in values.into_iter().filter(|value| value.is_finite()) {
                prop_assert!((0.0..=1.0).contains(&axis.share(value)));
            }
        }
    }
}
