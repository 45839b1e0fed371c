//! Summary of the study, and its promises.

use crate::cells::Cells;
use crate::contrasts::{Contrast, contrasts};
use crate::harm::{Harm, curves, harm};
use crate::seal::{Sealed, sealed};
use crate::tables::{Table, tables};
use convex_edge_runs::promise::Promise;
use serde::{Deserialize, Serialize};

/// Tasks of the study.
pub const TASKS: [&str; 3] = ["sudoku", "maps", "mountain-car"];

/// Everything that is said of the study's runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// Factorial tables.
    pub tables: Vec<Table>,
    /// Paired differences.
    pub contrasts: Vec<Contrast>,
    /// Harm curves.
    pub harm: Vec<Harm>,
    /// Headline figures on fresh seeds.
    pub seal: Vec<Sealed>,
    /// Promises, kept or not.
    pub promises: Vec<Promise>,
}

/// Sums up the study's runs, and those of the seal.
pub fn summarize(cells: &Cells, fresh: &Cells) -> Summary {
    let (tables, harm, seal) = (tables(cells), harm(cells), sealed(cells, fresh));
    let mut promises = Vec::new();
    for task in TASKS {
        let rows = tables.iter().filter(|table| table.task == task).flat_map(|table| &table.rows);
        let empty = rows.filter(|row| row.dash.is_none() && row.cells.iter().all(Option::is_none)).count();
        promises.push(Promise::at_most(&format!("{task}: rows of the tables without runs"), empty as f64, "", 0.0));
        let planned: usize = curves().iter().filter(|curve| curve.task == task).map(|curve| curve.levels.len()).sum();
        let there: usize = harm.iter().filter(|curve| curve.task == task).map(|curve| curve.points.len()).sum();
        let name = format!("{task}: levels of harm curves without runs");
        promises.push(Promise::at_most(&name, (planned - there) as f64, "", 0.0));
    }
    let outside = seal.iter().filter(|sealed| sealed.is_within == Some(false)).count();
    promises.push(Promise::at_most("headline figures outside their prediction interval", outside as f64, "of 10", 0.0));
    Summary { contrasts: contrasts(cells), tables, harm, seal, promises }
}
