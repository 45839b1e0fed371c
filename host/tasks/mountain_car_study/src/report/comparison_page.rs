//! Page of a comparison: returns by number of steps, spread over seeds, and violations of the limits.

use crate::compare::summary::{Comparison, Row};
use crate::report::curves::{self, Shown};
use convex_edge_core::plant::mountain_car::{CONTINUOUS_GOAL, POSITION_MAX, POSITION_MIN, SPEED_MAX};
use convex_edge_core::safety::{POSITION_LIMIT, SPEED_LIMIT};
use convex_edge_mountain_car::model::safe_set::{Kernel, kernel};
use convex_edge_mountain_car::report::ReportError;
use convex_edge_report::axis::Axis;
use convex_edge_report::page::{Frame, Section, page};
use convex_edge_report::plot::{LEFT, Labels, Panel, RIGHT, WIDTH, legend, picture};
use convex_edge_report::tables;
use convex_edge_report::text::{escape, number, reward};
use convex_edge_runs::store::write_atomically;
use std::path::Path;

/// Renders the page into a file, whole or not at all.
///
/// # Errors
/// [`ReportError`].
pub fn write(comparison: &Comparison, path: &Path) -> Result<(), ReportError> {
    let rows = &comparison.rows;
    let figure = |content: String| format!("<figure>{content}</figure>");
    let sections = [
        Section { heading: "Promises", content: tables::promises(&comparison.promises) },
        Section { heading: "Results", content: results(rows) },
        Section { heading: "Learning", content: figure(curves::figure(rows, Shown::Return)) },
        Section { heading: "Violations in training", content: figure(curves::figure(rows, Shown::Violations)) },
        Section { heading: "Return against violations", content: figure(scatter(rows)) },
        Section {
            heading: "Where the cars go",
            content: figure(portraits(rows, &kernel(&comparison.settings.safe_set)?)),
        },
        Section { heading: "Other plants", content: plants(rows) },
    ];
    let frame = Frame {
        about: "MountainCar, learned",
        headline: headline(rows),
        promises: &comparison.promises,
        footer: "Made by <code>cargo edge compare mountain-car</code>.".to_owned(),
    };
    Ok(write_atomically(path, page(&frame, &sections).as_bytes())?)
}

fn headline(rows: &[Row]) -> String {
    let best = rows.iter().max_by(|one, other| one.last.mean.total_cmp(&other.last.mean));
    best.map_or_else(String::new, |best| {
        format!(
            "{} has the best last iterate: {} on average, {} of {} seeds solve every episode",
            best.variant,
            reward(best.last.mean),
            best.solve,
            best.seeds
        )
    })
}

fn results(rows: &[Row]) -> String {
    let row = |row: &Row| {
        let interval = format!("{} to {}", reward(row.last.low), reward(row.last.high));
        let training: u64 = row.violations_in_training.iter().sum();
        let cells = [
            format!("{} of {}", row.solve, row.seeds),
            reward(row.last.mean),
            interval,
            reward(row.last.interquartile_mean),
            reward(row.last.worst),
            reward(row.best.mean),
            number(training as f64),
            number(row.violations_after as f64),
            number(row.parameters as f64),
        ];
        line(&row.variant, &cells)
    };
    let head = [
        "policy",
        "solve",
        "last iterate",
        "95 %",
        "inter-quartile",
        "worst seed",
        "best checkpoint",
        "violations in training",
        "after it",
        "weights",
    ];
    tables::table("results", "Results", &head, &rows.iter().map(row).collect::<String>())
}

fn plants(rows: &[Row]) -> String {
    let names: Vec<&str> = rows.first().map_or(Vec::new(), |row| row.plants.iter().map(|p| p.plant.as_str()).collect());
    let head: Vec<&str> = std::iter::once("policy").chain(names).collect();
    let row = |row: &Row| {
        let cell = |plant: &crate::compare::summary::PlantRow| {
            format!("{} ({} %)", reward(plant.mean_return), number((100.0 * plant.solved).round()))
        };
        line(&row.variant, &row.plants.iter().map(cell).collect::<Vec<_>>())
    };
    tables::table("results", "Other plants", &head, &rows.iter().map(row).collect::<String>())
        + "<p class=\"note\">Mean return of the last policies of all seeds, and the share of episodes that reached the \
           goal.</p>"
}

