//! `cargo edge attack TASK`: adversaries against the safety filter, on every plant that it was made for.

use convex_edge_mountain_car::cli::Task;
use convex_edge_mountain_car::evaluate::attack::plants::{PLANTS, Plant};
use convex_edge_mountain_car::evaluate::attack::policies::Adversary;
use convex_edge_mountain_car::evaluate::attack::promises::promises;
use convex_edge_mountain_car::evaluate::attack::{Counts, Filter, attack, control};
use convex_edge_mountain_car::model::safe_set::{Margins, SafeSetError};
use convex_edge_runs::interrupt;
use convex_edge_runs::progress::bar;
use convex_edge_runs::promise::{Promise, broken};
use rayon::prelude::*;
use serde::Serialize;

/// Options of the command.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Attack the safety filter of this task
    task: Task,
    /// Run each adversary for N steps on each plant, at least 10000
    #[arg(long, value_name = "N", default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(10_000..))]
    steps: u64,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

/// Errors of the command.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// A filter's tables.
    #[error(transparent)]
    SafeSet(#[from] SafeSetError),
    /// Ctrl-C.
    #[error("stopped before all adversaries were through; the same command starts again")]
    Interrupted,
    /// It ran, and the filter does not keep its word.
    #[error("not kept: {0}; see the table")]
    PromiseBroken(String),
}

/// Everything that was found.
#[derive(Debug, Serialize)]
struct Report {
    steps_each: u64,
    /// The pump without a filter on the nominal plant.
    control: Counts,
    plants: Vec<Row>,
    promises: Vec<Promise>,
}

/// Counts of all adversaries on a plant.
#[derive(Debug, Serialize)]
struct Row {
    plant: &'static str,
    margins: Margins,
    total: Counts,
    adversaries: Vec<AdversaryRow>,
}

#[derive(Debug, Serialize)]
struct AdversaryRow {
    adversary: &'static str,
    #[serde(flatten)]
    counts: Counts,
}

/// Attacks and prints the tables.
pub fn run(options: &Options) -> Result<(), CommandError> {
    let Task::MountainCar = options.task;
    let control = control(options.steps);
    let bar = bar((PLANTS.len() * Adversary::ALL.len()) as u64, "attacking");
    let plants: Result<Vec<Row>, CommandError> = PLANTS
        .iter()
        .map(|plant| {
            bar.set_prefix(plant.name);
            row(plant, options.steps, || bar.inc(1))
        })
        .collect();
    bar.finish_and_clear();
    let plants = plants?;
    let promises = promises(plants.iter().map(|row| (row.plant, row.total)), &control);
    let report = Report { steps_each: options.steps, control, plants, promises };
    if options.json {
        println!("{}", serde_json::json!(report));
    } else {
        print(&report);
    }
    broken(&report.promises).map_or(Ok(()), |names| Err(CommandError::PromiseBroken(names)))
}

fn row(plant: &Plant, steps: u64, on_adversary: impl Fn() + Sync) -> Result<Row, CommandError> {
    let filter = Filter::of(plant)?;
    let attack = |adversary: Adversary| {
        if interrupt::requested() {
            return Err(CommandError::Interrupted);
        }
        let counts = attack(plant, &filter, adversary, steps);
        on_adversary();
        Ok(AdversaryRow { adversary: adversary.name(), counts })
    };
    let adversaries: Vec<AdversaryRow> = Adversary::ALL.into_par_iter().map(attack).collect::<Result<_, _>>()?;
    let total = Counts::sum(adversaries.iter().map(|row| &row.counts));
    Ok(Row { plant: plant.name, margins: plant.margins, total, adversaries })
}

fn print(report: &Report) {
    println!("{} adversaries, {} steps each", Adversary::ALL.len(), report.steps_each);
    println!(
        "{:<20}{:>10}{:>9}{:>9}{:>9}{:>9}{:>10}{:>9}{:>11}{:>11}",
        "", "steps", "goals", "SPEED", "POSITION", "ACTION", "narrowed", "moved", "most |v|", "least x"
    );
    line("pump, unfiltered", &report.control);
    report.plants.iter().for_each(|row| line(row.plant, &row.total));
    println!();
    report.promises.iter().for_each(|promise| println!("{promise}"));
}

fn line(name: &str, counts: &Counts) {
    let share = |count: u64| format!("{:.1} %", 100.0 * count as f64 / counts.steps.max(1) as f64);
    println!(
        "{name:<20}{:>10}{:>9}{:>9}{:>9}{:>9}{:>10}{:>9}{:>11.6}{:>11.5}",
        counts.steps,
        counts.goals,
        counts.speed_violations,
        counts.position_violations,
        counts.action_violations,
        share(counts.narrowed),
        share(counts.moved),
        counts.largest_speed,
        counts.smallest_position
    );
}
