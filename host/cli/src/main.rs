//! The command `cargo edge`: builds the program that has the command, then becomes that program.

mod build;
mod programs;

use build::build;
use programs::{COMMANDS, Program, program};
use std::ffi::OsString;
use std::io::{ErrorKind, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{self, ExitCode};

/// Exit code of a command line that makes no sense.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    // File names need not be text, and are passed on as they are.
    let words: Vec<OsString> = std::env::args_os().skip(1).collect();
    let Some((name, rest)) = words.split_first() else {
        eprint!("{}", help());
        return ExitCode::from(USAGE);
    };
    let name = name.to_string_lossy();
    match (&*name, rest.split_first()) {
        ("-h" | "--help", _) | ("help", None) => print(&help()),
        ("-V" | "--version", _) => print(concat!("cargo edge ", env!("CARGO_PKG_VERSION"), "\n")),
        ("help", Some((command, words))) => {
            let words = words.iter().cloned().chain(["--help".into()]).collect::<Vec<_>>();
            start(&command.to_string_lossy(), &words)
        }
        _ => start(&name, rest),
    }
}

/// Runs a command with its words.
fn start(name: &str, words: &[OsString]) -> ExitCode {
    let Some(program) = program(name, words) else {
        let near = COMMANDS.iter().map(|&(command, ..)| (distance(name, command), command)).min();
        let near = near.filter(|&(distance, _)| distance <= 2);
        let tip = near.map_or_else(String::new, |(_, command)| format!("; a similar one exists: '{command}'"));
        eprintln!("error: there is no command '{name}'{tip}; `cargo edge --help` prints all");
        return ExitCode::from(USAGE);
    };
    match run(program, name, words) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn help() -> String {
    let commands: String = COMMANDS.iter().map(|(name, about, _)| format!("  {name:<12}{about}\n")).collect();
    format!(
        "Convex programs in networks and controllers: train, export, flash, test, report\n\n\
         Usage: cargo edge <COMMAND>\n\nCommands:\n{commands}\n\
         `cargo edge <COMMAND> --help` builds the command's program, then prints its options.\n"
    )
}

/// A reader that is gone is no error.
fn print(text: &str) -> ExitCode {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            eprintln!("error: standard output: {error}; free the space, or write to another place");
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS,
    }
}

/// Insertions, deletions and replacements from one word to the other (Levenshtein 1966).
fn distance(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.chars().count()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (place, b) in row.iter_mut().zip(std::iter::once(None).chain(to.chars().map(Some))) {
            let Some(b) = b else {
                *place = left;
                continue;
            };
            let replaced = diagonal + usize::from(a != b);
            diagonal = *place;
            *place = replaced.min(diagonal + 1).min(left + 1);
            left = *place;
        }
    }
    row.last().copied().unwrap_or_default()
}

/// Errors of the launcher.
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
fn run(program: Program, name: &str, words: &[OsString]) -> Result<ExitCode, LauncherError> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    if !root.join("Cargo.toml").is_file() {
        return Err(LauncherError::Elsewhere);
    }
    let built = build(&root, program.package(), program.build_time()).map_err(LauncherError::Cargo)?;
    if !built.success() {
        return Ok(built.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from));
    }
    // Cargo puts all programs of a workspace into one folder.
    let own = std::env::current_exe().map_err(LauncherError::Cargo)?;
    let path = own.with_file_name(program.package());
    let error = process::Command::new(&path).arg(name).args(words).exec();
    Err(LauncherError::Start(path, error))
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn the_distance_of_words_is_that_of_their_letters() {
        for (from, to, wanted) in
            [("doctr", "doctor", 1), ("", "abc", 3), ("kitten", "sitting", 3), ("demo", "demo", 0), ("dmeo", "demo", 2)]
        {
            assert_eq!(distance(from, to), wanted, "{from} {to}");
        }
    }
}
