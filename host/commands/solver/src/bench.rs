//! `cargo edge bench`: our solver and its peers, on the same problems in the same run.

use super::bench_instructions;
use super::bench_target::{Table, TableError};
use super::check::Elsewhere;
use clap::builder::PossibleValuesParser;
use convex_edge_bench::build::{BuildError, Part, Row as BuildRow, measure};
use convex_edge_bench::peers::Peers;
use convex_edge_bench::promises::promises;
use convex_edge_bench::row::{Microseconds, Row};
use convex_edge_bench::{own, repeated};
use convex_edge_runs::interrupt;
use convex_edge_runs::machine;
use convex_edge_runs::progress::bar;
use convex_edge_runs::promise::Promise;
use convex_edge_runs::store::{StoreError, write_json};
use convex_edge_setup::environment::PeersError;
use convex_edge_setup::step::spinner;
use convex_edge_setup::workspace::{Workspace, WorkspaceError};
use convex_edge_verify::families::{NAMES, generate};
use convex_edge_verify::family::Family;
use convex_edge_verify::reference;
use convex_edge_verify::run::Run;
use serde::Serialize;
use std::path::PathBuf;

/// Options of the command.
#[derive(Debug, clap::Args)]
pub struct Options {
    #[command(subcommand)]
    what: What,
}

/// What is measured.
#[derive(Debug, clap::Subcommand)]
enum What {
    /// Measure the solver's times and their ratios to DAQP's
    Qp(QpOptions),
    /// Measure forward and backward times of the layers beside other layers
    #[command(disable_help_flag = true)]
    Layers(Elsewhere),
    /// Count the solver's instructions by Callgrind; compare with committed limits
    Instructions(bench_instructions::Options),
    /// Measure build times of the last commit: clean clones, changes, dependents
    Build(BuildOptions),
}

#[derive(Debug, clap::Args)]
struct QpOptions {
    /// Write all rows and targets as JSON to FILE
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Measure only this family. May be repeated
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(NAMES))]
    family: Vec<String>,
    /// Solve each problem N times in a run; the fastest solve counts
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..))]
    repeats: u16,
    /// Repeat the run N times; the median of times and ratios counts
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    runs: u16,
    /// Skip the other solvers; install none of them
    #[arg(long)]
    no_peers: bool,
    /// Skip the instruction counts on the emulated microcontroller
    #[arg(long)]
    no_target: bool,
}

#[derive(Debug, clap::Args)]
struct BuildOptions {
    /// Write all rows as JSON to FILE
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Measure only this part. May be repeated
    #[arg(long, value_name = "PART")]
    part: Vec<Part>,
}

