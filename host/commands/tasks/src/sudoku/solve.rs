//! `cargo edge solve sudoku PHOTO`: the answer to a board in the user's picture.

use crate::data::mnist_folder;
use crate::task::Pictured;
use convex_edge_runs::png_file::PngError;
use convex_edge_runs::progress::follow;
use convex_edge_runs::settings::SettingsError;
use convex_edge_runs::store::{StoreError, prepare};
use convex_edge_sudoku::data::digits::mnist;
use convex_edge_sudoku::data::image::{Picture, PictureError};
use convex_edge_sudoku::evaluate::run::{RunError, digits, run as train};
use convex_edge_sudoku::model::consistency::Contradiction;
use convex_edge_sudoku::model::reader_checkpoint::{Origin, ReaderCheckpoint, ReaderError, load};
use convex_edge_sudoku::model::solving::{SolveError, Solved, solve};
use convex_edge_sudoku::report::answer::{text, write_picture};
use convex_edge_sudoku::train::settings::{EMBEDDED, MNIST, Settings, Source};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Options of the command.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Solve a problem of this task
    task: Pictured,
    /// Read a board with handwritten digits from this PNG file
    ///
    /// The picture shows the board alone, with dark lines around it, straight from above. Blank cells are empty. A turned
    /// or slanted picture is not straightened.
    photo: PathBuf,
    /// Set the side of a box in cells: 2 for 4x4 boards, 3 for 9x9
    ///
    /// Default: counted in the picture.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(2..=3))]
    box_size: Option<u8>,
    /// Use this reader, a file that `cargo edge train sudoku` wrote
    ///
    /// Default: a reader trained on MNIST if MNIST is there, else one trained on the digits that come with the program.
    /// The first use trains this reader, in less than a minute.
    #[arg(long, value_name = "FILE")]
    reader: Option<PathBuf>,
    /// Draw the answer into FILE. Default: NAME.solved.png beside the photo
    #[arg(long, value_name = "FILE")]
    picture: Option<PathBuf>,
    /// Keep all runs, trained readers and MNIST in this folder
    #[arg(long, value_name = "FOLDER", default_value = "runs")]
    runs: PathBuf,
    /// Print the answer as JSON
    #[arg(long)]
    json: bool,
}

/// Errors of the command.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The built-in settings.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// They have no such board.
    #[error("no reader of boards with {digits} digits can be trained from these settings; name one with --reader")]
    NoJob {
        /// Number of digits of the board.
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
    /// The folder of the picture.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Answer to the board, for `--json`.
#[derive(Serialize)]
struct Report<'a> {
    /// Along the rows, a point for a cell that shows no digit.
    read: String,
    answer: String,
    /// Cells whose reading was corrected, rows and columns counted from 1.
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
    /// Row, counted from 1.
    row: usize,
    column: usize,
    read: u8,
    answered: u8,
}

/// Reads the picture, trains a reader where there is no checkpoint, prints the answer and draws it. A board that
/// contradicts itself is said, no error.
pub fn run(options: &Options) -> Result<(), CommandError> {
    let Pictured::Sudoku = options.task;
    let photo = Picture::read(&options.photo)?;
    let picture = options.picture.clone().unwrap_or_else(|| options.photo.with_extension("solved.png"));
    prepare(&picture)?;
    let named = options.reader.as_deref().map(load).transpose()?;
    let of_reader = || named.as_ref().map(|named| named.architecture.digits.isqrt());
    let box_size = options.box_size.map(usize::from).or_else(|| photo.box_size()).or_else(of_reader).unwrap_or(3);
    let reader = match named {
        Some(named) => named,
        None => reader(box_size, &options.runs)?,
    };
    let solved = solve(&photo, &reader, box_size)?;
    write_picture(&solved.read, &solved.answer, None, &picture)?;
    if options.json {
        println!("{}", serde_json::json!(report(&solved, &picture, &reader.origin)));
    } else {
        print(&solved, &reader.origin);
        println!("{}", picture.display());
    }
    Ok(())
}

/// Default source of digits.
pub(crate) fn source(runs: &Path) -> Source {
    if mnist::is_cached(&mnist_folder(runs)) { Source::Mnist } else { Source::Optdigits }
}

/// The checkpoint's reader for such boards; it is trained first where there is none.
fn reader(box_size: usize, runs: &Path) -> Result<ReaderCheckpoint, CommandError> {
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
