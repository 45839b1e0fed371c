//! Factorial tables with intervals over seeds.

use crate::blocks::{Block, Measure, Way, blocks};
use crate::cells::Cells;
use convex_edge_statistics::Estimate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Policies of selection: which weights of a training are judged.
pub const POLICIES: [&str; 2] = ["last", "best"];

/// Table of a block.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// Task.
    pub task: String,
    /// In words.
    pub title: String,
    /// What is measured.
    pub measure: Measure,
    /// Columns.
    pub ways: Vec<Way>,
    /// Rows.
    pub rows: Vec<Row>,
}

/// A row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Level of the factor gradient.
    pub gradient: String,
    /// Why the row has no runs.
    pub dash: Option<String>,
    /// One for each way; `None` where the way is none of the row's, or nothing is finished.
    pub cells: Vec<Option<Cell>>,
}

/// A cell, in the table's unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cell {
    /// Last iterate.
    pub last: Estimate,
    /// Checkpoint that validation chose; `None` where there is no choice.
    pub best: Option<Estimate>,
}

/// All tables of what is finished.
pub fn tables(cells: &Cells) -> Vec<Table> {
    blocks().iter().map(|block| table(block, cells)).collect()
}

fn table(block: &Block, cells: &Cells) -> Table {
    let rows = block.rows.iter().map(|row| {
        let of_way = |place: usize| {
            let [last, best] = values(block, row, place, cells)?;
            let scaled = |values: &BTreeMap<u64, f64>| {
                Estimate::of(&values.values().map(|value| block.measure.scale * value).collect::<Vec<_>>())
            };
            Some(Cell { last: scaled(&last), best: (!best.is_empty()).then(|| scaled(&best)) })
        };
        Row {
            gradient: row.gradient.to_owned(),
            dash: row.runs.as_ref().err().map(|reason| (*reason).to_owned()),
            cells: (0..block.ways.len()).map(of_way).collect(),
        }
    });
    Table {
        task: block.task.to_owned(),
        title: block.title.clone(),
        measure: block.measure.clone(),
        ways: block.ways.clone(),
        rows: rows.collect(),
    }
}

/// Figures by seed for both policies; `None` where nothing is finished, or the way is none of the row's.
pub(crate) fn values(
    block: &Block,
    row: &crate::blocks::Row,
    way: usize,
    cells: &Cells,
) -> Option<[BTreeMap<u64, f64>; 2]> {
    if !row.ways.is_empty() && !row.ways.contains(&way) {
        return None;
    }
    let settings = row.runs.as_ref().ok()?;
    let figure = &block.ways.get(way)?.figure;
    let found = POLICIES.map(|policy| cells.by_seed(block.task, settings, &format!("{policy}/{figure}")));
    (!found[0].is_empty()).then_some(found)
}
