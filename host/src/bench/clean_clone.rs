//! How long does it take from a clean clone to the first maps, with cargo alone?

use crate::setup::workspace::{Workspace, cargo};
use serde::{Deserialize, Serialize};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Instant;

/// What a line of the README begins with that makes the first maps.
const COMMAND: &str = "cargo edge generate maps";

/// What such a line leaves.
const PICTURE: &str = "maps.png";

/// A clone and its first maps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CleanClone {
    /// The line of the README.
    pub command: String,
    /// What was cloned; changes that are not committed are not in it.
    pub commit: String,
    /// From the beginning of the clone to the picture of the maps, the build and a training among it. Packages that cargo
    /// has already are not downloaded again.
    pub seconds: f64,
}

/// Why there are no maps.
#[derive(Debug, thiserror::Error)]
pub enum CleanCloneError {
    /// There is no folder for the clone.
    #[error("no temporary folder for a clone ({0}); free some space, or set TMPDIR")]
    Folder(std::io::Error),
    /// A program did not start.
    #[error("{program} did not start ({source}); install it")]
    Start {
        /// Which.
        program: &'static str,
        /// Why.
        source: std::io::Error,
    },
    /// A program failed, or was stopped.
    #[error("{what} failed in the clone ({status}); mend what it says above")]
    Failed {
        /// Which.
        what: String,
        /// How.
        status: ExitStatus,
    },
    /// The README names no such command.
    #[error("no line of README.md begins with `{COMMAND}`; commit one")]
    NoCommand,
    /// The command left no picture.
    #[error("the README's command left no {PICTURE}; have it write one")]
    NoPicture,
}

/// Clones the workspace's last commit into a temporary folder and runs the README's command there; programs write to the
/// terminal. Takes about ten minutes and 3 GB of disk, which are free again afterwards.
///
/// # Errors
/// [`CleanCloneError`].
pub fn measure(workspace: &Workspace) -> Result<CleanClone, CleanCloneError> {
    let folder = tempfile::tempdir().map_err(CleanCloneError::Folder)?;
    let clone = folder.path().join("clone");
    let started = Instant::now();
    let mut git = Command::new("git");
    git.args(["clone", "--quiet"]).arg(&workspace.root).arg(&clone);
    run("git", git)?;
    let named = Command::new("git").args(["rev-parse", "--short", "HEAD"]).current_dir(&clone).output();
    let named = named.map_err(|source| CleanCloneError::Start { program: "git", source })?;
    let readme = std::fs::read_to_string(clone.join("README.md")).unwrap_or_default();
    let command = command(&readme).ok_or(CleanCloneError::NoCommand)?;
    let mut shell = Command::new("sh");
    // A shell has the variables of the cargo that runs this process; what that built must not serve the clone.
    for (name, _) in cargo().get_envs().filter(|(_, value)| value.is_none()) {
        shell.env_remove(name);
    }
    shell.args(["-c", command]).current_dir(&clone).env_remove("CARGO_TARGET_DIR");
    run("sh", shell)?;
    let seconds = started.elapsed().as_secs_f64();
    if !clone.join(PICTURE).is_file() {
        return Err(CleanCloneError::NoPicture);
    }
    let commit = String::from_utf8_lossy(&named.stdout).trim().to_owned();
    Ok(CleanClone { command: command.to_owned(), commit, seconds })
}

fn run(program: &'static str, mut command: Command) -> Result<(), CleanCloneError> {
    let status = command.stdin(Stdio::null()).status().map_err(|source| CleanCloneError::Start { program, source })?;
    if status.success() {
        return Ok(());
    }
    let words: Vec<_> = command.get_args().map(|word| word.to_string_lossy()).collect();
    Err(CleanCloneError::Failed { what: format!("{program} {}", words.join(" ")), status })
}

/// The README's line that makes maps.
fn command(readme: &str) -> Option<&str> {
    readme.lines().find(|line| line.starts_with(COMMAND))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_has_a_line_that_leaves_a_picture() {
        let command = command(include_str!("../../../README.md")).unwrap();
        assert!(command.ends_with(PICTURE), "{command}");
    }
}
