//! Figures over a handful of runs: mean with a bootstrap interval, inter-quartile mean, area under a curve.

use convex_edge_core::random::Pcg64;
use serde::{Deserialize, Serialize};

/// Samples of the bootstrap.
const RESAMPLES: usize = 10_000;

/// A mean over runs with its 95 % percentile bootstrap interval (Efron 1979), and the inter-quartile mean (Agarwal et al.
/// 2021, "Deep Reinforcement Learning at the Edge of the Statistical Precipice").
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Mean.
    pub mean: f64,
    /// 2.5 % of the resampled means lie below.
    pub low: f64,
    /// 2.5 % lie above.
    pub high: f64,
    /// Mean of the middle half.
    pub interquartile_mean: f64,
    /// Smallest value.
    pub worst: f64,
}

impl Interval {
    /// Of so many values; all 0 for none. Always the same for the same values.
    pub fn of(values: &[f64]) -> Self {
        let mut random = Pcg64::from_seed(0);
        let count = values.len() as u64;
        let mut means: Vec<f64> =
            (0..RESAMPLES).map(|_| mean(values.iter().map(|_| values[(random.next_u64() % count) as usize]))).collect();
        means.sort_by(f64::total_cmp);
        let at = |share: f64| means.get((share * (RESAMPLES - 1) as f64).round() as usize).copied().unwrap_or(0.0);
        Self {
            mean: mean(values.iter().copied()),
            low: at(0.025),
            high: at(0.975),
            interquartile_mean: interquartile_mean(values),
            worst: values.iter().copied().reduce(f64::min).unwrap_or(0.0),
        }
    }

    /// Whether two intervals have a point in common.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.low <= other.high && other.low <= self.high
    }
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len().max(1) as f64;
    values.sum::<f64>() / count
}

/// Mean of the middle half of the values; those at its ends count in part.
fn interquartile_mean(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let quarter = sorted.len() as f64 / 4.0;
    let (mut sum, mut total) = (0.0, 0.0);
    for (index, value) in sorted.iter().enumerate() {
        let (from, to) = (index as f64, index as f64 + 1.0);
        let weight = (to.min(sorted.len() as f64 - quarter) - from.max(quarter)).max(0.0);
        sum += weight * value;
        total += weight;
    }
    if total > 0.0 { sum / total } else { 0.0 }
}

/// Mean height of a curve of points with ascending abscissas, by trapezoids.
pub fn mean_height(points: &[(f64, f64)]) -> f64 {
    let area: f64 = points.windows(2).map(|pair| (pair[1].0 - pair[0].0) * 0.5 * (pair[0].1 + pair[1].1)).sum();
    match (points.first(), points.last()) {
        (Some(first), Some(last)) if last.0 > first.0 => area / (last.0 - first.0),
        (Some(first), _) => first.1,
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_holds_its_mean_and_narrows_with_more_values() {
        let few = Interval::of(&[1.0, 2.0, 3.0, 10.0]);
        assert!(few.low < few.mean && few.mean < few.high && few.worst == 1.0);
        let many: Vec<f64> = [1.0, 2.0, 3.0, 10.0].repeat(16);
        let many = Interval::of(&many);
        assert!(many.high - many.low < 0.4 * (few.high - few.low));
        assert_eq!(
            Interval::of(&[5.0; 3]),
            Interval { mean: 5.0, low: 5.0, high: 5.0, interquartile_mean: 5.0, worst: 5.0 }
        );
    }

    #[test]
    fn the_interquartile_mean_leaves_the_outer_quarters_out() {
        assert_eq!(interquartile_mean(&[100.0, 1.0, 2.0, -50.0]), 1.5);
        assert!((interquartile_mean(&[0.0, 1.0, 2.0, 3.0, 50.0]) - 2.0).abs() < 0.5);
    }

    #[test]
    fn the_mean_height_of_a_line_is_its_middle() {
        assert_eq!(mean_height(&[(0.0, 0.0), (1.0, 2.0), (3.0, 6.0)]), 3.0);
    }
}
