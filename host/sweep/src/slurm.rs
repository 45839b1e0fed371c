//! Runs on a Slurm cluster: job arrays, with one task of an array for each run.
//!
//! Slurm schedules, requeues and limits. This module submits, waits for results and names the runs without one. It needs
//! `sbatch` and `squeue` on the PATH, and the workspace and its folder of runs on a file system that all nodes share.

use crate::finished::result_file;
use crate::local::Failed;
use crate::manifest::Manifest;
use convex_edge_runs::interrupt;
use convex_edge_runs::store::{StoreError, read_json, write_atomically, write_json};
use serde::{Deserialize, Serialize};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Tasks of an array; Slurm's default limit of an index is 1,000.
const ARRAY: usize = 1000;

/// Time between two looks at the queue.
const LOOK: Duration = Duration::from_secs(2);

/// How long the controller may give no answer, as when it is started again.
const PATIENCE: Duration = Duration::from_secs(600);

/// Errors of a sweep on a cluster.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SlurmError {
    /// A file.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A program of Slurm's did not start.
    #[error("`{program}` did not start ({source}); run this where Slurm's commands are on the PATH")]
    NotStarted {
        /// Name of the program.
        program: &'static str,
        /// Error of the operating system.
        source: std::io::Error,
    },
    /// The cluster refused the jobs.
    #[error("sbatch refused the jobs: {0}; give what your cluster needs with --slurm-option, such as --partition=NAME")]
    Refused(String),
    /// The controller gives no answer.
    #[error("squeue has had no answer for ten minutes: {0}; the jobs go on, the same command waits for them again")]
    Silent(String),
    /// The user asked to stop.
    #[error("stopped; the jobs go on, the same command waits for them again; `scancel {0}` ends them")]
    Interrupted(String),
}

/// Jobs of a sweep, kept so that the same command waits for them and submits none twice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Submitted {
    manifest: Manifest,
    /// Numbers of the arrays.
    jobs: Vec<String>,
}

/// Does all runs of a manifest on the cluster; jobs that an earlier command submitted and that are still in the queue are
/// waited for first, and `true` is returned then: runs may be left that those jobs did not have. `worker` is a shell's
/// command line for the run with the index `$INDEX`; `options` go to `sbatch`. `done` is called with the number of
/// finished runs.
///
/// # Errors
/// [`SlurmError`].
pub fn run_all(
    name: &str,
    manifest: &Manifest,
    worker: &str,
    options: &[String],
    done: &mut dyn FnMut(usize),
) -> Result<(Vec<Failed>, bool), SlurmError> {
    let file = manifest.folder.join("sweep").join(format!("{name}-slurm.json"));
    let earlier: Option<Submitted> = read_json(&file)?;
    if let Some(earlier) = earlier.filter(|earlier| active(&earlier.jobs).is_ok_and(|active| active > 0)) {
        wait(&earlier, done)?;
        return Ok((Vec::new(), true));
    }
    let mut submitted = Submitted { manifest: manifest.clone(), jobs: Vec::new() };
    for first in (0..manifest.runs.len()).step_by(ARRAY) {
        let last = (manifest.runs.len() - first).min(ARRAY) - 1;
        let logs = logs(&manifest.folder, name);
        std::fs::create_dir_all(&logs).map_err(|source| StoreError::Write { path: logs.clone(), source })?;
        let script = script(name, &logs, first, last, worker);
        let path = manifest.folder.join("sweep").join(format!("{name}-{first}.sbatch"));
        write_atomically(&path, script.as_bytes())?;
        submitted.jobs.push(submit(&path, options)?);
        write_json(&file, &submitted)?;
    }
    wait(&submitted, done)?;
    let failed = manifest.runs.iter().enumerate().filter(|(_, run)| !result_file(run, &manifest.folder).exists());
    let failed = failed.map(|(index, run)| Failed {
        title: run.title(),
        log: logs(&manifest.folder, name).join(format!("{index}.log")),
    });
    Ok((failed.collect(), false))
}

fn logs(folder: &Path, name: &str) -> PathBuf {
    folder.join("sweep").join(format!("{name}-logs"))
}

