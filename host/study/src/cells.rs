//! Finished runs by task, settings and seed.

use convex_edge_sweep::Finished;
use serde_json::Value;
use std::collections::BTreeMap;

/// Settings of a cell.
pub type Settings = BTreeMap<String, Value>;

/// Finished runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Cells {
    finished: Vec<Finished>,
}

impl Cells {
    /// All of these.
    pub fn new(finished: Vec<Finished>) -> Self {
        Self { finished }
    }

    /// Values of a figure by seed, of the runs that have exactly these settings.
    pub fn by_seed(&self, task: &str, settings: &Settings, figure: &str) -> BTreeMap<u64, f64> {
        let own = self.finished.iter().filter(|found| found.run.task == task && found.run.settings == *settings);
        own.filter_map(|found| Some((found.run.seed, *found.figures.get(figure)?))).collect()
    }
}

/// Settings from names and values.
pub fn settings<const N: usize>(pairs: [(&str, Value); N]) -> Settings {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
