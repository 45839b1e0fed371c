//! Thumb compiler: builds the firmware for the microcontroller, and chooses between the two ways to do so.

use super::step::{self, StepError};
use super::system::find_program;
use super::workspace::{Workspace, WorkspaceError, answer, cargo, version};
use clap::ValueEnum;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The target triple of a Cortex-M4F with its floating point unit in use.
pub const TARGET: &str = "thumbv7em-none-eabihf";

/// Set to `rustup` or `debian`, this environment variable forces one way.
pub const VARIABLE: &str = "CONVEX_EDGE_THUMB";

/// Debian's compiler; its package has a `rustc` of its own there, whatever the PATH says.
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";

/// The firmware's package, and the name of its executable.
pub const FIRMWARE: &str = "convex-edge-firmware";

/// The executable of the same package that solves sudoku of 4 x 4 cells.
pub const SUDOKU: &str = "sudoku_4x4";

/// The executable of the same package that finds Breakout's maps under conditions.
pub const MAPS: &str = "maps_breakout";

/// The two ways to a compiler for [`TARGET`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ThumbToolchain {
    /// The running toolchain with its ready-made `core` for the target, as rustup adds it.
    Rustup,
    /// Debian's rustc, which builds `core` from Debian's own source package.
    Debian,
}

impl ThumbToolchain {
    /// The word for it on the command line and in [`VARIABLE`].
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rustup => "rustup",
            Self::Debian => "debian",
        }
    }
}

/// Errors of a firmware build.
#[derive(Debug, thiserror::Error)]
pub enum ThumbError {
    /// The environment variable holds another word.
    #[error("{VARIABLE}={0} is neither `rustup` nor `debian`; set one of them or unset it")]
    UnknownWay(String),
    /// Neither way is there, or not the one asked for.
    #[error("no compiler for {TARGET}; run `cargo edge doctor --fix`")]
    NoCompiler,
    /// The Debian way was asked for and is incomplete.
    #[error("Debian's compiler cannot be used: {0}; run `cargo edge doctor --fix --thumb debian`")]
    Debian(DebianLack),
    /// The current directory is outside the workspace.
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
    /// Cargo failed.
    #[error(transparent)]
    Step(#[from] StepError),
}

/// Missing parts of the Debian way.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DebianLack {
    /// No rustc of the system's own.
    #[error("{DEBIAN_RUSTC} is not there")]
    Compiler,
    /// An older rustc than the workspace accepts.
    #[error("{DEBIAN_RUSTC} is {}.{}, older than {}.{}", found.0, found.1, needed.0, needed.1)]
    TooOld {
        /// Version that was found.
        found: (u32, u32),
        /// Version that the workspace needs.
        needed: (u32, u32),
    },
    /// The standard library's source for that rustc is not there.
    #[error("the source of its standard library is not installed")]
    Source,
    /// No linker for the target.
    #[error("neither rust-lld nor ld.lld is there")]
    Linker,
}

/// The Debian way, ready for use.
#[derive(Debug, Clone)]
pub struct DebianCompiler {
    /// Version of the compiler.
    pub version: (u32, u32),
    /// The linker.
    pub linker: PathBuf,
}

/// The way to use now: the one that [`VARIABLE`] names, or the first one that is there, rustup's before Debian's.
///
/// # Errors
/// Neither is there, or not the one asked for.
pub fn choose(workspace: &Workspace) -> Result<ThumbToolchain, ThumbError> {
    let forced = std::env::var_os(VARIABLE).map(|value| {
        let value = value.to_string_lossy().into_owned();
        ThumbToolchain::from_str(&value, true).map_err(|_| ThumbError::UnknownWay(value))
    });
    match forced.transpose()? {
        Some(ThumbToolchain::Debian) => {
            debian_compiler(workspace).map(|_| ThumbToolchain::Debian).map_err(ThumbError::Debian)
        }
        None if ready_made_core() => Ok(ThumbToolchain::Rustup),
        None if debian_compiler(workspace).is_ok() => Ok(ThumbToolchain::Debian),
        Some(ThumbToolchain::Rustup) if ready_made_core() => Ok(ThumbToolchain::Rustup),
        _ => Err(ThumbError::NoCompiler),
    }
}

/// Whether the running toolchain has `core` for the target.
pub fn ready_made_core() -> bool {
    let libraries = library_folder(&["--target", TARGET]);
    let entries = libraries.and_then(|folder| folder.read_dir().ok());
    entries.into_iter().flatten().flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("libcore-"))
}

/// Looks for everything that the Debian way takes.
///
/// # Errors
/// The first missing part.
pub fn debian_compiler(workspace: &Workspace) -> Result<DebianCompiler, DebianLack> {
    let found = answer(Command::new(DEBIAN_RUSTC).env_remove("LD_LIBRARY_PATH").arg("--version"));
    let found = found.as_deref().and_then(version).ok_or(DebianLack::Compiler)?;
    if found < workspace.rust_version {
        return Err(DebianLack::TooOld { found, needed: workspace.rust_version });
    }
    let sysroot = answer(Command::new(DEBIAN_RUSTC).env_remove("LD_LIBRARY_PATH").args(["--print", "sysroot"]))
        .unwrap_or_default();
    if !Path::new(&sysroot).join("lib/rustlib/src/rust/library/core/Cargo.toml").is_file() {
        return Err(DebianLack::Source);
    }
    Ok(DebianCompiler { version: found, linker: linker().ok_or(DebianLack::Linker)? })
}

