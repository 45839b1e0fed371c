//! Throw-away Python environment with the peers' solvers, in the target folder.

use crate::step::{self, StepError};
use crate::workspace::Workspace;
use std::ffi::OsStr;
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Errors of the peers.
#[derive(Debug, thiserror::Error)]
pub enum PeersError {
    /// A step of the installation failed, or the user asked to stop.
    #[error(transparent)]
    Step(#[from] StepError),
    /// A file of the environment or of the problems.
    #[error("{}: {source}; free the space or mend the permissions", path.display())]
    File {
        /// Path of the file.
        path: PathBuf,
        /// Error of the operating system.
        source: io::Error,
    },
    /// The script ended early.
    #[error("the peers' script failed on {problems}: {said}")]
    Script {
        /// Name of the problems.
        problems: &'static str,
        /// The last line of its complaint.
        said: String,
    },
}

/// The environment, and what is not in it.
#[derive(Debug, Clone)]
pub struct Environment {
    /// Folder of the environment.
    pub folder: PathBuf,
    /// Packages that could not be installed, one line each.
    pub skipped: Vec<String>,
}

impl Environment {
    /// The folder of this name for these contents; nothing is made yet.
    pub fn new(workspace: &Workspace, name: &str, contents: &impl Hash) -> Self {
        let mut hasher = DefaultHasher::new();
        contents.hash(&mut hasher);
        let folder = workspace.target.join(format!("{name}-{:016x}", hasher.finish()));
        Self { folder, skipped: Vec::new() }
    }

    /// Whether everything was installed before.
    pub fn is_complete(&self) -> bool {
        self.folder.join("complete").exists()
    }

    /// Remembers that everything is installed, if it is.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn complete(&self) -> Result<(), PeersError> {
        let complete = self.folder.join("complete");
        if self.skipped.is_empty() {
            File::create(&complete).map_err(at(&complete))?;
        }
        Ok(())
    }

    /// Makes the environment and installs what is not there yet, a requirement a line. What cannot be installed is left
    /// out, and tried again the next time.
    ///
    /// # Errors
    /// There is no Python environment at all, or the user asked to stop.
    pub fn install(&mut self, requirements: &str, log: &Path) -> Result<(), PeersError> {
        step::run(Command::new("python3").args(["-m", "venv"]).arg(&self.folder), log)?;
        for requirement in requirements.lines() {
            let mut pip = self.pip("install");
            let installed = step::run(pip.args(["--only-binary", ":all:", requirement]), log);
            self.note(requirement, installed)?;
        }
        Ok(())
    }

    /// The environment's own package manager, about to do this.
    pub fn pip(&self, what: &str) -> Command {
        let mut pip = Command::new(self.program("python"));
        pip.args(["-m", "pip", what, "--disable-pip-version-check", "--no-input"]);
        pip
    }

    /// Keeps in mind what failed; only the wish to stop goes on.
    ///
    /// # Errors
    /// The user asked to stop.
    pub fn note(&mut self, what: &str, result: Result<(), StepError>) -> Result<(), PeersError> {
        match result {
            Err(error @ StepError::Interrupted { .. }) => Err(error.into()),
            Err(error) => {
                self.skipped.push(format!("{what}: {error}"));
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    /// What a script prints, with so many threads for every library in it.
    ///
    /// # Errors
    /// The script did not come to its end.
    pub fn output(
        &self,
        script: &str,
        arguments: &[&OsStr],
        threads: usize,
        problems: &'static str,
    ) -> Result<String, PeersError> {
        let program = self.program("python");
        let mut python = Command::new(&program);
        python.args(["-c", script]).args(arguments);
        for variable in ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"] {
            python.env(variable, threads.to_string());
        }
        let output = python.stdin(Stdio::null()).output().map_err(at(&program))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            let said = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("nothing").to_owned();
            return Err(PeersError::Script { problems, said });
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn program(&self, name: &str) -> PathBuf {
        self.folder.join("bin").join(name)
    }
}

/// Says at which file an error happened.
pub fn at(path: &Path) -> impl FnOnce(io::Error) -> PeersError {
    move |source| PeersError::File { path: path.to_owned(), source }
}
