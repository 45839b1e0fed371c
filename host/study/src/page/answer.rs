//! The answer in five lines and one table, all of it from paired differences.

use super::{name, words};
use crate::contrasts::Contrast;
use crate::summary::{Summary, TASKS};
use crate::tables::Table;
use convex_edge_statistics::Verdict;
use maud::{Markup, html};

/// For each task: block, gradient and the two ways that say what the layer does at inference.
const INFERENCE: [(&str, &str, &str, &str); 3] = [
    ("100 boards, labels of all cells, blank cells known at test", "none", "layer and search", "read, then solve"),
    ("Ms. Pac-Man, 2x2 divergence of decoded maps", "none", "every prediction projected", "without the layer"),
    ("PPO, mean return", "none", "program", "network alone"),
];

/// What a task answers: the layer at inference, and the exact gradient in training.
pub(super) struct Answer<'a> {
    pub task: &'static str,
    pub inference: Option<&'a Contrast>,
    pub training: Option<&'a Contrast>,
}

pub(super) fn answers(summary: &Summary) -> Vec<Answer<'_>> {
    let found = TASKS.into_iter().zip(INFERENCE).map(|(task, (block, gradient, first, second))| Answer {
        task,
        inference: summary.contrasts.iter().find(|contrast| {
            (contrast.block.as_str(), contrast.policy.as_str()) == (block, "last")
                && contrast.first == [gradient, first]
                && contrast.second == [gradient, second]
        }),
        training: summary.contrasts.iter().find(|contrast| contrast.task == task && contrast.is_primary),
    });
    found.collect()
}

/// The table that a contrast belongs to.
pub(super) fn table_of<'a>(summary: &'a Summary, contrast: &Contrast) -> Option<&'a Table> {
    summary.tables.iter().find(|table| table.task == contrast.task && table.title == contrast.block)
}

fn difference(summary: &Summary, contrast: &Contrast) -> String {
    table_of(summary, contrast).map_or_else(String::new, |table| words::difference(&table.measure, &contrast.paired))
}

/// Five lines.
pub(super) fn lines(summary: &Summary) -> Markup {
    let line = |answer: &Answer<'_>| {
        let at = answer.inference.map_or_else(
            || "at inference: not run yet".to_owned(),
            |found| format!("at inference {} ({})", words::verdict(found.paired.verdict), difference(summary, found)),
        );
        let by = answer.training.map_or_else(
            || "its exact gradient: not run yet".to_owned(),
            |found| {
                format!("its exact gradient {} ({})", words::verdict(found.paired.verdict), difference(summary, found))
            },
        );
        format!("{at}; {by}.")
    };
    let count = |verdict: Verdict| {
        let exact = |contrast: &&Contrast| {
            contrast.policy == "last" && contrast.first[0] == "exact" && contrast.second[0] != "exact"
        };
        let with_layer = |contrast: &&Contrast| {
            table_of(summary, contrast)
                .is_some_and(|table| table.ways.iter().any(|way| way.has_layer && way.name == contrast.first[1]))
        };
        let all = summary.contrasts.iter().filter(exact).filter(with_layer);
        all.filter(|contrast| contrast.paired.verdict == verdict).count()
    };
    let turning: Vec<String> = summary
        .harm
        .iter()
        .filter(|curve| curve.turning.is_some() && curve.task != "maps")
        .filter_map(|curve| Some(format!("{} at {:.0} %", curve.id, curve.turning?)))
        .collect();
    html! {
        ol.answer {
            @for answer in answers(summary) { li { strong { (name(answer.task)) ": " } (line(&answer)) } }
            li {
                strong { "The exact gradient beside simpler ones, with the layer at inference: " }
                (count(Verdict::Edge)) " edges, " (count(Verdict::Equivalent)) " equivalent, " (count(Verdict::Harm)) " harms, "
                (count(Verdict::Open)) " open."
            }
            li {
                strong { "Wrong structure turns help into harm: " }
                @if turning.is_empty() { "not within the ranges tried." } @else { (turning.join(", ")) "." }
            }
        }
    }
}

/// One table.
pub(super) fn table(summary: &Summary) -> Markup {
    let cell = |contrast: Option<&Contrast>| {
        html! {
            @match contrast {
                Some(found) => {
                    td { (found.first.join(", ")) " " span.against { "against" } " " (found.second.join(", ")) }
                    td.number { (difference(summary, found)) }
                    td.verdict { (words::marked(found.paired.verdict)) }
                }
                None => { td { "not run yet" } td {} td {} }
            }
        }
    };
    html! {
        div.wide tabindex="0" {
            table.results {
                caption { "Where the layer acts, by task" }
                thead { tr { @for head in ["task", "question", "cells"] { th scope="col" { (head) } } th.number scope="col" { "difference, 95 % interval" } th scope="col" { "verdict" } } }
                tbody {
                    @for answer in answers(summary) {
                        tr { th scope="row" rowspan="2" { (name(answer.task)) } td { "at inference" } (cell(answer.inference)) }
                        tr { td { "its gradient" } (cell(answer.training)) }
                    }
                }
            }
        }
    }
}
