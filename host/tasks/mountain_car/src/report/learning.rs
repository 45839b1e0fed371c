//! Learning curve: returns over a training.

use crate::train::search::Metrics;
use crate::train::settings::Config;
use convex_edge_report::axis::Axis;
use convex_edge_report::plot::{LEFT, Labels, Panel, RIGHT, WIDTH, legend, picture};
use convex_edge_report::text::number;

const HEIGHT: f64 = 300.0;
const GAP: f64 = 22.0;

/// The learning curve: one panel for each horizon that was trained with, the restarts within the first one.
pub(super) fn figure(metrics: &[Metrics], config: &Config) -> String {
    let phases: Vec<&[Metrics]> = metrics.chunk_by(|one, next| one.horizon == next.horizon).collect();
    let Some(last) = metrics.last() else {
        return "<p class=\"empty\">No metrics of the training are there.</p>".to_owned();
    };
    let y = shown(metrics);
    let width = (WIDTH - LEFT - RIGHT - GAP * (phases.len() - 1) as f64) / phases.len() as f64;
    let mut panels = String::new();
    for (index, phase) in phases.iter().enumerate() {
        let (Some(first), Some(end)) = (phase.first(), phase.last()) else { continue };
        let x = Axis::new(first.generation as f64, end.generation as f64);
        let left = LEFT + index as f64 * (width + GAP);
        let panel = Panel { left, top: 30.0, width, height: HEIGHT - 85.0, x, y };
        let labels = Labels {
            title: &format!("horizon {}", first.horizon),
            below: Some("generation"),
            left: if index == 0 { 6 } else { 0 },
        };
        panels += &panel.draw(&labels, &curves(&panel, phase, restart_length(first, config)));
    }
    let best = metrics.iter().filter(|line| line.horizon == last.horizon).map(|line| line.best);
    let best = best.fold(f64::NEG_INFINITY, f64::max);
    let description = format!(
        "Training return over {} generations; best candidate of the last phase {}.",
        number(last.generation as f64),
        number(best)
    );
    let keys = legend(&[("best", "best candidate"), ("mean", "mean of the generation"), ("restart", "restart")]);
    format!(
        "{keys}{}<figcaption>{description} Mean over starts on the nominal plant and on the corners of the model \
         error, less the cost of failures. Values below the axis are cut off.</figcaption>",
        picture(&description, HEIGHT, &panels)
    )
}

/// Generations between restarts: only the search with a horizon of one step restarts.
fn restart_length(first: &Metrics, config: &Config) -> u64 {
    if first.horizon == 1 { config.training.one_step_generations.max(1) } else { u64::MAX }
}

fn curves(panel: &Panel, phase: &[Metrics], length: u64) -> String {
    let restart = |line: &Metrics| line.generation.saturating_sub(1) / length;
    let searches = || phase.chunk_by(|one, next| restart(one) == restart(next));
    let line = |class: &str, search: &[Metrics], value: fn(&Metrics) -> f64| {
        let points: Vec<[f64; 2]> = search.iter().map(|line| [line.generation as f64, value(line)]).collect();
        panel.line(class, &points)
    };
    let rules = searches().skip(1).filter_map(|search| search.first()).map(|first| {
        let at = first.generation as f64 - 0.5;
        panel.upright("restart", at)
    });
    let means = searches().map(|search| line("mean", search, |line| line.mean));
    let bests = searches().map(|search| line("best", search, |line| line.best));
    rules.chain(means).chain(bests).collect()
}

/// Where the best candidates are but for the first tries, so that small gains near the top can be read.
fn shown(metrics: &[Metrics]) -> Axis {
    let mut best: Vec<f64> = metrics.iter().map(|line| line.best).filter(|value| value.is_finite()).collect();
    best.sort_by(f64::total_cmp);
    let (low, high) = (best.get(best.len() / 20), best.last());
    let (Some(low), Some(high)) = (low, high) else { return Axis::new(0.0, 1.0) };
    let span = (high - low).max(0.1);
    Axis::new(low - 0.5 * span, high + 0.15 * span)
}
