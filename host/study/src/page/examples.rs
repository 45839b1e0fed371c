//! Boards and maps to look at.

use convex_edge_report::plot::picture;
use convex_edge_report::text::{coordinate, escape};
use convex_edge_sweep::finished::Example;
use maud::{Markup, PreEscaped, html};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Pictures in a row, and the space between them, in the units of a figure.
const ACROSS: usize = 3;
const GAP: f64 = 24.0;

/// All examples.
pub(super) fn all(examples: &[Example]) -> Markup {
    let of = |task: &str| examples.iter().filter(|example| example.run.task == task).collect::<Vec<_>>();
    let (boards, maps) = (of("sudoku"), of("maps"));
    html! {
        @if boards.is_empty() && maps.is_empty() { p.empty { "Not run yet." } }
        @for example in boards { (board(&example.texts)) }
        @if !maps.is_empty() { (self::maps(&maps)) }
    }
}

/// What was read, what a solver makes of it, and the layer's answer.
fn board(texts: &BTreeMap<String, String>) -> Markup {
    let of = |name: &str| texts.get(name).map(String::as_str).unwrap_or_default();
    let (givens, truth) = (of("givens"), of("solution"));
    let wrong = givens.chars().zip(of("read").chars()).filter(|(given, read)| *given != '0' && given != read).count();
    let right = |name: &str| {
        if of(name) == truth {
            "right"
        } else if of(name).is_empty() {
            "no answer"
        } else {
            "wrong"
        }
    };
    let entries = [
        ("what was read", of("read").to_owned()),
        ("a solver behind it", if of("solver").is_empty() { of("read").to_owned() } else { of("solver").to_owned() }),
        ("the layer", of("layer").to_owned()),
    ];
    let size = (720.0 - GAP * (ACROSS - 1) as f64) / ACROSS as f64;
    let mut drawn = String::new();
    for (place, (title, digits)) in entries.iter().enumerate() {
        drawn += &grid((size + GAP) * place as f64, size, title, digits, givens, truth);
    }
    let description = format!(
        "A board that the reader reads with {wrong} wrong givens. A solver that gets the likeliest digits: {}. The layer: {}.",
        right("solver"),
        right("layer")
    );
    html! {
        figure {
            (PreEscaped(picture(&description, size + 30.0, &drawn)))
            figcaption { (description) " Bold: given. Struck out: wrong." }
        }
    }
}

fn grid(left: f64, size: f64, title: &str, digits: &str, givens: &str, truth: &str) -> String {
    let (top, cell) = (24.0, size / 9.0);
    let mut svg = format!("<text class=\"name\" x=\"{}\" y=\"15\">{}</text>", coordinate(left), escape(title));
    for line in 0..=9 {
        let at = cell * f64::from(line);
        let class = if line % 3 == 0 { "frame" } else { "grid" };
        let [x, y, right, bottom] = [left + at, top + at, left + size, top + size].map(coordinate);
        let [from_x, from_y] = [left, top].map(coordinate);
        // Writing to a string cannot fail.
        let _ = write!(svg, "<line class=\"{class}\" x1=\"{x}\" y1=\"{from_y}\" x2=\"{x}\" y2=\"{bottom}\"/>");
        let _ = write!(svg, "<line class=\"{class}\" x1=\"{from_x}\" y1=\"{y}\" x2=\"{right}\" y2=\"{y}\"/>");
    }
    for (place, ((digit, given), right)) in digits.chars().zip(givens.chars()).zip(truth.chars()).enumerate() {
        if digit == '0' {
            continue;
        }
        let [x, y] =
            [left + cell * ((place % 9) as f64 + 0.5), top + cell * ((place / 9) as f64 + 0.72)].map(coordinate);
        let class = match (given != '0', digit == right) {
            (true, true) => "digit given",
            (false, true) => "digit",
            (_, false) => "digit wrong",
        };
        let _ = write!(svg, "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{digit}</text>");
    }
    svg
}

/// A row for each condition: drawn without the layer, repaired, drawn with the layer.
fn maps(examples: &[&Example]) -> Markup {
    let gradient = |example: &Example| {
        example.run.settings.get("gradient").and_then(|value| value.as_str()).unwrap_or("").to_owned()
    };
    let mut figures = Vec::new();
    for example in examples {
        for place in 0..4 {
            let columns: Vec<(&str, &String)> = [
                ("drawn without the layer", "without/drawn"),
                ("its repair by scores", "without/decoded"),
                ("its repair by fewest changes", "fewest changes/decoded"),
                ("drawn with the layer", "with/drawn"),
            ]
            .into_iter()
            .filter_map(|(title, name)| Some((title, example.texts.get(&format!("{place}/{name}"))?)))
            .collect();
            if columns.is_empty() {
                break;
            }
            let size = (720.0 - GAP) / 2.0;
            let (mut drawn, mut height) = (String::new(), 0.0_f64);
            for (index, (title, text)) in columns.iter().enumerate() {
                let (left, row) = ((size + GAP) * (index % 2) as f64, (index / 2) as f64);
                let (svg, tall) = map(left, row * (size * 14.0 / 18.0 + 44.0), size, title, text);
                drawn += &svg;
                height = height.max(tall);
            }
            let description =
                format!("Ms. Pac-Man, condition {}, network with gradient {}.", place + 1, gradient(example));
            figures.push(html! {
                figure {
                    (PreEscaped(picture(&description, height, &drawn)))
                    figcaption { (description) " Asked for: a tenth of the tiles of a held-out map and its number of pellets." }
                }
            });
        }
    }
    html! { @for figure in figures { (figure) } }
}

/// The picture, and where it ends.
fn map(left: f64, top: f64, size: f64, title: &str, text: &str) -> (String, f64) {
    let rows: Vec<&str> = text.lines().collect();
    let columns = rows.iter().map(|row| row.chars().count()).max().unwrap_or(1).max(1);
    let cell = size / columns as f64;
    let top = top + 24.0;
    let mut svg = format!(
        "<text class=\"name\" x=\"{}\" y=\"{}\">{}</text>",
        coordinate(left),
        coordinate(top - 8.0),
        escape(title)
    );
    for (y, row) in rows.iter().enumerate() {
        for (x, tile) in row.chars().enumerate() {
            let [x, y] = [left + cell * x as f64, top + cell * y as f64];
            let [across, down, width] = [x, y, cell + 0.3].map(coordinate);
            let [middle, center] = [x + 0.5 * cell, y + 0.5 * cell].map(coordinate);
            let _ = match tile {
                '#' => write!(
                    svg,
                    "<rect class=\"wall\" x=\"{across}\" y=\"{down}\" width=\"{width}\" height=\"{width}\"/>"
                ),
                '.' => write!(
                    svg,
                    "<circle class=\"pellet\" cx=\"{middle}\" cy=\"{center}\" r=\"{}\"/>",
                    coordinate(0.16 * cell)
                ),
                'O' => write!(
                    svg,
                    "<circle class=\"pellet\" cx=\"{middle}\" cy=\"{center}\" r=\"{}\"/>",
                    coordinate(0.36 * cell)
                ),
                _ => Ok(()),
            };
        }
    }
    let height = cell * rows.len() as f64;
    let [x, y, width, tall] = [left, top, size, height].map(coordinate);
    let _ = write!(svg, "<rect class=\"frame\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{tall}\"/>");
    (svg, top + height + 12.0)
}
