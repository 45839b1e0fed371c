//! Comparison: boards answered right by each method, by number of training boards; and the promises.

use crate::evaluate::decoders::Figures;
use crate::evaluate::run::{Inconsistent, RunResult};
use crate::train::settings::{Job, Settings};
use convex_edge_runs::promise::Promise;
use convex_edge_statistics::Estimate;
use convex_edge_statistics::estimate::deviation;
use serde::Serialize;

/// Result of a comparison.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// Settings of the comparison.
    pub settings: Settings,
    /// Rows by problem, method and number of boards.
    pub rows: Vec<Row>,
    /// Boards and time after which most boards are right.
    pub reached: Vec<Reached>,
    /// Promises, kept or not.
    pub promises: Vec<Promise>,
}

/// When a method has nine in ten boards right, with the layer and its search on its scores.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reached {
    /// Problem.
    pub problem: String,
    /// Method.
    pub method: String,
    /// The fewest training boards of those that were tried; nothing where none were enough.
    pub boards: Option<usize>,
    /// Mean processor time of that training, seconds.
    pub seconds: Option<f64>,
}

/// Of every problem and method, in the order of the rows.
pub fn reached(rows: &[Row]) -> Vec<Reached> {
    let of_method = |rows: &[Row]| {
        let enough = |row: &&Row| {
            let mut trained = row.decoders.iter().filter(|found| found.condition == "as trained");
            trained.any(|found| found.decoder == "layer and search" && found.right >= 0.9)
        };
        let fewest =
            rows.iter().filter(enough).min_by(|a, b| a.boards.cmp(&b.boards).then(a.seconds.total_cmp(&b.seconds)));
        Reached {
            problem: rows[0].problem.clone(),
            method: rows[0].method.clone(),
            boards: fewest.map(|row| row.boards),
            seconds: fewest.map(|row| row.seconds),
        }
    };
    rows.chunk_by(|a, b| (&a.problem, &a.method) == (&b.problem, &b.method)).map(of_method).collect()
}

/// All seeds of a problem, a method and a number of training boards.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// Problem.
    pub problem: String,
    /// Method.
    pub method: String,
    /// Training boards.
    pub boards: usize,
    /// Seeds.
    pub seeds: usize,
    /// Mean processor time of a training, seconds.
    pub seconds: f64,
    /// Mean share of the cells that show a digit and are read right.
    pub read: f64,
    /// Rows by condition and decoder.
    pub decoders: Vec<DecoderRow>,
    /// Boards with one wrong given, of all seeds.
    pub inconsistent: Option<Inconsistent>,
}

/// Figures of one decoder.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DecoderRow {
    /// Difference of the test boards from the training's.
    pub condition: String,
    /// Name of the decoder.
    pub decoder: String,
    /// Mean over the seeds of the share of boards that are right in every cell.
    pub right: f64,
    /// Standard deviation of that between the seeds; 0 for one.
    pub deviation: f64,
    /// Student's interval of 95 % of the mean over the seeds; `None` for one seed.
    pub interval: Option<[f64; 2]>,
    /// Number of seeds.
    pub seeds: usize,
    /// Share of the blank cells that are right.
    pub blanks_right: f64,
    /// Share of the answers that obey the rules.
    pub valid: f64,
    /// Mean processor time of the decoding, milliseconds a board.
    pub milliseconds: f64,
}

