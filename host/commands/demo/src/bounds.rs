//! `cargo edge bounds TASK`: best reachable returns, by dynamic programs and exact rollouts.

use convex_edge_mountain_car::cli::Task;
use convex_edge_mountain_car::evaluate::bounds::promises::promises;
use convex_edge_mountain_car::evaluate::bounds::{Bound, BoundError, EPISODES, Fineness, Problem, bound};
use convex_edge_runs::interrupt;
use convex_edge_runs::progress::bar;
use convex_edge_runs::promise::{Promise, broken};
use serde::Serialize;

/// Options of the command.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Compute the bounds of this task
    task: Task,
    /// Choose the fineness of the grids
    #[arg(long, value_enum, default_value_t = Fineness::Published)]
    grid: Fineness,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

/// Errors of the command.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// A dynamic program.
    #[error(transparent)]
    Bound(#[from] BoundError),
    /// It ran, and the study's numbers did not come out.
    #[error("not kept: {0}; see the table")]
    PromiseBroken(String),
}

/// Everything that was found.
#[derive(Debug, Serialize)]
struct Report {
    grid: Fineness,
    bounds: Vec<Bound>,
    promises: Vec<Promise>,
}

/// Solves, drives and prints the tables.
pub fn run(options: &Options) -> Result<(), CommandError> {
    let Task::MountainCar = options.task;
    let mut bounds = Vec::new();
    for problem in Problem::ALL {
        let bar = bar(problem.rounds().into(), problem.name());
        bounds.push(bound(problem, options.grid, &|| {
            bar.inc(1);
            !interrupt::requested()
        })?);
        bar.finish_and_clear();
    }
    let promises = promises(&bounds, options.grid);
    let report = Report { grid: options.grid, bounds, promises };
    if options.json {
        println!("{}", serde_json::json!(report));
    } else {
        print(&report);
    }
    broken(&report.promises).map_or(Ok(()), |names| Err(CommandError::PromiseBroken(names)))
}

fn print(report: &Report) {
    println!("exact rollouts of dynamic programs, Gymnasium seeds 0 to {}", EPISODES - 1);
    println!(
        "{:<14}{:>10}{:>8}{:>10}{:>10}{:>8}{:>8}{:>11}{:>9}",
        "", "grid", "solved", "mean", "least", "sd", "steps", "violations", "seconds"
    );
    for Bound { problem, size, figures, seconds } in &report.bounds {
        let grid = format!("{} x {}", size.positions, size.velocities);
        println!(
            "{:<14}{grid:>10}{:>8}{:>10.3}{:>10.3}{:>8.3}{:>8.1}{:>11}{seconds:>9.0}",
            problem.name(),
            figures.solved,
            figures.mean_return,
            figures.min_return,
            figures.deviation,
            figures.mean_steps,
            figures.violations
        );
    }
    println!();
    report.promises.iter().for_each(|promise| println!("{promise}"));
}
