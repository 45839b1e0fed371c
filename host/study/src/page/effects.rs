//! Pictures of paired differences: a dot with its interval for each, and the margin as a band.

use super::answer::table_of;
use super::{name, words};
use crate::blocks::Difference;
use crate::contrasts::Contrast;
use crate::summary::{Summary, TASKS};
use convex_edge_report::axis::Axis;
use convex_edge_report::plot::{Labels, Panel, WIDTH, picture, words as svg_words};
use convex_edge_statistics::Verdict;
use maud::{Markup, PreEscaped, html};

/// Height of a line, and space left of the panel for its words.
const LINE: f64 = 22.0;
const LEFT: f64 = 330.0;

/// Layer at inference, for the simplest gradient of each block, against ways without it.
pub(super) fn inference(summary: &Summary) -> Markup {
    let pairs = [
        ("sudoku", "layer and search", "read, then solve"),
        ("sudoku", "layer and search", "sure digits, then solve"),
        ("sudoku", "layer and search", "most likely grid"),
        ("maps", "every prediction projected", "without the layer"),
        ("mountain-car", "program", "network alone"),
        ("mountain-car", "program", "safety filter"),
    ];
    let of = |contrast: &&Contrast| {
        let first = table_of(summary, contrast).and_then(|table| table.rows.iter().find(|row| row.dash.is_none()));
        contrast.policy == "last"
            && contrast.first[0] == contrast.second[0]
            && first.is_some_and(|row| row.gradient == contrast.first[0])
            && pairs.contains(&(contrast.task.as_str(), contrast.first[1].as_str(), contrast.second[1].as_str()))
    };
    let words = |contrast: &Contrast| format!("{}: against {}", shorter(&contrast.block), contrast.second[1]);
    figures(summary, &of, &words, "The layer at inference against the same weights without it.")
}

/// Gradients against the first one of their block, with the layer at inference.
pub(super) fn training(summary: &Summary) -> Markup {
    let of = |contrast: &&Contrast| {
        let Some(table) = table_of(summary, contrast) else { return false };
        let first = table.rows.iter().find(|row| row.dash.is_none()).map(|row| row.gradient.as_str());
        let last_layer = table.ways.iter().rfind(|way| way.has_layer).map(|way| way.name.as_str());
        // Maps have ways of plain networks after the common one.
        let way = if contrast.task == "maps" { Some("every prediction projected") } else { last_layer };
        contrast.policy == "last"
            && contrast.first[0] != contrast.second[0]
            && Some(contrast.second[0].as_str()) == first
            && Some(contrast.first[1].as_str()) == way
    };
    let words = |contrast: &Contrast| {
        format!("{}: {} against {}", shorter(&contrast.block), contrast.first[0], contrast.second[0])
    };
    figures(summary, &of, &words, "How the layer takes part in training, with the layer at inference.")
}

/// One figure for each unit of each task.
fn figures(
    summary: &Summary,
    of: &dyn Fn(&&Contrast) -> bool,
    words: &dyn Fn(&Contrast) -> String,
    about: &str,
) -> Markup {
    let mut drawn = Vec::new();
    for task in TASKS {
        for (ratio, unit) in [(false, "%"), (false, ""), (false, "tiles"), (true, "")] {
            let own: Vec<&Contrast> = summary
                .contrasts
                .iter()
                .filter(of)
                .filter(|contrast| {
                    table_of(summary, contrast).is_some_and(|table| {
                        let is_ratio = table.measure.difference == Difference::SmallerRatio;
                        contrast.task == task && is_ratio == ratio && table.measure.unit == unit
                    })
                })
                .collect();
            if !own.is_empty() {
                drawn.push(figure(summary, task, &own, words, about));
            }
        }
    }
    html! { @if drawn.is_empty() { p.empty { "Not run yet." } } @for figure in drawn { (figure) } }
}

fn figure(
    summary: &Summary,
    task: &str,
    contrasts: &[&Contrast],
    words: &dyn Fn(&Contrast) -> String,
    about: &str,
) -> Markup {
    let margin = contrasts.first().map_or(0.0, |contrast| contrast.paired.margin);
    let ends = |contrast: &&Contrast| {
        let [low, high] = contrast.paired.difference.interval().unwrap_or([contrast.paired.difference.mean; 2]);
        [low, high]
    };
    let x = Axis::around(contrasts.iter().flat_map(ends).chain([-margin, margin, 0.0]), 0.04);
    let height = LINE * contrasts.len() as f64;
    let panel = Panel {
        left: LEFT,
        top: 24.0,
        width: WIDTH - LEFT - 12.0,
        height,
        x,
        y: Axis::new(0.0, contrasts.len() as f64),
    };
    let mut inside = panel.band("tint soft", (-margin, margin), (0.0, 1.0)) + &panel.upright("goal", 0.0);
    let mut outside = String::new();
    for (place, contrast) in contrasts.iter().enumerate() {
        let y = (contrasts.len() - place) as f64 - 0.5;
        let class = match contrast.paired.verdict {
            Verdict::Edge => "held",
            Verdict::Harm => "limit",
            Verdict::Equivalent => "best",
            Verdict::Open => "goal",
        };
        let [low, high] = ends(contrast);
        inside += &panel.line(&format!("{class} thin"), &[[low, y], [high, y]]);
        inside += &panel.dot(&format!("fill {class}"), [contrast.paired.difference.mean, y], 4.0);
        let top = 24.0 + LINE * (place as f64 + 0.5) + 4.0;
        outside += &svg_words("end small", [LEFT - 8.0, top], &shortened(&words(contrast)));
    }
    let is_ratio = contrasts
        .first()
        .and_then(|first| table_of(summary, first))
        .is_some_and(|table| table.measure.difference == Difference::SmallerRatio);
    let below =
        if is_ratio { "natural logarithm of the factor; right is better" } else { "difference; right is better" };
    let panels = panel.draw(&Labels { title: "", below: Some(below), left: 0 }, &inside) + &outside;
    let text = contrasts.iter().map(|contrast| {
        let measure = table_of(summary, contrast).map(|table| &table.measure);
        let difference = measure.map_or_else(String::new, |measure| words::difference(measure, &contrast.paired));
        format!("{}: {difference}, {}", words(contrast), words::verdict(contrast.paired.verdict))
    });
    let description = format!("{}. {about}", name(task));
    html! {
        figure {
            (PreEscaped(picture(&description, 24.0 + height + 56.0, &panels)))
            figcaption { (description) " The band is the margin of equivalence." }
            details {
                summary { "The same as a list" }
                ul.plain { @for line in text { li { (line) } } }
            }
        }
    }
}

/// A block's title in fewer words.
fn shorter(title: &str) -> String {
    let words = [
        ("labels of all cells", "all labels"),
        ("labels of blank cells", "blank labels"),
        ("blank cells known at test", "known"),
        ("blank cells not known at test", "unknown"),
        (", 2x2 divergence of decoded maps", ""),
        ("valid before decoding", "valid"),
        ("walls of a real maze", "walls"),
        ("tiles changed by decoding", "changes"),
        ("episodes solved without a violation", "safe"),
        ("mean return at the corners of 5 %", "corners"),
        ("mean return", "return"),
    ];
    words.iter().fold(title.to_owned(), |title, (long, short)| title.replace(long, short))
}

/// As many letters as there is room for.
fn shortened(text: &str) -> String {
    const MOST: usize = 58;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    let kept: String = text.chars().take(MOST - 1).collect();
    format!("{}\u{2026}", kept.trim_end())
}
