//! Promises of the bounds: the study's returns again, and rollouts that keep the limits.

use super::{Bound, EPISODES, Fineness, Problem};
use convex_edge_runs::promise::Promise;

/// The study's mean return on the published grid, where it has one. Its 1000 starts are those of one random stream, not
/// Gymnasium's seeds.
const fn study(problem: Problem) -> Option<f64> {
    match problem {
        Problem::Free => Some(99.646),
        Problem::Limited => Some(99.227),
        Problem::SlewLimited => None,
        Problem::Discrete => Some(-97.37),
    }
}

/// How far from it the mean return may be: two standard errors of a mean over 1000 other starts, whose deviations are
/// 0.025 in the continuous environment and 7.34 in the discrete one; on a coarse grid what the grid costs, too.
const fn tolerance(problem: Problem, fineness: Fineness) -> f64 {
    match (fineness, problem) {
        (Fineness::Coarse, Problem::Discrete) => 1.5,
        (Fineness::Coarse, _) => 0.15,
        (Fineness::Published, Problem::Discrete) => 0.46,
        (Fineness::Published, _) => 0.002,
    }
}

/// Of each bound; without a distance where the study has no number, without violations where there are no limits.
pub fn promises(bounds: &[Bound], fineness: Fineness) -> Vec<Promise> {
    let mut promises = Vec::new();
    for Bound { problem, figures, .. } in bounds {
        let name = problem.name();
        if let Some(study) = study(*problem) {
            let distance = (figures.mean_return - study).abs();
            let name = format!("{name}: distance to {study}");
            promises.push(Promise::at_most(&name, distance, "", tolerance(*problem, fineness)));
        }
        promises.push(Promise::at_least(&format!("{name}: solved"), figures.solved as f64, "", EPISODES as f64));
        if problem.has_limits() {
            let name = format!("{name}: violations");
            promises.push(Promise::at_most(&name, figures.violations as f64, "steps", 0.0));
        }
    }
    promises
}
