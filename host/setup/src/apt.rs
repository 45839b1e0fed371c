//! Packages on Debian and its kin: what could be installed, and installing it without breaking what is there.

use super::step::{self, StepError};
use super::system::{Privilege, System};
use super::workspace::{answer, version};
use super::{SetupError, apt_sources};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

static LISTS_ARE_FRESH: AtomicBool = AtomicBool::new(false);

/// The version that apt would install, `(major, minor)`; from a certain suite where one is named.
pub fn candidate(package: &str, suite: Option<&str>) -> Option<(u32, u32)> {
    let mut command = Command::new("apt-cache");
    command.env("LC_ALL", "C");
    if let Some(suite) = suite {
        command.args(["-o", &format!("APT::Default-Release={suite}")]);
    }
    let policy = answer(command.args(["policy", package]))?;
    policy.lines().find_map(|line| version(line.trim().strip_prefix("Candidate:")?))
}

/// Installs packages; never removes one. Reads the package lists anew first, once per process.
///
/// # Errors
/// No rights to install, or apt failed.
pub fn install(system: &System, packages: &[&str], suite: Option<&str>) -> Result<(), SetupError> {
    if system.privilege == Privilege::None {
        return Err(SetupError::NotAllowed { command: install_line(packages, suite) });
    }
    if !LISTS_ARE_FRESH.load(Ordering::SeqCst) {
        update(system)?;
    }
    let _spinner = step::spinner(&format!("installing {}", packages.join(", ")));
    let mut command = system.administrator("env");
    command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "--yes", "--no-remove"]);
    command.arg("--no-install-recommends");
    if let Some(suite) = suite {
        command.args(["--target-release", suite]);
    }
    let name = format!("apt-{}", packages.first().copied().unwrap_or_default());
    Ok(step::run_to_its_end(command.args(packages), &system.workspace.log(&name))?)
}

/// The same as a command to type.
pub fn install_line(packages: &[&str], suite: Option<&str>) -> String {
    let suite = suite.map_or_else(String::new, |suite| format!("-t {suite} "));
    format!("sudo apt-get update && sudo apt-get install --no-install-recommends {suite}{}", packages.join(" "))
}

/// Reads the package lists anew. A foreign source that does not answer is no reason to give up:
/// whether the package can be had shows when it is installed.
///
/// # Errors
/// apt is missing, or the user asked to stop.
pub fn update(system: &System) -> Result<(), SetupError> {
    let _spinner = step::spinner("reading the package lists");
    let mut command = system.administrator("apt-get");
    match step::run_to_its_end(command.arg("update"), &system.workspace.log("apt-update")) {
        Ok(()) | Err(StepError::Failed { .. }) => {
            LISTS_ARE_FRESH.store(true, Ordering::SeqCst);
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

/// Makes the release's backports known to apt and returns their suite; a derived source that does not
/// offer the package in that version is taken away again.
///
/// # Errors
/// No rights, or neither a configured nor a derived source offers the package.
pub fn add_backports(system: &System, package: &str, oldest: (u32, u32)) -> Result<String, SetupError> {
    let codename = system.codename.clone().unwrap_or_default();
    let suite = format!("{codename}-backports");
    if system.privilege == Privilege::None {
        return Err(SetupError::NotAllowed { command: "sudo --validate && cargo edge doctor --fix".to_owned() });
    }
    let derived = apt_sources::backports(&apt_sources::read(Path::new("/etc/apt")), &codename);
    if let Some(text) = &derived {
        write_source(system, text)?;
    }
    let updated = update(system);
    if updated.is_ok() && candidate(package, Some(&suite)) >= Some(oldest) {
        return Ok(suite);
    }
    if derived.is_some() {
        let mut command = system.administrator("rm");
        step::run_to_its_end(command.args(["-f", apt_sources::FILE]), &system.workspace.log("apt-source"))?;
    }
    updated?;
    Err(SetupError::NoBackports { suite, package: package.to_owned() })
}

/// Puts the source in place under its final name in one move; apt does not read the name that it has before.
fn write_source(system: &System, text: &str) -> Result<(), SetupError> {
    let own = tempfile::NamedTempFile::new().map_err(SetupError::Temporary)?;
    std::fs::write(own.path(), text).map_err(SetupError::Temporary)?;
    let beside = format!("{}.new", apt_sources::FILE);
    let log = system.workspace.log("apt-source");
    step::run_to_its_end(system.administrator("install").args(["-m", "644"]).arg(own.path()).arg(&beside), &log)?;
    step::run_to_its_end(system.administrator("mv").args([beside.as_str(), apt_sources::FILE]), &log)?;
    Ok(())
}
