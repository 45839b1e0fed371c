//! Commands without tensors: demonstration, set-up, tests, bounds and attacks of the control task.

mod attack;
mod bounds;
mod demo;
mod doctor;
mod report;
mod test;

use clap::{Parser, Subcommand};
use convex_edge_runs::program;
use std::process::ExitCode;

/// Command line of the program.
#[derive(Debug, Parser)]
#[command(name = "cargo edge", bin_name = "cargo edge", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print which tools this machine has and lacks; --fix installs them
    Doctor(doctor::Options),
    /// Run the whole chain: train, export, boot in QEMU, drive, compare, report
    Demo(demo::Options),
    /// Write the page of the last demonstration again
    Report(report::Options),
    /// Compute the best possible return under each set of limits
    Bounds(bounds::Options),
    /// Run adversaries against the safety filter on every plant
    Attack(attack::Options),
    /// Run all checks that must pass before a push
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
    program::run(|| -> Result<(), CommandError> {
        match &Cli::parse().command {
            Command::Doctor(options) => doctor::run(options).map_err(Into::into),
            Command::Demo(options) => demo::run(options).map_err(Into::into),
            Command::Report(options) => report::run(options).map_err(Into::into),
            Command::Bounds(options) => bounds::run(options).map_err(Into::into),
            Command::Attack(options) => attack::run(options).map_err(Into::into),
            Command::Test(options) => test::run(options).map_err(Into::into),
        }
    })
}
