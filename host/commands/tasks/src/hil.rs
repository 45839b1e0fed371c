//! `cargo edge hil`: the same checks against QEMU, the firmware as a process, or silicon.

use crate::target::TargetOptions;
use crate::task::Deployed;
use crate::{maps, mountain_car, sudoku};
use std::path::PathBuf;

/// Options of the command.
#[derive(Debug, clap::Args)]
pub struct Options {
    #[command(flatten)]
    pub target: TargetOptions,
    /// Connect to a real board at this serial port; `auto` searches for it
    ///
    /// Default: start QEMU or a process.
    #[arg(long, value_name = "PORT")]
    pub port: Option<String>,
    /// Run N episodes of each kind. Default: 5. Only for mountain-car
    #[arg(long, value_name = "N")]
    pub episodes: Option<u64>,
    /// Solve N test boards. Default: 100. Only for sudoku
    #[arg(long, value_name = "N")]
    pub boards: Option<u16>,
    /// Find N maps. Default: 100. Only for maps
    #[arg(long, value_name = "N")]
    pub maps: Option<u16>,
    /// Print one JSON object for each check instead of the table
    #[arg(long)]
    pub json: bool,
    /// Write the verdict as JUnit XML to FILE. Only for mountain-car
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
}

/// Errors of the command.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// An option of one task with another.
    #[error("{0} is for {1} alone: leave it out or name that task")]
    OtherTask(&'static str, &'static str),
    /// The car.
    #[error(transparent)]
    MountainCar(#[from] mountain_car::hil::CommandError),
    /// Sudoku.
    #[error(transparent)]
    Sudoku(#[from] sudoku::hil::CommandError),
    /// Maps.
    #[error(transparent)]
    Maps(#[from] maps::hil::CommandError),
}

/// Runs protocol, closed-loop and self-play checks and prints the verdict.
pub fn run(options: &Options) -> Result<(), CommandError> {
    let task = options.target.task;
    let of_one_task = [
        ("--episodes", options.episodes.is_some(), Deployed::MountainCar, "mountain-car"),
        ("--junit", options.junit.is_some(), Deployed::MountainCar, "mountain-car"),
        ("--boards", options.boards.is_some(), Deployed::Sudoku, "sudoku"),
        ("--maps", options.maps.is_some(), Deployed::Maps, "maps"),
    ];
    for (option, is_given, of, name) in of_one_task {
        if is_given && task != of {
            return Err(CommandError::OtherTask(option, name));
        }
    }
    match task {
        Deployed::MountainCar => Ok(mountain_car::hil::run(options)?),
        Deployed::Sudoku => Ok(sudoku::hil::run(options)?),
        Deployed::Maps => Ok(maps::hil::run(options)?),
    }
}
