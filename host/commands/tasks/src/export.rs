//! `cargo edge export TASK`: artefact of a task for a microcontroller.

use crate::target::{maps_folder, sudoku_folder};
use crate::task::Deployed;
use convex_edge_maps::export as maps;
use convex_edge_maps::target::{self, CONDITIONS, ConditionsError, asked};
use convex_edge_mountain_car::cli::RunOptions;
use convex_edge_mountain_car::export as mountain_car;
use convex_edge_mountain_car::train::settings::ConfigError;
use convex_edge_runs::settings::SettingsError;
use convex_edge_setup::step::spinner;
use convex_edge_sudoku::data::digits::optdigits;
use convex_edge_sudoku::export as sudoku;
use convex_edge_sudoku::target::{BoardsError, job, test_boards, train};
use convex_edge_sudoku::train::settings::{EMBEDDED, Settings};
use std::path::{Path, PathBuf};

/// Maps on which the target's code is compared with this computer's own.
const MAPS: usize = 100;

/// Options of the command.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Export the result of this task
    ///
    /// For sudoku, the reader is trained first. That takes ten seconds.
    task: Deployed,
    #[command(flatten)]
    run: RunOptions,
    /// Conditions on Breakout's maps, separated by `;`. May be repeated
    ///
    /// Only for maps. Default: the conditions on the task's page.
    #[arg(long, value_name = "WORDS")]
    condition: Vec<String>,
    /// Write artefact.bin and artefact.md to this folder. Default: the run's folder
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

/// Errors of the command.
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
    /// The conditions on maps.
    #[error(transparent)]
    Conditions(#[from] ConditionsError),
    /// The maps' export.
    #[error(transparent)]
    Maps(#[from] maps::ExportError),
    /// An option of one task with another.
    #[error("{0} is not for {1}: leave it out")]
    OtherTask(&'static str, &'static str),
}

/// Exports and says where.
pub fn run(options: &Options) -> Result<(), CommandError> {
    match options.task {
        Deployed::MountainCar if !options.condition.is_empty() => {
            return Err(CommandError::OtherTask("--condition", "mountain-car"));
        }
        Deployed::Sudoku if !options.condition.is_empty() => {
            return Err(CommandError::OtherTask("--condition", "sudoku"));
        }
        Deployed::Maps if options.run.config.is_some() => return Err(CommandError::OtherTask("--config", "maps")),
        _ => {}
    }
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
        Deployed::Maps => {
            let folder = options.out.clone().unwrap_or_else(|| maps_folder(&options.run.runs));
            let exported = export_maps(options, &folder)?;
            let counts = exported.counts;
            println!(
                "{} maps: {} satisfy all conditions, {} as good as by this computer's decoder",
                counts.maps, counts.valid, counts.best
            );
            println!(
                "probabilities: largest residual {:.1e}, {:.1e} from this computer's at most",
                counts.largest_residual, counts.farthest
            );
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

/// Exports conditions on maps, with scores that no later comparison has.
fn export_maps(options: &Options, folder: &Path) -> Result<maps::Exported, CommandError> {
    let words = if options.condition.is_empty() { CONDITIONS.to_owned() } else { options.condition.join("; ") };
    let asked = asked(&words)?;
    let scores = target::scores(MAPS, target::GOLDEN_SEED + options.run.seed.unwrap_or(0))?;
    Ok(maps::export(&asked, &scores, folder)?)
}