/// Errors of the command.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The current directory is outside the workspace.
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
    /// The other solvers.
    #[error("{0}; leave them out with --no-peers")]
    Peers(#[from] PeersError),
    /// The microcontroller.
    #[error("{0}; leave the microcontroller out with --no-target")]
    Target(#[from] TableError),
    /// A file.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The reference has no answer where it must.
    #[error("{0} cannot be generated, since Clarabel does not solve it; leave it out with --family")]
    Family(String),
    /// Instructions.
    #[error(transparent)]
    Instructions(#[from] bench_instructions::CommandError),
    /// This program does not contain the layers.
    #[error("the benchmark of the layers is in another program: run `cargo edge bench layers {0}`")]
    Elsewhere(String),
    /// Build times.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The user asked to stop.
    #[error("stopped; nothing was written")]
    Interrupted,
}

/// The content of the JSON file.
#[derive(Serialize)]
struct Answer {
    processor: String,
    rows: Vec<Row>,
    target: Option<Table>,
    skipped: Vec<String>,
    promises: Vec<Promise>,
}

/// Measures, prints the table, and writes the file that was asked for. A missed target is printed; it is no error:
/// times depend on the machine.
///
/// # Errors
/// [`CommandError`].
pub fn run(options: &Options) -> Result<(), CommandError> {
    let options = match &options.what {
        What::Qp(options) => options,
        What::Layers(options) => return Err(CommandError::Elsewhere(options.words.join(" "))),
        What::Instructions(options) => return Ok(bench_instructions::run(options)?),
        What::Build(options) => return build(options),
    };
    let repeats = usize::from(options.repeats);
    let peers = if options.no_peers { None } else { Some(Peers::install(&Workspace::locate()?)?) };
    let mut skipped = peers.as_ref().map(|peers| peers.environment.skipped.clone()).unwrap_or_default();
    let chosen = |name: &&str| options.family.is_empty() || options.family.iter().any(|family| family == name);
    let names: Vec<&str> = NAMES.into_iter().filter(chosen).collect();
    let (mut rows, mut families) = (Vec::new(), Vec::new());
    let progress = bar(names.len() as u64 * u64::from(options.runs), "measuring");
    for name in names {
        progress.set_prefix(name);
        if interrupt::requested() {
            return Err(CommandError::Interrupted);
        }
        let family = generate(name).ok_or_else(|| CommandError::Family(name.to_owned()))?;
        let clarabel = reference::run(&family, repeats.min(3));
        let unknown = clarabel.solved.iter().filter(|solved| !**solved).count();
        if unknown > 0 {
            skipped.push(format!("{name}: {unknown} problems without a reference"));
        }
        let judge = |run: &Run| Row::new(&family, run, &clarabel.x);
        let mut rounds = Vec::new();
        for _ in 0..options.runs {
            if interrupt::requested() {
                return Err(CommandError::Interrupted);
            }
            let mut runs = own::runs(&family, repeats).unwrap_or_default();
            if let Some(peers) = &peers {
                let (others, without) = peers.run(&family, repeats)?;
                runs.extend(others);
                skipped.extend(without);
            }
            rounds.push(runs.iter().map(judge).collect());
            progress.inc(1);
        }
        rows.extend(repeated::medians(&rounds));
        rows.extend((!options.no_peers).then(|| judge(&clarabel)));
        families.push(family);
    }
    progress.finish_and_clear();
    skipped.sort();
    skipped.dedup();
    let target = if options.no_target { None } else { table(&families, &mut skipped)? };
    let mut promises = promises(&rows);
    promises.extend(target.iter().flat_map(Table::promises));
    let answer = Answer { processor: machine::processor(), rows, target, skipped, promises };
    print(&answer);
    if let Some(path) = &options.json {
        write_json(path, &answer)?;
        println!("\n{}", path.display());
    }
    Ok(())
}

/// Build times of the last commit.
fn build(options: &BuildOptions) -> Result<(), CommandError> {
    let all = [Part::Demo, Part::Pipe, Part::Test, Part::Change, Part::Dependents];
    let parts = if options.part.is_empty() { &all[..] } else { &options.part };
    let found = measure(&Workspace::locate()?, parts, |BuildRow { name, value, unit, at_most }| {
        let target = at_most.map_or_else(String::new, |most| {
            format!("<= {most:<8}{}", if *value <= most { "holds" } else { "MISSED" })
        });
        println!("{name:<50}{value:>9.1} {unit:<8}{target}");
    })?;
    println!("{}, {}", found.commit, found.processor);
    if let Some(path) = &options.json {
        write_json(path, &found)?;
        println!("{}", path.display());
    }
    Ok(())
}

/// The microcontroller's table, or a line that says what it takes.
fn table(families: &[Family], skipped: &mut Vec<String>) -> Result<Option<Table>, CommandError> {
    let measuring = spinner("counting instructions on the emulated microcontroller");
    let table = Table::measure(families);
    measuring.finish_and_clear();
    match table {
        Err(error) if error.is_lack() => {
            skipped.push(format!("Cortex-M4F: {error}"));
            Ok(None)
        }
        Err(_) if interrupt::requested() => Err(CommandError::Interrupted),
        table => Ok(table?),
    }
}

fn print(answer: &Answer) {
    println!("{}", answer.processor);
    let mut last = None;
    for row in &answer.rows {
        if last != Some(row.family) {
            let Row { family, variables, constraints, problems, .. } = row;
            println!("\n{family}: {variables} variables, {constraints} constraints, {problems} problems; microseconds");
            println!(
                "{:<22}{:>11}{:>11}{:>11}{:>10}{:>9}{:>7}{:>9}{:>9}{:>6}",
                "", "median", "p99", "max", "to DAQP", "iter", "most", "error", "unsolved", "wrong"
            );
            last = Some(row.family);
        }
        let Microseconds { median, p99, max } = row.microseconds;
        let ratio = row.to_daqp.map_or_else(String::new, |ratio| format!("{:.2}", ratio.median));
        println!(
            "  {:<15}{:<5}{:>11.2}{:>11.2}{:>11.2}{ratio:>10}{:>9.1}{:>7}{:>9.1e}{:>9}{:>6}",
            row.solver,
            row.start,
            median,
            p99,
            max,
            row.iterations,
            row.most_iterations,
            row.error,
            row.not_solved,
            row.wrong
        );
    }
    if let Some(table) = &answer.target {
        table.print();
    }
    println!();
    for why in &answer.skipped {
        println!("skipped: {why}");
    }
    for promise in &answer.promises {
        let word = promise.word();
        println!("{:<30}{:>9.2} {:<9}{:<9}{word}", promise.name, promise.value, promise.unit, promise.target);
    }
}
