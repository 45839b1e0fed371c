//! `cargo edge check`: random problems by the hundred thousand, every answer judged.

use super::check_programs;
use super::check_set::{self, SetError};
use convex_edge_runs::progress::bar;
use convex_edge_runs::promise::{Promise, broken};
use convex_edge_verify::case::{Case, Kind, Outcome, Precision};
use convex_edge_verify::conditions;
use convex_edge_verify::loops;
use convex_edge_verify::promises::promises;
use convex_edge_verify::tally::{Counts, Fault, tally};
use serde::Serialize;
use std::path::PathBuf;
use std::time::Instant;

/// Faults that are printed; all of them are in the JSON.
const SHOWN_FAULTS: usize = 20;

/// Options of the command.
#[derive(Debug, clap::Args)]
pub struct Options {
    #[command(subcommand)]
    what: What,
}

/// What is checked.
#[derive(Debug, clap::Subcommand)]
enum What {
    /// Solve random quadratic programs, or a set of files; judge every answer
    Qp(QpOptions),
    /// Drive soft predictive controllers in closed loops in f32; judge every step
    Loops(LoopsOptions),
    /// Compare gradients of random programs with finite differences
    #[command(disable_help_flag = true)]
    Layers(Elsewhere),
    /// Solve random programs of the whole language; compare with Clarabel
    Programs(check_programs::Options),
    /// Solve random programs by the splitting layer; judge answers and gradients
    #[command(disable_help_flag = true)]
    Splitting(Elsewhere),
}

/// Words of a command that another program has; `cargo edge` starts that one.
#[derive(Debug, clap::Args)]
pub struct Elsewhere {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub words: Vec<String>,
}

