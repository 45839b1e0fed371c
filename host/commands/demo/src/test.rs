//! `cargo edge test`: everything a contributor runs before pushing, stopping at the first thing that fails.

use convex_edge_runs::interrupt;
use convex_edge_setup::step::{self, StepError};
use convex_edge_setup::thumb::{self, ThumbError, ThumbToolchain};
use convex_edge_setup::workspace::{Workspace, WorkspaceError, cargo};
use convex_edge_setup::{self as setup, Need, SetupError};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How many lines of a failed check's output are shown; the whole is in its log.
const SHOWN_LINES: usize = 60;

/// Options of `cargo edge test`.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Run the long checks instead: a Slurm cluster of one machine, a browser
    #[arg(long)]
    long: bool,
}

/// Errors of the tests.
#[derive(Debug, thiserror::Error)]
pub enum TestError {
    /// The machine lacks something that the tests need.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// The current directory is outside the workspace.
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
    /// The firmware cannot be built for the microcontroller.
    #[error(transparent)]
    Thumb(#[from] ThumbError),
    /// A check could not be run, or the user asked to stop.
    #[error(transparent)]
    Step(#[from] StepError),
    /// A check failed.
    #[error("{title} failed; mend it, then run `cargo edge test` again ({})", log.as_ref().map_or_else(|| "see above".to_owned(), |log| log.display().to_string()))]
    Check {
        /// What was checked.
        title: String,
        /// Its whole output; nothing where that was shown while it ran.
        log: Option<PathBuf>,
    },
}

/// One thing to check.
struct Check {
    title: String,
    command: Command,
    /// Where the output goes; the terminal where there is none.
    log: Option<PathBuf>,
}

/// Sets the machine up, then runs every check and prints its duration.
///
/// # Errors
/// The first check that fails, or a tool that is missing.
pub fn run(options: &Options) -> Result<(), TestError> {
    let workspace = Workspace::locate()?;
    if options.long {
        return perform(&mut long_check(&workspace));
    }
    setup::prepare(&[Need::Test], None)?;
    let ways = setup::thumb_ways()?;
    let mut times: Vec<(String, Duration)> = Vec::new();
    let mut result = Ok(());
    for mut check in checks(&workspace, &ways)? {
        let start = Instant::now();
        result = perform(&mut check);
        times.push((check.title, start.elapsed()));
        if result.is_err() {
            break;
        }
    }
    println!();
    for (index, (title, time)) in times.iter().enumerate() {
        let word = if result.is_err() && index + 1 == times.len() { "FAILED" } else { "ok" };
        println!("{word:<8}{:>7.1} s  {title}", time.as_secs_f64());
    }
    if !ways.contains(&ThumbToolchain::Debian) {
        println!("skipped            firmware by Debian's compiler: it is not installed here");
    }
    result
}

/// Everything to check, the quickest to fail first; the tests use the first of the ways to a firmware.
fn checks(workspace: &Workspace, ways: &[ThumbToolchain]) -> Result<Vec<Check>, TestError> {
    let quiet = |title: &str, name: &str, command: Command| Check {
        title: title.to_owned(),
        command,
        log: Some(workspace.log(&format!("check-{name}"))),
    };
    let host = |arguments: &str| {
        let mut command = cargo();
        command.current_dir(&workspace.root).args(arguments.split(' '));
        command
    };
    let mut checks = vec![
        quiet("format", "format", host("fmt --all --check")),
        quiet("clippy", "clippy", host("clippy --workspace --all-targets --release -- -D warnings")),
    ];
    if ways.contains(&ThumbToolchain::Rustup) {
        let mut command = thumb::command(workspace, ThumbToolchain::Rustup, "clippy")?;
        command.args(["--", "-D", "warnings"]);
        checks.push(quiet("clippy, firmware on the target", "clippy-thumb", command));
    }
    let mut documentation = host("doc --workspace --no-deps --release");
    documentation.env("RUSTDOCFLAGS", "-D warnings");
    checks.push(quiet("documentation", "documentation", documentation));
    for way in ways {
        let name = way.name();
        let command = thumb::build_command(workspace, *way, thumb::FIRMWARE)?;
        checks.push(quiet(&format!("firmware, {name}'s compiler"), &format!("firmware-{name}"), command));
    }
    checks.push(quiet("firmware as a process", "firmware-native", thumb::process_command(workspace, thumb::FIRMWARE)));
    checks.push(quiet("instructions of the solver", "instructions", host("edge bench instructions")));
    for (index, way) in ways.iter().enumerate() {
        let (title, arguments) = match index {
            0 => ("tests".to_owned(), "test --workspace --release"),
            _ => (
                format!("QEMU in the loop, {}'s compiler", way.name()),
                "test --workspace --release --test targets qemu::",
            ),
        };
        let mut command = host(arguments);
        command.env(thumb::VARIABLE, way.name());
        checks.push(Check { title, command, log: None });
    }
    Ok(checks)
}

/// Checks that take minutes and install what only they need.
fn long_check(workspace: &Workspace) -> Check {
    let mut command = cargo();
    command.current_dir(&workspace.root).args(["test", "--workspace", "--release", "--test", "long"]);
    Check { title: "long tests".to_owned(), command, log: None }
}

fn perform(check: &mut Check) -> Result<(), TestError> {
    let failed = |title: &str, log: Option<PathBuf>| TestError::Check { title: title.to_owned(), log };
    let Some(log) = &check.log else {
        println!("{}", check.title);
        let line = step::command_line(&check.command);
        let status = check.command.stdin(Stdio::null()).status();
        return match status {
            _ if interrupt::requested() => Err(StepError::Interrupted { command: line }.into()),
            Ok(status) if status.success() => Ok(()),
            Ok(_) => Err(failed(&check.title, None)),
            Err(source) => Err(StepError::NotStarted { program: line, source }.into()),
        };
    };
    let _spinner = step::spinner(&check.title);
    match step::run(&mut check.command, log) {
        Err(StepError::Failed { .. }) => {
            let text = std::fs::read_to_string(log).unwrap_or_default();
            let lines: Vec<&str> = text.lines().collect();
            let shown = lines.get(lines.len().saturating_sub(SHOWN_LINES)..).unwrap_or_default();
            println!("{}", shown.join("\n"));
            Err(failed(&check.title, Some(log.clone())))
        }
        other => {
            other?;
            let text = std::fs::read_to_string(log).unwrap_or_default();
            text.lines().filter(|line| line.starts_with("skipped: ")).for_each(|line| println!("{line}"));
            Ok(())
        }
    }
}
