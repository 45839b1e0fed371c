//! `cargo edge export TASK`.

use super::task::{RunOptions, Task};
use crate::tasks::mountain_car::config::ConfigError;
use crate::tasks::mountain_car::export::{ExportError, export};
use std::path::PathBuf;

/// Options of the command.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// What to export
    task: Task,
    #[command(flatten)]
    run: RunOptions,
    /// Where artefact.bin and artefact.md go; the run's folder where not given
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

/// Why the command failed.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The settings.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The export.
    #[error(transparent)]
    Export(#[from] ExportError),
}

/// Exports and says where.
pub fn run(options: &Options) -> Result<(), CommandError> {
    let Task::MountainCar = options.task;
    let config = options.run.load()?;
    let folder = options.out.clone().unwrap_or_else(|| config.folder(&options.run.runs));
    let exported = export(&config, &options.run.runs, &folder)?;
    println!("{} bytes, CRC-32 {:08x}: {}", exported.bytes.len(), exported.crc, exported.path.display());
    Ok(())
}
