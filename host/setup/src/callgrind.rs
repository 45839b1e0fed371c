//! Callgrind for instruction counts: Valgrind, and the benchmarks' runner in the version that the lock file names.

use super::step;
use super::system::{PackageManager, Privilege, System, find_program};
use super::workspace::{Workspace, answer, cargo};
use super::{Check, Need, SetupError, State, apt};
use std::path::PathBuf;
use std::process::Command;

/// The runner's package and program.
const RUNNER: &str = "gungraun-runner";
const VALGRIND: &str = "valgrind";

/// The runner, where it and Valgrind are there.
///
/// # Errors
/// Names of the missing tools.
pub fn ready(workspace: &Workspace) -> Result<PathBuf, String> {
    if answer(Command::new(VALGRIND).arg("--version")).is_none() {
        return Err(format!("{VALGRIND} is not there"));
    }
    let version = locked_version(workspace).ok_or_else(|| format!("Cargo.lock has no {RUNNER}"))?;
    let runner = folder(workspace, &version).join("bin").join(RUNNER);
    if runner.is_file() { Ok(runner) } else { Err(format!("{RUNNER} {version} is not there")) }
}

/// Valgrind and the runner. Where they cannot be had, the tests go without.
pub fn check(system: &System) -> Check {
    let ready = ready(&system.workspace);
    let valgrind = find_program(VALGRIND).is_some();
    let can = valgrind || (system.manager == PackageManager::Apt && system.privilege != Privilege::None);
    Check {
        name: "callgrind",
        state: match (&ready, can) {
            (Ok(_), _) => State::Ok,
            (Err(_), true) => State::Missing,
            (Err(_), false) => State::Optional,
        },
        mend: ready.is_err().then(|| if valgrind { "cargo edge doctor --fix".to_owned() } else { mend(system) }),
        found: ready.map_or_else(|lack| lack, |_| format!("{VALGRIND} and {RUNNER}")),
        needed_for: vec![Need::Test],
    }
}

fn mend(system: &System) -> String {
    let install = match system.manager {
        PackageManager::Apt => apt::install_line(&[VALGRIND], None),
        PackageManager::Dnf => "sudo dnf install valgrind".to_owned(),
        PackageManager::Pacman => "sudo pacman -S valgrind".to_owned(),
        PackageManager::Zypper => "sudo zypper install valgrind".to_owned(),
        PackageManager::Brew | PackageManager::Unknown => {
            return "install Valgrind, where your system has it".to_owned();
        }
    };
    format!("{install} && cargo edge doctor --fix")
}

/// Installs Valgrind, and builds the runner into the target folder.
///
/// # Errors
/// No rights, or an installation failed.
pub fn fix(system: &System) -> Result<(), SetupError> {
    if find_program(VALGRIND).is_none() {
        if system.manager != PackageManager::Apt {
            return Err(SetupError::NotAllowed { command: mend(system) });
        }
        apt::install(system, &[VALGRIND], None)?;
    }
    let Some(version) = locked_version(&system.workspace) else { return Ok(()) };
    let _spinner = step::spinner(&format!("installing {RUNNER} {version}"));
    let mut command = cargo();
    command.args(["install", "--locked", "--version", &format!("={version}"), "--root"]);
    command.arg(folder(&system.workspace, &version)).arg(RUNNER);
    Ok(step::run(&mut command, &system.workspace.log(RUNNER))?)
}

fn folder(workspace: &Workspace, version: &str) -> PathBuf {
    workspace.target.join("tools").join(format!("{RUNNER}-{version}"))
}

/// The runner has to be of the very version of the library.
fn locked_version(workspace: &Workspace) -> Option<String> {
    let lock: toml::Table = std::fs::read_to_string(workspace.root.join("Cargo.lock")).ok()?.parse().ok()?;
    let packages = lock.get("package")?.as_array()?;
    let package = packages.iter().find(|package| package.get("name").and_then(|name| name.as_str()) == Some(RUNNER))?;
    Some(package.get("version")?.as_str()?.to_owned())
}
