//! Chromium for the long tests of pages.

use super::system::{PackageManager, System, find_program};
use super::{SetupError, apt};

/// Package and program.
const CHROMIUM: &str = "chromium";

/// Installs it where it is missing.
///
/// # Errors
/// No apt, no rights, or apt failed.
pub fn install() -> Result<(), SetupError> {
    let system = System::look()?;
    if find_program(CHROMIUM).is_some() {
        return Ok(());
    }
    if system.manager != PackageManager::Apt {
        return Err(SetupError::NotAllowed { command: format!("install {CHROMIUM}") });
    }
    apt::install(&system, &[CHROMIUM, "fonts-dejavu-core"], None)
}
