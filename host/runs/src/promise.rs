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
    /// Whether it was kept.
    pub holds: bool,
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
        Self { name: name.to_owned(), value, unit: unit.to_owned(), target, holds }
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
        let Self { name, value, unit, target, holds } = self;
        let word = if *holds { "holds" } else { "BROKEN" };
        write!(formatter, "{name:<34}{value:>10.4} {unit:<10}{target:<10}{word}")
    }
}
