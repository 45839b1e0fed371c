//! A promise that a command's own run keeps or breaks.

use serde::{Deserialize, Serialize};
use std::fmt::{self, Display, Formatter};

/// A promise and whether this run kept it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Promise {
    /// Promised quantity in words.
    pub name: String,
    /// Value of this run.
    pub value: f64,
    /// Unit of value and target; empty for counts.
    pub unit: String,
    /// At least or at most how much, as `>= 97.5`.
    pub target: String,
    /// Whether it was kept: where there is an interval, whether all of it lies on the right side of the target.
    pub holds: bool,
    /// Interval of the value, where it is a mean over seeds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<[f64; 2]>,
    /// Number of seeds; none for a value that is no mean over them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seeds: Option<usize>,
}

impl Promise {
    /// Promises at least so much.
    pub fn at_least(name: &str, value: f64, unit: &str, target: f64) -> Self {
        Self::new(name, value, unit, format!(">= {target}"), value >= target)
    }

    /// Promises at most so much.
    pub fn at_most(name: &str, value: f64, unit: &str, target: f64) -> Self {
        Self::new(name, value, unit, format!("<= {target}"), value <= target)
    }

    fn new(name: &str, value: f64, unit: &str, target: String, holds: bool) -> Self {
        Self { name: name.to_owned(), value, unit: unit.to_owned(), target, holds, interval: None, seeds: None }
    }

    /// The same of a mean over seeds with its interval: it holds where the whole interval does. Without an interval, as for
    /// one seed, it does not.
    pub fn over(self, interval: Option<[f64; 2]>, seeds: usize) -> Self {
        let end = interval.map(|[low, high]| if self.target.starts_with('>') { low } else { high });
        let limit: Option<f64> = self.target.get(3..).and_then(|limit| limit.parse().ok());
        let holds = end.zip(limit).is_some_and(|(end, limit)| match self.target.starts_with('>') {
            true => end >= limit,
            false => end <= limit,
        });
        Self { holds, interval, seeds: Some(seeds), ..self }
    }

    /// `holds`, `MISSED`, or `open` where the interval contains the target, or one seed leaves it open.
    pub fn word(&self) -> &'static str {
        let limit: Option<f64> = self.target.get(3..).and_then(|limit| limit.parse().ok());
        match (self.holds, self.seeds, self.interval, limit) {
            (true, ..) => "holds",
            (false, Some(_), Some([low, high]), Some(limit)) if low <= limit && limit <= high => "open",
            (false, Some(_), None, _) => "open",
            _ => "MISSED",
        }
    }
}

/// The names of those that were not kept, if any.
pub fn broken(promises: &[Promise]) -> Option<String> {
    let names: Vec<&str> =
        promises.iter().filter(|promise| !promise.holds).map(|promise| promise.name.as_str()).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

/// Text of a promise in a table: one line.
impl Display for Promise {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let Self { name, value, unit, target, .. } = self;
        write!(formatter, "{name:<34}{value:>10.4} {unit:<10}{target:<10}{}", self.word())?;
        match (self.interval, self.seeds) {
            (Some([low, high]), Some(seeds)) => write!(formatter, "  [{low:.2}, {high:.2}] over {seeds} seeds"),
            (None, Some(seeds)) => write!(formatter, "  {seeds} seed"),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Promise;

    #[test]
    fn a_mean_holds_with_its_whole_interval_and_is_open_around_the_target() {
        let least = |interval| Promise::at_least("a", 98.7, "%", 98.0).over(interval, 3);
        assert_eq!(least(Some([98.1, 99.3])).word(), "holds");
        assert_eq!(least(Some([97.2, 100.2])).word(), "open");
        assert_eq!(least(Some([96.0, 97.9])).word(), "MISSED");
        assert_eq!(least(None).word(), "open");
        let most = |interval| Promise::at_most("a", 0.5, "", 0.6).over(interval, 3);
        assert_eq!(
            [most(Some([0.4, 0.6])).word(), most(Some([0.4, 0.7])).word(), most(Some([0.7, 0.8])).word()],
            ["holds", "open", "MISSED"]
        );
        assert_eq!(Promise::at_most("a", 0.5, "", 0.4).word(), "MISSED");
    }
}
