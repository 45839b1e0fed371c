//! Percentile bootstrap over seeds: intervals of statistics that are no means, and of means of few values of two kinds.

use crate::estimate::mean;
use convex_edge_core::random::Pcg64;
use serde::{Deserialize, Serialize};

/// Draws of the bootstrap.
const RESAMPLES: usize = 10_000;

/// A mean over runs with its 95 % percentile bootstrap interval (Efron 1979), and the inter-quartile mean (Agarwal et al.
/// 2021, "Deep Reinforcement Learning at the Edge of the Statistical Precipice").
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BootstrapInterval {
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

impl BootstrapInterval {
    /// Of so many values; all 0 for none. Always the same for the same values.
    pub fn of(values: &[f64]) -> Self {
        let means =
            resample(values.len(), |drawn| Some(drawn.iter().map(|&i| values[i]).sum::<f64>() / drawn.len() as f64));
        let [low, high] = ends(means).unwrap_or_default();
        Self {
            mean: mean(values),
            low,
            high,
            interquartile_mean: interquartile_mean(values),
            worst: values.iter().copied().reduce(f64::min).unwrap_or(0.0),
        }
    }

    /// Whether two intervals have a point in common.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.low <= other.high && other.low <= self.high
    }
}

/// 95 % percentile interval of a statistic of runs, which are drawn again with replacement: `statistic` gets the
/// indices of a draw. `None` where more than a twentieth of the draws have no value, or where there are fewer than two
/// runs. Always the same for the same runs.
pub fn interval(runs: usize, statistic: impl FnMut(&[usize]) -> Option<f64>) -> Option<[f64; 2]> {
    if runs < 2 {
        return None;
    }
    let found = resample(runs, statistic);
    if RESAMPLES - found.len() > RESAMPLES / 20 {
        return None;
    }
    ends(found)
}

fn resample(runs: usize, mut statistic: impl FnMut(&[usize]) -> Option<f64>) -> Vec<f64> {
    if runs == 0 {
        return Vec::new();
    }
    let mut random = Pcg64::from_seed(0);
    let mut drawn = vec![0; runs];
    let mut found = Vec::with_capacity(RESAMPLES);
    for _ in 0..RESAMPLES {
        drawn.iter_mut().for_each(|index| *index = (random.next_u64() % runs as u64) as usize);
        found.extend(statistic(&drawn));
    }
    found
}

fn ends(mut values: Vec<f64>) -> Option<[f64; 2]> {
    values.sort_by(f64::total_cmp);
    let last = values.len().checked_sub(1)? as f64;
    Some([0.025, 0.975].map(|share: f64| values[(share * last).round() as usize]))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_holds_its_mean_and_narrows_with_more_values() {
        let few = BootstrapInterval::of(&[1.0, 2.0, 3.0, 10.0]);
        assert!(few.low < few.mean && few.mean < few.high && few.worst == 1.0);
        let many: Vec<f64> = [1.0, 2.0, 3.0, 10.0].repeat(16);
        let many = BootstrapInterval::of(&many);
        assert!(many.high - many.low < 0.4 * (few.high - few.low));
        assert_eq!(
            BootstrapInterval::of(&[5.0; 3]),
            BootstrapInterval { mean: 5.0, low: 5.0, high: 5.0, interquartile_mean: 5.0, worst: 5.0 }
        );
        let nothing = BootstrapInterval::of(&[]);
        assert_eq!((nothing.mean, nothing.low, nothing.high), (0.0, 0.0, 0.0));
    }

    #[test]
    fn the_interquartile_mean_leaves_the_outer_quarters_out() {
        assert_eq!(interquartile_mean(&[100.0, 1.0, 2.0, -50.0]), 1.5);
        assert!((interquartile_mean(&[0.0, 1.0, 2.0, 3.0, 50.0]) - 2.0).abs() < 0.5);
    }

    #[test]
    fn a_statistic_that_is_often_missing_has_no_interval() {
        let values = [1.0, 2.0, 4.0, 8.0];
        let largest = |drawn: &[usize]| drawn.iter().map(|&i| values[i]).reduce(f64::max);
        assert_eq!(interval(4, largest).map(|[_, high]| high), Some(8.0));
        assert_eq!(interval(4, |drawn| largest(drawn).filter(|value| *value > 2.0)), None);
        assert_eq!(interval(1, |_| Some(1.0)), None);
    }
}