/// Sums up finished runs, in the order of the settings.
pub fn summarize(settings: &Settings, runs: &[(Job<'_>, RunResult)]) -> Vec<Row> {
    let mut rows = Vec::new();
    for problem in &settings.problems {
        for method in &settings.methods {
            for size in &problem.sizes {
                let own: Vec<&RunResult> = runs
                    .iter()
                    .filter(|(job, _)| (job.problem, job.method, job.size) == (problem, method, *size))
                    .map(|(_, result)| result)
                    .collect();
                let Some(first) = own.first() else { continue };
                let mean = |value: &dyn Fn(&RunResult) -> f64| {
                    own.iter().map(|run| value(run)).sum::<f64>() / own.len() as f64
                };
                rows.push(Row {
                    problem: problem.name.clone(),
                    method: method.name.clone(),
                    boards: size.boards,
                    seeds: own.len(),
                    seconds: mean(&|run| run.seconds),
                    read: mean(&|run| run.read),
                    decoders: (0..first.figures.len()).map(|index| decoder(&own, index)).collect(),
                    inconsistent: inconsistent(&own),
                });
            }
        }
    }
    rows
}

fn decoder(runs: &[&RunResult], index: usize) -> DecoderRow {
    let all: Vec<&crate::evaluate::run::Row> = runs.iter().filter_map(|run| run.figures.get(index)).collect();
    let sum = |value: fn(&Figures) -> usize| all.iter().map(|row| value(&row.figures)).sum::<usize>();
    let shares: Vec<f64> = all.iter().map(|row| row.figures.share()).collect();
    let estimate = Estimate::of(&shares);
    let boards = sum(|figures| figures.boards);
    DecoderRow {
        condition: all.first().map_or_else(String::new, |row| row.condition.clone()),
        decoder: all.first().map_or_else(String::new, |row| row.decoder.clone()),
        right: estimate.mean,
        deviation: deviation(&shares).unwrap_or(0.0),
        interval: estimate.interval(),
        seeds: estimate.seeds,
        blanks_right: sum(|figures| figures.blanks_right) as f64 / sum(|figures| figures.blanks).max(1) as f64,
        valid: sum(|figures| figures.valid) as f64 / boards.max(1) as f64,
        milliseconds: all.iter().map(|row| row.figures.milliseconds).sum::<f64>() / all.len().max(1) as f64,
    }
}

fn inconsistent(runs: &[&RunResult]) -> Option<Inconsistent> {
    let all: Vec<Inconsistent> = runs.iter().filter_map(|run| run.inconsistent).collect();
    let sum = |value: fn(&Inconsistent) -> usize| all.iter().map(value).sum::<usize>();
    (!all.is_empty()).then(|| Inconsistent {
        boards: sum(|found| found.boards),
        recognised: sum(|found| found.recognised),
        sound: sum(|found| found.sound),
        alarms: sum(|found| found.alarms),
    })
}

/// Which row and decoder keeps which promise: name, problem, method, boards, decoder, least percentage.
const PROMISES: [(&str, &str, &str, usize, &str, f64); 5] = [
    ("9x9, 36 givens, 9,000 boards, learned rules", "9x9-36", "reader", 9000, "learned rules", 98.0),
    ("9x9, 36 givens, 100 boards", "9x9-36", "through-layer", 100, "layer and search", 94.1),
    ("9x9, 36 givens, 1,000 boards, blank cells' labels", "9x9-36", "blank-cells", 1000, "layer and search", 96.5),
    ("9x9, 28 givens, 9,000 boards", "9x9-28", "reader", 9000, "layer and search", 95.0),
    ("4x4, 50 boards", "4x4", "through-layer", 50, "layer and search", 96.0),
];

/// Promises of the runs that are there.
pub fn promises(rows: &[Row]) -> Vec<Promise> {
    let kept = |&(name, problem, method, boards, decoder, least): &(&str, &str, &str, usize, &str, f64)| {
        let row = rows.iter().find(|row| (&*row.problem, &*row.method, row.boards) == (problem, method, boards))?;
        let found = row.decoders.iter().find(|found| found.condition == "as trained" && found.decoder == decoder)?;
        let interval = found.interval.map(|ends| ends.map(|end| 100.0 * end));
        Some(Promise::at_least(name, 100.0 * found.right, "%", least).over(interval, found.seeds))
    };
    // Of readers that read most cells: scores without information take the layer four times as long.
    let readers = ["reader", "through-layer", "blank-cells"];
    let layer = rows.iter().filter(|row| row.problem == "9x9-36" && row.boards >= 100);
    let layer = layer.filter(|row| readers.contains(&row.method.as_str())).flat_map(|row| &row.decoders);
    let layer = layer.filter(|found| found.condition == "as trained" && found.decoder == "layer");
    let slowest = layer.map(|found| found.milliseconds).reduce(f64::max);
    let name = "9x9, the layer, slowest mean a board, readers of 100 boards or more";
    let slowest = slowest.map(|slowest| Promise::at_most(name, slowest, "ms", 0.2));
    PROMISES.iter().filter_map(kept).chain(slowest).collect()
}
