//! Commands of the tasks and of the layers.

mod bench_layers;
mod check_layers;
mod check_splitting;
mod compare;
mod connect;
mod costs;
mod data;
mod experiment;
mod export;
mod flash;
mod hil;
mod maps;
mod mountain_car;
mod study;
mod sudoku;
mod sweep;
mod target;
mod task;
mod train;
mod work;

use clap::{Parser, Subcommand};
use convex_edge_runs::program;
use std::process::ExitCode;

/// Keeps the buffers of a few hundred kilobytes that every pass of a layer takes; the system's gives them back each time,
/// which costs a third of the pass.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Command line of the program.
#[derive(Debug, Parser)]
#[command(name = "cargo edge", bin_name = "cargo edge", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Train the model of a task, or continue an earlier run
    Train(train::Options),
    /// Write the artefact of a trained run
    Export(export::Options),
    /// Write firmware and artefact to a real board
    Flash(flash::Options),
    /// Check a target: protocol, control loop, self-play
    Hil(hil::Options),
    /// Train the methods of a task and their baselines over many seeds
    Compare(compare::Options),
    /// Train over grids of settings and seeds, here or on a cluster
    Sweep(sweep::Options),
    /// Train everything that the study compares, then print its tables
    Study(study::Options),
    /// Do one run of a sweep, which the sweep itself calls
    #[command(hide = true)]
    Work(work::Options),
    /// Generate maps of a game that satisfy conditions
    Generate(maps::generate::Options),
    /// Fetch the data of a task, or import them from a folder
    Data(data::Options),
    /// Draw a board of a task as a picture
    Render(sudoku::render::Options),
    /// Solve the sudoku in a picture
    Solve(sudoku::solve::Options),
    /// Check the layers on random programs
    #[command(subcommand)]
    Check(Check),
    /// Measure the layers beside other layers
    #[command(subcommand)]
    Bench(Bench),
}

#[derive(Debug, Subcommand)]
enum Check {
    /// Compare gradients of random programs with finite differences
    Layers(check_layers::Options),
    /// Solve random programs by the splitting layer; judge answers and gradients
    Splitting(check_splitting::Options),
}

#[derive(Debug, Subcommand)]
enum Bench {
    /// Measure forward and backward times of the layers beside other layers
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
    Sweep(#[from] sweep::CommandError),
    #[error(transparent)]
    Study(#[from] study::CommandError),
    #[error(transparent)]
    Work(#[from] work::CommandError),
    #[error(transparent)]
    Generate(#[from] maps::generate::CommandError),
    #[error(transparent)]
    Data(#[from] data::CommandError),
    #[error(transparent)]
    Render(#[from] sudoku::render::CommandError),
    #[error(transparent)]
    Solve(#[from] sudoku::solve::CommandError),
    #[error(transparent)]
    Check(#[from] check_layers::CommandError),
    #[error(transparent)]
    Bench(#[from] bench_layers::CommandError),
}

fn main() -> ExitCode {
    program::run(|| -> Result<(), CommandError> {
        match &Cli::parse().command {
            Command::Train(options) => train::run(options).map_err(Into::into),
            Command::Export(options) => export::run(options).map_err(Into::into),
            Command::Flash(options) => flash::run(options).map_err(Into::into),
            Command::Hil(options) => hil::run(options).map_err(Into::into),
            Command::Compare(options) => compare::run(options).map_err(Into::into),
            Command::Sweep(options) => sweep::run(options).map_err(Into::into),
            Command::Study(options) => study::run(options).map_err(Into::into),
            Command::Work(options) => work::run(options).map_err(Into::into),
            Command::Generate(options) => maps::generate::run(options).map_err(Into::into),
            Command::Data(options) => data::run(options).map_err(Into::into),
            Command::Render(options) => sudoku::render::run(options).map_err(Into::into),
            Command::Solve(options) => sudoku::solve::run(options).map_err(Into::into),
            Command::Check(Check::Layers(options)) => check_layers::run(options).map_err(Into::into),
            Command::Check(Check::Splitting(options)) => check_splitting::run(options).map_err(Into::into),
            Command::Bench(Bench::Layers(options)) => bench_layers::run(options).map_err(Into::into),
        }
    })
}
