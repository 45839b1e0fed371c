//! Files of finished runs.

use crate::plan::{Plan, Run};
use convex_edge_runs::machine::processor;
use convex_edge_runs::store::{StoreError, read_json, read_lines, write_json, write_lines};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

/// Result of a run: what its settings and its seed determine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finished {
    /// Task, settings and seed.
    pub run: Run,
    /// Figures by name, all of them finite.
    pub figures: BTreeMap<String, f64>,
}

/// Times of a run, which are never the same twice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timings {
    /// Hash of the run's settings.
    pub identity: String,
    /// Task, settings and seed.
    pub title: String,
    /// Name of the processor.
    pub processor: String,
    /// Processor seconds by name.
    pub seconds: BTreeMap<String, f64>,
}

/// Errors of a run's files.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FinishedError {
    /// A file.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A figure is no number.
    #[error("the figure `{figure}` of {title} is not finite; mend the task's evaluation")]
    NotFinite {
        /// Name of the figure.
        figure: String,
        /// The run in words.
        title: String,
    },
}

/// Path of a run's result. The run is finished where it exists.
pub fn result_file(run: &Run, runs: &Path) -> PathBuf {
    run.folder(runs).join("result.json")
}

fn timings_file(run: &Run, runs: &Path) -> PathBuf {
    run.folder(runs).join("timings.json")
}

/// Writes a run's files. The result comes last.
///
/// # Errors
/// [`FinishedError`].
pub fn save(
    run: &Run,
    figures: BTreeMap<String, f64>,
    seconds: BTreeMap<String, f64>,
    runs: &Path,
) -> Result<(), FinishedError> {
    if let Some((figure, _)) = figures.iter().find(|(_, value)| !value.is_finite()) {
        return Err(FinishedError::NotFinite { figure: figure.clone(), title: run.title() });
    }
    let timings = Timings { identity: run.identity(), title: run.title(), processor: processor(), seconds };
    write_json(&timings_file(run, runs), &timings)?;
    write_json(&result_file(run, runs), &Finished { run: run.clone(), figures })?;
    Ok(())
}

/// Results of a plan's runs, in its order; `None` for a run that is left to do.
#[derive(Debug, Clone, PartialEq)]
pub struct Collected {
    /// Result and times of each run.
    pub runs: Vec<Option<(Finished, Option<Timings>)>>,
}

impl Collected {
    /// Reads what is below `runs`, and what was collected into `results` before.
    ///
    /// # Errors
    /// [`StoreError`] of a damaged file.
    pub fn read(plan: &Plan, runs: &Path, results: &Path) -> Result<Self, StoreError> {
        let before: Vec<Finished> = read_lines(&results.join(RUNS))?;
        let times: Vec<Timings> = read_lines(&results.join(TIMINGS))?;
        let times: HashMap<(&str, &str), &Timings> =
            times.iter().map(|found| ((found.identity.as_str(), found.title.as_str()), found)).collect();
        let before: HashMap<(String, u64), &Finished> =
            before.iter().map(|found| ((found.run.identity(), found.run.seed), found)).collect();
        let of = |run: &Run| -> Result<Option<(Finished, Option<Timings>)>, StoreError> {
            if let Some(found) = read_json::<Finished>(&result_file(run, runs))? {
                return Ok(Some((found, read_json(&timings_file(run, runs))?)));
            }
            let identity = run.identity();
            let time = times.get(&(identity.as_str(), run.title().as_str())).map(|found| (*found).clone());
            Ok(before.get(&(identity, run.seed)).map(|found| ((*found).clone(), time)))
        };
        Ok(Self { runs: plan.runs.iter().map(of).collect::<Result<_, _>>()? })
    }

    /// Results alone, of those that are finished.
    pub fn results(&self) -> Vec<Finished> {
        self.runs.iter().flatten().map(|(found, _)| found.clone()).collect()
    }

    /// Writes `runs.jsonl` and `timings.jsonl` into the folder `results`, one finished run a line.
    ///
    /// # Errors
    /// [`StoreError::Write`].
    pub fn write(&self, results: &Path) -> Result<(), StoreError> {
        write_lines(&results.join(RUNS), &self.results())?;
        let times: Vec<&Timings> = self.runs.iter().flatten().filter_map(|(_, times)| times.as_ref()).collect();
        write_lines(&results.join(TIMINGS), &times)
    }
}

/// Name of the file with all results.
pub const RUNS: &str = "runs.jsonl";

/// Name of the file with all times.
const TIMINGS: &str = "timings.jsonl";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finished_runs_are_found_in_their_folders_and_in_the_collection() {
        let folder = tempfile::tempdir().unwrap();
        let (runs, results) = (folder.path().join("runs"), folder.path().join("results"));
        let plan = Plan::parse("name = \"a\"\n[[grids]]\ntask = \"t\"\nseeds = 3", 0).unwrap();
        let figures = |value: f64| BTreeMap::from([("right".to_owned(), value)]);
        save(&plan.runs[0], figures(0.1), figures(7.0), &runs).unwrap();
        save(&plan.runs[2], figures(0.3), figures(9.0), &runs).unwrap();
        let found = Collected::read(&plan, &runs, &results).unwrap();
        assert_eq!(found.runs.iter().map(Option::is_some).collect::<Vec<_>>(), [true, false, true]);
        found.write(&results).unwrap();
        // In a clone without the folders of runs.
        assert_eq!(Collected::read(&plan, &folder.path().join("none"), &results).unwrap(), found);
        let text = std::fs::read_to_string(results.join(RUNS)).unwrap();
        assert!(!text.contains("processor") && !text.contains('7'), "{text}");

        let refused = save(&plan.runs[1], figures(f64::NAN), BTreeMap::new(), &runs).unwrap_err();
        assert!(matches!(refused, FinishedError::NotFinite { figure, .. } if figure == "right"));
        assert!(!result_file(&plan.runs[1], &runs).exists());
    }
}
