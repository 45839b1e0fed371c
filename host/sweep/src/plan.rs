//! Plan of a sweep, read from a TOML file.
//!
//! ```toml
//! name = "readers"
//!
//! [[grids]]
//! task = "sudoku"
//! seeds = 10                     # 0 to 9
//! settings = { givens = 36 }     # of every run of the grid
//! axes = [                       # a run takes one table of each axis
//!     [{ boards = 10, steps = 500 }, { boards = 100, steps = 800 }],
//!     [{ labels = "all_cells" }, { labels = "blank_cells" }],
//! ]
//! ```

use convex_edge_runs::settings::{SettingsError, check};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

/// Runs of a sweep, each once, in the order of the file; seeds last.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Name of the sweep, which its folders have.
    pub name: String,
    /// All runs.
    pub runs: Vec<Run>,
}

/// A run: one process, one result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// Name of the task.
    pub task: String,
    /// The task's settings.
    pub settings: BTreeMap<String, Value>,
    /// Seed of everything that is drawn.
    pub seed: u64,
}

/// Errors of a plan.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// The file.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A setting is given twice.
    #[error("grid {grid} of the sweep gives `{name}` twice; leave one of them out")]
    Twice {
        /// Place of the grid, from 1.
        grid: usize,
        /// Name of the setting.
        name: String,
    },
    /// A value has no JSON form.
    #[error("`{name}` of grid {grid} of the sweep is no number, text, truth value, list or table")]
    Value {
        /// Place of the grid, from 1.
        grid: usize,
        /// Name of the setting.
        name: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    grids: Vec<Grid>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Grid {
    task: String,
    seeds: u64,
    #[serde(default)]
    settings: toml::Table,
    #[serde(default)]
    axes: Vec<Vec<toml::Table>>,
}

impl Plan {
    /// Parses a file's text. Seeds begin with `first_seed`.
    ///
    /// # Errors
    /// [`PlanError`].
    pub fn parse(text: &str, first_seed: u64) -> Result<Self, PlanError> {
        let file: File = toml::from_str(text).map_err(SettingsError::from)?;
        let is_name =
            |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
        check([
            ("name", "letters, digits, - and _", is_name(&file.name)),
            ("grids.task", "letters, digits, - and _", file.grids.iter().all(|grid| is_name(&grid.task))),
            ("grids.seeds", "at least 1", file.grids.iter().all(|grid| grid.seeds >= 1)),
            (
                "grids.axes",
                "lists that are not empty",
                file.grids.iter().all(|grid| grid.axes.iter().all(|a| !a.is_empty())),
            ),
        ])?;
        let (mut runs, mut seen) = (Vec::new(), HashSet::new());
        for (place, grid) in (1..).zip(&file.grids) {
            for settings in grid.settings(place)? {
                for seed in first_seed..first_seed.saturating_add(grid.seeds) {
                    let run = Run { task: grid.task.clone(), settings: settings.clone(), seed };
                    if seen.insert(run.folder(Path::new(""))) {
                        runs.push(run);
                    }
                }
            }
        }
        Ok(Self { name: file.name, runs })
    }
}

impl Grid {
    /// Settings of every combination, the last axis first.
    fn settings(&self, grid: usize) -> Result<Vec<BTreeMap<String, Value>>, PlanError> {
        let mut all = vec![extended(&BTreeMap::new(), &self.settings, grid)?];
        for axis in &self.axes {
            let mut longer = Vec::with_capacity(all.len() * axis.len());
            for settings in &all {
                for more in axis {
                    longer.push(extended(settings, more, grid)?);
                }
            }
            all = longer;
        }
        Ok(all)
    }
}

fn extended(
    settings: &BTreeMap<String, Value>,
    more: &toml::Table,
    grid: usize,
) -> Result<BTreeMap<String, Value>, PlanError> {
    let mut settings = settings.clone();
    for (name, value) in more {
        let value = serde_json::to_value(value).map_err(|_| PlanError::Value { grid, name: name.clone() })?;
        if settings.insert(name.clone(), value).is_some() {
            return Err(PlanError::Twice { grid, name: name.clone() });
        }
    }
    Ok(settings)
}

impl Run {
    /// Hash of task and settings: the first 64 bits of SHA-256 of their JSON with sorted names, in hexadecimal digits.
    pub fn identity(&self) -> String {
        let text = serde_json::to_string(&(&self.task, &self.settings)).unwrap_or_default();
        Sha256::digest(text.as_bytes()).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Folder of the run's files, below `runs`.
    pub fn folder(&self, runs: &Path) -> PathBuf {
        runs.join("sweep").join(&self.task).join(self.identity()).join(self.seed.to_string())
    }

    /// The run in one line, for messages.
    pub fn title(&self) -> String {
        let settings = self.settings.iter().map(|(name, value)| format!(", {name} {value}").replace('"', ""));
        format!("{}{}, seed {}", self.task, settings.collect::<String>(), self.seed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"
        name = "readers"
        [[grids]]
        task = "sudoku"
        seeds = 2
        settings = { givens = 36 }
        axes = [
            [{ boards = 10, steps = 500 }, { boards = 100, steps = 800 }],
            [{ labels = "all" }, { labels = "blank" }, { labels = "all" }],
        ]
    "#;

    #[test]
    fn every_combination_is_a_run_once() {
        let plan = Plan::parse(TEXT, 5).unwrap();
        assert_eq!(plan.runs.len(), 2 * 2 * 2);
        let titles: Vec<String> = plan.runs.iter().map(Run::title).collect();
        assert_eq!(titles[0], "sudoku, boards 10, givens 36, labels all, steps 500, seed 5");
        assert_eq!(titles[7], "sudoku, boards 100, givens 36, labels blank, steps 800, seed 6");
        let folders: HashSet<PathBuf> = plan.runs.iter().map(|run| run.folder(Path::new("runs"))).collect();
        assert_eq!(folders.len(), 8);
    }

    /// Also inside tables, whatever order the file has: else the same settings would have two folders.
    #[test]
    fn the_identity_knows_no_order_of_names() {
        let with = |settings: &str| {
            let text = format!("name = \"a\"\n[[grids]]\ntask = \"t\"\nseeds = 1\nsettings = {settings}");
            Plan::parse(&text, 0).unwrap().runs[0].identity()
        };
        let identity = with("{ a = { x = 1, y = [1.5, true] }, b = \"c\" }");
        assert_eq!(identity, with("{ b = \"c\", a = { y = [1.5, true], x = 1 } }"));
        assert_ne!(identity, with("{ b = \"c\", a = { y = [1.5, true], x = 2 } }"));
        assert_eq!(identity.len(), 16);
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_name() {
        let refused = |from: &str, to: &str| Plan::parse(&TEXT.replace(from, to), 0).unwrap_err();
        assert!(
            matches!(refused("labels = \"blank\"", "givens = 3"), PlanError::Twice { grid: 1, name } if name == "givens")
        );
        for (from, to, wanted) in [
            ("seeds = 2", "seeds = 0", "grids.seeds"),
            ("\"readers\"", "\"../up\"", "name"),
            ("\"sudoku\"", "\"\"", "grids.task"),
        ] {
            let PlanError::Settings(SettingsError::OutOfRange { name, .. }) = refused(from, to) else { panic!("{to}") };
            assert_eq!(name, wanted);
        }
        assert!(matches!(refused("seeds", "seed"), PlanError::Settings(SettingsError::Malformed { .. })));
    }
}
