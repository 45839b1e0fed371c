//! `cargo edge check qp --set`: third-party problems from files, by our solver in both precisions beside Clarabel.

use convex_edge_any_size::sets::judge::{Judgement, Word, judge};
use convex_edge_any_size::sets::program::Program;
use convex_edge_any_size::sets::read::{ReadError, files, problem};
use convex_edge_any_size::sets::reference::{self, Verdict};
use convex_edge_any_size::sets::size::on_large_stack;
use convex_edge_any_size::sets::solve::in_precision;
use convex_edge_core::number::Number;
use convex_edge_core::qp::Status;
use convex_edge_runs::interrupt;
use convex_edge_runs::progress::bar;
use convex_edge_verify::case::Precision;
use serde::Serialize;
use std::path::Path;

/// Errors of the command.
#[derive(Debug, thiserror::Error)]
pub enum SetError {
    /// There is nothing to read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Some of the files of a folder.
    #[error("{0} of the files cannot be read, the first is {1}")]
    Unread(usize, String),
    /// An answer is not right.
    #[error("answered wrongly: {0}; see the table")]
    Wrong(String),
    /// The thread that solves could not be started or ended early.
    #[error("the solving thread did not come to its end; free some memory, then try again")]
    Thread,
    /// Ctrl-C.
    #[error("stopped before all problems were solved; the same command starts again")]
    Interrupted,
}

/// One solve of one problem.
#[derive(Debug, Serialize)]
struct Solve {
    name: String,
    variables: usize,
    constraints: usize,
    precision: Precision,
    status: Status,
    iterations: u32,
    #[serde(flatten)]
    judgement: Judgement,
}

/// Everything that was found.
#[derive(Debug, Default, Serialize)]
struct Report {
    solves: Vec<Solve>,
    too_large: Vec<TooLarge>,
    unread: Vec<String>,
}

/// A problem beyond the largest solver that was built.
#[derive(Debug, Serialize)]
struct TooLarge {
    name: String,
    variables: usize,
    constraints: usize,
}

/// Reads, solves, judges and prints the table.
pub(super) fn run(path: &Path, json: bool) -> Result<(), SetError> {
    let report = on_large_stack(|| collect(path)).ok_or(SetError::Thread)??;
    if json {
        println!("{}", serde_json::json!(report));
    } else {
        print(&report);
    }
    let wrong = report.solves.iter().filter(|solve| solve.judgement.word == Word::Wrong);
    let wrong: Vec<String> = wrong.map(|solve| format!("{} in {}", solve.name, word(solve.precision))).collect();
    match report.unread.first() {
        _ if !wrong.is_empty() => Err(SetError::Wrong(wrong.join(", "))),
        Some(first) => Err(SetError::Unread(report.unread.len(), first.clone())),
        None => Ok(()),
    }
}

fn collect(path: &Path) -> Result<Report, SetError> {
    let files = files(path)?;
    let progress = bar(files.len() as u64, "solving");
    let mut report = Report::default();
    for file in &files {
        if interrupt::requested() {
            return Err(SetError::Interrupted);
        }
        match problem(file) {
            Err(error) if files.len() == 1 => return Err(error.into()),
            Err(error) => report.unread.push(error.to_string()),
            Ok(problem) => {
                let mut solves: Vec<Solve> =
                    solve::<f64>(&problem.name, &problem.program, Precision::F64).into_iter().collect();
                solves.extend(solve::<f32>(&problem.name, &problem.program, Precision::F32));
                if solves.is_empty() {
                    let (variables, constraints) = (problem.program.variables(), problem.program.constraints());
                    report.too_large.push(TooLarge { name: problem.name, variables, constraints });
                }
                report.solves.extend(solves);
            }
        }
        progress.inc(1);
    }
    progress.finish_and_clear();
    Ok(report)
}

/// Nothing where the problem is too large.
fn solve<T: Number>(name: &str, program: &Program, precision: Precision) -> Option<Solve> {
    let rounded = program.map(|value| T::rounded(value).double());
    let answer = in_precision(&rounded, precision)?;
    // Where nothing is claimed, nothing has to be compared.
    let claimed = matches!(answer.status, Status::Solved | Status::Infeasible);
    let reference = if claimed { reference::solve(&rounded) } else { Verdict::Undecided };
    Some(Solve {
        name: name.to_owned(),
        variables: program.variables(),
        constraints: program.constraints(),
        precision,
        status: answer.status,
        iterations: answer.iterations,
        judgement: judge::<T>(&rounded, &answer, &reference),
    })
}

fn word(precision: Precision) -> String {
    format!("{precision:?}").to_lowercase()
}

fn print(report: &Report) {
    println!(
        "{:<16}{:>5}{:>6}  {:<5}{:<16}{:>6}{:>18}{:>11}{:>10}  ",
        "", "n", "m", "", "status", "iter", "objective", "its error", "residual"
    );
    for Solve { name, variables, constraints, precision, status, iterations, judgement } in &report.solves {
        let Judgement { word, objective, objective_error, residual } = judgement;
        let error = objective_error.map_or_else(|| "-".to_owned(), |error| format!("{error:.1e}"));
        let word = match word {
            Word::Right => "",
            Word::Flagged => "flagged",
            Word::Wrong => "WRONG",
        };
        let precision = self::word(*precision);
        println!(
            "{name:<16}{variables:>5}{constraints:>6}  {precision:<5}{:<16}{iterations:>6}{objective:>18.9e}{error:>11}{residual:>10.1e}  {word}",
            format!("{status:?}")
        );
    }
    for TooLarge { name, variables, constraints } in &report.too_large {
        println!("{name:<16}{variables:>5}{constraints:>6}  too large");
    }
    report.unread.iter().for_each(|error| println!("not read: {error}"));
    let count = |precision, word| {
        let of = |solve: &&Solve| solve.precision == precision && solve.judgement.word == word;
        report.solves.iter().filter(of).count()
    };
    for precision in [Precision::F64, Precision::F32] {
        let [right, flagged, wrong] = [Word::Right, Word::Flagged, Word::Wrong].map(|word| count(precision, word));
        println!("{}: {right} right, {flagged} flagged, {wrong} wrong", word(precision));
    }
    println!("{} too large, {} not read", report.too_large.len(), report.unread.len());
}
