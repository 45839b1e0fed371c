//! Commands of the solver: checks, benchmarks, worst cases.

mod bench;
mod bench_instructions;
mod bench_target;
mod check;
mod check_programs;
mod check_set;
mod worst_case;

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
    /// Measure what was promised of speed, beside other solvers
    Bench(bench::Options),
    /// Solve random problems by the hundred thousand and judge every answer
    Check(check::Options),
    /// Sample a box of parameters for the most iterations of the solver; no certificate
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
    closed_output::end_there();
    let cli = Cli::parse();
    if let Err(error) = interrupt::listen() {
        eprintln!("error: cannot listen for Ctrl-C: {error}");
        return ExitCode::FAILURE;
    }
    let result: Result<(), CommandError> = match &cli.command {
        Command::Bench(options) => bench::run(options).map_err(Into::into),
        Command::Check(options) => check::run(options).map_err(Into::into),
        Command::WorstCase(options) => worst_case::run(options).map_err(Into::into),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(if interrupt::requested() { interrupt::EXIT_CODE } else { 1 })
        }
    }
}
