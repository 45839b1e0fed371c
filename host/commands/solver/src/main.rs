//! Commands of the solver: checks, benchmarks, worst cases.

mod bench;
mod bench_instructions;
mod bench_target;
mod check;
mod check_programs;
mod check_set;
mod worst_case;

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
    /// Measure solve times, instructions and build times beside other solvers
    Bench(bench::Options),
    /// Solve random problems and judge every answer
    Check(check::Options),
    /// Search a box of parameters for the most iterations, by sampling
    ///
    /// The result is no certificate.
    WorstCase(worst_case::Options),
}

/// Why a command failed: one line with the next step.
#[derive(Debug, thiserror::Error)]
enum CommandError {
    #[error(transparent)]
    Bench(#[from] bench::CommandError),
    #[error(transparent)]
    Check(#[from] check::CommandError),
    #[error(transparent)]
    WorstCase(#[from] worst_case::CommandError),
}

fn main() -> ExitCode {
    program::run(|| -> Result<(), CommandError> {
        match &Cli::parse().command {
            Command::Bench(options) => bench::run(options).map_err(Into::into),
            Command::Check(options) => check::run(options).map_err(Into::into),
            Command::WorstCase(options) => worst_case::run(options).map_err(Into::into),
        }
    })
}
