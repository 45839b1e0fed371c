//! `cargo edge bench layers`: our layers and their peers, on the same batches in the same run.

use convex_edge_burn::LayerError;
use convex_edge_burn::splitting::SplittingError;
use convex_edge_burn_bench::case::{self, BATCH, Case, CaseError};
use convex_edge_burn_bench::epochs::{self, Epochs};
use convex_edge_burn_bench::promises::{best_peer, promises};
use convex_edge_burn_bench::row::{Milliseconds, Row, Run};
use convex_edge_burn_bench::{boards, own, peers};
use convex_edge_burn_verify::gradients::{self, GradientError, Gradients};
use convex_edge_runs::interrupt;
use convex_edge_runs::machine;
use convex_edge_runs::progress::bar;
use convex_edge_runs::promise::Promise;
use convex_edge_runs::store::{StoreError, write_json};
use convex_edge_setup::environment::{Environment, PeersError};
use convex_edge_setup::workspace::{Workspace, WorkspaceError};
use serde::Serialize;
use std::path::PathBuf;

/// Programs of the gradient check between two looks at the user's wish to stop.
const PORTION: u64 = 1024;

/// Options of the command.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Write all rows and targets as JSON to FILE
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Run our layers N times; the fastest pass counts
    ///
    /// Other layers run a tenth as often, or as often as 4 s allow, but at least twice.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..))]
    repeats: u16,
    /// Compare the gradients of N random programs with finite differences
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    gradients: u64,
    /// Skip the other layers; install none of them
    #[arg(long)]
    no_peers: bool,
}

