//! QEMU: which one can be the board, and how this machine gets it.

use super::system::{PackageManager, System};
use super::workspace::{answer, version};
use super::{Check, Need, SetupError, State, apt};
use std::process::Command;

/// The program.
const PROGRAM: &str = "qemu-system-arm";

/// The board's name in QEMU.
const MACHINE: &str = "b-l475e-iot01a";

/// The version in which the machine's serial ports came; 9.0 lists the machine, and it stays silent (QEMU issue 2540).
const OLDEST: (u32, u32) = (9, 1);

fn has_machine() -> bool {
    let machines = answer(Command::new(PROGRAM).args(["-machine", "help"])).unwrap_or_default();
    machines.lines().any(|line| line.split_whitespace().next() == Some(MACHINE))
}

/// QEMU on this machine.
pub fn check(system: &System) -> Check {
    let text = answer(Command::new(PROGRAM).arg("--version"));
    let number = text.as_deref().and_then(version);
    let machine = has_machine();
    let good = machine && number >= Some(OLDEST);
    let found = match number {
        None => format!("{PROGRAM} is not there"),
        Some((major, minor)) if number < Some(OLDEST) => {
            format!("QEMU {major}.{minor}, older than {}.{}", OLDEST.0, OLDEST.1)
        }
        Some((major, minor)) => {
            format!("QEMU {major}.{minor} {} the machine {MACHINE}", if machine { "with" } else { "without" })
        }
    };
    Check {
        name: "qemu",
        found,
        needed_for: vec![Need::Demo, Need::Test],
        state: if good { State::Ok } else { State::Missing },
        mend: (!good).then(|| mend(system)),
    }
}

fn mend(system: &System) -> String {
    match system.manager {
        PackageManager::Apt if apt::candidate(PROGRAM, None) >= Some(OLDEST) => apt::install_line(&[PROGRAM], None),
        PackageManager::Apt => {
            let suite = format!("{}-backports", system.codename.as_deref().unwrap_or("unknown"));
            if apt::candidate(PROGRAM, Some(&suite)) >= Some(OLDEST) {
                apt::install_line(&[PROGRAM], Some(&suite))
            } else {
                // The source of the backports has to be written first: with the password once given, this can.
                "sudo --validate && cargo edge doctor --fix".to_owned()
            }
        }
        PackageManager::Dnf => "sudo dnf install qemu-system-arm".to_owned(),
        PackageManager::Pacman => "sudo pacman -S qemu-system-arm".to_owned(),
        PackageManager::Zypper => "sudo zypper install qemu-arm".to_owned(),
        PackageManager::Brew => "brew install qemu".to_owned(),
        PackageManager::Unknown => format!("install QEMU {}.{} or later, with {PROGRAM}", OLDEST.0, OLDEST.1),
    }
}

/// Installs QEMU from the release where it is new enough, else from the release's backports.
///
/// # Errors
/// No package manager that this can use, no rights, or none of its packages has the machine.
pub fn fix(system: &System) -> Result<(), SetupError> {
    if system.manager != PackageManager::Apt {
        return Err(SetupError::NotAllowed { command: mend(system) });
    }
    if apt::candidate(PROGRAM, None).is_none() {
        apt::update(system)?;
    }
    if apt::candidate(PROGRAM, None) >= Some(OLDEST) {
        return apt::install(system, &[PROGRAM], None);
    }
    let suite = apt::add_backports(system, PROGRAM, OLDEST)?;
    apt::install(system, &[PROGRAM], Some(&suite))
}
