//! System of this machine: package manager, release, and the right to install packages.

use super::workspace::{Workspace, WorkspaceError, answer};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The program that installs packages here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PackageManager {
    /// Debian, Ubuntu and their kin.
    Apt,
    /// Fedora and its kin.
    Dnf,
    /// Arch Linux and its kin.
    Pacman,
    /// openSUSE.
    Zypper,
    /// Homebrew, on macOS or Linux.
    Brew,
    /// None of those.
    Unknown,
}

/// How commands are run as the system's administrator, without asking for a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Privilege {
    /// This process is root.
    Root,
    /// `sudo` works without a password.
    Sudo,
    /// Not possible; the user has to run the commands.
    None,
}

/// The machine and the workspace on it.
#[derive(Debug, Clone)]
pub struct System {
    /// The workspace around the current directory.
    pub workspace: Workspace,
    /// The program that installs packages here.
    pub manager: PackageManager,
    /// The release's name (`VERSION_CODENAME`), where it has one.
    pub codename: Option<String>,
    /// Way to run commands as the administrator without a password.
    pub privilege: Privilege,
}

impl System {
    /// Looks at the machine; changes nothing.
    ///
    /// # Errors
    /// The current directory is outside the workspace.
    pub fn look() -> Result<Self, WorkspaceError> {
        let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
        Ok(Self {
            workspace: Workspace::locate()?,
            manager: package_manager(),
            codename: release_field(&release, "VERSION_CODENAME"),
            privilege: privilege(),
        })
    }

    /// A command run as the administrator; without [`Privilege`] it runs as the user and will be refused.
    pub fn administrator(&self, program: &str) -> Command {
        if self.privilege == Privilege::Sudo {
            let mut command = Command::new("sudo");
            command.args(["-n", program]);
            command
        } else {
            Command::new(program)
        }
    }
}

/// The value of one field of an `os-release` file.
fn release_field(text: &str, name: &str) -> Option<String> {
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='))?;
    Some(value.trim_matches(['"', '\'']).to_owned())
}

fn package_manager() -> PackageManager {
    [
        ("apt-get", PackageManager::Apt),
        ("dnf", PackageManager::Dnf),
        ("pacman", PackageManager::Pacman),
        ("zypper", PackageManager::Zypper),
        ("brew", PackageManager::Brew),
    ]
    .into_iter()
    .find(|(program, _)| find_program(program).is_some())
    .map_or(PackageManager::Unknown, |(_, manager)| manager)
}

fn privilege() -> Privilege {
    if answer(Command::new("id").arg("-u")).as_deref() == Some("0") {
        Privilege::Root
    } else if answer(Command::new("sudo").args(["-n", "true"])).is_some() {
        Privilege::Sudo
    } else {
        Privilege::None
    }
}

/// The first file of this name on the PATH.
pub fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| Path::is_file(file))
}

#[cfg(test)]
mod tests {
    use super::release_field;

    #[test]
    fn release_fields_are_read_with_and_without_quotes() {
        let text = "NAME=\"Some Linux\"\nVERSION_CODENAME=bookworm\nVERSION=\"12\"\n";
        assert_eq!(release_field(text, "VERSION_CODENAME").as_deref(), Some("bookworm"));
        assert_eq!(release_field(text, "VERSION").as_deref(), Some("12"));
        assert_eq!(release_field(text, "NAM"), None);
    }
}
