//! Runs on this machine: one process each, as many at once as there are processors.

use crate::finished::result_file;
use crate::manifest::Manifest;
use convex_edge_runs::interrupt;
use convex_edge_runs::store::{StoreError, prepare};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;

/// Time between two looks at a process.
const LOOK: Duration = Duration::from_millis(50);

/// A run that gave no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// The run in words.
    pub title: String,
    /// Everything that its process printed.
    pub log: PathBuf,
}

/// Errors of a sweep on this machine.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LocalError {
    /// A run's folder.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A process did not start.
    #[error("a run's process did not start ({0}); free memory, or ask for fewer at once with --jobs")]
    NotStarted(std::io::Error),
    /// The user asked to stop.
    #[error("stopped; finished runs are kept, the same command goes on")]
    Interrupted,
}

/// Does all runs of a manifest, `jobs` at once. `worker` gives the command for the run with an index; `finished` is called
/// after each. A run that fails is returned at the end, after the others were done.
///
/// # Errors
/// [`LocalError`].
pub fn run_all(
    manifest: &Manifest,
    jobs: usize,
    worker: &(dyn Fn(usize) -> Command + Sync),
    finished: &(dyn Fn(usize) + Sync),
) -> Result<Vec<Failed>, LocalError> {
    let next = Mutex::new(0..manifest.runs.len());
    let work = || -> Result<Vec<Failed>, LocalError> {
        let mut failed = Vec::new();
        loop {
            let index = next.lock().unwrap_or_else(std::sync::PoisonError::into_inner).next();
            let Some((index, run)) = index.and_then(|index| Some((index, manifest.runs.get(index)?))) else {
                return Ok(failed);
            };
            let log = run.folder(&manifest.folder).join("log");
            one(worker(index), &log)?;
            if !result_file(run, &manifest.folder).exists() {
                failed.push(Failed { title: run.title(), log });
            }
            finished(index);
        }
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..jobs.max(1)).map(|_| scope.spawn(work)).collect();
        let mut failed = Vec::new();
        for thread in threads {
            // A thread that panicked has no list; its runs are without a result, and the same command does them again.
            failed.extend(thread.join().unwrap_or(Ok(Vec::new()))?);
        }
        Ok(failed)
    })
}

/// Runs a process to its end, or ends it where the user asks to stop.
fn one(mut command: Command, log: &Path) -> Result<(), LocalError> {
    if interrupt::requested() {
        return Err(LocalError::Interrupted);
    }
    prepare(log)?;
    let failed = |source| StoreError::Write { path: log.to_path_buf(), source };
    let output = File::create(log).map_err(failed)?;
    let errors = output.try_clone().map_err(failed)?;
    let child = command.stdin(Stdio::null()).stdout(output).stderr(errors).spawn();
    let mut child = child.map_err(LocalError::NotStarted)?;
    loop {
        if ended(&mut child) {
            return Ok(());
        }
        if interrupt::requested() {
            // Its files are whole or not there: nothing is lost but its time.
            let _ = child.kill();
            let _ = child.wait();
            return Err(LocalError::Interrupted);
        }
        std::thread::sleep(LOOK);
    }
}

/// A process whose end cannot be asked for has ended for us: what counts is its result.
fn ended(child: &mut Child) -> bool {
    !matches!(child.try_wait(), Ok(None))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finished::{Collected, RUNS};
    use crate::plan::Plan;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Workers are shells that write what a run's process would.
    #[test]
    fn a_failed_run_is_named_and_the_others_are_done() {
        let folder = tempfile::tempdir().unwrap();
        let plan = Plan::parse("name = \"a\"\n[[grids]]\ntask = \"t\"\nseeds = 5", 0).unwrap();
        let manifest = Manifest { folder: folder.path().to_path_buf(), runs: plan.runs.clone() };
        let path = manifest.write("a").unwrap();
        assert_eq!(Manifest::left(&path, 3).unwrap(), Some((plan.runs[3].clone(), folder.path().to_path_buf())));
        assert!(Manifest::left(&path, 5).is_err());
        let worker = |index: usize| {
            let run = &manifest.runs[index];
            let result = result_file(run, folder.path());
            let text = format!(
                "{{\"run\":{},\"figures\":{{\"seed\":{}}}}}",
                serde_json::to_string(run).unwrap(),
                run.seed as f64 + 0.5
            );
            let script = if index == 2 {
                "echo no such data >&2; exit 3".to_owned()
            } else {
                format!("echo '{text}' > '{}'", result.display())
            };
            let mut command = Command::new("sh");
            command.args(["-c", &script]);
            command
        };
        let done = AtomicUsize::new(0);
        let failed = run_all(&manifest, 3, &worker, &|_| {
            done.fetch_add(1, Ordering::Relaxed);
        })
        .unwrap();
        assert_eq!(failed.len(), 1);
        assert_eq!(failed[0].title, "t, seed 2");
        assert!(std::fs::read_to_string(&failed[0].log).unwrap().contains("no such data"));
        assert_eq!(done.into_inner(), 5);
        assert_eq!(Manifest::left(&path, 3).unwrap(), None);

        // In the plan's order, whatever order they ended in.
        let results = folder.path().join("results");
        let collected = Collected::read(&plan, folder.path(), &results).unwrap();
        collected.write(&results).unwrap();
        let seeds: Vec<u64> = collected.results().iter().map(|found| found.run.seed).collect();
        assert_eq!(seeds, [0, 1, 3, 4]);
        assert_eq!(std::fs::read_to_string(results.join(RUNS)).unwrap().lines().count(), 4);
    }
}
