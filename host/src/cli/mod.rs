//! The command line: one file per command.

mod attack;
mod bench;
mod bench_instructions;
mod bench_layers;
mod bench_target;
mod bounds;
mod check;
mod check_programs;
mod check_set;
mod check_splitting;
mod compare;
mod compare_maps;
mod compare_sudoku;
mod connect;
mod costs;
mod data;
mod demo;
mod doctor;
mod export;
mod flash;
mod generate;
mod hil;
mod hil_maps;
mod hil_sudoku;
mod progress;
mod render;
mod report;
mod solve;
mod target;
mod task;
mod test;
mod train;
mod train_maps;
mod train_sudoku;
mod worst_case;

use crate::{interrupt, setup};
use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// What the user typed.
#[derive(Debug, Parser)]
#[command(name = "cargo edge", bin_name = "cargo edge", version, about)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// The commands; each one's options and work are in the file of its name.
#[derive(Debug, Subcommand)]
enum Command {
    /// Say what this machine has and what lacks; with --fix, install it
    Doctor(doctor::Options),
    /// Train what a task's program contains; goes on where an earlier run stopped
    Train(train::Options),
    /// Turn a trained run into the artefact that a board carries
    Export(export::Options),
    /// Write firmware and artefact into a real board
    Flash(flash::Options),
    /// Check a target: protocol, control loop, self-play
    Hil(hil::Options),
    /// The main job: train, export, build, boot in QEMU, drive, compare, report
    Demo(demo::Options),
    /// Measure what was promised of speed, beside other solvers
    Bench(bench::Options),
    /// Train a task's policies and their rivals over many seeds, and say who is better
    Compare(compare::Options),
    /// Generate maps of a game that satisfy conditions
    Generate(generate::Options),
    /// Fetch what a task learns from, or take it from a folder
    Data(data::Options),
    /// Draw a board of a task, to look at and to solve
    Render(render::Options),
    /// Answer what a picture of the user's shows
    Solve(solve::Options),
    /// Make the last demonstration's page anew
    Report(report::Options),
    /// Solve random problems by the hundred thousand and judge every answer
    Check(check::Options),
    /// Sample a box of parameters for the most iterations of the solver; no certificate
    WorstCase(worst_case::Options),
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
    /// The machine could not be set up.
    #[error(transparent)]
    Setup(#[from] setup::SetupError),
    /// Something that the project needs is not there.
    #[error(transparent)]
    Doctor(#[from] doctor::DoctorError),
    /// Training ended without a model.
    #[error(transparent)]
    Train(#[from] train::CommandError),
    /// There is no artefact.
    #[error(transparent)]
    Export(#[from] export::CommandError),
    /// Nothing was flashed.
    #[error(transparent)]
    Flash(#[from] flash::CommandError),
    /// A target failed, or could not be checked.
    #[error(transparent)]
    Hil(#[from] hil::CommandError),
    /// The demonstration failed.
    #[error(transparent)]
    Demo(#[from] demo::CommandError),
    /// Nothing was measured.
    #[error(transparent)]
    Bench(#[from] bench::CommandError),
    /// There is no comparison.
    #[error(transparent)]
    Compare(#[from] compare::CommandError),
    /// There are no maps.
    #[error(transparent)]
    Generate(#[from] generate::CommandError),
    /// There are no data.
    #[error(transparent)]
    Data(#[from] data::CommandError),
    /// Nothing was drawn.
    #[error(transparent)]
    Render(#[from] render::CommandError),
    /// There is no answer.
    #[error(transparent)]
    Solve(#[from] solve::CommandError),
    /// There is no page.
    #[error(transparent)]
    Report(#[from] report::CommandError),
    /// The solver does not keep its word.
    #[error(transparent)]
    Check(#[from] check::CommandError),
    /// Nothing was sampled.
    #[error(transparent)]
    WorstCase(#[from] worst_case::CommandError),
    /// No bound.
    #[error(transparent)]
    Bounds(#[from] bounds::CommandError),
    /// The filter does not keep its word.
    #[error(transparent)]
    Attack(#[from] attack::CommandError),
    /// A check before pushing failed.
    #[error(transparent)]
    Test(#[from] test::TestError),
}

/// Runs the command; an error is one line on standard error.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    if let Err(error) = interrupt::listen() {
        eprintln!("error: cannot listen for Ctrl-C: {error}");
        return ExitCode::FAILURE;
    }
    let result: Result<(), CommandError> = match &cli.command {
        Command::Doctor(options) => doctor::run(options).map_err(Into::into),
        Command::Train(options) => train::run(options).map_err(Into::into),
        Command::Export(options) => export::run(options).map_err(Into::into),
        Command::Flash(options) => flash::run(options).map_err(Into::into),
        Command::Hil(options) => hil::run(options).map_err(Into::into),
        Command::Demo(options) => demo::run(options).map_err(Into::into),
        Command::Bench(options) => bench::run(options).map_err(Into::into),
        Command::Compare(options) => compare::run(options).map_err(Into::into),
        Command::Generate(options) => generate::run(options).map_err(Into::into),
        Command::Data(options) => data::run(options).map_err(Into::into),
        Command::Render(options) => render::run(options).map_err(Into::into),
        Command::Solve(options) => solve::run(options).map_err(Into::into),
        Command::Report(options) => report::run(options).map_err(Into::into),
        Command::Check(options) => check::run(options).map_err(Into::into),
        Command::WorstCase(options) => worst_case::run(options).map_err(Into::into),
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
