//! Program of a command: its exit when its output is closed, after Ctrl-C, and after an error.

use crate::{closed_output, interrupt};
use std::fmt::Display;
use std::process::ExitCode;

/// Runs a command from `main`: an error is one line on standard error and the exit code 1, or 130 after Ctrl-C.
pub fn run<E: Display>(command: impl FnOnce() -> Result<(), E>) -> ExitCode {
    closed_output::end_there();
    if let Err(error) = interrupt::listen() {
        eprintln!("error: cannot listen for Ctrl-C: {error}");
        return ExitCode::FAILURE;
    }
    match command() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(if interrupt::requested() { interrupt::EXIT_CODE } else { 1 })
        }
    }
}