/// Options of the check in closed loops.
#[derive(Debug, clap::Args)]
struct LoopsOptions {
    /// Drive each plant for this many steps
    #[arg(long, default_value_t = 10_000)]
    steps: u64,
    /// Use this seed for references and disturbances
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

/// Options of the check of the solver.
#[derive(Debug, clap::Args)]
struct QpOptions {
    /// Solve this many problems
    #[arg(long, default_value_t = 100_000)]
    count: u64,
    /// Use this seed for the first problem, and the next seeds for the others
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Solve this many problems of each condition number
    ///
    /// The condition numbers are 1e1 to 1e6. Each precision gets this many problems.
    #[arg(long, default_value_t = 200)]
    conditions: u64,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
    /// Solve only the problem of this seed and print all its details
    #[arg(long, conflicts_with_all = ["count", "seed", "json"])]
    replay: Option<u64>,
    /// Solve the problems in this file, or in all files of this folder
    ///
    /// File types: .mat (MATLAB), .qps or .sif, .npz (NumPy).
    #[arg(long, value_name = "PATH", conflicts_with_all = ["count", "seed", "replay"])]
    set: Option<PathBuf>,
}

/// Errors of the command.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// Ctrl-C.
    #[error("stopped before all problems were solved; the same command starts again")]
    Interrupted,
    /// The replayed problem is at fault.
    #[error("the problem of seed {0} is answered wrongly; see above")]
    Fault(u64),
    /// This program does not contain the layers.
    #[error(
        "checks of the layers are in another program: run `cargo edge check layers {0}` or `cargo edge check splitting {0}`"
    )]
    Elsewhere(String),
    /// The plants of the closed loops.
    #[error(transparent)]
    Loops(#[from] loops::LoopsError),
    /// Programs.
    #[error(transparent)]
    Programs(#[from] check_programs::CommandError),
    /// Third-party problems.
    #[error(transparent)]
    Set(#[from] SetError),
    /// It ran, and the solver does not keep its word.
    #[error("not kept: {0}; see the table")]
    PromiseBroken(String),
}

/// Everything that was found.
#[derive(Debug, Serialize)]
struct Report {
    count: u64,
    seed: u64,
    seconds: f64,
    total: Counts,
    tally: Vec<TallyRow>,
    conditions: Vec<conditions::Row>,
    faults: Vec<Fault>,
    promises: Vec<Promise>,
}

/// Counts with what they are of.
#[derive(Debug, Serialize)]
struct TallyRow {
    precision: Precision,
    kind: Kind,
    #[serde(flatten)]
    counts: Counts,
}

/// Solves, judges and prints the tables.
pub fn run(options: &Options) -> Result<(), CommandError> {
    let options = match &options.what {
        What::Qp(options) => options,
        What::Layers(options) | What::Splitting(options) => {
            return Err(CommandError::Elsewhere(options.words.join(" ")));
        }
        What::Loops(options) => return in_loops(options),
        What::Programs(options) => return Ok(check_programs::run(options)?),
    };
    if let Some(seed) = options.replay {
        return replay(seed);
    }
    if let Some(path) = &options.set {
        return Ok(check_set::run(path, options.json)?);
    }
    let started = Instant::now();
    let bar = bar(options.count, "solving");
    let tally = tally(options.seed, options.count, &|more| bar.inc(more));
    bar.finish_and_clear();
    let tally = tally.ok_or(CommandError::Interrupted)?;
    let conditions = conditions::table(options.seed, options.conditions);
    let promises = promises(&tally, &conditions);
    let of = |(&(precision, kind), &counts)| TallyRow { precision, kind, counts };
    let report = Report {
        count: options.count,
        seed: options.seed,
        seconds: started.elapsed().as_secs_f64(),
        total: tally.total(),
        tally: tally.counts.iter().map(of).collect(),
        conditions,
        faults: tally.faults,
        promises,
    };
    if options.json {
        println!("{}", serde_json::json!(report));
    } else {
        print(&report);
    }
    kept(&report.promises)
}

fn in_loops(options: &LoopsOptions) -> Result<(), CommandError> {
    let plants = loops::plants()?;
    let bar = bar(plants.len() as u64 * options.steps, "driving");
    let rows = loops::check(&plants, options.seed, options.steps, &|more| bar.inc(more));
    bar.finish_and_clear();
    let rows = rows.ok_or(CommandError::Interrupted)?;
    let promises = loops::promises(&rows);
    if options.json {
        println!("{}", serde_json::json!({ "seed": options.seed, "loops": rows, "promises": promises }));
    } else {
        println!("{:<22}{:>9}{:>9}{:>11}{:>8}{:>11}", "", "softness", "steps", "unsolved", "WRONG", "most iter.");
        for row in &rows {
            let loops::Row { plant, softness, steps, unsolved, wrong, most_iterations } = row;
            println!("{plant:<22}{softness:>9.0e}{steps:>9}{unsolved:>11}{wrong:>8}{most_iterations:>11}");
        }
    }
    kept(&promises)
}

/// An error where a target was missed.
fn kept(promises: &[Promise]) -> Result<(), CommandError> {
    broken(promises).map_or(Ok(()), |names| Err(CommandError::PromiseBroken(names)))
}

fn replay(seed: u64) -> Result<(), CommandError> {
    let (case, outcome) = (Case::from_seed(seed), Case::from_seed(seed).run());
    println!("{case:#?}\n{outcome:#?}");
    if matches!(outcome, Outcome::Right(_) | Outcome::Flagged(_)) { Ok(()) } else { Err(CommandError::Fault(seed)) }
}

fn print(report: &Report) {
    let columns = [
        "cases",
        "solved",
        "infeas.",
        "unbound.",
        "not fin.",
        "not conv.",
        "limit",
        "inaccur.",
        "overfl.",
        "curvat.",
        "WRONG",
        "CAP",
        "PANIC",
    ];
    print!("{:<5}{:<20}", "", "");
    columns.iter().for_each(|column| print!("{column:>10}"));
    println!();
    for row in &report.tally {
        line(row.precision.name(), row.kind.name(), &row.counts);
    }
    line("all", "", &report.total);
    println!("\n{:<12}{:>10}{:>10}{:>10}{:>10}", "condition", "problems", "right", "flagged", "WRONG");
    for row in &report.conditions {
        let of = format!("{} 1e{}", row.precision.name(), row.decades);
        println!("{of:<12}{:>10}{:>10}{:>10}{:>10}", row.problems, row.right, row.flagged, row.wrong);
    }
    println!("\n{:<34}{:>10} {:<8}{:<8}", "promise", "value", "unit", "target");
    for promise in &report.promises {
        let word = promise.word();
        println!("{:<34}{:>10} {:<8}{:<8}{word}", promise.name, promise.value, promise.unit, promise.target);
    }
    println!("\n{} solves from seed {} in {:.0} s", report.count, report.seed, report.seconds);
    for fault in report.faults.iter().take(SHOWN_FAULTS) {
        println!("--replay {}  {}", fault.seed, fault.reason);
    }
}

fn line(precision: &str, kind: &str, counts: &Counts) {
    print!("{precision:<5}{kind:<20}");
    let flagged = [
        counts.flagged_iteration_limit,
        counts.flagged_inaccurate,
        counts.flagged_not_finite,
        counts.flagged_not_convex,
    ];
    let right =
        [counts.cases, counts.solved, counts.infeasible, counts.unbounded, counts.not_finite, counts.not_convex];
    let faults = [counts.wrong, counts.above_cap, counts.panics];
    right.iter().chain(&flagged).chain(&faults).for_each(|count| print!("{count:>10}"));
    println!();
}
