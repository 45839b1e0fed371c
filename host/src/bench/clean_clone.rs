//! How long does it take from a clean clone to the first maps, with cargo alone?

use super::machine::processor;
use crate::setup::step::{self, StepError};
use crate::setup::workspace::{Workspace, cargo};
use serde::{Deserialize, Serialize};
use std::process::Command;
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
    /// On what; earlier measurements did not note it.
    #[serde(default)]
    pub processor: String,
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
    /// Cloning, or the README's command.
    #[error(transparent)]
    Step(#[from] StepError),
    /// The README names no such command.
    #[error("no line of README.md begins with `{COMMAND}`; commit one")]
    NoCommand,
    /// The command left no picture.
    #[error("the README's command left no {PICTURE}; have it write one")]
    NoPicture,
}

/// Clones the workspace's last commit into a temporary folder and runs the README's command there. Takes about ten minutes and
/// 1 GB of disk, which are free again afterwards.
///
/// # Errors
/// [`CleanCloneError`].
pub fn measure(workspace: &Workspace) -> Result<CleanClone, CleanCloneError> {
    let folder = tempfile::tempdir().map_err(CleanCloneError::Folder)?;
    let (clone, log) = (folder.path().join("clone"), workspace.log("clean-clone"));
    let started = Instant::now();
    step::run(Command::new("git").args(["clone", "--quiet"]).arg(&workspace.root).arg(&clone), &log)?;
    step::run(Command::new("git").args(["rev-parse", "--short", "HEAD"]).current_dir(&clone), &log)?;
    let commit = std::fs::read_to_string(&log).unwrap_or_default();
    let commit = commit.lines().next_back().unwrap_or_default().to_owned();
    let readme = std::fs::read_to_string(clone.join("README.md")).unwrap_or_default();
    let command = command(&readme).ok_or(CleanCloneError::NoCommand)?.to_owned();
    let mut shell = Command::new("sh");
    // A shell has the variables of the cargo that runs this process; what that built must not serve the clone.
    for (name, _) in cargo().get_envs().filter(|(_, value)| value.is_none()) {
        shell.env_remove(name);
    }
    step::run(shell.args(["-c", &command]).current_dir(&clone).env_remove("CARGO_TARGET_DIR"), &log)?;
    let seconds = started.elapsed().as_secs_f64();
    if !clone.join(PICTURE).is_file() {
        return Err(CleanCloneError::NoPicture);
    }
    Ok(CleanClone { command, commit, processor: processor(), seconds })
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
