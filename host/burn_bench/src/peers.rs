//! Other layers on the same batches, in a throw-away Python environment.

use super::case::{Case, Values};
use super::row::Run;
use convex_edge_setup::environment::{Environment, PeersError, at};
use convex_edge_setup::step::{self, spinner};
use convex_edge_setup::workspace::Workspace;
use serde::Deserialize;
use std::ffi::OsStr;
use std::fs;

const REQUIREMENTS: &str = include_str!("peers/requirements.txt");
/// It is not to be had built, and asks for a NumPy that the others are too new for; it runs with theirs.
const QPTH: &str = "qpth==0.0.18";
const SCRIPT: &str = include_str!("peers/measure.py");

/// One line of the script's output.
#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Run(Run),
    Skipped { skipped: String },
}

/// Makes the environment in the target folder unless it is there; layers that cannot be installed are left out. About 6
/// GB, nearly all of it PyTorch with its libraries for graphics cards, which its package index has no wheel without.
///
/// # Errors
/// There is no Python environment at all, or the user asked to stop.
pub fn install(workspace: &Workspace) -> Result<Environment, PeersError> {
    let mut environment = Environment::new(workspace, "bench-layers", &(REQUIREMENTS, QPTH));
    if !environment.is_complete() {
        let log = workspace.log("bench-layers");
        let _spinner = spinner("installing the peers, 3 GB to download");
        environment.install(REQUIREMENTS, &log)?;
        let mut pip = environment.pip("install");
        let installed = step::run(pip.args(["--no-deps", QPTH]), &log);
        environment.note(QPTH, installed)?;
        environment.complete()?;
    }
    Ok(environment)
}

/// Times all peers on a batch. Failures of a peer are returned in words.
///
/// # Errors
/// The script did not come to its end.
pub fn run(
    environment: &Environment,
    case: &Case,
    repeats: usize,
    threads: usize,
) -> Result<(Vec<Run>, Vec<String>), PeersError> {
    let file = environment.folder.join(format!("{}.json", case.name));
    let arguments: &[Values] = &case.arguments;
    let text = serde_json::to_vec(arguments).map_err(std::io::Error::other).map_err(at(&file))?;
    fs::write(&file, text).map_err(at(&file))?;
    let numbers = [repeats.to_string(), threads.to_string()];
    let [repeats, threads_text] = numbers.each_ref().map(OsStr::new);
    let words = [OsStr::new(case.name), file.as_os_str(), OsStr::new(case.compared), repeats, threads_text];
    let output = environment.output(SCRIPT, &words, threads, case.name)?;
    let (mut runs, mut skipped) = (Vec::new(), Vec::new());
    // Libraries print what they like; ours are the lines that can be read.
    for line in output.lines() {
        match serde_json::from_str(line) {
            Ok(Line::Run(run)) => runs.push(run),
            Ok(Line::Skipped { skipped: why }) => skipped.push(format!("{}: {why}", case.name)),
            Err(_) => {}
        }
    }
    fs::remove_file(&file).map_err(at(&file))?;
    Ok((runs, skipped))
}
