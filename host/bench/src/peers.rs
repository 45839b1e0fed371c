//! Other solvers on the same problems: a throw-away Python environment, and DAQP from its own source.

use convex_edge_setup::environment::{Environment, PeersError, at};
use convex_edge_setup::step::{self, spinner};
use convex_edge_setup::workspace::Workspace;
use convex_edge_verify::family::Family;
use convex_edge_verify::run::Run;
use serde::Deserialize;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Command;

const REQUIREMENTS: &str = include_str!("peers/requirements.txt");
const SCRIPT: &str = include_str!("peers/measure.py");
/// DAQP is timed by a program of ours around its source: its Python package has neither single precision nor a time
/// for the update of a sequence's data.
const DAQP: &str = "daqp==0.11.0";
const DAQP_PROGRAM: &str = include_str!("peers/daqp.c");
/// The flags of DAQP's own build, and the instructions of this machine.
const DAQP_FLAGS: [&str; 5] = ["-O3", "-march=native", "-fassociative-math", "-fno-signed-zeros", "-fno-trapping-math"];

/// Python environment of the peers.
#[derive(Debug, Clone)]
pub struct Peers {
    /// The environment, with the peers that could not be installed.
    pub environment: Environment,
}

/// One line of the script's output.
#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Run(Run),
    Skipped { skipped: String },
}

impl Peers {
    /// Makes the environment in the target folder unless it is there; solvers that cannot be installed are left out.
    ///
    /// # Errors
    /// There is no Python environment at all, or the user asked to stop.
    pub fn install(workspace: &Workspace) -> Result<Self, PeersError> {
        let contents = (REQUIREMENTS, DAQP, DAQP_PROGRAM, DAQP_FLAGS);
        let mut peers = Self { environment: Environment::new(workspace, "bench-peers", &contents) };
        if peers.environment.is_complete() {
            return Ok(peers);
        }
        let _spinner = spinner("installing the peers");
        let log = workspace.log("bench-peers");
        peers.environment.install(REQUIREMENTS, &log)?;
        match peers.build_daqp(&log) {
            Err(PeersError::Step(error)) => peers.environment.note(DAQP, Err(error))?,
            other => other?,
        }
        peers.environment.complete()?;
        Ok(peers)
    }

    /// DAQP's source from the package index, compiled around our clock in both precisions.
    fn build_daqp(&self, log: &Path) -> Result<(), PeersError> {
        let Environment { folder, .. } = &self.environment;
        let source = folder.join("daqp");
        fs::create_dir_all(&source).map_err(at(&source))?;
        let download = ["--no-deps", "--no-binary", "daqp", "--dest"];
        step::run(self.environment.pip("download").args(download).arg(&source).arg(DAQP), log)?;
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
            step::run(compiler.args(&files).arg("-lm").arg("-o").arg(folder.join(name)), log)?;
        }
        Ok(())
    }

    /// Times all peers on a family. Failures of a peer are returned in words.
    ///
    /// # Errors
    /// The script did not come to its end.
    pub fn run(&self, family: &Family, repeats: usize) -> Result<(Vec<Run>, Vec<String>), PeersError> {
        let file = self.environment.folder.join(format!("{}.bin", family.name));
        family.write(&file).map_err(at(&file))?;
        let repeats = repeats.to_string();
        let sequence = if family.sequence { "1" } else { "0" };
        let arguments =
            [file.as_os_str(), OsStr::new(&repeats), OsStr::new(sequence), self.environment.folder.as_os_str()];
        // One thread each, as ours has.
        let output = self.environment.output(SCRIPT, &arguments, 1, family.name)?;
        let (mut runs, mut skipped) = (Vec::new(), Vec::new());
        // Libraries print what they like; ours are the lines that can be read.
        for line in output.lines() {
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