/// Batch script of an array. A task that was killed with its node is put into the queue again.
fn script(name: &str, logs: &Path, first: usize, last: usize, worker: &str) -> String {
    let mut text = String::from("#!/bin/sh\n");
    for line in [
        format!("--job-name={name}"),
        format!("--array=0-{last}"),
        "--ntasks=1".to_owned(),
        "--cpus-per-task=1".to_owned(),
        "--requeue".to_owned(),
        "--open-mode=append".to_owned(),
        "--output=/dev/null".to_owned(),
        "--error=/dev/null".to_owned(),
    ] {
        let _ = writeln!(text, "#SBATCH {line}");
    }
    // A pattern of Slurm's cannot add the first index.
    let _ = writeln!(text, "INDEX=$((SLURM_ARRAY_TASK_ID + {first}))");
    let _ = writeln!(text, "exec >>{}/$INDEX.log 2>&1", quoted(&logs.display().to_string()));
    let _ = writeln!(text, "export RAYON_NUM_THREADS=1");
    let _ = writeln!(text, "exec {worker}");
    text
}

/// A word for a POSIX shell.
pub fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// The number of the array.
fn submit(script: &Path, options: &[String]) -> Result<String, SlurmError> {
    let mut command = Command::new("sbatch");
    command.arg("--parsable").args(options).arg(script).stdin(Stdio::null());
    let output = command.output().map_err(|source| SlurmError::NotStarted { program: "sbatch", source })?;
    if !output.status.success() {
        return Err(SlurmError::Refused(one_line(&output.stderr)));
    }
    // With several clusters it is `number;cluster`.
    let text = one_line(&output.stdout);
    Ok(text.split(';').next().unwrap_or_default().to_owned())
}

fn one_line(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Number of tasks of these arrays that wait or run. Slurm forgets arrays some minutes after their end.
fn active(jobs: &[String]) -> Result<usize, SlurmError> {
    let mut active = 0;
    for job in jobs {
        let mut command = Command::new("squeue");
        command.args(["--noheader", "--array", "--format=%i", "--jobs", job]).stdin(Stdio::null());
        let output = command.output().map_err(|source| SlurmError::NotStarted { program: "squeue", source })?;
        let error = one_line(&output.stderr);
        if output.status.success() {
            active += String::from_utf8_lossy(&output.stdout).lines().count();
        } else if !error.contains("Invalid job id") {
            return Err(SlurmError::Silent(error));
        }
    }
    Ok(active)
}

fn wait(submitted: &Submitted, done: &mut dyn FnMut(usize)) -> Result<(), SlurmError> {
    let Submitted { manifest, jobs } = submitted;
    let mut heard = Instant::now();
    loop {
        if interrupt::requested() {
            return Err(SlurmError::Interrupted(jobs.join(" ")));
        }
        let finished = manifest.runs.iter().filter(|run| result_file(run, &manifest.folder).exists()).count();
        done(finished);
        match active(jobs) {
            Ok(0) => return Ok(()),
            Ok(_) => heard = Instant::now(),
            Err(error @ SlurmError::NotStarted { .. }) => return Err(error),
            Err(error) if heard.elapsed() > PATIENCE => return Err(error),
            // The controller is being started again.
            Err(_) => {}
        }
        std::thread::sleep(LOOK);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_runs_what_it_is_given_whatever_the_folders_are_called() {
        let folder = tempfile::tempdir().unwrap();
        let logs = folder.path().join("it's a folder");
        std::fs::create_dir(&logs).unwrap();
        let worker = format!("echo {} \"$INDEX\" \"$RAYON_NUM_THREADS\"", quoted("a 'word'"));
        let text = script("name", &logs, 2000, 41, &worker);
        assert!(text.contains("#SBATCH --array=0-41\n"), "{text}");
        let path = folder.path().join("script");
        std::fs::write(&path, text).unwrap();
        assert!(Command::new("sh").arg(path).env("SLURM_ARRAY_TASK_ID", "7").status().unwrap().success());
        assert_eq!(std::fs::read_to_string(logs.join("2007.log")).unwrap(), "a 'word' 2007 1\n");
    }
}
