//! Page of a comparison on sudoku: share of solved boards, by number of training boards and by training time.

use crate::compare::{Comparison, DecoderRow, Reached, Row};
use convex_edge_report::axis::Axis;
use convex_edge_report::page::{Frame, Section, page};
use convex_edge_report::plot::{LEFT, Labels, Panel, RIGHT, WIDTH, legend, picture};
use convex_edge_report::tables;
use convex_edge_report::text::{escape, number};
use convex_edge_runs::store::{StoreError, write_atomically};
use std::path::Path;

const HEIGHT: f64 = 150.0;
const GAP: f64 = 56.0;
const SPACE: f64 = 22.0;
const COLUMNS: usize = 3;

/// Decoders that have a line, with its class.
const LINES: [(&str, &str); 4] = [
    ("edge", "likeliest digits"),
    ("limit", "read, then solve"),
    ("mean", "most likely grid"),
    ("best", "layer and search"),
];

/// Quantity along the horizontal axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Along {
    Boards,
    Seconds,
}

/// Renders the page into a file, whole or not at all.
///
/// # Errors
/// [`StoreError`].
pub fn write(comparison: &Comparison, path: &Path) -> Result<(), StoreError> {
    let rows = &comparison.rows;
    let mut sections = vec![Section { heading: "Promises", content: tables::promises(&comparison.promises) }];
    for problem in &comparison.settings.problems {
        let own: Vec<&Row> = rows.iter().filter(|row| row.problem == problem.name).collect();
        let differ = |value: fn(&Row) -> f64| own.iter().any(|row| value(row) != value(own[0]));
        let mut content = format!("<h3>{}</h3>{}", escape(&problem.name), results(&own));
        let lasting =
            problem.sizes.iter().any(|size| size.boards == problem.sizes[0].boards && *size != problem.sizes[0]);
        if lasting {
            content += &figure(&own, Along::Seconds);
        } else if differ(|row| row.boards as f64) {
            content += &figure(&own, Along::Boards);
        }
        sections.push(Section { heading: "Boards right in every cell", content });
    }
    sections.push(Section { heading: "Nine in ten boards right", content: reached(comparison) });
    sections.push(Section { heading: "Boards unlike those of the training", content: changed(rows) });
    let frame = Frame {
        about: "sudoku from its image",
        headline: headline(rows),
        promises: &comparison.promises,
        footer: "Made by <code>cargo edge compare sudoku</code>.".to_owned(),
    };
    write_atomically(path, page(&frame, &sections).as_bytes())
}

fn headline(rows: &[Row]) -> String {
    let best = rows.iter().filter_map(|row| Some((row, main(row)?)));
    let best = best.max_by(|one, other| one.1.right.total_cmp(&other.1.right));
    best.map_or_else(String::new, |(row, found)| {
        let right = number((1e4 * found.right).round() / 100.0);
        format!(
            "{right} % of the boards of {} by {}, from {} boards",
            row.problem,
            row.method,
            number(row.boards as f64)
        )
    })
}

/// What the layer and its search make of boards as trained on.
fn main(row: &Row) -> Option<&DecoderRow> {
    of(row, "layer and search")
}

fn of<'a>(row: &'a Row, decoder: &str) -> Option<&'a DecoderRow> {
    row.decoders.iter().find(|found| found.condition == "as trained" && found.decoder == decoder)
}

/// A percentage with two decimals.
fn percent(share: f64) -> String {
    format!("{:.2}", 100.0 * share)
}

fn results(rows: &[&Row]) -> String {
    let head = [
        "method",
        "boards",
        "seeds",
        "seconds",
        "cells read",
        "blank cells right",
        "likeliest digits",
        "read, then solve",
        "most likely grid",
        "layer",
        "layer and search",
        "95 %",
        "rules learned",
    ];
    let cell = |found: Option<&DecoderRow>| found.map_or_else(String::new, |found| percent(found.right));
    let line = |row: &&Row| {
        let searched = main(row);
        let cells = [
            number(row.boards as f64),
            number(row.seeds as f64),
            format!("{:.1}", row.seconds),
            percent(row.read),
            of(row, "likeliest digits").map_or_else(String::new, |found| percent(found.blanks_right)),
            cell(of(row, "likeliest digits")),
            cell(of(row, "read, then solve")),
            cell(of(row, "most likely grid")),
            cell(of(row, "layer")),
            cell(searched),
            searched
                .and_then(|found| found.interval)
                .map_or_else(String::new, |[low, high]| format!("{} to {}", percent(low), percent(high))),
            cell(of(row, "learned rules")),
        ];
        let cells: String = cells.iter().map(|cell| format!("<td class=\"number\">{cell}</td>")).collect();
        format!("<tr><th scope=\"row\">{}</th>{cells}</tr>", escape(&row.method))
    };
    let body: String = rows.iter().map(line).collect();
    format!("<div class=\"wide\">{}</div>", tables::table("results", "Boards right, percent", &head, &body))
}

