//! Workspace: its folder, its target folder, and calls of cargo from inside a cargo command.

use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Folders of the workspace that the current directory belongs to.
#[derive(Debug, Clone)]
pub struct Workspace {
    /// The folder of the root `Cargo.toml`.
    pub root: PathBuf,
    /// Cargo's target folder, wherever the user's settings put it.
    pub target: PathBuf,
    /// The oldest Rust that the workspace accepts (`rust-version`), as `(major, minor)`.
    pub rust_version: (u32, u32),
}

/// Errors when the workspace is looked up.
#[derive(Debug, thiserror::Error)]
pub enum WorkspaceError {
    /// Cargo could not be started.
    #[error("cargo did not start ({0}); install Rust, then try again")]
    Cargo(std::io::Error),
    /// The current directory is not inside the project.
    #[error("this is not the Convex Edge workspace; change into your clone of it, then try again")]
    Elsewhere,
}

impl Workspace {
    /// Asks cargo for the workspace around the current directory.
    ///
    /// # Errors
    /// Cargo is missing, or the current directory is outside the project.
    pub fn locate() -> Result<Self, WorkspaceError> {
        let output = cargo()
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .stdin(Stdio::null())
            .output()
            .map_err(WorkspaceError::Cargo)?;
        serde_json::from_slice(&output.stdout)
            .ok()
            .and_then(|metadata| Self::read(&metadata))
            .ok_or(WorkspaceError::Elsewhere)
    }

    fn read(metadata: &serde_json::Value) -> Option<Self> {
        let packages = metadata.get("packages")?.as_array()?;
        let own = packages.iter().find(|package| package["name"] == env!("CARGO_PKG_NAME"))?;
        Some(Self {
            root: metadata.get("workspace_root")?.as_str()?.into(),
            target: metadata.get("target_directory")?.as_str()?.into(),
            rust_version: version(own.get("rust_version")?.as_str()?)?,
        })
    }

    /// Path of the output of one set-up step: `runs/setup/<name>.log`.
    pub fn log(&self, name: &str) -> PathBuf {
        self.root.join("runs").join("setup").join(format!("{name}.log"))
    }
}

/// A cargo command: the cargo that runs this process where there is one, without the variables that
/// describe this process's own package (build scripts would mistake them for theirs).
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    const OWN: [&str; 6] = [
        "CARGO_PKG_",
        "CARGO_MANIFEST_",
        "CARGO_BIN_",
        "CARGO_CRATE_NAME",
        "CARGO_PRIMARY_PACKAGE",
        "CARGO_TARGET_TMPDIR",
    ];
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| OWN.iter().any(|own| name.starts_with(own))) {
            command.env_remove(name);
        }
    }
    command
}

/// The first `major.minor` in a text such as `rustc 1.95.0 (...)`, `Python 3.11.7` or `1.95`.
pub fn version(text: &str) -> Option<(u32, u32)> {
    text.split(|c: char| !(c.is_ascii_digit() || c == '.')).find_map(|word| {
        let mut numbers = word.split('.');
        Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
    })
}

/// What a command prints on standard output when it succeeds, without the white space around it.
pub fn answer(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::version;

    #[test]
    fn versions_are_read_from_what_tools_print() {
        assert_eq!(version("rustc 1.96.0 (ac68faa20 2026-05-25) (built from a source tarball)"), Some((1, 96)));
        assert_eq!(version("1:10.0.2+ds-2+deb13u1~bpo12+1"), Some((10, 0)));
        assert_eq!(version("1.95"), Some((1, 95)));
        assert_eq!(version("(none)"), None);
    }
}
