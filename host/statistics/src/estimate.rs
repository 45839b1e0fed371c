//! Mean over seeds with Student's interval.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, StudentsT};
use std::fmt::{self, Display, Formatter};

/// Share of the intervals that cover the true value.
const CONFIDENCE: f64 = 0.95;

/// A mean over seeds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Estimate {
    /// Mean; 0 for no value.
    pub mean: f64,
    /// Half the width of Student's interval of 95 %; `None` for fewer than two seeds, which say nothing about it.
    pub half_width: Option<f64>,
    /// Number of seeds.
    pub seeds: usize,
}

impl Estimate {
    /// Estimate from one value for each seed (Student 1908).
    pub fn of(values: &[f64]) -> Self {
        let half_width = deviation(values)
            .zip(quantile(values.len()))
            .map(|(deviation, quantile)| quantile * deviation / (values.len() as f64).sqrt());
        Self { mean: mean(values), half_width, seeds: values.len() }
    }

    /// Ends of the interval.
    pub fn interval(&self) -> Option<[f64; 2]> {
        self.half_width.map(|half| [self.mean - half, self.mean + half])
    }
}

/// Mean and half width with the digits of the format, as in `{:.2}`; the mean alone where there is no interval.
impl Display for Estimate {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let digits = formatter.precision().unwrap_or(3);
        write!(formatter, "{:.digits$}", self.mean)?;
        match self.half_width {
            Some(half) => write!(formatter, " \u{b1} {half:.digits$}"),
            None => Ok(()),
        }
    }
}

/// Interval that holds the mean of `new` further seeds with a probability of 95 %, if they are drawn as these were (Hahn
/// 1970). `None` for fewer than two values, and for no new seed.
pub fn prediction_interval(values: &[f64], new: usize) -> Option<[f64; 2]> {
    let (deviation, quantile) = deviation(values).zip(quantile(values.len()))?;
    if new == 0 {
        return None;
    }
    let half = quantile * deviation * (1.0 / values.len() as f64 + 1.0 / new as f64).sqrt();
    let mean = mean(values);
    Some([mean - half, mean + half])
}

/// Mean; 0 for no value.
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// Standard deviation with the denominator n - 1; `None` for fewer than two values.
pub fn deviation(values: &[f64]) -> Option<f64> {
    let freedom = values.len().checked_sub(1).filter(|freedom| *freedom > 0)?;
    let mean = mean(values);
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    Some((squares / freedom as f64).sqrt())
}

/// Student's quantile of a two-sided interval for so many values.
fn quantile(values: usize) -> Option<f64> {
    let freedom = values.checked_sub(1).filter(|freedom| *freedom > 0)?;
    let student = StudentsT::new(0.0, 1.0, freedom as f64).ok()?;
    Some(student.inverse_cdf(0.5 + CONFIDENCE / 2.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use convex_edge_core::random::Pcg64;

    #[test]
    fn quantiles_are_those_of_the_tables() {
        // Student's t, two-sided 95 %, for 1, 2, 4, 9 and 30 degrees of freedom.
        for (values, expected) in [(2, 12.706), (3, 4.303), (5, 2.776), (10, 2.262), (31, 2.042)] {
            let found = quantile(values).unwrap();
            assert!((found - expected).abs() < 1e-3, "{values}: {found}");
        }
        assert_eq!((quantile(1), quantile(0)), (None, None));
    }

    #[test]
    fn the_interval_is_students() {
        let found = Estimate::of(&[1.0, 2.0, 3.0]);
        // Deviation 1, 4.303 / sqrt(3).
        assert!((found.mean - 2.0).abs() < 1e-12 && (found.half_width.unwrap() - 2.4843).abs() < 1e-3);
        assert_eq!(Estimate::of(&[5.0]), Estimate { mean: 5.0, half_width: None, seeds: 1 });
        assert_eq!(Estimate::of(&[]), Estimate { mean: 0.0, half_width: None, seeds: 0 });
    }

    #[test]
    fn estimates_print_with_the_digits_asked_for() {
        let found = Estimate { mean: 1.2345, half_width: Some(0.5), seeds: 3 };
        assert_eq!(format!("{found:.2}"), "1.23 \u{b1} 0.50");
        assert_eq!(format!("{:.1}", Estimate { half_width: None, ..found }), "1.2");
    }

    /// Both intervals cover as often as they say, for normal values: 4,000 draws, five standard errors of a share.
    #[test]
    fn intervals_cover_what_they_say() {
        let random = &mut Pcg64::from_seed(1);
        let draw = |count: usize, random: &mut Pcg64| -> Vec<f64> {
            (0..count).map(|_| (0..12).map(|_| random.uniform(-0.5, 0.5)).sum::<f64>()).collect()
        };
        let (mut of_mean, mut of_new) = (0, 0);
        for _ in 0..4000 {
            let (old, new) = (draw(5, random), draw(3, random));
            let [low, high] = Estimate::of(&old).interval().unwrap();
            of_mean += usize::from(low <= 0.0 && 0.0 <= high);
            let [low, high] = prediction_interval(&old, new.len()).unwrap();
            of_new += usize::from(low <= mean(&new) && mean(&new) <= high);
        }
        for covered in [of_mean, of_new] {
            assert!((covered as f64 / 4000.0 - 0.95).abs() < 5.0 * (0.95 * 0.05 / 4000.0_f64).sqrt(), "{covered}");
        }
        assert_eq!(prediction_interval(&[1.0, 2.0], 0), None);
    }
}
