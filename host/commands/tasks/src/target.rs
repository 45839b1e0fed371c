//! Target options that `hil` and `flash` share: board, firmware and artefact.

use crate::task::Deployed;
use convex_edge_hil::board::{self, Board, BoardError};
use convex_edge_mountain_car::cli::RunOptions;
use convex_edge_mountain_car::train::settings::ConfigError;
use convex_edge_setup::thumb::{FIRMWARE, MAPS, SUDOKU, ThumbError, firmware_elf, firmware_process};
use std::path::{Path, PathBuf};

/// Options by which a command finds a target's files.
#[derive(Debug, clap::Args)]
pub struct TargetOptions {
    /// Use the firmware of this task
    #[arg(value_enum, default_value_t = Deployed::MountainCar)]
    pub task: Deployed,
    /// Use this board
    #[arg(long, value_name = "NAME", default_value = "b-l475e-iot01a")]
    board: String,
    /// Use this artefact. Default: the one that `cargo edge export` wrote
    #[arg(long, value_name = "FILE")]
    artefact: Option<PathBuf>,
    /// Which run the artefact is of
    #[command(flatten)]
    pub run: RunOptions,
}

/// Errors of the target options.
#[derive(Debug, thiserror::Error)]
pub enum TargetOptionsError {
    /// The board.
    #[error(transparent)]
    Board(#[from] BoardError),
    /// The settings.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The firmware.
    #[error(transparent)]
    Firmware(#[from] ThumbError),
    /// An option of other tasks.
    #[error("{0} does not choose the artefact of this task; leave it out, or name the file with --artefact")]
    OtherTask(&'static str),
}

impl TargetOptions {
    /// The board.
    ///
    /// # Errors
    /// There is none of this name.
    pub fn board(&self) -> Result<Board, TargetOptionsError> {
        Ok(board::find(&self.board)?)
    }

    /// The artefact's path, whether or not it is there.
    ///
    /// # Errors
    /// The settings cannot be read.
    pub fn artefact(&self) -> Result<PathBuf, TargetOptionsError> {
        let folder = match (&self.artefact, self.task) {
            (Some(path), _) => return Ok(path.clone()),
            (None, Deployed::MountainCar) => self.run.load()?.folder(&self.run.runs),
            (None, Deployed::Sudoku) => sudoku_folder(&self.run.runs),
            (None, Deployed::Maps) => maps_folder(&self.run.runs),
        };
        Ok(folder.join("artefact.bin"))
    }

    /// Builds the board's firmware as far as it is not built.
    ///
    /// # Errors
    /// The build failed.
    pub fn firmware(&self, board: &Board) -> Result<PathBuf, TargetOptionsError> {
        let executable = match self.task {
            Deployed::MountainCar => FIRMWARE,
            Deployed::Sudoku => SUDOKU,
            Deployed::Maps => MAPS,
        };
        Ok(if board.microcontroller.is_some() { firmware_elf(executable)? } else { firmware_process(executable)? })
    }
}

/// Where sudoku's artefact goes below the folder of all runs.
pub fn sudoku_folder(runs: &Path) -> PathBuf {
    runs.join("sudoku").join("export")
}

/// Where the artefact of maps goes below the folder of all runs.
pub fn maps_folder(runs: &Path) -> PathBuf {
    runs.join("maps").join("export")
}