fn line(name: &str, cells: &[String]) -> String {
    let cells: String = cells.iter().map(|cell| format!("<td class=\"number\">{}</td>", escape(cell))).collect();
    format!("<tr><th scope=\"row\">{}</th>{cells}</tr>", escape(name))
}

/// A dot for each run: violations in training, on a logarithmic scale, against the last policy's return.
fn scatter(rows: &[Row]) -> String {
    let height = 330.0;
    let logarithm = |violations: u64| (violations as f64 + 1.0).log10();
    let points = |row: &Row| -> Vec<[f64; 2]> {
        let last = row.curves.iter().map(|curve| curve.last().map_or(0.0, |point| point.1));
        row.violations_in_training
            .iter()
            .map(|&violations| logarithm(violations))
            .zip(last)
            .map(<[f64; 2]>::from)
            .collect()
    };
    let all: Vec<[f64; 2]> = rows.iter().flat_map(points).collect();
    let panel = Panel {
        left: LEFT,
        top: 30.0,
        width: WIDTH - LEFT - RIGHT,
        height: height - 85.0,
        x: Axis::new(-0.2, all.iter().map(|point| point[0]).fold(1.0, f64::max) + 0.3),
        y: Axis::around(all.iter().map(|point| point[1]), 0.08),
    };
    let mut content = String::new();
    for row in rows {
        let points = points(row);
        content += &points.iter().map(|&point| panel.dot("fill chosen", point, 3.5)).collect::<String>();
        let best = points.iter().copied().max_by(|one, other| one[1].total_cmp(&other[1]));
        if let Some(point) = best.filter(|point| point[0] > 0.0) {
            content += &panel.words("hint", point, [7.0, 4.0], &row.variant);
        }
    }
    let labels =
        Labels { title: "return of the last policy", below: Some("logarithm of 1 + violations in training"), left: 6 };
    let description = "Each dot is a run. Policies with the limits inside the loop stand at the left edge.";
    let drawn = picture(description, height, &panel.draw(&labels, &content));
    format!("{drawn}<figcaption>{description}</figcaption>")
}

/// Phase portraits of one episode of each variant's first seed over the viability kernel.
fn portraits(rows: &[Row], kernel: &Kernel) -> String {
    const COLUMNS: usize = 2;
    let (height, gap, space) = (190.0, 46.0, 22.0);
    let rows: Vec<&Row> = rows.iter().filter(|row| !row.path.is_empty()).collect();
    let width = (WIDTH - LEFT - RIGHT - space * (COLUMNS - 1) as f64) / COLUMNS as f64;
    let speed = f64::from(SPEED_LIMIT);
    let side = |velocities: &ndarray::Array1<f64>| -> Vec<[f64; 2]> {
        kernel.position.iter().zip(velocities).map(|(&position, &velocity)| [position, velocity]).collect()
    };
    let (low, high) = (side(&kernel.low), side(&kernel.high));
    let mut panels = String::new();
    for (index, row) in rows.iter().enumerate() {
        let (line, column) = (index / COLUMNS, index % COLUMNS);
        let panel = Panel {
            left: LEFT + column as f64 * (width + space),
            top: 30.0 + line as f64 * (height + gap),
            width,
            height,
            x: Axis::new(POSITION_MIN, POSITION_MAX),
            y: Axis::new(-SPEED_MAX, SPEED_MAX),
        };
        let content = panel.area("kernel", &low, &high)
            + &panel.level("limit", speed)
            + &panel.level("limit", -speed)
            + &panel.upright("limit", POSITION_LIMIT.into())
            + &panel.upright("goal", CONTINUOUS_GOAL)
            + &panel.line("best", &row.path.iter().map(|state| state.map(f64::from)).collect::<Vec<_>>());
        let lowest = index + COLUMNS >= rows.len();
        let labels =
            Labels { title: &row.variant, below: lowest.then_some("position"), left: if column == 0 { 5 } else { 0 } };
        panels += &panel.draw(&labels, &content);
    }
    let lines = rows.len().div_ceil(COLUMNS) as f64;
    let description = "Velocity over position in one episode of each variant's first seed, over the safe set.";
    let keys = legend(&[("kernel", "safe set"), ("limit", "limit"), ("best", "the episode")]);
    let drawn = picture(description, 30.0 + lines * (height + gap) + 10.0, &panels);
    format!("{keys}{drawn}<figcaption>{description}</figcaption>")
}
