//! Paired differences: two methods, the same seeds.

use crate::estimate::Estimate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What an interval of a difference says, for a margin below which a difference does not matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The interval lies above the margin.
    Edge,
    /// The interval lies below minus the margin.
    Harm,
    /// The interval lies within plus or minus the margin.
    Equivalent,
    /// None of these, or fewer than two seeds.
    Open,
}

/// Difference of a method from another one, over the seeds that both have.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paired {
    /// First minus second.
    pub difference: Estimate,
    /// Margin of equivalence, in the figure's unit.
    pub margin: f64,
    /// What the interval says.
    pub verdict: Verdict,
}

impl Paired {
    /// Of the values by seed, where larger is better. Seeds that one of them lacks are left out.
    pub fn of(first: &BTreeMap<u64, f64>, second: &BTreeMap<u64, f64>, margin: f64) -> Self {
        let both = first.iter().filter_map(|(seed, value)| Some(value - second.get(seed)?));
        let difference = Estimate::of(&both.collect::<Vec<_>>());
        Self { difference, margin, verdict: Verdict::of(&difference, margin) }
    }
}

impl Verdict {
    /// Of a difference, where larger is better.
    pub fn of(difference: &Estimate, margin: f64) -> Self {
        match difference.interval() {
            Some([low, _]) if low > margin => Self::Edge,
            Some([_, high]) if high < -margin => Self::Harm,
            Some([low, high]) if -margin <= low && high <= margin => Self::Equivalent,
            _ => Self::Open,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by_seed(values: &[f64]) -> BTreeMap<u64, f64> {
        (0..).zip(values.iter().copied()).collect()
    }

    #[test]
    fn what_seeds_share_is_not_counted_as_spread() {
        let second = by_seed(&[10.0, 50.0, 90.0, 30.0]);
        let first = by_seed(&[12.1, 52.0, 91.9, 32.0]);
        let found = Paired::of(&first, &second, 1.0);
        assert_eq!((found.verdict, found.difference.seeds), (Verdict::Edge, 4));
        assert!((found.difference.mean - 2.0).abs() < 1e-12);
        assert_eq!(Paired::of(&second, &first, 1.0).verdict, Verdict::Harm);
    }

    #[test]
    fn verdicts_follow_the_interval_and_the_margin() {
        let verdict = |mean, half_width, margin| Verdict::of(&Estimate { mean, half_width, seeds: 5 }, margin);
        assert_eq!(verdict(0.2, Some(0.5), 1.0), Verdict::Equivalent);
        assert_eq!(verdict(0.2, Some(0.9), 1.0), Verdict::Open);
        assert_eq!(verdict(1.6, Some(0.5), 1.0), Verdict::Edge);
        assert_eq!(verdict(1.5, Some(0.5), 1.0), Verdict::Open);
        assert_eq!(verdict(5.0, None, 1.0), Verdict::Open);
        assert_eq!(verdict(f64::NAN, Some(0.1), 1.0), Verdict::Open);
    }

    #[test]
    fn only_common_seeds_count() {
        let found = Paired::of(&by_seed(&[1.0, 2.0, 3.0]), &BTreeMap::from([(1, 0.0), (2, 1.0), (7, 9.0)]), 0.0);
        assert_eq!((found.difference.mean, found.difference.seeds), (2.0, 2));
    }
}
