//! Commands of the tasks and of the layers.

mod bench_layers;
mod check_layers;
mod check_splitting;
mod compare;
mod compare_maps;
mod compare_sudoku;
mod connect;
mod costs;
mod data;
mod export;
mod flash;
mod generate;
mod hil;
mod hil_maps;
mod hil_sudoku;
mod render;
mod solve;
mod target;
mod task;
mod train;
mod train_maps;
mod train_sudoku;

use clap::{Parser, Subcommand};
use convex_edge_runs::{closed_output, interrupt};
use std::process::ExitCode;

/// Keeps the buffers of a few hundred kilobytes that every pass of a layer takes; the system's gives them back each time,
/// which costs a third of the pass.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What the user typed.
#[derive(Debug, Parser)]
#[command(name = "cargo edge", bin_name = "cargo edge", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Train what a task's program contains; goes on where an earlier run stopped
    Train(train::Options),
    /// Turn a trained run into the artefact that a board carries
    Export(export::Options),
    /// Write firmware and artefact into a real board
    Flash(flash::Options),
    /// Check a target: protocol, control loop, self-play
    Hil(hil::Options),
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
    /// Check the layers on random programs
    #[command(subcommand)]
    Check(Check),
    /// Measure the layers beside others
    #[command(subcommand)]
    Bench(Bench),
}

#[derive(Debug, Subcommand)]
enum Check {
    /// Differentiate the solutions of random programs, and compare with finite differences
    Layers(check_layers::Options),
    /// Solve random programs by the splitting layer, and judge every answer and gradient
    Splitting(check_splitting::Options),
}

#[derive(Debug, Subcommand)]
enum Bench {
    /// The differentiable layers, forward and backward, in times and in ratios to other layers'
    Layers(bench_layers::Options),
}

/// Why a command failed: one line with the next step.
#[derive(Debug, thiserror::Error)]
enum CommandError {
    #[error(transparent)]
    Train(#[from] train::CommandError),
    #[error(transparent)]
    Export(#[from] export::CommandError),
    #[error(transparent)]
    Flash(#[from] flash::CommandError),
    #[error(transparent)]
    Hil(#[from] hil::CommandError),
    #[error(transparent)]
    Compare(#[from] compare::CommandError),
    #[error(transparent)]
    Generate(#[from] generate::CommandError),
    #[error(transparent)]
    Data(#[from] data::CommandError),
    #[error(transparent)]
    Render(#[from] render::CommandError),
    #[error(transparent)]
    Solve(#[from] solve::CommandError),
    #[error(transparent)]
    Check(#[from] check_layers::CommandError),
    #[error(transparent)]
    Bench(#[from] bench_layers::CommandError),
}

fn main() -> ExitCode {
    closed_output::end_there();
    let cli = Cli::parse();
    if let Err(error) = interrupt::listen() {
        eprintln!("error: cannot listen for Ctrl-C: {error}");
        return ExitCode::FAILURE;
    }
    let result: Result<(), CommandError> = match &cli.command {
        Command::Train(options) => train::run(options).map_err(Into::into),
        Command::Export(options) => export::run(options).map_err(Into::into),
        Command::Flash(options) => flash::run(options).map_err(Into::into),
        Command::Hil(options) => hil::run(options).map_err(Into::into),
        Command::Compare(options) => compare::run(options).map_err(Into::into),
        Command::Generate(options) => generate::run(options).map_err(Into::into),
        Command::Data(options) => data::run(options).map_err(Into::into),
        Command::Render(options) => render::run(options).map_err(Into::into),
        Command::Solve(options) => solve::run(options).map_err(Into::into),
        Command::Check(Check::Layers(options)) => check_layers::run(options).map_err(Into::into),
        Command::Check(Check::Splitting(options)) => check_splitting::run(options).map_err(Into::into),
        Command::Bench(Bench::Layers(options)) => bench_layers::run(options).map_err(Into::into),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(if interrupt::requested() { interrupt::EXIT_CODE } else { 1 })
        }
    }
}
