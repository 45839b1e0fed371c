//! `cargo edge sweep FILE.toml`: grids of settings and seeds as runs, here or on a cluster.

use crate::data::mnist_folder;
use crate::experiment::{Experiment, ExperimentError};
use convex_edge_runs::progress::uneven_bar;
use convex_edge_runs::settings::{SettingsError, read};
use convex_edge_runs::store::StoreError;
use convex_edge_sudoku::data::digits::mnist::{MnistError, fetched};
use convex_edge_sweep::finished::Collected;
use convex_edge_sweep::local::{self, Failed, LocalError};
use convex_edge_sweep::manifest::Manifest;
use convex_edge_sweep::slurm::{self, SlurmError, quoted};
use convex_edge_sweep::{Plan, PlanError, Run};
use indicatif::ProgressBar;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

/// Options of the command.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Do the runs of this file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Collect results into this folder. Default: below the folder of runs
    #[arg(long, value_name = "FOLDER")]
    results: Option<PathBuf>,
    #[command(flatten)]
    place: Place,
}

/// Where runs are done, and kept.
#[derive(Debug, clap::Args)]
pub(crate) struct Place {
    /// Do the runs there
    #[arg(long, value_enum, default_value_t = On::Local)]
    on: On,
    /// Do so many runs at once. Default: one for each processor
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    /// Pass this option to sbatch, such as `--partition=NAME`. May be repeated
    #[arg(long, value_name = "OPTION", allow_hyphen_values = true)]
    slurm_option: Vec<String>,
    /// Collect finished runs, do no others
    #[arg(long)]
    finished: bool,
    /// Keep files of runs below this folder
    #[arg(long, value_name = "FOLDER", default_value = "runs")]
    runs: PathBuf,
}

impl Place {
    /// Folder that files of runs are kept below.
    pub(crate) fn runs(&self) -> &Path {
        &self.runs
    }
}

/// Where a run is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum On {
    /// This machine
    Local,
    /// A Slurm cluster, as job arrays
    Slurm,
}

