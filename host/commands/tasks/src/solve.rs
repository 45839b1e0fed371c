//! `cargo edge solve sudoku PHOTO`: the answer to a board in the user's picture.

use super::compare_sudoku::mnist_folder;
use super::task::Pictured;
use convex_edge_runs::png_file::PngError;
use convex_edge_runs::progress::follow;
use convex_edge_runs::settings::SettingsError;
use convex_edge_sudoku::answer::{text, write_picture};
use convex_edge_sudoku::compare::run::{RunError, digits, run as train};
use convex_edge_sudoku::compare::settings::{EMBEDDED, MNIST, Settings, Source};
use convex_edge_sudoku::consistency::Contradiction;
use convex_edge_sudoku::digits::mnist;
use convex_edge_sudoku::image::{Picture, PictureError};
use convex_edge_sudoku::kept_reader::{KeptReader, Origin, ReaderError, load};
use convex_edge_sudoku::solving::{SolveError, Solved, solve};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Options of the command.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Of which task
    task: Pictured,
    /// A PNG of a board with handwritten digits, blank cells left empty: the board alone, with dark lines around it, taken
    /// straight from above. A picture that is turned or slanted is not straightened.
    photo: PathBuf,
    /// Cells of a box's side: 2 for 4x4, 3 for 9x9; counted in the picture where not given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(2..=3))]
    box_size: Option<u8>,
    /// A reader that `cargo edge train sudoku` kept; where not given, the one that learned from MNIST if that is there, else
    /// from the digits that come with the program. It is trained the first time, in less than a minute.
    #[arg(long, value_name = "FILE")]
    reader: Option<PathBuf>,
    /// Where the picture of the answer goes; beside the photo as NAME.solved.png where not given
    #[arg(long, value_name = "FILE")]
    picture: Option<PathBuf>,
    /// Folder of all runs, with the kept readers and MNIST
    #[arg(long, value_name = "FOLDER", default_value = "runs")]
    runs: PathBuf,
    /// Print the answer as JSON
    #[arg(long)]
    json: bool,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The built-in settings.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// They have no such board.
    #[error("no reader of boards with {digits} digits can be trained from these settings; name one with --reader")]
    NoJob {
        /// Of the board.
        digits: usize,
    },
    /// The training of a reader.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The reader's file.
    #[error(transparent)]
    Keep(#[from] ReaderError),
    /// The picture.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// The picture of the answer.
    #[error(transparent)]
    Answer(#[from] PngError),
    /// The answer.
    #[error(transparent)]
    Solve(#[from] SolveError),
}

/// What was found, for `--json`.
#[derive(Serialize)]
struct Report<'a> {
    /// Along the rows, a point for a cell that shows no digit.
    read: String,
    answer: String,
    /// From 1.
    corrected: Vec<Corrected>,
    consistent: bool,
    contradictions: Vec<Corrected>,
    proven: bool,
    unique: bool,
    picture: &'a Path,
    reader: &'a Origin,
}

/// A cell that was read otherwise than answered.
#[derive(Serialize)]
struct Corrected {
    /// From 1.
    row: usize,
    column: usize,
    read: u8,
    answered: u8,
}

/// Reads the picture, trains a reader where none is kept, prints the answer and draws it. A board that contradicts itself is
/// said, no error.
pub fn run(options: &Options) -> Result<(), CommandError> {
    let Pictured::Sudoku = options.task;
    let photo = Picture::read(&options.photo)?;
    let named = options.reader.as_deref().map(load).transpose()?;
    let of_reader = || named.as_ref().map(|named| named.architecture.digits.isqrt());
    let box_size = options.box_size.map(usize::from).or_else(|| photo.box_size()).or_else(of_reader).unwrap_or(3);
    let reader = match named {
        Some(named) => named,
        None => reader(box_size, &options.runs)?,
    };
    let solved = solve(&photo, &reader, box_size)?;
    let picture = options.picture.clone().unwrap_or_else(|| options.photo.with_extension("solved.png"));
    write_picture(&solved.read, &solved.answer, None, &picture)?;
    if options.json {
        println!("{}", serde_json::json!(report(&solved, &picture, &reader.origin)));
    } else {
        print(&solved, &reader.origin);
        println!("{}", picture.display());
    }
    Ok(())
}

/// Whose digits are used where nothing else is said.
pub(super) fn source(runs: &Path) -> Source {
    if mnist::is_cached(&mnist_folder(runs)) { Source::Mnist } else { Source::Optdigits }
}

/// The reader that is kept for such boards; it is trained first where there is none.
fn reader(box_size: usize, runs: &Path) -> Result<KeptReader, CommandError> {
    let (source, folder) = (source(runs), mnist_folder(runs));
    let settings = Settings::load(None, if source == Source::Mnist { MNIST } else { EMBEDDED })?;
    let job = settings.jobs().into_iter().find(|job| job.problem.box_size == box_size);
    let job = job.ok_or(CommandError::NoJob { digits: box_size * box_size })?;
    let file = job.reader_file(&settings, runs);
    if !file.exists() {
        let seconds = job.size.seconds;
        eprintln!("no reader of such boards is kept yet; training one in some {seconds} s, which is kept");
        let split = digits(source, &folder).map_err(RunError::from)?;
        follow(seconds, "training", || train(&settings, &job, &split, runs))?;
    }
    Ok(load(&file)?)
}

fn place(cells: usize, cell: usize, read: u8, answered: u8) -> Corrected {
    Corrected { row: cell / cells + 1, column: cell % cells + 1, read, answered }
}

fn corrected(solved: &Solved) -> Vec<Corrected> {
    let cells = solved.answer.digits();
    let changed = (0..cells * cells).filter(|&cell| solved.is_corrected(cell));
    changed.map(|cell| place(cells, cell, solved.read.cells()[cell], solved.answer.cells()[cell])).collect()
}

fn contradictions(solved: &Solved) -> Vec<Corrected> {
    let each = |&Contradiction { cell, read, answered, .. }: &Contradiction| {
        place(solved.answer.digits(), cell, read, answered)
    };
    solved.contradictions.iter().map(each).collect()
}

fn report<'a>(solved: &Solved, picture: &'a Path, reader: &'a Origin) -> Report<'a> {
    Report {
        read: solved.read.to_string(),
        answer: solved.answer.to_string(),
        corrected: corrected(solved),
        consistent: solved.contradictions.is_empty(),
        contradictions: contradictions(solved),
        proven: solved.is_proven,
        unique: solved.is_unique,
        picture,
        reader,
    }
}

fn print(solved: &Solved, reader: &Origin) {
    let (givens, corrected) = (solved.read.givens(), corrected(solved));
    println!("{}", text(solved));
    let digits = if reader.source == Source::Optdigits { "the digits that come with the program" } else { "MNIST" };
    println!(
        "{givens} digits read, of which {} corrected (*), by a reader of {digits}, right in {:.1} % of the test's",
        corrected.len(),
        100.0 * reader.read
    );
    for Corrected { row, column, read, answered } in &corrected {
        println!("row {row}, column {column}: read {read}, answered {answered}");
    }
    if !solved.contradictions.is_empty() {
        let cells = contradictions(solved);
        let places = cells.iter().map(|cell| format!("row {} column {} ({})", cell.row, cell.column, cell.read));
        let places = places.collect::<Vec<_>>().join(", ");
        println!("CONTRADICTION: the board has no answer as it was read; surely read and not kept: {places}");
        println!("If those digits are what you see, the board itself is wrong, there or elsewhere.");
    }
    if !solved.is_unique {
        println!("What was read and kept allows other answers, too; this is the likeliest.");
    }
    if !solved.is_proven {
        println!("The search ended before it was certain that no other answer is likelier.");
    }
}
