//! Slurm for the long tests: controller, node and authentication on this machine.

use super::system::{PackageManager, System, find_program};
use super::{SetupError, apt};

/// Debian's packages, and the program of each that tells whether it is there.
const PACKAGES: [(&str, &str); 4] =
    [("slurmctld", "slurmctld"), ("slurmd", "slurmd"), ("slurm-client", "sbatch"), ("munge", "munged")];

/// Installs what is missing.
///
/// # Errors
/// No apt, no rights, or apt failed.
pub fn install() -> Result<(), SetupError> {
    let system = System::look()?;
    let missing = PACKAGES.iter().filter(|(_, program)| find_program(program).is_none());
    let missing: Vec<&str> = missing.map(|(package, _)| *package).collect();
    if missing.is_empty() {
        return Ok(());
    }
    if system.manager != PackageManager::Apt {
        return Err(SetupError::NotAllowed { command: format!("install {}", missing.join(", ")) });
    }
    apt::install(&system, &missing, None)
}
