//! Settings that are read from a checked-in file.

use std::path::{Path, PathBuf};

/// Errors of settings.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file cannot be read.
    #[error("cannot read the settings {}: {source}; name others with --config", path.display())]
    Unreadable {
        /// Path of the file.
        path: PathBuf,
        /// Error of the operating system.
        source: std::io::Error,
    },
    /// It is not what it should be.
    #[error("the settings do not fit: {}; mend the file of --config, or leave it out", one_line(source))]
    Malformed {
        /// Error of the TOML parser, with its place.
        #[from]
        source: toml::de::Error,
    },
    /// A number is out of range.
    #[error("the settings' {name} must be {range}")]
    OutOfRange {
        /// Name of the setting.
        name: &'static str,
        /// Allowed range in words.
        range: &'static str,
    },
}

/// A parser's error with its place, without the picture of the line.
pub fn one_line(source: &toml::de::Error) -> String {
    let text = source.to_string();
    let place = text.lines().next().filter(|line| line.contains("at line"));
    place.map_or_else(|| source.message().to_owned(), |place| format!("{place}: {}", source.message()))
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
