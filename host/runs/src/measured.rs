//! Figures and times of a run.

use crate::processor_time;
use std::collections::BTreeMap;
use std::time::Duration;

/// What a run measured, by name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Measured {
    /// What settings and seed determine.
    pub figures: BTreeMap<String, f64>,
    /// Processor seconds.
    pub seconds: BTreeMap<String, f64>,
    /// Answers to look at, as texts of the task's own form.
    pub examples: BTreeMap<String, String>,
}

impl Measured {
    /// Adds a figure.
    pub fn figure(&mut self, name: impl Into<String>, value: f64) {
        self.figures.insert(name.into(), value);
    }

    /// Adds the processor time of all threads since a moment of [`processor_time::of_process`].
    pub fn time_since(&mut self, name: &str, started: Duration) {
        let spent = processor_time::of_process().saturating_sub(started);
        *self.seconds.entry(name.to_owned()).or_default() += spent.as_secs_f64();
    }
}