/// The linker that comes with the running toolchain, or LLVM's own.
pub fn linker() -> Option<PathBuf> {
    let beside_libraries = library_folder(&[]).and_then(|folder| Some(folder.parent()?.join("bin/rust-lld")));
    beside_libraries
        .filter(|file| file.is_file())
        .or_else(|| find_program("rust-lld"))
        .or_else(|| find_program("ld.lld"))
}

/// Where the running toolchain keeps the libraries of its own or another target.
fn library_folder(target: &[&str]) -> Option<PathBuf> {
    answer(Command::new("rustc").args(["--print", "target-libdir"]).args(target)).map(PathBuf::from)
}

/// A cargo command (`build`, `clippy`, ...) on the firmware for [`TARGET`]. Each way has a target folder
/// of its own, and the user's flags for the host's compiler are left out.
///
/// # Errors
/// The Debian way is incomplete.
pub fn command(workspace: &Workspace, way: ThumbToolchain, subcommand: &str) -> Result<Command, ThumbError> {
    let mut command = cargo();
    command.current_dir(&workspace.root).args([subcommand, "--package", FIRMWARE, "--target", TARGET]);
    command.args(["--profile", "firmware", "--target-dir"]).arg(target_folder(workspace, way));
    for flags in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_RUSTFLAGS"] {
        command.env_remove(flags);
    }
    if way == ThumbToolchain::Debian {
        let compiler = debian_compiler(workspace).map_err(ThumbError::Debian)?;
        command.args(["-Zbuild-std=core,compiler_builtins", "-Zbuild-std-features=compiler-builtins-mem"]);
        command.env("RUSTC", DEBIAN_RUSTC).env("RUSTC_BOOTSTRAP", "1").env_remove("LD_LIBRARY_PATH");
        command.env_remove("RUSTC_WRAPPER").env_remove("RUSTC_WORKSPACE_WRAPPER");
        command.env("CARGO_TARGET_THUMBV7EM_NONE_EABIHF_LINKER", compiler.linker);
    }
    Ok(command)
}

fn target_folder(workspace: &Workspace, way: ThumbToolchain) -> PathBuf {
    match way {
        ThumbToolchain::Rustup => workspace.target.clone(),
        ThumbToolchain::Debian => workspace.target.join("debian"),
    }
}

/// The command that builds one executable of the firmware's package for [`TARGET`].
///
/// # Errors
/// As [`command`].
pub fn build_command(workspace: &Workspace, way: ThumbToolchain, executable: &str) -> Result<Command, ThumbError> {
    let mut command = command(workspace, way, "build")?;
    command.args(["--bin", executable]);
    Ok(command)
}

/// Builds an executable of the firmware's package one way, as far as it is not built, and returns the ELF.
///
/// # Errors
/// That way is not there, or the build failed; the error names the log.
pub fn build(workspace: &Workspace, way: ThumbToolchain, executable: &str) -> Result<PathBuf, ThumbError> {
    let log = workspace.log(&format!("{executable}-{}", way.name()));
    step::run(&mut build_command(workspace, way, executable)?, &log)?;
    Ok(target_folder(workspace, way).join(TARGET).join("firmware").join(executable))
}

/// Builds an executable of the firmware's package, [`FIRMWARE`], [`SUDOKU`] or [`MAPS`], for the board and QEMU the way that
/// [`choose`] says, and returns the ELF.
///
/// # Errors
/// As [`choose`] and [`build`].
pub fn firmware_elf(executable: &str) -> Result<PathBuf, ThumbError> {
    let workspace = Workspace::locate()?;
    build(&workspace, choose(&workspace)?, executable)
}

/// Builds the program that counts solves of this size the way that [`choose`] says, and returns the ELF.
///
/// # Errors
/// As [`choose`] and [`build`]; there is no program for a size that `firmware/src/bin` has none for.
pub fn count_elf(variables: usize, constraints: usize) -> Result<PathBuf, ThumbError> {
    firmware_elf(&format!("count_{variables}_{constraints}"))
}

/// Builds the program that solves exported programs of this size the way that [`choose`] says, and returns the ELF.
///
/// # Errors
/// As [`choose`] and [`build`]; there is no program for a size that `firmware/src/bin` has none for.
pub fn program_elf(variables: usize, constraints: usize) -> Result<PathBuf, ThumbError> {
    firmware_elf(&format!("program_{variables}_{constraints}"))
}

/// Builds an executable of the firmware's package, [`FIRMWARE`], [`SUDOKU`] or [`MAPS`], as a process of the host, and
/// returns it.
///
/// # Errors
/// The build failed; the error names the log.
pub fn firmware_process(executable: &str) -> Result<PathBuf, ThumbError> {
    let workspace = Workspace::locate()?;
    let log = workspace.log(&format!("{executable}-native"));
    step::run(&mut process_command(&workspace, executable), &log)?;
    Ok(workspace.target.join("release").join(executable))
}

/// The cargo command that builds an executable of the firmware's package as a process of the host.
pub fn process_command(workspace: &Workspace, executable: &str) -> Command {
    let mut command = cargo();
    command.current_dir(&workspace.root).args(["build", "--release", "--package", FIRMWARE, "--bin", executable]);
    command.arg("--target-dir").arg(&workspace.target);
    command
}
