//! `cargo edge compare mountain-car`: policies with and without programs, under limits.

use convex_edge_mountain_car::report::ReportError;
use convex_edge_mountain_car::train::settings::ConfigError;
use convex_edge_mountain_car_study::baselines::stable_baselines3::{self, PeerError, PeerRow};
use convex_edge_mountain_car_study::compare::committed::{self, CommittedError};
use convex_edge_mountain_car_study::compare::run::{RunError, RunResult, run as run_one};
use convex_edge_mountain_car_study::compare::settings::{Settings, Variant};
use convex_edge_mountain_car_study::compare::summary::{Comparison, Row, promises, summarize};
use convex_edge_mountain_car_study::report::comparison_page::write as write_page;
use convex_edge_runs::progress::bar;
use convex_edge_runs::promise::Promise;
use convex_edge_runs::store::{StoreError, write_json};
use convex_edge_setup::workspace::{Workspace, WorkspaceError};
use convex_edge_statistics::BootstrapInterval;
use rayon::prelude::*;
use std::path::Path;
use std::time::Duration;

/// Whose baselines ours are set beside.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(crate) enum Peer {
    /// Stable-Baselines3: PPO and SAC
    Sb3,
}

/// Errors of the command.
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
}

/// Runs what was not run yet, prints the table, writes the page, and the file that was asked for.
///
/// # Errors
/// [`CommandError`]; finished runs stay on disk.
pub(crate) fn run(
    quick: bool,
    config: Option<&Path>,
    peer: Option<Peer>,
    runs: &Path,
    json: Option<&Path>,
) -> Result<(), CommandError> {
    let settings = Settings::load(config)?;
    let settings = if quick { settings.quick() } else { settings };
    let rows = rows(&settings, runs)?;
    let peers = match peer {
        None => Vec::new(),
        Some(Peer::Sb3) => {
            let bar = bar(stable_baselines3::planned(&settings), "peer");
            bar.enable_steady_tick(Duration::from_secs(1));
            let peers = stable_baselines3::rows(&settings, &rows, runs, &|| bar.inc(1))?;
            bar.finish_and_clear();
            peers
        }
    };
    let mut promises = promises(&settings, &rows);
    promises.extend(stable_baselines3::promises(&peers));
    let results = Workspace::locate()?.root.join("results").join("mountain_car");
    promises.extend(committed::promises(&results)?);
    print(&rows, &peers, &promises);
    let comparison = Comparison { settings, rows, peers, promises };
    let page = runs.join("mountain_car").join("compare").join("report.html");
    write_page(&comparison, &page)?;
    println!("\n{}", page.display());
    if let Some(path) = json {
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
        let interval = |name: &str, BootstrapInterval { mean, low, high, .. }: &BootstrapInterval| {
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
        let word = promise.word();
        println!("{:<52}{:>10.2} {:<8}{:<10}{word}", promise.name, promise.value, promise.unit, promise.target);
    }
}