/// Errors of the command.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The current directory is outside the workspace.
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
    /// The other layers.
    #[error("{0}; leave them out with --no-peers")]
    Peers(#[from] PeersError),
    /// A batch.
    #[error(transparent)]
    Case(#[from] CaseError),
    /// Our active-set layer.
    #[error(transparent)]
    Layer(#[from] LayerError),
    /// Our splitting layer.
    #[error(transparent)]
    Splitting(#[from] SplittingError),
    /// The check of gradients.
    #[error(transparent)]
    Gradients(#[from] GradientError),
    /// The file.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The user asked to stop.
    #[error("stopped; nothing was written")]
    Interrupted,
}

/// The content of the JSON file.
#[derive(Serialize)]
struct Answer {
    processor: String,
    /// Of our layers, and of each library behind a peer.
    threads: usize,
    /// Samples of each batch.
    batch: usize,
    rows: Vec<Row>,
    epochs: Vec<Epochs>,
    gradients: Gradients,
    skipped: Vec<String>,
    promises: Vec<Promise>,
}

/// Measures, prints the table, and writes the file that was asked for. A missed target is printed; it is no error:
/// times depend on the machine.
///
/// # Errors
/// [`CommandError`].
pub(crate) fn run(options: &Options) -> Result<(), CommandError> {
    let repeats = usize::from(options.repeats);
    let environment = if options.no_peers { None } else { Some(peers::install(&Workspace::locate()?)?) };
    let mut skipped = environment.as_ref().map(|peers| peers.skipped.clone()).unwrap_or_default();
    let threads = rayon::current_num_threads();
    let (mut rows, mut all_epochs) = (Vec::new(), Vec::new());
    let cases = [case::random()?, case::sudoku()?, case::mpc()?];
    let progress = bar(cases.len() as u64 + 1, "measuring");
    for case in &cases {
        progress.set_prefix(case.name);
        let (runs, epochs) = ours(case, repeats)?;
        let reference = runs.first().cloned().unwrap_or_default();
        rows.extend(runs.iter().map(|run| Row::new(case.name, run, &reference)));
        all_epochs.push(epochs);
        if let Some(environment) = &environment {
            let (others, without) = theirs(environment, case, repeats, threads)?;
            rows.extend(others.iter().map(|run| Row::new(case.name, run, &reference)));
            skipped.extend(without);
        }
        if environment.is_some() && best_peer(&rows, case.name).is_none() {
            skipped.push(format!("{}: no peer ran, so there is no ratio", case.name));
        }
        progress.inc(1);
    }
    all_epochs.push(epochs::learned_sudoku(&case::learned_sudoku()?, repeats)?);
    progress.set_prefix(boards::NAME);
    let splitting = boards::measure(repeats)?;
    rows.push(Row::new(boards::NAME, &splitting, &splitting));
    progress.finish_and_clear();
    let gradients = check(options.gradients)?;
    let mut promises = promises(&rows, &all_epochs);
    promises.extend(gradients::promises(&gradients));
    let processor = machine::processor();
    let answer = Answer { processor, threads, batch: BATCH, rows, epochs: all_epochs, gradients, skipped, promises };
    print(&answer, &cases);
    if let Some(path) = &options.json {
        write_json(path, &answer)?;
        println!("\n{}", path.display());
    }
    Ok(())
}

/// Our layer in both precisions, the one that others are compared to first, and its epochs.
fn ours(case: &Case, repeats: usize) -> Result<(Vec<Run>, Epochs), CommandError> {
    if interrupt::requested() {
        return Err(CommandError::Interrupted);
    }
    Ok(own::runs(case, repeats)?)
}

fn theirs(
    environment: &Environment,
    case: &Case,
    repeats: usize,
    threads: usize,
) -> Result<(Vec<Run>, Vec<String>), CommandError> {
    match peers::run(environment, case, repeats.div_ceil(10), threads) {
        Err(_) if interrupt::requested() => Err(CommandError::Interrupted),
        runs => Ok(runs?),
    }
}

fn check(count: u64) -> Result<Gradients, CommandError> {
    let bar = bar(count, "differentiating");
    let mut total = Gradients::default();
    let mut first = 0;
    while first < count {
        if interrupt::requested() {
            return Err(CommandError::Interrupted);
        }
        let portion = PORTION.min(count - first);
        total.add(&gradients::check(first, portion, &|more| bar.inc(more))?);
        first += portion;
    }
    bar.finish_and_clear();
    Ok(total)
}

fn print(answer: &Answer, cases: &[Case]) {
    let Answer { processor, threads, batch, rows, epochs, gradients, skipped, promises } = answer;
    println!("{processor}: {batch} samples; milliseconds, fastest pass and median; {threads} threads for each layer");
    let mut last = None;
    for row in rows {
        if last != Some(row.case) {
            let case = cases.iter().find(|case| case.name == row.case);
            println!("\n{}: {}", row.case, case.map_or(boards::WHAT, |case| case.what));
            println!(
                "{:<32}{:>20}{:>20}{:>20}{:>9}{:>12}{:>12}",
                "", "forward", "backward", "total", "to best", "solution", "gradient"
            );
            last = Some(row.case);
        }
        let times = [row.forward, row.backward, row.total];
        let times = times.map(|Milliseconds { fastest, median }| format!("{fastest:>10.3}{median:>10.3}")).concat();
        let ratio = best_peer(rows, row.case).map(|best| row.total.fastest / best.total.fastest);
        let ratio = ratio.map_or_else(String::new, |ratio| format!("{ratio:.3}"));
        let Row { layer, difference, gradient_difference, .. } = row;
        println!("  {layer:<30}{times}{ratio:>9}{difference:>12.1e}{gradient_difference:>12.1e}");
    }
    println!("\nsecond pass over a batch, parameters changed by 1e-3, to one from nothing");
    for epochs in epochs {
        let Epochs { case, first, second } = epochs;
        println!(
            "  {case:<16}{:>8.3} of {:.3} ms, {:.2}; forward {:.2}; changes of the working set {:.1} of {:.1}",
            second.total,
            first.total,
            epochs.ratio(),
            epochs.forward_ratio(),
            second.iterations,
            first.iterations
        );
    }
    let Gradients { programs, judged, flagged, unsolved, undecided, wrong, .. } = gradients;
    println!("\ngradients of {programs} random programs: {judged} judged, {wrong} of them wrong, {flagged} flagged,");
    println!("  {unsolved} unsolved, {undecided} undecided by finite differences\n");
    for why in skipped {
        println!("skipped: {why}");
    }
    for promise in promises {
        let word = promise.word();
        println!("{:<32}{:>10.2e} {:<29}{:<10}{word}", promise.name, promise.value, promise.unit, promise.target);
    }
}
