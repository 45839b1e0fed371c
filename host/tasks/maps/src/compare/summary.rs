//! Summary of all runs, and the promises that they keep.

use super::denoising::Denoising;
use super::judge::Judged;
use super::real::Real;
use super::run::RunResult;
use super::validity::{Infeasible, Validity};
use crate::evaluate::structure::Rule;
use crate::train::denoiser;
use crate::train::settings::{Protocol, Settings};
use convex_edge_runs::batch_schedule::Budget;
use convex_edge_runs::promise::Promise;
use convex_edge_statistics::Estimate;
use serde::{Deserialize, Serialize};

/// Result of a comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// Settings of the comparison.
    pub settings: Settings,
    /// Rows by collection, budget, suite and method.
    pub rows: Vec<Row>,
    /// How far predictions of held-out maps are off, by collection, budget and last step.
    pub denoising: Vec<DenoisingRow>,
    /// Real maps in the place of generated ones, by collection.
    pub real: Vec<Real>,
    /// Validity counts by game.
    pub validity: Vec<Validity>,
    /// Counts of infeasible requests by game.
    pub infeasible: Vec<Infeasible>,
    /// Promises, kept or not.
    pub promises: Vec<Promise>,
}

/// All seeds of a collection, a budget and a last step: mean squared errors of held-out maps' predictions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DenoisingRow {
    /// Collection.
    pub collection: String,
    /// Settings of the training.
    pub training: denoiser::Settings,
    /// Seeds.
    pub seeds: usize,
    /// Error of predictions as the last step returns them.
    pub predicted: Estimate,
    /// Projected onto all conditions.
    pub projected: Estimate,
    /// Share of the maps whose prediction the projection brings nearer.
    pub improved: Estimate,
}

/// Sums up the errors of finished runs, in the order of the runs.
pub fn denoising(runs: &[RunResult]) -> Vec<DenoisingRow> {
    let mut rows: Vec<DenoisingRow> = Vec::new();
    for run in runs {
        if rows.iter().any(|row| (&row.collection, row.training) == (&run.collection, run.training)) {
            continue;
        }
        let own: Vec<&RunResult> = runs
            .iter()
            .filter(|other| (&other.collection, other.training) == (&run.collection, run.training))
            .collect();
        let statistic = |value: fn(&Denoising) -> f64| {
            Estimate::of(&own.iter().map(|run| value(&run.denoising)).collect::<Vec<_>>())
        };
        rows.push(DenoisingRow {
            collection: run.collection.clone(),
            training: run.training,
            seeds: own.len(),
            predicted: statistic(|found| found.predicted),
            projected: statistic(|found| found.projected),
            improved: statistic(|found| found.improved),
        });
    }
    rows
}

/// All seeds of a collection, a budget, a suite and a method.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Collection.
    pub collection: String,
    /// Budget of the trainings.
    pub budget: Budget,
    /// Processor time of a training, s, mean over the seeds.
    pub seconds: f64,
    /// Suite.
    pub suite: String,
    /// Method.
    pub method: String,
    /// Seeds.
    pub seeds: usize,
    /// Steps of the optimizer, mean.
    pub steps: f64,
    /// Mean of the last losses.
    pub loss: f64,
    /// Processor time of a sample, milliseconds.
    pub milliseconds: f64,
    /// Share of the likeliest tiles that satisfies all conditions.
    pub likeliest_valid: Estimate,
    /// Share of the decoded maps that does.
    pub decoded_valid: Estimate,
    /// Tiles that decoding changes.
    pub edits: Estimate,
    /// Share of decoded maps that obeys each rule that no condition states.
    pub rules: Vec<(Rule, Estimate)>,
    /// Divergence of patterns of 2 x 2 tiles from held-out maps: likeliest tiles, decoded maps.
    pub patterns_2x2: [Estimate; 2],
    /// The same of 3 x 3.
    pub patterns_3x3: [Estimate; 2],
    /// Of decoded maps: how well a nearest neighbour tells them from held-out ones; 0.5 is not at all.
    pub two_sample: Estimate,
    /// Share of decoded maps that no training map equals.
    pub novel: Estimate,
    /// Of decoded maps: tiles that differ from the nearest training map, median.
    pub nearest: Estimate,
    /// Of decoded maps: mean share of tiles that two of them differ in.
    pub diversity: Estimate,
}

/// Sums up finished runs: all of a collection together, in the order of its protocol.
pub fn summarize(protocols: &[(&str, &Protocol)], runs: &[RunResult]) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for (collection, protocol) in protocols {
        for (suite, trainings) in
            protocol.suites.iter().flat_map(|suite| protocol.trainings.iter().map(move |t| (suite, t)))
        {
            let own =
                runs.iter().filter(|run| run.collection == *collection && run.training.budget == trainings.budget);
            let own: Vec<(&RunResult, &super::judge::Row)> = own
                .flat_map(|run| run.rows.iter().map(move |row| (run, row)))
                .filter(|(_, row)| row.suite == suite.name)
                .collect();
            let mut methods: Vec<&str> = Vec::new();
            for (_, of_run) in &own {
                if !methods.contains(&of_run.method.as_str()) {
                    methods.push(&of_run.method);
                }
            }
            for method in methods {
                rows.push(row(&own.iter().filter(|(_, row)| row.method == method).copied().collect::<Vec<_>>()));
            }
        }
    }
    rows
}

