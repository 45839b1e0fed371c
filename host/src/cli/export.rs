//! `cargo edge export TASK`.

use super::target::sudoku_folder;
use super::task::{Deployed, RunOptions};
use crate::setup::step::spinner;
use crate::tasks::mountain_car::config::ConfigError;
use crate::tasks::mountain_car::export as mountain_car;
use crate::tasks::settings::SettingsError;
use crate::tasks::sudoku::compare::settings::{EMBEDDED, Settings};
use crate::tasks::sudoku::digits::optdigits;
use crate::tasks::sudoku::export as sudoku;
use crate::tasks::sudoku::on_target::{BoardsError, job, test_boards, train};
use std::path::{Path, PathBuf};

/// Options of the command.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// What to export; sudoku's reader is trained first, which takes ten seconds
    task: Deployed,
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
    Export(#[from] mountain_car::ExportError),
    /// Sudoku's settings.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// Sudoku's boards and their reader.
    #[error(transparent)]
    Boards(#[from] BoardsError),
    /// Sudoku's export.
    #[error(transparent)]
    Sudoku(#[from] sudoku::ExportError),
}

/// Exports and says where.
pub fn run(options: &Options) -> Result<(), CommandError> {
    let (bytes, crc, path) = match options.task {
        Deployed::MountainCar => {
            let config = options.run.load()?;
            let folder = options.out.clone().unwrap_or_else(|| config.folder(&options.run.runs));
            let exported = mountain_car::export(&config, &options.run.runs, &folder)?;
            (exported.bytes.len(), exported.crc, exported.path)
        }
        Deployed::Sudoku => {
            let folder = options.out.clone().unwrap_or_else(|| sudoku_folder(&options.run.runs));
            let exported = export_sudoku(&options.run, &folder)?;
            let [layer, search] = exported.host.map(|figures| 100.0 * figures.share());
            let percent = |part: usize| 100.0 * part as f64 / exported.counts.boards.max(1) as f64;
            let (counts, target) = (exported.counts, [exported.counts.right, exported.counts.proven].map(percent));
            println!(
                "{} test boards: {:.1} % right, {:.1} % proven by the target",
                counts.boards, target[0], target[1]
            );
            println!("by this computer's layer {layer:.1} % right, with its search {search:.1} %");
            (exported.bytes.len(), exported.crc, exported.path)
        }
    };
    println!("{bytes} bytes, CRC-32 {crc:08x}: {}", path.display());
    Ok(())
}

/// Trains a reader of 4 x 4 boards as the settings say, then exports it.
fn export_sudoku(run: &RunOptions, folder: &Path) -> Result<sudoku::Exported, CommandError> {
    let settings = Settings::load(run.config.as_deref(), EMBEDDED)?;
    let mut job = job(&settings)?;
    job.seed = run.seed.unwrap_or(job.seed);
    let split = optdigits::load();
    let training = spinner("training the reader");
    let trainer = train(&job, &split.train)?;
    training.finish_and_clear();
    let test = test_boards(&job, settings.test_boards, &split.test)?;
    Ok(sudoku::export(&trainer, &test, folder)?)
}
