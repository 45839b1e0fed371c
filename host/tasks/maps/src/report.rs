//! Page of a comparison on maps: gain of the layer over repair after the fact.

use crate::compare::real::Real;
use crate::compare::summary::{Comparison, DenoisingRow, Row};
use convex_edge_report::axis::Axis;
use convex_edge_report::page::{Frame, Section, page};
use convex_edge_report::plot::{LEFT, Labels, Panel, RIGHT, WIDTH, legend, picture};
use convex_edge_report::tables;
use convex_edge_report::text::{escape, number};
use convex_edge_runs::batch_schedule::Budget;
use convex_edge_runs::store::{StoreError, write_atomically};
use convex_edge_statistics::Estimate;
use std::path::Path;

const HEIGHT: f64 = 170.0;
const GAP: f64 = 56.0;
const SPACE: f64 = 22.0;
const COLUMNS: usize = 3;

/// Methods that have a line, with its class.
const LINES: [(&str, &str); 4] =
    [("best", "layer"), ("limit", "plain"), ("edge", "cells"), ("mean", "projected predictions")];

/// Renders the page into a file, whole or not at all.
///
/// # Errors
/// [`StoreError`].
pub fn write(comparison: &Comparison, path: &Path) -> Result<(), StoreError> {
    let sections = [
        Section { heading: "Promises", content: tables::promises(&comparison.promises) },
        Section { heading: "Divergence of decoded maps from real ones", content: figure(comparison) },
        Section { heading: "Results", content: results(&comparison.rows) },
        Section { heading: "Real maps in their place", content: real(&comparison.real) },
        Section { heading: "Predictions of held-out maps", content: predictions(&comparison.denoising) },
    ];
    let valid: usize = comparison.validity.iter().map(|found| found.valid).sum();
    let all: usize = comparison.validity.iter().map(|found| found.samples).sum();
    let frame = Frame {
        about: "game maps that satisfy their conditions",
        headline: format!(
            "{} of {} decoded maps satisfy all their conditions",
            number(valid as f64),
            number(all as f64)
        ),
        promises: &comparison.promises,
        footer: "Made by <code>cargo edge compare maps</code>; contact sheets lie beside each run.".to_owned(),
    };
    write_atomically(path, page(&frame, &sections).as_bytes())
}

/// A panel for each game: divergence of 2 x 2 patterns after so many seconds of training, first suite.
fn figure(comparison: &Comparison) -> String {
    let collections = &comparison.settings.comparison.collections;
    let is_first = |row: &&Row| {
        let own = collections.iter().find(|compared| compared.name == row.collection);
        let first = own.map_or(comparison.settings.comparison.corpus.suites.first(), |own| own.protocol.suites.first());
        first.is_some_and(|suite| suite.name == row.suite) && matches!(row.budget, Budget::CpuSeconds(_))
    };
    let rows: Vec<&Row> = comparison.rows.iter().filter(is_first).collect();
    let mut games: Vec<&str> = Vec::new();
    for row in &rows {
        if !games.contains(&row.collection.as_str()) {
            games.push(&row.collection);
        }
    }
    let x = Axis::around(rows.iter().map(|row| row.seconds), 0.08);
    let width = (WIDTH - LEFT - RIGHT - SPACE * (COLUMNS - 1) as f64) / COLUMNS as f64;
    let y = Axis::around(rows.iter().map(|row| row.patterns_2x2[1].mean).chain([0.0]), 0.08);
    let mut panels = String::new();
    for (place, game) in games.iter().enumerate() {
        let left = LEFT + (place % COLUMNS) as f64 * (width + SPACE);
        let top = 30.0 + (place / COLUMNS) as f64 * (HEIGHT + GAP);
        let panel = Panel { left, top, width, height: HEIGHT, x, y };
        let mut drawn = String::new();
        for (class, method) in LINES {
            let own = rows.iter().filter(|row| row.collection == *game && row.method == method);
            let mut own: Vec<&&Row> = own.collect();
            own.sort_by(|a, b| a.seconds.total_cmp(&b.seconds));
            let points: Vec<[f64; 2]> = own.iter().map(|row| [row.seconds, row.patterns_2x2[1].mean]).collect();
            drawn += &panel.line(class, &points);
            drawn += &points.iter().map(|&point| panel.dot(class, point, 3.0)).collect::<String>();
        }
        let labels =
            Labels { title: game, below: Some("seconds of training"), left: if place % COLUMNS == 0 { 5 } else { 0 } };
        panels += &panel.draw(&labels, &drawn);
    }
    let description = "Divergence of 2 x 2 patterns of decoded maps from held-out ones; lower is better.";
    let height = 30.0 + games.len().div_ceil(COLUMNS) as f64 * (HEIGHT + GAP);
    let drawn = picture(description, height, &panels);
    format!("<figure>{}{drawn}<figcaption>{description}</figcaption></figure>", legend(&LINES))
}

