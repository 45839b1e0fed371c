//! Commands without tensors: demonstration, set-up, tests, bounds and attacks of the control task.

mod attack;
mod bounds;
mod demo;
mod doctor;
mod report;
mod test;

use clap::{Parser, Subcommand};
use convex_edge_runs::{closed_output, interrupt};
use std::process::ExitCode;

/// What the user typed.
#[derive(Debug, Parser)]
#[command(name = "cargo edge", bin_name = "cargo edge", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Say what this machine has and what lacks; with --fix, install it
    Doctor(doctor::Options),
    /// The main job: train, export, build, boot in QEMU, drive, compare, report
    Demo(demo::Options),
    /// Make the last demonstration's page anew
    Report(report::Options),
    /// Compute what can be reached at best under each set of limits
    Bounds(bounds::Options),
    /// Let adversaries loose on the safety filter, on every plant that it was made for
    Attack(attack::Options),
    /// Run everything a contributor runs before pushing
    Test(test::Options),
}

/// Why a command failed: one line with the next step.
#[derive(Debug, thiserror::Error)]
enum CommandError {
    #[error(transparent)]
    Doctor(#[from] doctor::DoctorError),
    #[error(transparent)]
    Demo(#[from] demo::CommandError),
    #[error(transparent)]
    Report(#[from] report::CommandError),
    #[error(transparent)]
    Bounds(#[from] bounds::CommandError),
    #[error(transparent)]
    Attack(#[from] attack::CommandError),
    #[error(transparent)]
    Test(#[from] test::TestError),
    #[error(transparent)]
    Setup(#[from] convex_edge_setup::SetupError),
}

fn main() -> ExitCode {
    closed_output::end_there();
    let cli = Cli::parse();
    if let Err(error) = interrupt::listen() {
        eprintln!("error: cannot listen for Ctrl-C: {error}");
        return ExitCode::FAILURE;
    }
    let result: Result<(), CommandError> = match &cli.command {
        Command::Doctor(options) => doctor::run(options).map_err(Into::into),
        Command::Demo(options) => demo::run(options).map_err(Into::into),
        Command::Report(options) => report::run(options).map_err(Into::into),
        Command::Bounds(options) => bounds::run(options).map_err(Into::into),
        Command::Attack(options) => attack::run(options).map_err(Into::into),
        Command::Test(options) => test::run(options).map_err(Into::into),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(if interrupt::requested() { interrupt::EXIT_CODE } else { 1 })
        }
    }
}
