//! Results and costs of a demonstration, as tables.

use crate::evaluate::episodes::{self, summarize};
use crate::target::drive::result;
use crate::target::summary::Summary;
use convex_edge_hil::recording::Recording;
use convex_edge_report::tables::table;
use convex_edge_report::text::{escape, number, reward};

/// Returns and violations: on the target, off the model, against other policies.
pub(super) fn results(summary: &Summary, episodes: &[Recording]) -> String {
    let mut body = group("Nominal plant");
    let off_host = summary.corners.iter().filter(|corner| corner.played_on != "host");
    let elsewhere: u64 = off_host.map(|corner| corner.result.violations).sum();
    let nominal = episodes::Summary { violations: summary.violations.saturating_sub(elsewhere), ..summary.nominal };
    body += &figures("serial and self-play", &summary.target, &nominal);
    if !episodes.is_empty() {
        let serial: Vec<_> = episodes.iter().map(result).collect();
        body += &figures("of these over serial", &summary.target, &summarize(&serial));
    }
    if !summary.corners.is_empty() {
        body += &group("Off the model, with sensor noise");
    }
    for corner in &summary.corners {
        let percent = |ratio: f32| format!("{:+.0} %", 100.0 * (f64::from(ratio) - 1.0)).replace('-', "\u{2212}");
        let plant = format!("gravity {}, power {}", percent(corner.gravity), percent(corner.power));
        body += &figures(&plant, &corner.played_on, &corner.result);
    }
    if !summary.comparisons.is_empty() {
        body += &group("Policies side by side");
    }
    for comparison in &summary.comparisons {
        body += &figures(&format!("{} ({})", comparison.policy, comparison.plant), "host", &comparison.result);
    }
    let head =
        ["episodes", "played on", "number", "solved", "mean return", "least return", "violations", "constrained"];
    table("results", "Results", &head, &body) + &solver(summary)
}

/// How the solver and the monitor fared where that was counted.
fn solver(summary: &Summary) -> String {
    let results = || summary.corners.iter().map(|c| &c.result).chain(summary.comparisons.iter().map(|c| &c.result));
    let Some(iterations) = results().map(|result| result.iterations_max).max() else { return String::new() };
    let counts = [
        results().map(|result| result.steps).sum::<u64>(),
        results().map(|result| result.fallbacks).sum(),
        results().map(|result| result.interventions).sum(),
    ];
    let [steps, fallbacks, interventions] = counts.map(|count| number(count as f64));
    format!(
        "<p class=\"note\">Constrained: share of steps in which some constraint was active. In the {steps} steps off \
         the model and of the policies side by side, the solver needed at most {iterations} iterations; the \
         fallback acted in {fallbacks}, the monitor moved a solved action in {interventions}.</p>"
    )
}

fn figures(name: &str, played_on: &str, result: &episodes::Summary) -> String {
    let &episodes::Summary { episodes, solved, mean_return, min_return, violations, constrained, .. } = result;
    row(name, played_on, [episodes, solved], [mean_return, min_return], violations, Some(constrained))
}

fn row(
    name: &str,
    played_on: &str,
    counts: [usize; 2],
    returns: [f64; 2],
    violations: u64,
    constrained: Option<f64>,
) -> String {
    let share = constrained.map_or("\u{2013}".to_owned(), |share| format!("{} %", number((100.0 * share).round())));
    let [episodes, solved] = counts.map(|count| number(count as f64));
    let [mean, least] = returns.map(reward);
    let cells = [episodes, solved, mean, least, number(violations as f64), share];
    let cells: String = cells.iter().map(|cell| format!("<td class=\"number\">{cell}</td>")).collect();
    format!("<tr><th scope=\"row\">{}</th><td class=\"place\">{}</td>{cells}</tr>", escape(name), escape(played_on))
}

fn group(name: &str) -> String {
    format!("<tr class=\"group\"><th colspan=\"8\" scope=\"colgroup\">{}</th></tr>", escape(name))
}

/// What runs on the target and what it costs there.
pub(super) fn costs(summary: &Summary) -> String {
    let count = |value: u32| number(value.into());
    let size = |value: usize| number(value as f64);
    let stack = summary.stack_free.map_or("not reported".to_owned(), |bytes| format!("{} bytes", count(bytes)));
    let rows = [
        ("look-ahead", format!("{} steps", size(summary.horizon))),
        ("quadratic program", format!("{} variables, {} two-sided rows", size(summary.variables), size(summary.rows))),
        ("instructions a decision, median", count(summary.instructions_p50)),
        ("instructions a decision, most", count(summary.instructions_max)),
        ("artefact", format!("{} bytes", size(summary.artefact_bytes))),
        ("stack never touched", stack),
        ("training", format!("{} s", number(summary.training_seconds.round()))),
        ("whole demonstration", format!("{} s", number(summary.seconds.round()))),
    ];
    let row = |(name, value): &(&str, String)| {
        format!("<tr><th scope=\"row\">{name}</th><td class=\"number\">{}</td></tr>", escape(value))
    };
    table("costs", "Size and cost", &["what", "value"], &rows.iter().map(row).collect::<String>())
}
