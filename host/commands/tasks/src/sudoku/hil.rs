//! `cargo edge hil sudoku`: a target solves test boards, and its bits are compared with this computer's.

use crate::connect::{ConnectError, Unit, with_target};
use crate::costs::Costs;
use crate::hil::Options;
use crate::target::TargetOptionsError;
use convex_edge_core::artefact::ArtefactError;
use convex_edge_core::sudoku::artefact::read;
use convex_edge_core::sudoku::layer::Solution;
use convex_edge_hil::scenarios::sudoku::{self, Beside, SudokuError};
use convex_edge_hil::target::Target;
use convex_edge_runs::progress::bar;
use convex_edge_runs::settings::SettingsError;
use convex_edge_sudoku::data::boards::Boards;
use convex_edge_sudoku::data::digits::optdigits;
use convex_edge_sudoku::target::{BoardsError, Counts, images, job, test_boards};
use convex_edge_sudoku::train::settings::{EMBEDDED, Settings};
use serde::Serialize;
use std::path::PathBuf;

/// Boards where the command line names no number.
const BOARDS: u16 = 100;

/// Errors of the command.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The files.
    #[error(transparent)]
    Target(#[from] TargetOptionsError),
    /// There is no target.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The settings.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The boards.
    #[error(transparent)]
    Boards(#[from] BoardsError),
    /// There is no artefact.
    #[error("no artefact at {0}: `cargo edge export sudoku` makes one")]
    Missing(PathBuf),
    /// The artefact file.
    #[error("the artefact {} is refused ({reason:?}); export it again with `cargo edge export sudoku`", path.display())]
    Artefact {
        /// Path of the file.
        path: PathBuf,
        /// First fault found in the file.
        reason: ArtefactError,
    },
    /// The target did not answer.
    #[error(transparent)]
    Sudoku(#[from] SudokuError),
    /// Host and target disagree.
    #[error("{different} of {boards} boards have other bits on the target: is its firmware of this version?")]
    Different {
        /// Number of boards with other bits.
        different: usize,
        /// Number of boards compared.
        boards: usize,
    },
}

/// Answer of the target to the boards, for `--json`.
#[derive(Debug, Serialize)]
struct Answer {
    /// The board, as it calls itself.
    target: String,
    artefact: String,
    counts: Counts,
    /// Boards with other bits than on this computer.
    different_bits: usize,
    /// Nothing for a process.
    costs: Option<Costs>,
    /// Bytes of stack never touched.
    stack_free: Option<u32>,
}

/// Solves the boards, prints the counts, and fails where a bit differs.
///
/// # Errors
/// [`CommandError`].
pub(crate) fn run(options: &Options) -> Result<(), CommandError> {
    let board = options.target.board()?;
    let path = options.target.artefact()?;
    let bytes = std::fs::read(&path).map_err(|_| CommandError::Missing(path.clone()))?;
    read(&bytes).map_err(|reason| CommandError::Artefact { path: path.clone(), reason })?;
    let settings = Settings::load(options.target.run.config.as_deref(), EMBEDDED)?;
    let (split, mut job) = (optdigits::load(), job(&settings)?);
    job.seed = options.target.run.seed.unwrap_or(job.seed);
    let boards = test_boards(&job, usize::from(options.boards.unwrap_or(BOARDS)), &split.test)?;
    let work = |target: &mut Target, unit: Unit| solve(target, &bytes, &boards, unit);
    let answer = with_target(options, &board, &path, true, work)?;
    if options.json {
        println!("{}", serde_json::json!(answer));
    } else {
        print(&answer);
    }
    let (different, boards) = (answer.different_bits, answer.counts.boards);
    if different == 0 { Ok(()) } else { Err(CommandError::Different { different, boards }) }
}

fn solve(target: &mut Target, artefact: &[u8], boards: &Boards<'_>, unit: Unit) -> Result<Answer, CommandError> {
    let artefact = read(artefact).map_err(SudokuError::SelfTest)?;
    let (images, mut solved) = (images(boards), Vec::new());
    let bar = bar(images.len() as u64, "solving");
    sudoku::run(target, &artefact, &images, |beside| {
        bar.inc(1);
        solved.push(beside);
    })?;
    bar.finish_and_clear();
    let solutions: Vec<Solution> = solved.iter().map(|beside| beside.target.solution).collect();
    let counted: Vec<_> = solved.iter().map(|beside| beside.target.cycles).collect();
    Ok(Answer {
        target: target.board(),
        artefact: format!("{:08x}", artefact.crc),
        counts: Counts::of(boards, &solutions),
        different_bits: solved.iter().filter(|beside| !Beside::is_same(beside)).count(),
        costs: Costs::of(&counted, unit, ["reading", "layer"]),
        // Known only after the work.
        stack_free: target.hello_again().map_err(SudokuError::from)?.stack_free,
    })
}

fn print(answer: &Answer) {
    let Answer { target, artefact, counts, different_bits, costs, stack_free } = answer;
    println!("{target}, artefact {artefact}: {} boards, {different_bits} with other bits than here", counts.boards);
    let percent = |part: usize| 100.0 * part as f64 / counts.boards.max(1) as f64;
    println!("{:<36}{:>10.1} %", "right in every cell", percent(counts.right));
    println!("{:<36}{:>10.1} %", "proven", percent(counts.proven));
    println!("{:<36}{:>10.1} %", "proven and wrong", percent(counts.proven_wrong));
    println!("{:<36}{:>10} {:>10}", "", "median", "most");
    println!("{:<36}{:>10} {:>10}", "iterations", counts.median_iterations, counts.most_iterations);
    if let Some(costs) = costs {
        costs.print();
    }
    if let Some(bytes) = stack_free {
        println!("{:<36}{bytes:>10}", "stack never touched, bytes");
    }
}
