//! `cargo edge render sudoku`: a board of unseen handwritten digits as a picture.

use crate::data::mnist_folder;
use crate::sudoku::solve::source;
use crate::task::Pictured;
use convex_edge_sudoku::data::boards::Boards;
use convex_edge_sudoku::data::digits::mnist::MnistError;
use convex_edge_sudoku::data::image::{PictureError, render};
use convex_edge_sudoku::data::puzzle::{PuzzleError, Recipe, lists};
use convex_edge_sudoku::evaluate::run::digits;
use convex_edge_sudoku::train::settings::Source;
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
    /// Draw a board of this task
    task: Pictured,
    /// Set the side of a box in cells: 2 for 4x4 boards, 3 for 9x9
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u8).range(2..=3))]
    box_size: u8,
    /// Show N givens. Default: 36 for 9x9 boards, 6 for 4x4
    #[arg(long, value_name = "N")]
    givens: Option<usize>,
    /// Use this seed for the puzzle and its images
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Choose what a cell without a given shows
    #[arg(long, value_enum, default_value_t = Blank::Empty)]
    blank: Blank,
    /// Write the picture to this PNG file
    #[arg(long, value_name = "FILE", default_value = "board.png")]
    picture: PathBuf,
    /// Search for MNIST's digits below this folder of runs
    ///
    /// `cargo edge data mnist` stores them there. Default without them: the digits that come with the program.
    #[arg(long, value_name = "FOLDER", default_value = "runs")]
    runs: PathBuf,
    /// Print puzzle and solution as JSON
    #[arg(long)]
    json: bool,
}

/// Errors of the command.
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

/// The board that was drawn.
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
