//! Build times: from a clean clone to the demonstration and the tests, after a change, and in a user's own crate.
//!
//! | module | content |
//! |---|---|
//! | `watched` | a command with the time of its first output and its longest silence |
//! | `timings` | cargo's own report of the time of each crate |
//! | `dependents` | generated crates that depend on ours |

mod dependents;
mod timings;
mod watched;

use convex_edge_runs::interrupt;
use convex_edge_runs::machine::processor;
use convex_edge_setup::step::{self, StepError, spinner};
use convex_edge_setup::workspace::{Workspace, WorkspaceError, cargo};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Instant, SystemTime};
use watched::{Output, watch};

/// What is measured, in this order. Every part begins with a clone of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Part {
    /// Demonstration in a pseudo-terminal
    Demo,
    /// Demonstration in a pipe
    Pipe,
    /// Tests
    Test,
    /// Tests after a demonstration in the same clone
    TestAfterDemo,
    /// Workspace, and after a change of one file
    Change,
    /// Generated crates that depend on ours
    Dependents,
}

/// A duration or a count, with its target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Name of the measurement.
    pub name: String,
    /// Seconds, or a number of crates.
    pub value: f64,
    /// `s` or `crates`.
    pub unit: String,
    /// Target: at most so much; none for what is only noted.
    pub at_most: Option<f64>,
}

/// Rows of the parts that were measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BuildTimes {
    /// The commit that was cloned; changes that are not committed are not in it.
    pub commit: String,
    /// Name of the processor.
    pub processor: String,
    /// In the order of the parts.
    pub rows: Vec<Row>,
}

/// Errors of the measurement.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// There is no folder for the clone.
    #[error("no temporary folder for a clone ({0}); free some space, or set TMPDIR")]
    Folder(std::io::Error),
    /// The current directory is outside the workspace.
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
    /// Cloning or building.
    #[error(transparent)]
    Step(#[from] StepError),
    /// A command that is watched did not start, or its terminal was not there.
    #[error("`{command}` could not be watched ({source})")]
    Watch {
        /// Its words.
        command: String,
        /// Error of the operating system.
        source: std::io::Error,
    },
    /// A command that is watched failed.
    #[error("`{command}` failed in a clean clone; its output is in {}", log.display())]
    Failed {
        /// Its words.
        command: String,
        /// Everything it printed.
        log: PathBuf,
    },
    /// Cargo left no report of its timings.
    #[error("cargo left no timings that can be read in {}; update this reader of cargo's report", path.display())]
    Timings {
        /// The report.
        path: PathBuf,
    },
    /// A file that a measurement changes is not there.
    #[error("{} is not there; name another file in host/bench/src/build", path.display())]
    File {
        /// The file.
        path: PathBuf,
    },
    /// The user asked to stop.
    #[error("stopped; nothing was written")]
    Interrupted,
}

/// A clone of the last commit in a temporary folder that is deleted when this is dropped.
struct Clone {
    folder: tempfile::TempDir,
    log: PathBuf,
}

impl Clone {
    fn new(workspace: &Workspace) -> Result<Self, BuildError> {
        let folder = tempfile::tempdir().map_err(BuildError::Folder)?;
        let log = workspace.log("build-times");
        let root = folder.path().join("clone");
        step::run(Command::new("git").args(["clone", "--quiet"]).arg(&workspace.root).arg(root), &log)?;
        Ok(Self { folder, log })
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("clone")
    }

    /// A cargo command in it, with a target folder of its own.
    fn cargo(&self, arguments: &str) -> Command {
        let mut command = clean(cargo());
        command.args(arguments.split(' ')).current_dir(self.root());
        command
    }

    /// Watches a command whose failure is an error.
    fn watch(&self, arguments: &str, output: Output) -> Result<watched::Watched, BuildError> {
        let watched = watch(self.cargo(arguments), output, &self.log)?;
        if interrupt::requested() {
            return Err(BuildError::Interrupted);
        }
        if !watched.succeeded {
            return Err(BuildError::Failed { command: format!("cargo {arguments}"), log: self.log.clone() });
        }
        Ok(watched)
    }

    /// Seconds of a command.
    fn seconds(&self, arguments: &str) -> Result<f64, BuildError> {
        timed(&mut self.cargo(arguments), &self.log)
    }

    /// The same after one of its files has changed.
    fn seconds_after_change(&self, file: &str, arguments: &str) -> Result<f64, BuildError> {
        let path = self.root().join(file);
        let changed = File::options().append(true).open(&path).and_then(|file| file.set_modified(SystemTime::now()));
        changed.map_err(|_| BuildError::File { path })?;
        self.seconds(arguments)
    }
}

