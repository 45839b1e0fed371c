//! The Rust side: cargo's own components, and the two ways to a compiler for the microcontroller.

use super::step;
use super::system::{PackageManager, System, find_program};
use super::thumb::{self, ThumbToolchain};
use super::workspace::{answer, cargo};
use super::{Check, Need, SetupError, State, apt};
use std::process::Command;

const DEBIAN_PACKAGES: [&str; 2] = ["rustc-web", "rust-web-src"];

/// rustfmt and clippy.
pub fn check_components(system: &System) -> Check {
    let lacking: Vec<&str> = [("rustfmt", "fmt"), ("clippy", "clippy")]
        .into_iter()
        .filter(|(_, subcommand)| answer(cargo().args([subcommand, "--version"])).is_none())
        .map(|(name, _)| name)
        .collect();
    let good = lacking.is_empty();
    Check {
        name: "rust components",
        found: if good { "rustfmt, clippy".to_owned() } else { format!("without {}", lacking.join(", ")) },
        needed_for: vec![Need::Test],
        state: if good { State::Ok } else { State::Missing },
        mend: (!good).then(|| mend_components(system)),
    }
}

fn mend_components(system: &System) -> String {
    match system.manager {
        _ if find_program("rustup").is_some() => "rustup component add rustfmt clippy",
        PackageManager::Apt => "sudo apt-get install rustfmt rust-clippy",
        PackageManager::Dnf => "sudo dnf install rustfmt clippy",
        _ => "install your Rust with its components rustfmt and clippy",
    }
    .to_owned()
}

/// Adds rustfmt and clippy to a rustup toolchain.
///
/// # Errors
/// Rust did not come from rustup, or rustup failed.
pub fn fix_components(system: &System) -> Result<(), SetupError> {
    rustup(system, &["component", "add", "rustfmt", "clippy"], &mend_components(system))
}

/// A compiler for the microcontroller, either way or the one asked for.
pub fn check_target(system: &System, way: Option<ThumbToolchain>) -> Check {
    let ready_made = way != Some(ThumbToolchain::Debian) && thumb::ready_made_core();
    let debian = thumb::debian_compiler(&system.workspace);
    let (good, found) = match (ready_made, way, &debian) {
        (true, ..) => (true, format!("{} of the running toolchain", thumb::TARGET)),
        (false, Some(ThumbToolchain::Rustup), _) => (false, format!("no {}", thumb::TARGET)),
        (false, _, Ok(compiler)) => {
            let (major, minor) = compiler.version;
            (true, format!("{} by Debian's rustc {major}.{minor}, core from source", thumb::TARGET))
        }
        (false, Some(ThumbToolchain::Debian), Err(lack)) => (false, lack.to_string()),
        (false, None, Err(_)) => (false, format!("no {}", thumb::TARGET)),
    };
    Check {
        name: "firmware target",
        found,
        needed_for: vec![Need::Demo, Need::Test, Need::Flash],
        state: if good { State::Ok } else { State::Missing },
        mend: (!good).then(|| mend_target(way)),
    }
}

fn mend_target(way: Option<ThumbToolchain>) -> String {
    if way == Some(ThumbToolchain::Debian) {
        apt::install_line(&DEBIAN_PACKAGES, None)
    } else {
        format!("rustup target add {}", thumb::TARGET)
    }
}

/// Adds the target by rustup; where that cannot be done, installs Debian's compiler.
///
/// # Errors
/// The way asked for cannot be had here, or neither can.
pub fn fix_target(system: &System, way: Option<ThumbToolchain>) -> Result<(), SetupError> {
    let by_rustup = || rustup(system, &["target", "add", thumb::TARGET], &mend_target(way));
    match way {
        Some(ThumbToolchain::Rustup) => by_rustup(),
        Some(ThumbToolchain::Debian) => install_debian(system),
        None if system.manager == PackageManager::Apt => by_rustup().or_else(|error| match error {
            SetupError::Step(step::StepError::Interrupted { .. }) => Err(error),
            _ => install_debian(system),
        }),
        None => by_rustup(),
    }
}

/// Installs Debian's compiler and the source of its standard library.
///
/// # Errors
/// Not a Debian, no rights, or its compiler is too old.
pub fn install_debian(system: &System) -> Result<(), SetupError> {
    let needed = system.workspace.rust_version;
    if system.manager != PackageManager::Apt {
        return Err(SetupError::NotDebian);
    }
    apt::update(system)?;
    let found = apt::candidate(DEBIAN_PACKAGES[0], None);
    if found < Some(needed) {
        return Err(SetupError::DebianTooOld { found: found.unwrap_or_default(), needed });
    }
    let mut packages = DEBIAN_PACKAGES.to_vec();
    if thumb::linker().is_none() {
        packages.push("lld");
    }
    apt::install(system, &packages, None)
}

fn rustup(system: &System, arguments: &[&str], mend: &str) -> Result<(), SetupError> {
    if find_program("rustup").is_none() {
        return Err(SetupError::NotAllowed { command: mend.to_owned() });
    }
    let _spinner = step::spinner(&format!("rustup {}", arguments.join(" ")));
    let log = system.workspace.log(&format!("rustup-{}", arguments.first().copied().unwrap_or_default()));
    Ok(step::run_to_its_end(Command::new("rustup").args(arguments), &log)?)
}
