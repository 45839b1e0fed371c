//! Factorial tables of a task.

use super::name;
use crate::blocks::Measure;
use crate::summary::Summary;
use crate::tables::{Cell, Table};
use convex_edge_statistics::Estimate;
use maud::{Markup, html};

/// All tables of a task, folded.
pub(super) fn section(summary: &Summary, task: &str) -> Markup {
    html! {
        h3 id=(task) { (name(task)) }
        p.note { "Mean \u{b1} half the 95 % interval over seeds: last iterate, below it the checkpoint that validation chose." }
        @for table in summary.tables.iter().filter(|table| table.task == task) {
            details { summary { (table.title) } (one(table)) }
        }
    }
}

fn one(table: &Table) -> Markup {
    html! {
        div.wide tabindex="0" {
            table.results {
                caption { (table.title) ": " (table.measure.name) }
                thead {
                    tr {
                        th scope="col" { "gradient" }
                        @for way in &table.ways {
                            th.number scope="col" { (way.name) @if way.has_layer { span.layer { " layer" } } }
                        }
                        th.number scope="col" { "seeds" }
                    }
                }
                tbody {
                    @for row in &table.rows {
                        tr {
                            th scope="row" { (row.gradient) }
                            @match &row.dash {
                                Some(reason) => td colspan=(table.ways.len() + 1) { "\u{2013} " (reason) },
                                None => {
                                    @for cell in &row.cells { td.number { (text(&table.measure, cell.as_ref())) } }
                                    td.number { (row.cells.iter().flatten().next().map_or(0, |cell| cell.last.seeds)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn text(measure: &Measure, cell: Option<&Cell>) -> Markup {
    let digits = |found: &Estimate| {
        if measure.unit.is_empty() && found.mean.abs() < 5.0 { format!("{found:.3}") } else { format!("{found:.1}") }
    };
    html! {
        @if let Some(cell) = cell {
            (digits(&cell.last))
            @if let Some(best) = &cell.best { br; span.soft { (digits(best)) } }
        }
    }
}