/// A panel for each method with a line for each decoder; the band is Wilson's interval of the layer with its search.
fn figure(rows: &[&Row], along: Along) -> String {
    let mut methods: Vec<&str> = rows.iter().map(|row| row.method.as_str()).collect();
    methods.dedup();
    let place = |row: &Row| match along {
        Along::Boards => (row.boards as f64).log10(),
        Along::Seconds => row.seconds.log10(),
    };
    let x = Axis::around(rows.iter().map(|row| place(row)), 0.05);
    let y = Axis::new(0.0, 100.0);
    let width = (WIDTH - LEFT - RIGHT - SPACE * (COLUMNS - 1) as f64) / COLUMNS as f64;
    let mut panels = String::new();
    for (index, method) in methods.iter().enumerate() {
        let (line, column) = (index / COLUMNS, index % COLUMNS);
        let (left, top) = (LEFT + column as f64 * (width + SPACE), 30.0 + line as f64 * (HEIGHT + GAP));
        let panel = Panel { left, top, width, height: HEIGHT, x, y };
        let below = match along {
            Along::Boards => "boards, as a power of ten",
            Along::Seconds => "seconds, as a power of ten",
        };
        let labels = Labels { title: method, below: Some(below), left: if column == 0 { 5 } else { 0 } };
        panels += &panel.draw(&labels, &lines(&panel, rows, method, place));
    }
    let height = 30.0 + methods.len().div_ceil(COLUMNS) as f64 * (HEIGHT + GAP);
    let description = match along {
        Along::Boards => "Percent of the test boards right in every cell after learning from so many boards.",
        Along::Seconds => "Percent of the test boards right in every cell after so many processor seconds of training.",
    };
    let drawn = picture(description, height, &panels);
    format!("<figure>{}{drawn}<figcaption>{description}</figcaption></figure>", legend(&LINES))
}

fn lines(panel: &Panel, rows: &[&Row], method: &str, place: impl Fn(&Row) -> f64) -> String {
    let own: Vec<&&Row> = rows.iter().filter(|row| row.method == method).collect();
    let side = |end: usize| -> Vec<[f64; 2]> {
        own.iter().filter_map(|row| Some([place(row), 100.0 * main(row)?.interval?[end]])).collect()
    };
    let mut drawn = panel.area("kernel", &side(0), &side(1));
    for (class, decoder) in LINES {
        let points: Vec<[f64; 2]> =
            own.iter().filter_map(|row| Some([place(row), 100.0 * of(row, decoder)?.right])).collect();
        drawn += &panel.line(class, &points);
    }
    drawn
}

/// Table of boards and times after which most boards are right.
fn reached(comparison: &Comparison) -> String {
    let line = |found: &Reached| {
        let boards = found.boards.map_or_else(|| "none tried".to_owned(), |boards| number(boards as f64));
        let seconds = found.seconds.map_or_else(String::new, |seconds| format!("{seconds:.1}"));
        format!(
            "<tr><th scope=\"row\">{}, {}</th><td class=\"number\">{boards}</td><td class=\"number\">{seconds}</td></tr>",
            escape(&found.problem),
            escape(&found.method)
        )
    };
    let body: String = comparison.reached.iter().map(line).collect();
    tables::table("reached", "Nine in ten boards right", &["with layer and search", "boards", "seconds"], &body)
}

/// The largest number of boards of each method, with other boards than trained on, and with a wrong given.
fn changed(rows: &[Row]) -> String {
    let mut body = String::new();
    for (index, row) in rows.iter().enumerate() {
        let is_last =
            rows.get(index + 1).is_none_or(|next| (&next.problem, &next.method) != (&row.problem, &row.method));
        if !is_last {
            continue;
        }
        for found in row.decoders.iter().filter(|found| found.condition != "as trained") {
            body += &format!(
                "<tr><th scope=\"row\">{}, {}</th><td class=\"number\">{}</td><td>{}</td><td>{}</td>\
                 <td class=\"number\">{}</td></tr>",
                escape(&row.problem),
                escape(&row.method),
                number(row.boards as f64),
                escape(&found.condition),
                escape(&found.decoder),
                percent(found.right)
            );
        }
        if let Some(found) = &row.inconsistent {
            let share = |of: usize, all: usize| percent(of as f64 / all.max(1) as f64);
            body += &format!(
                "<tr><th scope=\"row\">{}, {}</th><td class=\"number\">{}</td><td>a wrong given</td>\
                 <td>recognised; of sound boards suspected</td><td class=\"number\">{}; {}</td></tr>",
                escape(&row.problem),
                escape(&row.method),
                number(row.boards as f64),
                share(found.recognised, found.boards),
                share(found.alarms, found.sound)
            );
        }
    }
    tables::table(
        "changed",
        "Boards unlike those of the training",
        &["", "boards", "what differs", "decoder", "%"],
        &body,
    )
}
