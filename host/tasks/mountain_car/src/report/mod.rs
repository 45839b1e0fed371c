//! One self-contained HTML page that shows what a demonstration found: no script, nothing from the network.
//!
//! The SVG is written by hand: a few shapes are all that the figures need, and with classes in place of colours one
//! picture serves light and dark screens, which a plotting library's fixed colours do not.

mod car;
mod episode;
mod learning;
mod portrait;
mod tables;
#[cfg(test)]
mod tests;

use crate::model::safe_set::{SafeSetError, kernel, tables as safe_set_tables};
use crate::target::summary::Summary;
use crate::train::search::Metrics;
use crate::train::settings::Config;
use convex_edge_hil::recording::Recording;
use convex_edge_report::page::{Frame, Section, page};
use convex_edge_report::text;
use convex_edge_runs::store::{StoreError, write_atomically};
use std::path::Path;

/// Content of the page.
#[derive(Debug, Clone, Copy)]
pub struct Data<'a> {
    /// Figures and promises.
    pub summary: &'a Summary,
    /// One line a generation of the training; may be empty.
    pub metrics: &'a [Metrics],
    /// Episodes with the plant on the host; may be empty.
    pub episodes: &'a [Recording],
    /// Settings of the run, which fix the safe set.
    pub config: &'a Config,
}

/// Errors of the page.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The configuration has no safe set to draw.
    #[error(transparent)]
    SafeSet(#[from] SafeSetError),
    /// A file.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The page as HTML.
///
/// # Errors
/// [`ReportError::SafeSet`].
pub fn render(data: &Data<'_>) -> Result<String, ReportError> {
    let Data { summary, metrics, episodes, config } = data;
    let chosen = episode::choose(episodes);
    let safe_set = safe_set_tables(&config.safe_set)?;
    let figure = |content: String| format!("<figure>{content}</figure>");
    let sections = [
        Section { heading: "Promises", content: convex_edge_report::tables::promises(&summary.promises) },
        Section { heading: "Learning", content: figure(learning::figure(metrics, config)) },
        Section {
            heading: "Where the car goes",
            content: figure(portrait::figure(&kernel(&config.safe_set)?, episodes, chosen)),
        },
        Section {
            heading: "One episode",
            content: figure(car::figure(chosen)) + &figure(episode::figure(chosen, &safe_set)),
        },
        Section { heading: "Results", content: tables::results(summary, episodes) },
        Section { heading: "Size and cost", content: tables::costs(summary) },
    ];
    let [target, artefact] = [&summary.target, &summary.artefact].map(|words| text::escape(words));
    let frame = Frame {
        about: &format!("MountainCar on {}", summary.target),
        headline: headline(summary),
        promises: &summary.promises,
        footer: format!(
            "Artefact CRC-32 <code>{artefact}</code>, target <code>{target}</code>. Made by \
             <code>cargo edge report</code> from what <code>cargo edge demo</code> found."
        ),
    };
    Ok(page(&frame, &sections))
}

fn headline(summary: &Summary) -> String {
    let [solved, episodes] = [summary.solved, summary.episodes].map(|count| text::number(count as f64));
    let counts = [summary.violations, summary.bit_mismatches, summary.steps_compared];
    let [violations, mismatches, compared] = counts.map(|count| text::number(count as f64));
    format!(
        "{solved} of {episodes} episodes solved, {violations} violation{}, {mismatches} of {compared} compared steps \
         differ from the host",
        if summary.violations == 1 { "" } else { "s" }
    )
}

/// Renders the page into a file, whole or not at all.
///
/// # Errors
/// [`ReportError`].
pub fn write(data: &Data<'_>, path: &Path) -> Result<(), ReportError> {
    Ok(write_atomically(path, render(data)?.as_bytes())?)
}
