//! Learning curves of each variant, seed by seed: panels side by side with the same axes.

use crate::compare::summary::Row;
use convex_edge_report::axis::Axis;
use convex_edge_report::plot::{LEFT, Labels, Panel, RIGHT, WIDTH, legend, picture};
use convex_edge_statistics::BootstrapInterval;

const HEIGHT: f64 = 150.0;
const GAP: f64 = 46.0;
const SPACE: f64 = 22.0;
const COLUMNS: usize = 3;

/// Quantity of a curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// Mean return of the look.
    Return,
    /// Steps of training so far that exceeded a limit.
    Violations,
}

/// A panel for each variant: its seeds, their mean, and the bootstrap interval of the mean.
pub(super) fn figure(rows: &[Row], shown: Shown) -> String {
    let value = |point: &(usize, f64, u64)| match shown {
        Shown::Return => point.1,
        Shown::Violations => point.2 as f64,
    };
    let rows: Vec<&Row> = rows.iter().filter(|row| row.curves.iter().any(|curve| curve.len() > 1)).collect();
    let all = || rows.iter().flat_map(|row| &row.curves).flatten();
    let y = Axis::around(all().map(value), 0.05);
    let width = (WIDTH - LEFT - RIGHT - SPACE * (COLUMNS - 1) as f64) / COLUMNS as f64;
    let mut panels = String::new();
    for (index, row) in rows.iter().enumerate() {
        let (line, column) = (index / COLUMNS, index % COLUMNS);
        let x = Axis::around(row.curves.iter().flatten().map(|point| point.0 as f64), 0.0);
        let left = LEFT + column as f64 * (width + SPACE);
        let top = 30.0 + line as f64 * (HEIGHT + GAP);
        let panel = Panel { left, top, width, height: HEIGHT, x, y };
        let lowest = index + COLUMNS >= rows.len();
        let labels =
            Labels { title: &row.variant, below: lowest.then_some("steps"), left: if column == 0 { 5 } else { 0 } };
        panels += &panel.draw(&labels, &content(&panel, row, value));
    }
    let lines = rows.len().div_ceil(COLUMNS) as f64;
    let (keys, description) = match shown {
        Shown::Return => (
            [("mean", "a seed"), ("best", "mean over seeds"), ("kernel", "its 95 % interval")],
            "Mean return of the policy at each look in training, without noise.",
        ),
        Shown::Violations => (
            [("mean", "a seed"), ("best", "mean over seeds"), ("kernel", "its 95 % interval")],
            "Steps of training so far that exceeded a limit on speed, position or action.",
        ),
    };
    let drawn = picture(description, 30.0 + lines * (HEIGHT + GAP) + 10.0, &panels);
    format!("{}{drawn}<figcaption>{description}</figcaption>", legend(&keys))
}

fn content(panel: &Panel, row: &Row, value: impl Fn(&(usize, f64, u64)) -> f64) -> String {
    let looks = row.curves.iter().map(Vec::len).min().unwrap_or(0);
    let steps = |look: usize| row.curves.first().and_then(|curve| curve.get(look)).map_or(0.0, |point| point.0 as f64);
    let intervals: Vec<(f64, BootstrapInterval)> = (0..looks)
        .map(|look| {
            let values: Vec<f64> = row.curves.iter().filter_map(|curve| curve.get(look)).map(&value).collect();
            (steps(look), BootstrapInterval::of(&values))
        })
        .collect();
    let side = |of: fn(&BootstrapInterval) -> f64| -> Vec<[f64; 2]> {
        intervals.iter().map(|(steps, interval)| [*steps, of(interval)]).collect()
    };
    let mut drawn = panel.area("kernel", &side(|interval| interval.low), &side(|interval| interval.high));
    for curve in &row.curves {
        let points: Vec<[f64; 2]> = curve.iter().map(|point| [point.0 as f64, value(point)]).collect();
        drawn += &panel.line("mean", &points);
    }
    drawn + &panel.line("best", &side(|interval| interval.mean))
}
