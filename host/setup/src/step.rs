//! Long step of a set-up: a spinner with its name, a log file, an error that names the log.

use convex_edge_runs::interrupt;
pub use convex_edge_runs::progress::spinner;
use std::fs::File;
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

/// Errors of a step.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// The log file could not be written.
    #[error("cannot write {}: {source}; free the space or mend the permissions", path.display())]
    Log {
        /// The log file.
        path: PathBuf,
        /// Error of the operating system.
        source: io::Error,
    },
    /// The program is not there, or may not be run.
    #[error("`{program}` did not start ({source}); install it or put it on the PATH")]
    NotStarted {
        /// The program's name.
        program: String,
        /// Error of the operating system.
        source: io::Error,
    },
    /// The program ended with an error.
    #[error("`{command}` failed ({status}); its output is in {}", log.display())]
    Failed {
        /// The whole command line.
        command: String,
        /// Exit status of the command.
        status: ExitStatus,
        /// The file with everything it printed.
        log: PathBuf,
    },
    /// The user asked to stop.
    #[error("stopped at `{command}`, nothing is half-done; run the same command again to go on")]
    Interrupted {
        /// The command that was running, or was about to.
        command: String,
    },
}

/// Runs a command that Ctrl-C may end at any time, with its output in the log.
///
/// # Errors
/// [`StepError`]; the log holds the command line and everything it printed.
pub fn run(command: &mut Command, log: &Path) -> Result<(), StepError> {
    let line = command_line(command);
    if interrupt::requested() {
        return Err(StepError::Interrupted { command: line });
    }
    let log_error = |source| StepError::Log { path: log.to_owned(), source };
    if let Some(folder) = log.parent() {
        std::fs::create_dir_all(folder).map_err(log_error)?;
    }
    let mut file = File::create(log).map_err(log_error)?;
    writeln!(file, "$ {line}").map_err(log_error)?;
    let errors = file.try_clone().map_err(log_error)?;
    let status = command.stdin(Stdio::null()).stdout(file).stderr(errors).status().map_err(|source| {
        StepError::NotStarted { program: command.get_program().to_string_lossy().into_owned(), source }
    })?;
    if interrupt::requested() {
        Err(StepError::Interrupted { command: line })
    } else if status.success() {
        Ok(())
    } else {
        Err(StepError::Failed { command: line, status, log: log.to_owned() })
    }
}

/// Runs a command that must not be cut off, such as a package manager's: Ctrl-C waits for its end.
///
/// # Errors
/// As [`run`].
pub fn run_to_its_end(command: &mut Command, log: &Path) -> Result<(), StepError> {
    run(command.process_group(0), log)
}

/// The command as one would type it.
pub fn command_line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
