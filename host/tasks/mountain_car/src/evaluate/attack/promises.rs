//! Promises of an attack: no violation with the filter, many without it.

use super::Counts;
use convex_edge_runs::promise::Promise;

/// Share of steps in which the unfiltered pump has to exceed the speed limit: the study's did in 34 %.
const CONTROL_SHARE: f64 = 0.25;

/// No violation on any plant, and many without the filter.
pub fn promises<'a>(plants: impl IntoIterator<Item = (&'a str, Counts)>, control: &Counts) -> Vec<Promise> {
    let mut promises: Vec<Promise> = plants
        .into_iter()
        .map(|(name, counts)| {
            Promise::at_most(&format!("violations, {name}"), counts.violations() as f64, "steps", 0.0)
        })
        .collect();
    let share = control.speed_violations as f64 / control.steps.max(1) as f64;
    promises.push(Promise::at_least("speed violations without filter", share, "of steps", CONTROL_SHARE));
    promises
}
