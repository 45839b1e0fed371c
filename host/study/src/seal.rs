//! Seal: headline figures on fresh training seeds, evaluated once.

use crate::cells::{Cells, Settings};
use crate::harm::{curves, harm};
use convex_edge_statistics::Estimate;
use convex_edge_statistics::estimate::prediction_interval;
use convex_edge_sweep::{Plan, PlanError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// First of the fresh seeds.
pub const FIRST_SEED: u64 = 1000;

/// The curve whose turning point is a headline.
const TURNING: &str = "sudoku/labels/fixed";

/// A headline figure.
struct Headline {
    name: &'static str,
    task: &'static str,
    block: &'static str,
    gradient: &'static str,
    way: &'static str,
}

const fn headline(
    name: &'static str,
    task: &'static str,
    block: &'static str,
    gradient: &'static str,
    way: &'static str,
) -> Headline {
    Headline { name, task, block, gradient, way }
}

const TEN_BLANK: &str = "10 boards, labels of blank cells, blank cells known at test";
const PROJECTED: &str = "every prediction projected";

/// All but the turning point.
const HEADLINES: [Headline; 9] = [
    headline("sudoku, 10 boards, blank cells' labels: exact", "sudoku", TEN_BLANK, "exact", "layer and search"),
    headline("sudoku, 10 boards, blank cells' labels: detached", "sudoku", TEN_BLANK, "detached", "layer and search"),
    headline(
        "sudoku, 1,000 boards, all labels: none",
        "sudoku",
        "1000 boards, labels of all cells, blank cells not known at test",
        "none",
        "layer and search",
    ),
    headline(
        "Ms. Pac-Man, divergence: exact",
        "maps",
        "Ms. Pac-Man, 2x2 divergence of decoded maps",
        "exact",
        PROJECTED,
    ),
    headline("Ms. Pac-Man, divergence: none", "maps", "Ms. Pac-Man, 2x2 divergence of decoded maps", "none", PROJECTED),
    headline("Breakout, divergence: exact", "maps", "Breakout, 2x2 divergence of decoded maps", "exact", PROJECTED),
    headline("MountainCar, PPO: exact", "mountain-car", "PPO, mean return", "exact", "program"),
    headline("MountainCar, PPO: detached", "mountain-car", "PPO, mean return", "detached", "program"),
    headline("MountainCar, SAC: none, filter", "mountain-car", "SAC, mean return", "none", "safety filter"),
];

/// A headline figure and its seal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sealed {
    /// In words.
    pub name: String,
    /// As published, over the study's seeds.
    pub published: Estimate,
    /// Interval that holds the mean of the fresh seeds with 95 %.
    pub prediction: Option<[f64; 2]>,
    /// Mean of the fresh seeds; `None` where they are not finished.
    pub fresh: Option<Estimate>,
    /// Whether it lies within; `None` where one of both is missing.
    pub is_within: Option<bool>,
}

/// Runs of the seal.
///
/// # Errors
/// [`PlanError`] of the study's file.
pub fn plan() -> Result<Plan, PlanError> {
    let mut asked: Vec<(&str, Settings)> =
        HEADLINES.iter().filter_map(|headline| Some((headline.task, found(headline)?.0))).collect();
    asked.extend(curves().into_iter().filter(|curve| curve.id == TURNING).flat_map(|curve| curve.runs()));
    let mut plan = Plan::parse(crate::RUNS, FIRST_SEED)?;
    plan.name = "seal".to_owned();
    plan.runs.retain(|run| asked.iter().any(|(task, settings)| run.task == *task && run.settings == *settings));
    Ok(plan)
}

/// Settings, figure and scale of a headline.
fn found(headline: &Headline) -> Option<(Settings, String, f64)> {
    let block = crate::blocks::blocks()
        .into_iter()
        .find(|block| block.task == headline.task && block.title == headline.block)?;
    let row = block.rows.iter().find(|row| row.gradient == headline.gradient)?;
    let way = block.ways.iter().find(|way| way.name == headline.way)?;
    Some((row.runs.clone().ok()?, format!("last/{}", way.figure), block.measure.scale))
}

/// Headline figures beside those of fresh seeds.
pub fn sealed(cells: &Cells, fresh: &Cells) -> Vec<Sealed> {
    let mut all: Vec<Sealed> = HEADLINES
        .iter()
        .filter_map(|headline| {
            let (settings, figure, scale) = found(headline)?;
            let values = |cells: &Cells| {
                let found: BTreeMap<u64, f64> = cells.by_seed(headline.task, &settings, &figure);
                found.values().map(|value| scale * value).collect::<Vec<f64>>()
            };
            let (old, new) = (values(cells), values(fresh));
            let prediction = prediction_interval(&old, new.len().max(1));
            Some(one(headline.name, Estimate::of(&old), prediction, (!new.is_empty()).then(|| Estimate::of(&new))))
        })
        .collect();
    let turning = |cells: &Cells| harm(cells).into_iter().find(|curve| curve.id == TURNING);
    if let Some(published) = turning(cells) {
        let seeds = published.points.first().map_or(0, |point| point.help.difference.seeds);
        let estimate = |value: f64, seeds| Estimate { mean: value, half_width: None, seeds };
        // Both means vary: the bootstrap interval of one, wider by the root of two.
        let prediction = published.turning.zip(published.interval).map(|(value, [low, high])| {
            let wider = std::f64::consts::SQRT_2;
            [value - wider * (value - low), value + wider * (high - value)]
        });
        let fresh = turning(fresh).and_then(|found| {
            let seeds = found.points.first().map_or(0, |point| point.help.difference.seeds);
            found.turning.map(|value| estimate(value, seeds))
        });
        if let Some(value) = published.turning {
            all.push(one(
                "sudoku, wrong labels at which the layer harms, %",
                estimate(value, seeds),
                prediction,
                fresh,
            ));
        }
    }
    all
}

fn one(name: &str, published: Estimate, prediction: Option<[f64; 2]>, fresh: Option<Estimate>) -> Sealed {
    let is_within = prediction.zip(fresh).map(|([low, high], fresh)| low <= fresh.mean && fresh.mean <= high);
    Sealed { name: name.to_owned(), published, prediction, fresh, is_within }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_headline_has_runs() {
        for headline in &HEADLINES {
            assert!(found(headline).is_some(), "{}", headline.name);
        }
        let plan = plan().unwrap();
        // SAC has five seeds; the turning point five levels.
        assert_eq!(plan.runs.len(), 8 * 10 + 5 + 5 * 10);
        assert!(plan.runs.iter().all(|run| run.seed >= FIRST_SEED));
    }
}
