//! Processor seconds of trainings, by task and settings.

use super::name;
use convex_edge_statistics::Estimate;
use convex_edge_sweep::Timings;
use maud::{Markup, html};
use std::collections::BTreeMap;

/// Mean processor seconds of a training, by settings.
pub(super) fn table(timings: &[Timings]) -> Markup {
    let mut by_settings: BTreeMap<(&str, &str), Vec<f64>> = BTreeMap::new();
    for found in timings {
        let (settings, _) = found.title.rsplit_once(", seed ").unwrap_or((&found.title, ""));
        let (task, settings) = settings.split_once(", ").unwrap_or((settings, ""));
        if let Some(seconds) = found.seconds.get("training") {
            by_settings.entry((task, settings)).or_default().push(*seconds);
        }
    }
    let hours = timings.iter().flat_map(|found| found.seconds.values()).sum::<f64>() / 3600.0;
    let processors: std::collections::BTreeSet<&str> = timings.iter().map(|found| found.processor.as_str()).collect();
    html! {
        @if timings.is_empty() { p.empty { "Not run yet." } } @else {
            p.note {
                (format!("{hours:.1}")) " processor hours for all runs so far, evaluation included, on "
                (processors.into_iter().collect::<Vec<_>>().join(", ")) "."
            }
            details {
                summary { "Processor seconds of a training" }
                div.wide tabindex="0" {
                    table.results {
                        caption { "Processor seconds of a training" }
                        thead { tr { th scope="col" { "task" } th scope="col" { "settings" } th.number scope="col" { "seconds" } th.number scope="col" { "seeds" } } }
                        tbody {
                            @for ((task, settings), seconds) in &by_settings {
                                tr {
                                    td { (name(task)) } td { (settings) }
                                    td.number { (format!("{:.1}", Estimate::of(seconds))) } td.number { (seconds.len()) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
