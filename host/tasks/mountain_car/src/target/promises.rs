//! Promises of a demonstration, computed from its summary.

use super::summary::{Corner, Summary};
use convex_edge_runs::promise::Promise;

/// The promises, in the order of the README's table.
pub fn promises(summary: &Summary) -> Vec<Promise> {
    let corners = |value: fn(&Corner) -> f64| summary.corners.iter().map(value).sum::<f64>();
    let corner_episodes = corners(|corner| corner.result.episodes as f64);
    let solved_corners = corners(|corner| corner.result.solved as f64);
    let share = if corner_episodes > 0.0 { solved_corners / corner_episodes } else { 0.0 };
    vec![
        Promise::at_least("episodes solved", summary.solved as f64, "of 320", 320.0),
        Promise::at_least("mean return", summary.mean_return, "", 97.5),
        Promise::at_most("violations", summary.violations as f64, "steps", 0.0),
        Promise::at_most("bit mismatches", summary.bit_mismatches as f64, "steps", 0.0),
        Promise::at_least("steps compared", summary.steps_compared as f64, "steps", 200_000.0),
        Promise::at_most("violations at the corners", corners(|c| c.result.violations as f64), "steps", 0.0),
        Promise::at_least("episodes solved at the corners", 100.0 * share, "%", 100.0),
    ]
}
