//! Other solvers on the same problems: a throw-away Python environment, and DAQP from its own source.

use super::family::Family;
use super::run::Run;
use crate::setup::step::{self, StepError, spinner};
use crate::setup::workspace::Workspace;
use serde::Deserialize;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const REQUIREMENTS: &str = include_str!("peers/requirements.txt");
const SCRIPT: &str = include_str!("peers/measure.py");
/// DAQP is timed by a program of ours around its source: its Python package has neither single precision nor a time
/// for the update of a sequence's data.
const DAQP: &str = "daqp==0.11.0";
const DAQP_PROGRAM: &str = include_str!("peers/daqp.c");
/// The flags of DAQP's own build, and the instructions of this machine.
const DAQP_FLAGS: [&str; 5] = ["-O3", "-march=native", "-fassociative-math", "-fno-signed-zeros", "-fno-trapping-math"];

/// Why the peers were not run.
#[derive(Debug, thiserror::Error)]
pub enum PeersError {
    /// A step of the installation failed, or the user asked to stop.
    #[error(transparent)]
    Step(#[from] StepError),
    /// A file of the environment or of a family.
    #[error("{}: {source}; free the space or mend the permissions", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The script ended early.
    #[error("the peers' script failed on {family}: {said}")]
    Script {
        /// On which family.
        family: &'static str,
        /// The last line of its complaint.
        said: String,
    },
}

/// What the peers are run with.
#[derive(Debug, Clone)]
pub struct Peers {
    folder: PathBuf,
    /// What could not be installed, one line each.
    pub skipped: Vec<String>,
}

/// One line of the script's output.
#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Run(Run),
    Skipped { skipped: String },
}

impl Peers {
    /// Makes the environment beside the build unless it is there; solvers that cannot be installed are left out.
    ///
    /// # Errors
    /// There is no Python environment at all, or the user asked to stop.
    pub fn install(workspace: &Workspace) -> Result<Self, PeersError> {
        let mut hasher = DefaultHasher::new();
        (REQUIREMENTS, DAQP, DAQP_PROGRAM, DAQP_FLAGS).hash(&mut hasher);
        let folder = workspace.target.join(format!("bench-peers-{:016x}", hasher.finish()));
        let mut peers = Self { folder, skipped: Vec::new() };
        let complete = peers.folder.join("complete");
        if complete.exists() {
            return Ok(peers);
        }
        let _spinner = spinner("installing the peers");
        let log = workspace.log("bench-peers");
        step::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&peers.folder), &log)?;
        for requirement in REQUIREMENTS.lines() {
            let mut pip = peers.pip("install");
            let installed = step::run(pip.args(["--only-binary", ":all:", requirement]), &log);
            peers.note(requirement, installed)?;
        }
        let daqp = peers.build_daqp(&log);
        match daqp {
            Err(PeersError::Step(error)) => peers.note(DAQP, Err(error))?,
            other => other?,
        }
        if peers.skipped.is_empty() {
            File::create(&complete).map_err(at(&complete))?;
        }
        Ok(peers)
    }

    fn pip(&self, what: &str) -> Command {
        let mut pip = Command::new(self.folder.join("bin").join("python"));
        pip.args(["-m", "pip", what, "--disable-pip-version-check", "--no-input"]);
        pip
    }

    /// Keeps in mind what failed; only the wish to stop goes on.
    fn note(&mut self, what: &str, result: Result<(), StepError>) -> Result<(), PeersError> {
        match result {
            Err(error @ StepError::Interrupted { .. }) => Err(error.into()),
            Err(error) => {
                self.skipped.push(format!("{what}: {error}"));
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    /// DAQP's source from the package index, compiled around our clock in both precisions.
    fn build_daqp(&self, log: &Path) -> Result<(), PeersError> {
        let source = self.folder.join("daqp");
        fs::create_dir_all(&source).map_err(at(&source))?;
        let download = ["--no-deps", "--no-binary", "daqp", "--dest"];
        step::run(self.pip("download").args(download).arg(&source).arg(DAQP), log)?;
        let archive = source.join(format!("{}.tar.gz", DAQP.replace("==", "-")));
        let mut unpack = Command::new("tar");
        step::run(unpack.arg("-xzf").arg(archive).args(["--strip-components", "1", "-C"]).arg(&source), log)?;
        let program = source.join("measure.c");
        fs::write(&program, DAQP_PROGRAM).map_err(at(&program))?;
        let library = source.join("csrc").join("src");
        let mut files = vec![program];
        for entry in library.read_dir().map_err(at(&library))? {
            files.push(entry.map_err(at(&library))?.path());
        }
        files.retain(|file| file.extension().is_some_and(|extension| extension == "c"));
        for (name, define) in [("daqp-f64", None), ("daqp-f32", Some("-DDAQP_SINGLE_PRECISION"))] {
            let mut compiler = Command::new("cc");
            compiler.args(DAQP_FLAGS).args(define).arg("-I").arg(source.join("csrc").join("include"));
            step::run(compiler.args(&files).arg("-lm").arg("-o").arg(self.folder.join(name)), log)?;
        }
        Ok(())
    }

    /// Times all peers on a family; what a peer could not do is said beside.
    ///
    /// # Errors
    /// The script did not come to its end.
    pub fn run(&self, family: &Family, repeats: usize) -> Result<(Vec<Run>, Vec<String>), PeersError> {
        let file = self.folder.join(format!("{}.bin", family.name));
        family.write(&file).map_err(at(&file))?;
        let mut python = Command::new(self.folder.join("bin").join("python"));
        python.args(["-c", SCRIPT]).arg(&file).arg(repeats.to_string());
        python.arg(if family.sequence { "1" } else { "0" }).arg(&self.folder);
        // One thread each, as ours has.
        for variable in ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"] {
            python.env(variable, "1");
        }
        let output = python.stdin(Stdio::null()).output().map_err(at(&file))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            let said = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("nothing").to_owned();
            return Err(PeersError::Script { family: family.name, said });
        }
        let (mut runs, mut skipped) = (Vec::new(), Vec::new());
        // Libraries print what they like; ours are the lines that can be read.
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            match serde_json::from_str(line) {
                Ok(Line::Run(run)) => runs.push(run),
                Ok(Line::Skipped { skipped: why }) => skipped.push(format!("{}: {why}", family.name)),
                Err(_) => {}
            }
        }
        fs::remove_file(&file).map_err(at(&file))?;
        Ok((runs, skipped))
    }
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> PeersError {
    move |source| PeersError::File { path: path.to_owned(), source }
}