/// Without the variables of the cargo that runs this process: what that built must not serve the clone.
fn clean(mut command: Command) -> Command {
    command.env_remove("CARGO_TARGET_DIR").env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    command
}

fn timed(command: &mut Command, log: &Path) -> Result<f64, BuildError> {
    let started = Instant::now();
    step::run(command, log)?;
    Ok(started.elapsed().as_secs_f64())
}

/// Measures the parts, each in a clone of the last commit in a temporary folder, which takes up to 8 GB of disk until it
/// ends. Packages that cargo has already are not downloaded again. `report` is called with each row.
///
/// # Errors
/// [`BuildError`].
pub fn measure(workspace: &Workspace, parts: &[Part], mut report: impl FnMut(&Row)) -> Result<BuildTimes, BuildError> {
    let commit = Command::new("git").args(["rev-parse", "--short", "HEAD"]).current_dir(&workspace.root).output();
    let commit = commit.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default();
    let mut rows = Vec::new();
    for &part in parts {
        let measuring = spinner(part.title());
        let clone = Clone::new(workspace)?;
        let found = match part {
            Part::Demo => demonstration(&clone)?,
            Part::Pipe => piped(&clone)?,
            Part::Test => vec![seconds("tests, clean clone", clone.seconds("edge test")?, 1200.0)],
            Part::TestAfterDemo => {
                clone.seconds("edge demo")?;
                vec![seconds("tests after a demonstration", clone.seconds("edge test")?, 780.0)]
            }
            Part::Change => changes(&clone)?,
            Part::Dependents => dependents::measure(&clone)?,
        };
        measuring.finish_and_clear();
        found.iter().for_each(&mut report);
        rows.extend(found);
    }
    Ok(BuildTimes { commit, processor: processor(), rows })
}

impl Part {
    fn title(self) -> &'static str {
        match self {
            Self::Demo => "clean clone: demonstration in a terminal",
            Self::Pipe => "clean clone: demonstration in a pipe",
            Self::Test => "clean clone: tests",
            Self::TestAfterDemo => "clean clone: demonstration, then the tests",
            Self::Change => "clean clone: workspace, and after a change of one file",
            Self::Dependents => "generated crates that depend on ours",
        }
    }
}

fn seconds(name: &str, value: f64, at_most: f64) -> Row {
    Row { name: name.to_owned(), value, unit: "s".to_owned(), at_most: Some(at_most) }
}

fn demonstration(clone: &Clone) -> Result<Vec<Row>, BuildError> {
    let watched = clone.watch("edge demo", Output::Terminal)?;
    Ok(vec![
        seconds("demonstration, clean clone", watched.seconds, 300.0),
        seconds("first output in a terminal", watched.first, 3.0),
        seconds("longest silence in a terminal", watched.silence, 10.0),
    ])
}

fn piped(clone: &Clone) -> Result<Vec<Row>, BuildError> {
    let watched = clone.watch("edge demo", Output::Pipe)?;
    Ok(vec![
        seconds("demonstration in a pipe, clean clone", watched.seconds, 300.0),
        seconds("first output in a pipe", watched.first, 3.0),
        seconds("longest silence in a pipe", watched.silence, 15.0),
    ])
}

/// A file of a task, and one of the solver.
const TASK: &str = "host/tasks/sudoku/src/data/puzzle.rs";
const SOLVER: &str = "shared/src/qp/solve.rs";

fn changes(clone: &Clone) -> Result<Vec<Row>, BuildError> {
    let whole = clone.seconds("build --release --timings")?;
    let report = clone.root().join("target/cargo-timings/cargo-timing.html");
    let (slowest, of_slowest) = timings::slowest_own(&report)?;
    let task = [TASK, "host/tasks/sudoku/src/puzzle.rs", "host/src/tasks/sudoku/puzzle.rs"];
    let task = task.into_iter().find(|file| clone.root().join(file).is_file()).unwrap_or(TASK);
    Ok(vec![
        Row { at_most: None, ..seconds("workspace, clean clone", whole, 0.0) },
        seconds(&format!("slowest own crate: {slowest}"), of_slowest, 60.0),
        seconds("workspace after a change of a task", clone.seconds_after_change(task, "build --release")?, 25.0),
        seconds(
            "core and convex-edge after a change of the solver",
            clone.seconds_after_change(SOLVER, "build --release -p convex-edge-core -p convex-edge")?,
            60.0,
        ),
        seconds(
            "workspace after a change of the solver",
            clone.seconds_after_change(SOLVER, "build --release")?,
            150.0,
        ),
    ])
}