/// Errors of the command.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The file of the sweep.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// Its content.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A run's settings.
    #[error(transparent)]
    Experiment(#[from] ExperimentError),
    /// MNIST.
    #[error(transparent)]
    Mnist(#[from] MnistError),
    /// A file.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Runs on this machine.
    #[error(transparent)]
    Local(#[from] LocalError),
    /// Runs on a cluster.
    #[error(transparent)]
    Slurm(#[from] SlurmError),
    /// The folder of runs, or this program, cannot be found.
    #[error("{} cannot be found ({source}); name another folder with --runs", path.display())]
    Path {
        /// The path.
        path: PathBuf,
        /// Error of the operating system.
        source: std::io::Error,
    },
    /// Runs gave no result.
    #[error("{failed} of {all} runs failed; mend what their logs say, then run the same command again")]
    Failed {
        /// Runs without a result.
        failed: usize,
        /// Runs of the sweep.
        all: usize,
    },
}

/// Does what is left of a sweep, and collects all results.
///
/// # Errors
/// [`CommandError`]; finished runs stay on disk.
pub fn run(options: &Options) -> Result<(), CommandError> {
    let plan = Plan::parse(&read(&options.file)?, 0)?;
    let results = options.results.clone().unwrap_or_else(|| options.place.runs.join("sweep").join(&plan.name));
    let collected = complete(&plan, &options.place, &results)?;
    let finished = collected.runs.iter().flatten().count();
    println!("{finished} of {} runs: {}", plan.runs.len(), results.join("runs.jsonl").display());
    Ok(())
}

/// Does what is left, unless only finished runs are wanted, and collects.
///
/// # Errors
/// [`CommandError`].
pub(crate) fn complete(plan: &Plan, place: &Place, results: &Path) -> Result<Collected, CommandError> {
    plan.runs.iter().try_for_each(|run| Experiment::of(run).map(|_| ()))?;
    let mut collected = Collected::read(plan, &place.runs, results)?;
    let left = |collected: &Collected| -> Vec<Run> {
        let open = plan.runs.iter().zip(&collected.runs).filter(|(_, found)| found.is_none());
        open.map(|(run, _)| run.clone()).collect()
    };
    let mut open = left(&collected);
    if place.finished || open.is_empty() {
        collected.write(results)?;
        return Ok(collected);
    }
    if open.iter().any(|run| run.task == "sudoku") {
        fetched(&mnist_folder(&place.runs))?;
    }
    let made = std::fs::create_dir_all(&place.runs).and_then(|()| place.runs.canonicalize());
    let folder = made.map_err(|source| CommandError::Path { path: place.runs.clone(), source })?;
    let failed = loop {
        let manifest = Manifest { folder: folder.clone(), runs: open };
        let (failed, again) = work(plan, place, results, &manifest, &collected)?;
        collected = Collected::read(plan, &place.runs, results)?;
        collected.write(results)?;
        open = left(&collected);
        if !again || open.is_empty() {
            break failed;
        }
    };
    if failed.is_empty() {
        return Ok(collected);
    }
    for Failed { title, log } in &failed {
        eprintln!("failed: {title}; its output is in {}", log.display());
    }
    Err(CommandError::Failed { failed: failed.len(), all: plan.runs.len() })
}

/// The runs that failed, and whether others may be left.
fn work(
    plan: &Plan,
    place: &Place,
    results: &Path,
    manifest: &Manifest,
    collected: &Collected,
) -> Result<(Vec<Failed>, bool), CommandError> {
    let path = manifest.write(&plan.name)?;
    let program = std::env::current_exe();
    let program = program.map_err(|source| CommandError::Path { path: "this program".into(), source })?;
    let bar = uneven_bar(plan.runs.len() as u64, "runs");
    let before = (plan.runs.len() - manifest.runs.len()) as u64;
    bar.set_position(before);
    let result = match place.on {
        On::Local => {
            let jobs =
                place.jobs.map_or_else(|| std::thread::available_parallelism().map_or(1, usize::from), usize::from);
            let worker = |index: usize| {
                let mut command = Command::new(&program);
                command.arg("work").arg(&path).arg(index.to_string()).env("RAYON_NUM_THREADS", "1");
                command
            };
            let left = Mutex::new(Left::new(manifest, collected));
            let finished = |index: usize| {
                // An error comes again at the end, where it is told.
                let _ = Collected::read(plan, &place.runs, results).and_then(|found| found.write(results));
                let mut left = left.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                left.done(index);
                left.show(&bar, jobs);
                bar.inc(1);
            };
            left.lock().unwrap_or_else(std::sync::PoisonError::into_inner).show(&bar, jobs);
            Ok((local::run_all(manifest, jobs, &worker, &finished)?, false))
        }
        On::Slurm => {
            let words = [program.as_path(), &path].map(|path| quoted(&path.display().to_string()));
            let worker = format!("{} work {} \"$INDEX\"", words[0], words[1]);
            let mut done = |finished: usize| bar.set_position(before + finished as u64);
            Ok(slurm::run_all(&plan.name, manifest, &worker, &place.slurm_option, &mut done)?)
        }
    };
    bar.finish_and_clear();
    result
}

/// Processor time that is left, by what finished runs of the same settings, else of the same task, took.
struct Left {
    seconds: Vec<f64>,
    total: f64,
}

impl Left {
    fn new(manifest: &Manifest, collected: &Collected) -> Self {
        let mut of_settings: BTreeMap<String, (f64, f64)> = BTreeMap::new();
        for (finished, timings) in collected.runs.iter().flatten() {
            let Some(timings) = timings else { continue };
            let seconds: f64 = timings.seconds.values().sum();
            for key in [finished.run.identity(), finished.run.task.clone()] {
                let (sum, count) = of_settings.entry(key).or_default();
                (*sum, *count) = (*sum + seconds, *count + 1.0);
            }
        }
        let mean = |run: &Run| {
            let found = of_settings.get(&run.identity()).or_else(|| of_settings.get(&run.task));
            found.map_or(UNKNOWN, |(sum, count)| sum / count)
        };
        let seconds: Vec<f64> = manifest.runs.iter().map(mean).collect();
        Self { total: seconds.iter().sum(), seconds }
    }

    fn done(&mut self, index: usize) {
        self.total -= self.seconds.get(index).copied().unwrap_or(0.0);
    }

    fn show(&self, bar: &ProgressBar, jobs: usize) {
        let minutes = (self.total.max(0.0) / jobs as f64 / 60.0).ceil();
        bar.set_prefix(if minutes < 120.0 {
            format!("about {minutes} min left")
        } else {
            format!("about {:.1} h left", minutes / 60.0)
        });
    }
}

/// Seconds of a run of which nothing is known yet.
const UNKNOWN: f64 = 60.0;