fn row(all: &[(&RunResult, &super::judge::Row)]) -> Row {
    let statistic = |value: &dyn Fn(&super::judge::Row) -> f64| {
        Estimate::of(&all.iter().map(|(_, row)| value(row)).collect::<Vec<_>>())
    };
    let mean = |value: &dyn Fn(&RunResult) -> f64| {
        all.iter().map(|(run, _)| value(run)).sum::<f64>() / all.len().max(1) as f64
    };
    let both =
        |value: fn(&Judged) -> f64| [statistic(&|row| value(&row.likeliest)), statistic(&|row| value(&row.decoded))];
    let (run, first) = all[0];
    let rule = |(place, (rule, _)): (usize, &(Rule, f64))| {
        (*rule, statistic(&|row| row.decoded.rules.get(place).map_or(0.0, |(_, share)| *share)))
    };
    Row {
        collection: run.collection.clone(),
        budget: run.training.budget,
        seconds: mean(&|run| run.seconds),
        suite: first.suite.clone(),
        method: first.method.clone(),
        seeds: all.len(),
        steps: mean(&|run| run.steps as f64),
        loss: mean(&|run| run.loss),
        milliseconds: statistic(&|row| row.milliseconds).mean,
        likeliest_valid: statistic(&|row| row.likeliest.valid),
        decoded_valid: statistic(&|row| row.decoded.valid),
        edits: statistic(&|row| row.edits),
        rules: first.decoded.rules.iter().enumerate().map(rule).collect(),
        patterns_2x2: both(|judged| judged.fidelity.patterns_2x2),
        patterns_3x3: both(|judged| judged.fidelity.patterns_3x3),
        two_sample: statistic(&|row| row.decoded.fidelity.two_sample),
        novel: statistic(&|row| row.decoded.fidelity.novel),
        nearest: statistic(&|row| row.decoded.fidelity.nearest),
        diversity: statistic(&|row| row.decoded.fidelity.diversity),
    }
}

/// The time from a clean clone to the first maps, as it was measured on the commit that it names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CleanClone {
    /// The line of the README.
    pub command: String,
    /// Commit that was cloned.
    pub commit: String,
    /// Name of the processor; empty where it was not noted.
    #[serde(default)]
    pub processor: String,
    /// From the beginning of the clone to the picture of the maps, build and training included.
    pub seconds: f64,
}

/// What was promised of the runs that are there: of the longest trainings and the first suite.
pub fn promises(
    settings: &Settings,
    rows: &[Row],
    validity: &[Validity],
    infeasible: &[Infeasible],
    clone: Option<&CleanClone>,
) -> Vec<Promise> {
    let row = |game: &str, method: &str| {
        let protocol = &settings.comparison.collections.iter().find(|compared| compared.name == game)?.protocol;
        let first = protocol.suites.first()?;
        let own = rows
            .iter()
            .filter(|row| (row.collection.as_str(), row.method.as_str(), &row.suite) == (game, method, &first.name));
        let seconds = |row: &Row| match row.budget {
            Budget::CpuSeconds(seconds) => Some(seconds),
            Budget::Steps(_) => None,
        };
        own.filter_map(|row| Some((seconds(row)?, row))).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, row)| row)
    };
    let percent = |name: &str, share: &Estimate, least: f64| {
        let interval = share.interval().map(|ends| ends.map(|end| 100.0 * end));
        Promise::at_least(name, 100.0 * share.mean, "%", least).over(interval, share.seeds)
    };
    let mut promises = Vec::new();
    for found in validity {
        let name = format!("{}: valid after decoding, C1 to C6, of {} maps", found.game, found.samples);
        promises.push(Promise::at_least(&name, 100.0 * found.valid as f64 / found.samples.max(1) as f64, "%", 100.0));
    }
    for (game, least) in [("breakout", 99.0), ("ms-pacman", 97.0)] {
        if let Some(row) = row(game, "layer") {
            let name = format!("{game}: valid before decoding, layer");
            promises.push(percent(&name, &row.likeliest_valid, least));
        }
    }
    for (game, most) in [("ms-pacman", 0.6), ("breakout", 1.0), ("space-invaders", 1.0)] {
        if let Some((layer, plain)) = row(game, "layer").zip(row(game, "plain")) {
            let name = format!("{game}: divergence of 2 x 2 patterns, of the repaired U-Net's");
            let ratio = layer.patterns_2x2[1].mean / plain.patterns_2x2[1].mean;
            promises.push(Promise::at_most(&name, ratio, "", most));
        }
    }
    for game in ["ms-pacman", "breakout"] {
        let found = row(game, "layer").and_then(|row| row.rules.iter().find(|(rule, _)| *rule == Rule::Reachable));
        if let Some((_, share)) = found {
            let name = format!("{game}: all reachable, untold, layer");
            promises.push(percent(&name, share, 99.0));
        }
    }
    if !infeasible.is_empty() {
        let missed: usize = infeasible.iter().map(|found| found.requests - found.recognised).sum();
        let all: usize = infeasible.iter().map(|found| found.requests).sum();
        let name = format!("infeasible conditions not recognised, of {all}");
        promises.push(Promise::at_most(&name, missed as f64, "", 0.0));
    }
    if let Some(row) = row("ms-pacman", "layer") {
        let name = "ms-pacman: a map with all steps, one core";
        promises.push(Promise::at_most(name, row.milliseconds, "ms", 50.0));
    }
    if let Some(clone) = clone {
        promises.push(Promise::at_most("maps from a clean clone", clone.seconds / 60.0, "minutes", 10.0));
    }
    promises
}
