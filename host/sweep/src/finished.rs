//! Files of finished runs.

use crate::plan::{Plan, Run};
use convex_edge_runs::machine::processor;
use convex_edge_runs::measured::Measured;
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

/// Answers of a run to look at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// Task, settings and seed.
    pub run: Run,
    /// Texts of the task's own form, by name.
    pub texts: BTreeMap<String, String>,
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

fn examples_file(run: &Run, runs: &Path) -> PathBuf {
    run.folder(runs).join("examples.json")
}

/// Writes a run's files. The result comes last.
///
/// # Errors
/// [`FinishedError`].
pub fn save(run: &Run, measured: Measured, runs: &Path) -> Result<(), FinishedError> {
    let Measured { figures, seconds, examples } = measured;
    if let Some((figure, _)) = figures.iter().find(|(_, value)| !value.is_finite()) {
        return Err(FinishedError::NotFinite { figure: figure.clone(), title: run.title() });
    }
    if !examples.is_empty() {
        write_json(&examples_file(run, runs), &Example { run: run.clone(), texts: examples })?;
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
    /// Answers to look at, of the runs that have some.
    pub examples: Vec<Example>,
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
        let known: Vec<Example> = read_lines(&results.join(EXAMPLES))?;
        let mut examples = Vec::new();
        for run in &plan.runs {
            let own: Option<Example> = read_json(&examples_file(run, runs))?;
            examples.extend(own.or_else(|| known.iter().find(|example| example.run == *run).cloned()));
        }
        Ok(Self { runs: plan.runs.iter().map(of).collect::<Result<_, _>>()?, examples })
    }

    /// Results alone, of those that are finished.
    pub fn results(&self) -> Vec<Finished> {
        self.runs.iter().flatten().map(|(found, _)| found.clone()).collect()
    }

    /// Writes `runs.jsonl`, `timings.jsonl` and, where there are examples, `examples.jsonl` into the folder `results`, one finished run a line.
    ///
    /// # Errors
    /// [`StoreError::Write`].
    pub fn write(&self, results: &Path) -> Result<(), StoreError> {
        write_lines(&results.join(RUNS), &self.results())?;
        let times: Vec<&Timings> = self.runs.iter().flatten().filter_map(|(_, times)| times.as_ref()).collect();
        if !self.examples.is_empty() {
            write_lines(&results.join(EXAMPLES), &self.examples)?;
        }
        write_lines(&results.join(TIMINGS), &times)
    }
}

/// Name of the file with all results.
pub const RUNS: &str = "runs.jsonl";

/// Name of the file with all times.
const TIMINGS: &str = "timings.jsonl";

/// Name of the file with all examples.
const EXAMPLES: &str = "examples.jsonl";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finished_runs_are_found_in_their_folders_and_in_the_collection() {
        let folder = tempfile::tempdir().unwrap();
        let (runs, results) = (folder.path().join("runs"), folder.path().join("results"));
        let plan = Plan::parse("name = \"a\"\n[[grids]]\ntask = \"t\"\nseeds = 3", 0).unwrap();
        let measured = |right: f64, seconds: f64| {
            let mut measured = Measured::default();
            measured.figure("right", right);
            measured.seconds.insert("training".to_owned(), seconds);
            measured
        };
        let mut looked_at = measured(0.1, 7.0);
        looked_at.examples.insert("board".to_owned(), "12..".to_owned());
        save(&plan.runs[0], looked_at, &runs).unwrap();
        save(&plan.runs[2], measured(0.3, 9.0), &runs).unwrap();
        let found = Collected::read(&plan, &runs, &results).unwrap();
        assert_eq!(found.runs.iter().map(Option::is_some).collect::<Vec<_>>(), [true, false, true]);
        found.write(&results).unwrap();
        // In a clone without the folders of runs.
        assert_eq!(Collected::read(&plan, &folder.path().join("none"), &results).unwrap(), found);
        let text = std::fs::read_to_string(results.join(RUNS)).unwrap();
        assert!(!text.contains("processor") && !text.contains('7'), "{text}");

        assert_eq!((found.examples.len(), found.examples[0].texts["board"].as_str()), (1, "12.."));

        let refused = save(&plan.runs[1], measured(f64::NAN, 0.0), &runs).unwrap_err();
        assert!(matches!(refused, FinishedError::NotFinite { figure, .. } if figure == "right"));
        assert!(!result_file(&plan.runs[1], &runs).exists());
    }
}
