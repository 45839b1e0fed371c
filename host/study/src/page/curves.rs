//! Pictures of harm curves.

use super::name;
use crate::harm::{Constraints, Harm};
use crate::summary::{Summary, TASKS};
use convex_edge_report::axis::Axis;
use convex_edge_report::plot::{LEFT, Labels, Panel, RIGHT, WIDTH, legend, picture};
use maud::{Markup, PreEscaped, html};

const HEIGHT: f64 = 180.0;

/// Curves of all tasks.
pub(super) fn all(summary: &Summary) -> Markup {
    html! {
        p.note {
            "Help is the difference to the same network without the layer. Shaded: 95 % intervals over seeds. Where the curve falls to 0, the "
            "layer turns from help into harm."
        }
        @for task in TASKS { (of_task(summary, task)) }
    }
}

fn of_task(summary: &Summary, task: &str) -> Markup {
    let mut groups: Vec<Vec<&Harm>> = Vec::new();
    for curve in summary.harm.iter().filter(|curve| curve.task == task && !curve.points.is_empty()) {
        // Fixed and learned constraints of one experiment are drawn together.
        let of = |curve: &Harm| curve.id.rsplit_once('/').map_or(curve.id.clone(), |(first, _)| first.to_owned());
        match groups.last_mut() {
            Some(group) if curve.id.matches('/').count() > 1 && of(group[0]) == of(curve) => group.push(curve),
            _ => groups.push(vec![curve]),
        }
    }
    html! {
        h3 { (name(task)) }
        @if groups.is_empty() { p.empty { "Not run yet." } }
        @for group in groups { (figure(&group)) }
    }
}

fn figure(curves: &[&Harm]) -> Markup {
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let interval =
        |point: &crate::harm::Point| point.help.difference.interval().unwrap_or([point.help.difference.mean; 2]);
    let x = Axis::around(points().map(|point| point.percent), 0.02);
    let y = Axis::around(points().flat_map(interval).chain([0.0]), 0.08);
    let panel = Panel { left: LEFT, top: 12.0, width: WIDTH - LEFT - RIGHT, height: HEIGHT, x, y };
    let class = |curve: &Harm| if curve.constraints == Constraints::Fixed { "best" } else { "limits" };
    let mut inside = panel.level("goal", 0.0);
    for curve in curves {
        let side =
            |end: usize| curve.points.iter().map(|point| [point.percent, interval(point)[end]]).collect::<Vec<_>>();
        inside += &format!("<g class=\"tint {}\">{}</g>", class(curve), panel.area("", &side(0), &side(1)));
        let means: Vec<[f64; 2]> =
            curve.points.iter().map(|point| [point.percent, point.help.difference.mean]).collect();
        let dashed = if curve.constraints == Constraints::Learned { " dashed" } else { "" };
        inside += &panel.line(&format!("{}{dashed}", class(curve)), &means);
        inside +=
            &means.iter().map(|&point| panel.dot(&format!("fill {}", class(curve)), point, 3.0)).collect::<String>();
        if let Some(turning) = curve.turning {
            inside += &panel.upright(&format!("{} thin", class(curve)), turning);
        }
    }
    let Some(first) = curves.first() else { return html! {} };
    let below = format!("{}, percent", first.structure);
    let drawn = panel.draw(&Labels { title: "", below: Some(&below), left: 5 }, &inside);
    let description = format!("Help of the layer by {}: {}.", first.structure, first.measure.name);
    let entries: Vec<(&str, &str)> = curves
        .iter()
        .map(|curve| {
            (
                class(curve),
                if curve.constraints == Constraints::Fixed {
                    "fixed constraints"
                } else {
                    "learned constraints, dashed"
                },
            )
        })
        .collect();
    html! {
        figure {
            (PreEscaped(legend(&entries)))
            (PreEscaped(picture(&description, HEIGHT + 66.0, &drawn)))
            figcaption {
                (description) " "
                @for curve in curves { (turning(curve)) " " }
            }
        }
    }
}

fn turning(curve: &Harm) -> String {
    let constraints = if curve.constraints == Constraints::Fixed { "Fixed" } else { "Learned" };
    match (curve.turning, curve.interval) {
        (Some(value), Some([low, high])) => {
            format!("{constraints} constraints: help ends at {value:.1} % [{low:.1}, {high:.1}].")
        }
        (Some(value), None) => format!("{constraints} constraints: help ends at {value:.1} %, its interval is open."),
        (None, _) => format!("{constraints} constraints: not within the range tried."),
    }
}
