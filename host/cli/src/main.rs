//! The command `cargo edge`: builds the program that has the command, then becomes that program.

mod build;
mod programs;

use build::build;
use clap::{Arg, ArgMatches, Command};
use programs::{COMMANDS, Program, program};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{self, ExitCode};

fn main() -> ExitCode {
    let matches = command().get_matches();
    let Some((name, words)) = words(&matches) else { return ExitCode::FAILURE };
    let Some(program) = program(name, &words) else { return ExitCode::FAILURE };
    match run(program, name, &words) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Only names: the programs know their options.
fn command() -> Command {
    let of = |&(name, about, _): &(&'static str, &'static str, Program)| {
        let words = Arg::new("words").num_args(0..).trailing_var_arg(true).allow_hyphen_values(true);
        Command::new(name).about(about).disable_help_flag(true).arg(words)
    };
    Command::new("cargo edge")
        .bin_name("cargo edge")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Convex programs in networks and controllers: train, export, flash, test, report")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands(COMMANDS.iter().map(of))
}

fn words(matches: &ArgMatches) -> Option<(&str, Vec<String>)> {
    let (name, own) = matches.subcommand()?;
    Some((name, own.get_many::<String>("words").unwrap_or_default().cloned().collect()))
}

/// Why no program ran.
#[derive(Debug)]
enum LauncherError {
    /// The workspace that this was built in is gone.
    Elsewhere,
    /// Cargo could not be started.
    Cargo(std::io::Error),
    /// The built program could not be started.
    Start(PathBuf, std::io::Error),
}

impl std::fmt::Display for LauncherError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Elsewhere => {
                formatter.write_str("the clone that this was built in is gone; run `cargo edge` in yours")
            }
            Self::Cargo(source) => write!(formatter, "cargo did not start ({source}); install Rust, then try again"),
            Self::Start(path, source) => {
                write!(formatter, "{} did not start ({source}); build it again", path.display())
            }
        }
    }
}

/// Builds the program and becomes it; a code only where that failed.
fn run(program: Program, name: &str, words: &[String]) -> Result<ExitCode, LauncherError> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    if !root.join("Cargo.toml").is_file() {
        return Err(LauncherError::Elsewhere);
    }
    let built = build(&root, program.package(), program.build_time()).map_err(LauncherError::Cargo)?;
    if !built.success() {
        return Ok(built.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from));
    }
    // Cargo puts all programs of a workspace beside each other.
    let own = std::env::current_exe().map_err(LauncherError::Cargo)?;
    let path = own.with_file_name(program.package());
    let error = process::Command::new(&path).arg(name).args(words).exec();
    Err(LauncherError::Start(path, error))
}
