//! `cargo edge render sudoku`: a board of unseen handwritten digits as a picture.

use super::compare_sudoku::mnist_folder;
use super::solve::source;
use super::task::Pictured;
use convex_edge_sudoku::boards::Boards;
use convex_edge_sudoku::compare::run::digits;
use convex_edge_sudoku::compare::settings::Source;
use convex_edge_sudoku::digits::mnist::MnistError;
use convex_edge_sudoku::image::{PictureError, render};
use convex_edge_sudoku::puzzle::{PuzzleError, Recipe, lists};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// What a cell without a given shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Blank {
    /// Nothing, as on paper
    Empty,
    /// A handwritten 0, as in training and in SATNet's data
    Zero,
}

/// Options of the command.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Of which task
    task: Pictured,
    /// Cells of a box's side: 2 for 4x4, 3 for 9x9
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u8).range(2..=3))]
    box_size: u8,
    /// Givens; 36 of 9x9 and 6 of 4x4 where not given
    #[arg(long, value_name = "N")]
    givens: Option<usize>,
    /// Seed of the puzzle and of its images
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// What a cell without a given shows
    #[arg(long, value_enum, default_value_t = Blank::Empty)]
    blank: Blank,
    /// Where the picture goes, a PNG
    #[arg(long, value_name = "FILE", default_value = "board.png")]
    picture: PathBuf,
    /// Folder of all runs; MNIST's digits are taken where `cargo edge data mnist` put them there
    #[arg(long, value_name = "FOLDER", default_value = "runs")]
    runs: PathBuf,
    /// Print puzzle and solution as JSON
    #[arg(long)]
    json: bool,
}

/// Why nothing was drawn.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The puzzle.
    #[error(transparent)]
    Puzzle(#[from] PuzzleError),
    /// The digits.
    #[error(transparent)]
    Mnist(#[from] MnistError),
    /// The picture.
    #[error(transparent)]
    Picture(#[from] PictureError),
}

/// What was drawn.
#[derive(Serialize)]
struct Drawn<'a> {
    picture: &'a Path,
    /// Along the rows, a point for a blank.
    givens: String,
    solution: String,
    digits: Source,
}

/// Draws a puzzle with digits of the test, and prints it with its solution.
pub fn run(options: &Options) -> Result<(), CommandError> {
    let Pictured::Sudoku = options.task;
    let box_size = usize::from(options.box_size);
    let givens = options.givens.unwrap_or(if box_size == 2 { 6 } else { 36 });
    let lists = lists(&Recipe { box_size, givens, train: 0, test: 1, seed: options.seed })?;
    let source = source(&options.runs);
    let digits = digits(source, &mnist_folder(&options.runs))?.test;
    let boards = Boards::new(lists.test, &digits, options.seed)?;
    let shows = |(index, blank): (&u32, &bool)| (!blank || options.blank == Blank::Zero).then_some(*index);
    let indices: Vec<Option<u32>> = boards.indices.iter().zip(&boards.blank).map(shows).collect();
    render(&digits, &indices, box_size * box_size).write(&options.picture)?;
    for puzzle in &boards.puzzles {
        let (givens, solution) = (puzzle.givens.to_string(), puzzle.solution.to_string());
        let drawn = Drawn { picture: &options.picture, givens, solution, digits: source };
        match options.json {
            true => println!("{}", serde_json::json!(drawn)),
            false => println!("givens    {}\nsolution  {}\n{}", drawn.givens, drawn.solution, drawn.picture.display()),
        }
    }
    Ok(())
}
