//! Python, which runs the real Gymnasium in the tests.

use super::system::{PackageManager, System};
use super::workspace::{answer, version};
use super::{Check, Need, SetupError, State, apt};
use std::process::Command;

/// The oldest Python that Gymnasium 1.4 accepts.
const OLDEST: (u32, u32) = (3, 10);

/// Python with the module that makes throw-away environments.
pub fn check(system: &System) -> Check {
    let python = answer(Command::new("python3").arg("--version"));
    let number = python.as_deref().and_then(version);
    let environments = answer(Command::new("python3").args(["-c", "import ensurepip, venv"])).is_some();
    let good = environments && number >= Some(OLDEST);
    let found = match python {
        None => "python3 is not there".to_owned(),
        Some(python) if number < Some(OLDEST) => format!("{python}, older than {}.{}", OLDEST.0, OLDEST.1),
        Some(python) if environments => format!("{python} with venv"),
        Some(python) => format!("{python} without venv"),
    };
    Check {
        name: "python",
        found,
        needed_for: vec![Need::Test],
        state: if good { State::Ok } else { State::Missing },
        mend: (!good).then(|| mend(system)),
    }
}

fn mend(system: &System) -> String {
    match system.manager {
        PackageManager::Apt => return apt::install_line(&["python3-venv"], None),
        PackageManager::Dnf => "sudo dnf install python3",
        PackageManager::Pacman => "sudo pacman -S python",
        PackageManager::Zypper => "sudo zypper install python3",
        PackageManager::Brew => "brew install python3",
        PackageManager::Unknown => "install Python 3.10 or later with its module venv",
    }
    .to_owned()
}

/// Installs Python and its module venv.
///
/// # Errors
/// No package manager that this can use, no rights, or the installation failed.
pub fn fix(system: &System) -> Result<(), SetupError> {
    if system.manager != PackageManager::Apt {
        return Err(SetupError::NotAllowed { command: mend(system) });
    }
    apt::install(system, &["python3-venv"], None)
}
