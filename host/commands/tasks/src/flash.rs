//! `cargo edge flash`: firmware and artefact into a real board.

use crate::target::{TargetOptions, TargetOptionsError};
use crate::task::Deployed;
use convex_edge_hil::flash::{FlashError, plan, run as run_line};
use convex_edge_mountain_car::cli::RunOptions;

/// Options of the command.
#[derive(Debug, clap::Args)]
pub struct Options {
    #[command(flatten)]
    target: TargetOptions,
    /// Build, then print the commands and run none of them
    #[arg(long)]
    dry_run: bool,
}

/// Errors of the command.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The files.
    #[error(transparent)]
    Target(#[from] TargetOptionsError),
    /// The probe.
    #[error(transparent)]
    Flash(#[from] FlashError),
}

/// Builds, then writes, verifies and resets.
pub fn run(options: &Options) -> Result<(), CommandError> {
    if options.target.task != Deployed::MountainCar {
        let RunOptions { config, seed, .. } = &options.target.run;
        if config.is_some() || seed.is_some() {
            return Err(TargetOptionsError::OtherTask("--config or --seed").into());
        }
    }
    let board = options.target.board()?;
    let artefact = options.target.artefact()?;
    let firmware = options.target.firmware(&board)?;
    for line in plan(&board, &firmware, &artefact)? {
        println!("{line}");
        if !options.dry_run {
            run_line(&line)?;
        }
    }
    Ok(())
}
