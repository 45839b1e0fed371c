//! Settings that are read from a checked-in file.

use std::path::{Path, PathBuf};

/// Why settings were refused.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file cannot be read.
    #[error("cannot read the settings {}: {source}; name others with --config", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is not what it should be.
    #[error("the settings do not fit: {0}", source.to_string().replace('\n', " "))]
    Malformed {
        /// Where and why.
        #[from]
        source: toml::de::Error,
    },
    /// A number is out of range.
    #[error("the settings' {name} must be {range}")]
    OutOfRange {
        /// Its name.
        name: &'static str,
        /// What it may be.
        range: &'static str,
    },
}

/// A setting's name, what it may be, and whether it is.
pub type Check = (&'static str, &'static str, bool);

/// Whether all checks hold.
///
/// # Errors
/// [`SettingsError::OutOfRange`] of the first that does not.
pub fn check(checks: impl IntoIterator<Item = Check>) -> Result<(), SettingsError> {
    match checks.into_iter().find(|(_, _, holds)| !holds) {
        Some((name, range, _)) => Err(SettingsError::OutOfRange { name, range }),
        None => Ok(()),
    }
}

/// The text of a file.
///
/// # Errors
/// [`SettingsError::Unreadable`].
pub fn read(path: &Path) -> Result<String, SettingsError> {
    std::fs::read_to_string(path).map_err(|source| SettingsError::Unreadable { path: path.to_path_buf(), source })
}