fn predictions(rows: &[DenoisingRow]) -> String {
    let head = ["maps, last step", "budget", "seeds", "squared error", "projected onto all conditions", "nearer, %"];
    let with = |found: &Estimate| format!("{found:.4}");
    let line = |row: &DenoisingRow| {
        let budget = match row.training.budget {
            Budget::CpuSeconds(seconds) => format!("{} s", number(seconds)),
            Budget::Steps(steps) => format!("{} steps", number(steps as f64)),
        };
        let cells = [
            budget,
            number(row.seeds as f64),
            with(&row.predicted),
            with(&row.projected),
            format!("{:.1}", 100.0 * row.improved.mean),
        ];
        let cells: String = cells.iter().map(|cell| format!("<td class=\"number\">{}</td>", escape(cell))).collect();
        let name = format!("{}, {:?}", row.collection, row.training.last_step).to_lowercase();
        format!("<tr><th scope=\"row\">{}</th>{cells}</tr>", escape(&name))
    };
    tables::table("predictions", "Predictions of held-out maps", &head, &rows.iter().map(line).collect::<String>())
}

fn real(rows: &[Real]) -> String {
    let head = ["real maps", "2 x 2", "3 x 3", "1-NN, %", "nearest", "diversity", "rules, %"];
    let with = |found: &Estimate| format!("{found:.3}");
    let line = |row: &Real| {
        let rules = row.rules.iter().map(|(rule, share)| format!("{rule:?} {:.1}", 100.0 * share.mean));
        let cells = [
            with(&row.patterns_2x2),
            with(&row.patterns_3x3),
            format!("{:.1}", 100.0 * row.two_sample.mean),
            format!("{:.1}", row.nearest.mean),
            format!("{:.3}", row.diversity.mean),
            rules.collect::<Vec<_>>().join(", "),
        ];
        let cells: String = cells.iter().map(|cell| format!("<td class=\"number\">{}</td>", escape(cell))).collect();
        let name = format!("{}, {}", row.collection, if row.is_held_out { "held-out maps" } else { "training maps" });
        format!("<tr><th scope=\"row\">{}</th>{cells}</tr>", escape(&name))
    };
    tables::table("real", "Real maps in their place", &head, &rows.iter().map(line).collect::<String>())
}

fn results(rows: &[Row]) -> String {
    let head = [
        "game, suite, method",
        "seconds",
        "seeds",
        "valid before decoding, %",
        "tiles changed",
        "2 x 2 before",
        "2 x 2",
        "3 x 3",
        "1-NN, %",
        "new, %",
        "nearest",
        "diversity",
        "untold rules, %",
        "ms",
    ];
    let with = |found: &Estimate| format!("{found:.3}");
    let line = |row: &Row| {
        let rules = row.rules.iter().map(|(rule, share)| format!("{rule:?} {:.1}", 100.0 * share.mean));
        let cells = [
            number(row.seconds),
            number(row.seeds as f64),
            format!("{:.1}", 100.0 * row.likeliest_valid.mean),
            format!("{:.2}", row.edits.mean),
            with(&row.patterns_2x2[0]),
            with(&row.patterns_2x2[1]),
            with(&row.patterns_3x3[1]),
            format!("{:.1}", 100.0 * row.two_sample.mean),
            format!("{:.1}", 100.0 * row.novel.mean),
            format!("{:.1}", row.nearest.mean),
            format!("{:.3}", row.diversity.mean),
            rules.collect::<Vec<_>>().join(", "),
            format!("{:.1}", row.milliseconds),
        ];
        let cells: String = cells.iter().map(|cell| format!("<td class=\"number\">{}</td>", escape(cell))).collect();
        let name = format!("{}, {}, {}", row.collection, row.suite, row.method);
        format!("<tr><th scope=\"row\">{}</th>{cells}</tr>", escape(&name))
    };
    tables::table("results", "Results", &head, &rows.iter().map(line).collect::<String>())
}
