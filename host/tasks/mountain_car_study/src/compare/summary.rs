//! Summary of all runs of a variant, and the promises that they keep.

use super::run::{Evaluation, RunResult, SOLVED};
use super::settings::{Settings, Variant};
use crate::baselines::controller::Control;
use crate::baselines::stable_baselines3::PeerRow;
use convex_edge_runs::promise::Promise;
use convex_edge_statistics::BootstrapInterval;
use convex_edge_statistics::curve::mean_height;
use serde::Serialize;

/// Result of a comparison.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// Settings of the comparison.
    pub settings: Settings,
    /// Rows by variant.
    pub rows: Vec<Row>,
    /// The same baselines of others, where they were asked for.
    pub peers: Vec<PeerRow>,
    /// Promises, kept or not.
    pub promises: Vec<Promise>,
}

/// All runs of a variant.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// Name of the variant.
    pub variant: String,
    /// Runs.
    pub seeds: usize,
    /// Runs whose last policy solves every episode.
    pub solve: usize,
    /// Mean return of the last policy.
    pub last: BootstrapInterval,
    /// The same of each run.
    pub returns: Vec<f64>,
    /// Mean return of the best checkpoint.
    pub best: BootstrapInterval,
    /// Mean return of the last policy behind the filter, where it was trained without.
    pub filtered: Option<BootstrapInterval>,
    /// Mean return over training: area under the curve of looks over its length.
    pub over_training: BootstrapInterval,
    /// Steps until a look shows 90 and more, of each run; none where none did.
    pub steps_to_solved: Vec<Option<usize>>,
    /// Steps of training that exceeded a limit, of each run.
    pub violations_in_training: Vec<u64>,
    /// Steps of the last policy that exceeded a limit, on all plants of all runs.
    pub violations_after: u64,
    /// Mean over runs of the last policy on each other plant.
    pub plants: Vec<PlantRow>,
    /// Weights of the policy.
    pub parameters: usize,
    /// Mean time of a run, seconds.
    pub seconds: f64,
    /// Mean processor time of a run, s, where every run noted it.
    pub processor_seconds: Option<f64>,
    /// Every look of every run: steps so far, mean return, violations so far.
    pub curves: Vec<Vec<(usize, f64, u64)>>,
    /// Observations of the first run's last policy in one episode, for pictures.
    #[serde(skip)]
    pub path: Vec<[f32; 2]>,
}

/// One plant of the robustness table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlantRow {
    /// Name of the plant.
    pub plant: String,
    /// Mean return.
    pub mean_return: f64,
    /// Share of the episodes that reached the goal, 0 to 1.
    pub solved: f64,
    /// Steps that exceeded a limit, of all runs.
    pub violations: u64,
}

/// Sums up the runs of a variant.
pub fn summarize(variant: &Variant, runs: &[RunResult]) -> Row {
    let interval =
        |value: &dyn Fn(&RunResult) -> f64| BootstrapInterval::of(&runs.iter().map(value).collect::<Vec<_>>());
    let solves = |run: &&RunResult| run.last.solved == run.last.episodes;
    let filtered: Vec<f64> =
        runs.iter().filter_map(|run| run.filtered.as_ref()).map(|found| found.mean_return).collect();
    let reached = |run: &RunResult| run.curve.iter().find(|look| look.mean_return >= SOLVED).map(|look| look.steps);
    let curve =
        |run: &RunResult| run.curve.iter().map(|look| (look.steps, look.mean_return, look.violations)).collect();
    let after = |run: &RunResult| run.last.violations + run.plants.iter().map(|plant| plant.violations).sum::<u64>();
    let height = |run: &RunResult| {
        mean_height(&run.curve.iter().map(|look| (look.steps as f64, look.mean_return)).collect::<Vec<_>>())
    };
    Row {
        variant: variant.name.clone(),
        seeds: runs.len(),
        solve: runs.iter().filter(solves).count(),
        last: interval(&|run| run.last.mean_return),
        returns: runs.iter().map(|run| run.last.mean_return).collect(),
        best: interval(&|run| run.best.mean_return),
        filtered: if filtered.is_empty() { None } else { Some(BootstrapInterval::of(&filtered)) },
        over_training: interval(&height),
        steps_to_solved: runs.iter().map(reached).collect(),
        violations_in_training: runs.iter().map(|run| run.violations).collect(),
        violations_after: runs.iter().map(after).sum(),
        plants: plants(runs),
        parameters: runs.first().map_or(0, |run| run.parameters),
        seconds: runs.iter().map(|run| run.seconds).sum::<f64>() / runs.len().max(1) as f64,
        processor_seconds: runs
            .iter()
            .map(|run| run.processor_seconds)
            .sum::<Option<f64>>()
            .map(|sum| sum / runs.len().max(1) as f64),
        curves: runs.iter().map(curve).collect(),
        path: runs.first().map_or(Vec::new(), |run| run.path.clone()),
    }
}

fn plants(runs: &[RunResult]) -> Vec<PlantRow> {
    let names = runs.first().map(|run| run.plants.iter().map(|plant| plant.plant.clone()).collect::<Vec<_>>());
    let of = |name: String| {
        let found: Vec<&Evaluation> =
            runs.iter().flat_map(|run| &run.plants).filter(|plant| plant.plant == name).collect();
        let sum = |value: &dyn Fn(&Evaluation) -> f64| found.iter().map(|plant| value(plant)).sum::<f64>();
        PlantRow {
            plant: name,
            mean_return: sum(&|plant| plant.mean_return) / found.len().max(1) as f64,
            solved: sum(&|plant| plant.solved as f64) / sum(&|plant| plant.episodes as f64).max(1.0),
            violations: found.iter().map(|plant| plant.violations).sum(),
        }
    };
    names.unwrap_or_default().into_iter().map(of).collect()
}

/// What the variants with a program as their head must show.
pub fn promises(settings: &Settings, rows: &[Row]) -> Vec<Promise> {
    let heads = settings.variants.iter().filter(|variant| variant.control == Control::Head && variant.trained);
    let rows = heads.filter_map(|variant| rows.iter().find(|row| row.variant == variant.name));
    rows.flat_map(|row| {
        let named = |what: &str| format!("{}: {what}", row.variant);
        let training: u64 = row.violations_in_training.iter().sum();
        let of_seeds = format!("of {}", row.seeds);
        [
            Promise::at_least(&named("seeds that solve every episode"), row.solve as f64, &of_seeds, row.seeds as f64),
            Promise::at_least(&named("last iterate, mean"), row.last.mean, "", 94.0)
                .over(Some([row.last.low, row.last.high]), row.seeds),
            Promise::at_least(&named("last iterate, worst seed"), row.last.worst, "", 90.0),
            Promise::at_most(&named("violations in training"), training as f64, "steps", 0.0),
            Promise::at_most(&named("violations after training"), row.violations_after as f64, "steps", 0.0),
        ]
    })
    .collect()
}
