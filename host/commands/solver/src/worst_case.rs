//! `cargo edge worst-case`: the most iterations that sampling finds over a box of parameters.

use convex_edge_any_size::sets::size::on_large_stack;
use convex_edge_any_size::worst_case::program::{ReadError, read};
use convex_edge_any_size::worst_case::record::Summary;
use convex_edge_any_size::worst_case::search::{Plan, SearchError, points, search};
use convex_edge_runs::progress::bar;
use serde::Serialize;
use std::path::PathBuf;

/// Note that is printed with every number.
const NOTE: &str = "sampled, no certificate: parameters between the samples may take more iterations";

/// Options of the command.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Read the parametric program from this file
    ///
    /// An example is host/verify/configs/double_integrator.json.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Sample N random points in the box
    ///
    /// The corners of the box, and points around the worst point found, are always sampled too.
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(..=100_000_000))]
    samples: u64,
    /// Use this seed for the random numbers
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

/// Errors of the command.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The file.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The search.
    #[error(transparent)]
    Search(#[from] SearchError),
    /// The thread that solves could not be started or ended early.
    #[error("the solving thread did not come to its end; free some memory, then try again")]
    Thread,
}

/// Everything that was found.
#[derive(Debug, Serialize)]
struct Report {
    certificate: bool,
    note: &'static str,
    variables: usize,
    constraints: usize,
    parameters: usize,
    corners: u64,
    #[serde(flatten)]
    plan: Plan,
    local: u64,
    solves: Vec<Summary>,
}

/// Samples and prints the table.
pub fn run(options: &Options) -> Result<(), CommandError> {
    let parametric = read(&options.file)?;
    let plan = Plan { random: options.samples, seed: options.seed };
    let bar = bar(points(&parametric, &plan), "sampling");
    let findings = on_large_stack(|| search(&parametric, &plan, &mut || bar.inc(1)));
    bar.finish_and_clear();
    let findings = findings.ok_or(CommandError::Thread)??;
    let (variables, constraints) = (parametric.variables(), parametric.constraints());
    let report = Report {
        certificate: false,
        note: NOTE,
        variables,
        constraints,
        parameters: parametric.intervals().len(),
        corners: findings.corners,
        plan,
        local: findings.local,
        solves: findings.records.iter().filter_map(|record| record.summary(variables, constraints)).collect(),
    };
    if options.json {
        println!("{}", serde_json::json!(report));
    } else {
        print(&report);
    }
    Ok(())
}

fn print(report: &Report) {
    let Report { variables, constraints, parameters, corners, plan, local, .. } = report;
    println!("worst case, {}", report.note);
    println!(
        "{variables} variables, {constraints} constraints, {parameters} parameters; {corners} corners, {} random points \
         of seed {}, {local} around the worst\n",
        plan.random, plan.seed
    );
    println!("{:<10}{:^40}{:^16}{:>9}{:^30}", "", "solves", "iterations", "working", "multiplications");
    let columns = ["solved", "infeas.", "unbound.", "flagged", "median", "max", "set"];
    print!("{:<10}", "");
    columns.iter().zip([10, 10, 10, 10, 8, 8, 9]).for_each(|(column, width)| print!("{column:>width$}"));
    println!("{:>10}{:>20}", "iteration", "bound (its cap)");
    for solve in &report.solves {
        let statuses = &solve.statuses;
        print!("{:<10}", name(solve));
        [statuses.solved, statuses.infeasible, statuses.unbounded, statuses.flagged]
            .iter()
            .for_each(|count| print!("{count:>10}"));
        print!("{:>8}{:>8}{:>9}", solve.median_iterations, solve.sampled_max_iterations, solve.working_set);
        let bound = format!("{} ({})", solve.multiplications_bound, solve.cap);
        println!("{:>10}{bound:>20}", solve.multiplications_of_an_iteration);
    }
    println!();
    for solve in &report.solves {
        let from = solve.from.as_ref().map_or_else(String::new, |from| format!(", after {}", vector(from)));
        println!("{:<10}most iterations at {}{from}", name(solve), vector(&solve.parameter));
    }
    println!("\nwarm: from the sample before, however far; the cap of its bound counts that one's working set, too");
}

fn name(solve: &Summary) -> String {
    format!("{:?} {}", solve.precision, solve.start).to_lowercase()
}

fn vector(values: &[f64]) -> String {
    let values: Vec<String> = values.iter().map(|value| format!("{value:.6}")).collect();
    format!("({})", values.join(", "))
}
