//! Set-up of a machine: tools that the project needs, tools that are missing, and their installation.

pub mod apt;
pub mod apt_sources;
pub mod board_access;
pub mod browser;
pub mod callgrind;
pub mod cluster;
pub mod compiler;
pub mod environment;
pub mod python;
pub mod qemu;
pub mod step;
pub mod system;
pub mod thumb;
pub mod workspace;

use serde::Serialize;
use std::io;
use system::{PackageManager, Privilege, System};
use thumb::ThumbToolchain;

/// Purpose for which a tool is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Need {
    /// `cargo edge demo`.
    Demo,
    /// `cargo edge test`.
    Test,
    /// `cargo edge flash`.
    Flash,
    /// `cargo edge hil` with a real board.
    Hil,
}

/// State of one tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It is there and good.
    Ok,
    /// It is missing, and the project needs it.
    Missing,
    /// It is missing, and only a real board or a count of instructions needs it.
    Optional,
}

/// One line of `cargo edge doctor`.
#[derive(Debug, Clone, Serialize)]
pub struct Check {
    /// The thing's name.
    pub name: &'static str,
    /// Version or path that was found.
    pub found: String,
    /// Purposes for which it is needed.
    pub needed_for: Vec<Need>,
    /// State of the tool.
    pub state: State,
    /// The exact command that installs it, when it is missing.
    pub mend: Option<String>,
}

/// Errors of the set-up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The user has to do it: no rights, or no package manager that this can use.
    #[error("cannot install it from here; run: {command}")]
    NotAllowed {
        /// The exact command.
        command: String,
    },
    /// The Debian way was asked for on another system.
    #[error("this system has no apt, and `--thumb debian` needs it; leave it out")]
    NotDebian,
    /// Debian offers an older compiler than the workspace accepts, or none (0.0).
    #[error("apt offers rustc-web {}.{}, but {}.{} is needed; take rustup's way", found.0, found.1, needed.0, needed.1)]
    DebianTooOld {
        /// Version that apt offers; 0.0 for none.
        found: (u32, u32),
        /// Version that the workspace needs.
        needed: (u32, u32),
    },
    /// No source of packages has it.
    #[error("no package source offers {package} from {suite} in a version that will do; build it from source")]
    NoBackports {
        /// The suite that was tried.
        suite: String,
        /// The package.
        package: String,
    },
    /// A temporary file could not be written.
    #[error("cannot write a temporary file: {0}; free the space or set TMPDIR")]
    Temporary(io::Error),
    /// Something was installed and still is not found.
    #[error("{name}: {found}; run: {command}")]
    StillMissing {
        /// The thing.
        name: &'static str,
        /// Version or path that was found.
        found: String,
        /// The command that mends it.
        command: String,
    },
    /// The current directory is outside the workspace.
    #[error(transparent)]
    Workspace(#[from] workspace::WorkspaceError),
    /// A command failed.
    #[error(transparent)]
    Step(#[from] step::StepError),
}

/// One thing that the project needs, with what looks for it and what installs it.
struct Tool {
    check: fn(&System, Option<ThumbToolchain>) -> Check,
    fix: Option<Fix>,
}

type Fix = fn(&System, Option<ThumbToolchain>) -> Result<(), SetupError>;

const TOOLS: [Tool; 7] = [
    Tool {
        check: |system, _| compiler::check_components(system),
        fix: Some(|system, _| compiler::fix_components(system)),
    },
    Tool { check: compiler::check_target, fix: Some(compiler::fix_target) },
    Tool { check: |system, _| qemu::check(system), fix: Some(|system, _| qemu::fix(system)) },
    Tool { check: |system, _| python::check(system), fix: Some(|system, _| python::fix(system)) },
    Tool { check: |system, _| callgrind::check(system), fix: Some(|system, _| callgrind::fix(system)) },
    Tool { check: |_, _| board_access::check_probe(), fix: None },
    Tool { check: |_, _| board_access::check_serial_port(), fix: None },
];

/// Everything that the project needs, as it stands; changes nothing. `way` asks for one of the two thumb compilers.
///
/// # Errors
/// The current directory is outside the workspace.
pub fn examine(way: Option<ThumbToolchain>) -> Result<Vec<Check>, SetupError> {
    let system = System::look()?;
    Ok(TOOLS.iter().map(|tool| (tool.check)(&system, way)).collect())
}

/// Installs the missing tools among those needed for `needs`; present ones stay as they are.
///
/// # Errors
/// The first thing that could not be installed, with the command that mends it.
pub fn prepare(needs: &[Need], way: Option<ThumbToolchain>) -> Result<(), SetupError> {
    let system = System::look()?;
    for tool in &TOOLS {
        let before = (tool.check)(&system, way);
        let needed = before.needed_for.iter().any(|need| needs.contains(need));
        let (State::Missing, true, Some(fix)) = (before.state, needed, tool.fix) else { continue };
        fix(&system, way)?;
        let after = (tool.check)(&system, way);
        if let (State::Missing, Some(command)) = (after.state, after.mend) {
            return Err(SetupError::StillMissing { name: after.name, found: after.found, command });
        }
    }
    Ok(())
}

/// The ways to a firmware that can be gone here, the ordinary one first. As root on a Debian, which is
/// somebody's build machine, the second compiler is installed for it; elsewhere nobody is made to have two.
///
/// # Errors
/// The current directory is outside the workspace, or the user asked to stop.
pub fn thumb_ways() -> Result<Vec<ThumbToolchain>, SetupError> {
    let system = System::look()?;
    let lacks = || thumb::debian_compiler(&system.workspace).is_err();
    if lacks() && system.privilege == Privilege::Root && system.manager == PackageManager::Apt {
        match compiler::install_debian(&system) {
            Err(error @ SetupError::Step(step::StepError::Interrupted { .. })) => return Err(error),
            Err(error) => eprintln!("without Debian's compiler: {error}"),
            Ok(()) => {}
        }
    }
    let mut ways = Vec::new();
    if thumb::ready_made_core() {
        ways.push(ThumbToolchain::Rustup);
    }
    if !lacks() {
        ways.push(ThumbToolchain::Debian);
    }
    Ok(ways)
}
