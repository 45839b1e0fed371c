//! `cargo edge check programs`: random programs of the whole language, judged against Clarabel.

use convex_edge_any_size::programs::draw::{Kind, draw};
use convex_edge_any_size::programs::judge::Outcome;
use convex_edge_any_size::programs::node::by_rows;
use convex_edge_any_size::programs::{Counts, Fate, fate, naive, promises, tally, written};
use convex_edge_runs::progress::bar;
use convex_edge_runs::promise::{Promise, broken};
use convex_edge_verify::case::Precision;
use convex_edge_verify::tally::Fault;
use serde::Serialize;
use std::time::Instant;

/// Faults that are printed; all of them are in the JSON.
const SHOWN_FAULTS: usize = 20;

/// Options of the command.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Draw this many programs; solve each in f32 and f64
    #[arg(long, default_value_t = 10_000)]
    count: u64,
    /// Use this seed for the first program, and the next seeds for the others
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Print counts and faults as JSON
    #[arg(long)]
    json: bool,
    /// Print and solve only the program of this seed
    #[arg(long, value_name = "SEED", conflicts_with_all = ["count", "seed", "json"])]
    replay: Option<u64>,
}

/// Errors of the command.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// Ctrl-C.
    #[error("stopped before all programs were solved; the same command starts again")]
    Interrupted,
    /// The replayed program is at fault.
    #[error("the program of seed {0} is answered wrongly; see above")]
    Fault(u64),
    /// A promise is broken.
    #[error("not kept: {0}; see the table, and replay a seed by --replay")]
    PromiseBroken(String),
}

#[derive(Debug, Serialize)]
struct Report {
    count: u64,
    seed: u64,
    seconds: f64,
    total: Counts,
    tally: Vec<Row>,
    faults: Vec<Fault>,
    promises: Vec<Promise>,
}

#[derive(Debug, Serialize)]
struct Row {
    precision: Precision,
    kind: Kind,
    #[serde(flatten)]
    counts: Counts,
}

/// Draws, solves, judges and prints the table.
///
/// # Errors
/// A wrong answer, a refused program, or Ctrl-C.
pub fn run(options: &Options) -> Result<(), CommandError> {
    if let Some(seed) = options.replay {
        return replay(seed);
    }
    let started = Instant::now();
    let bar = bar(options.count, "solving");
    let tally = tally(options.seed, options.count, &|more| bar.inc(more));
    bar.finish_and_clear();
    let tally = tally.ok_or(CommandError::Interrupted)?;
    let total = tally.total();
    let report = Report {
        count: options.count,
        seed: options.seed,
        seconds: started.elapsed().as_secs_f64(),
        total,
        tally: tally.counts.iter().map(|(&(precision, kind), &counts)| Row { precision, kind, counts }).collect(),
        faults: tally.faults,
        promises: promises(&total),
    };
    if options.json {
        println!("{}", serde_json::json!(report));
    } else {
        print(&report);
    }
    broken(&report.promises).map_or(Ok(()), |names| Err(CommandError::PromiseBroken(names)))
}

fn replay(seed: u64) -> Result<(), CommandError> {
    let stated = draw(seed);
    println!("{stated}");
    if let Ok(program) = written::program(&stated) {
        println!("canonical {}", program.to_json().unwrap_or_else(|error| error.to_string()));
        println!("values {:?}", stated.values().iter().flat_map(by_rows).collect::<Vec<f64>>());
        println!("f32 {:?}", written::answer(Precision::F32, &program, &stated.values()));
        println!("f64 {:?}", written::answer(Precision::F64, &program, &stated.values()));
    }
    println!("Clarabel {:?}", naive::verdict(&stated));
    let fate = fate(seed);
    println!("{fate:#?}");
    let right = match &fate {
        Fate::Judged(outcomes) => !outcomes.iter().any(|outcome| matches!(outcome, Outcome::Wrong(_))),
        Fate::NeverHolds | Fate::TooLarge => true,
        Fate::Refused(_) | Fate::Misdrawn(_) => false,
    };
    if right { Ok(()) } else { Err(CommandError::Fault(seed)) }
}

fn print(report: &Report) {
    let columns = ["solves", "solved", "infeas.", "unbound.", "flagged", "undecid.", "large", "REFUSED", "WRONG"];
    print!("{:<5}{:<15}", "", "");
    columns.iter().for_each(|column| print!("{column:>10}"));
    println!();
    for Row { precision, kind, counts } in &report.tally {
        line(&format!("{precision:?}").to_lowercase(), kind.name(), counts);
    }
    line("all", "", &report.total);
    println!();
    report.promises.iter().for_each(|promise| println!("{promise}"));
    println!("\n{} programs from seed {} in {:.0} s", report.count, report.seed, report.seconds);
    for fault in report.faults.iter().take(SHOWN_FAULTS) {
        println!("--replay {}  {}", fault.seed, fault.reason);
    }
}

fn line(precision: &str, kind: &str, counts: &Counts) {
    print!("{precision:<5}{kind:<15}");
    let Counts { solves, solved, infeasible, unbounded, flagged, undecided, too_large, refused, wrong } = counts;
    for count in [solves, solved, infeasible, unbounded, flagged, undecided, too_large, refused, wrong] {
        print!("{count:>10}");
    }
    println!();
}
