//! Target of the sudoku task: boards for a microcontroller, and the judgement of its solutions.

use crate::data::boards::Boards;
use crate::data::digits::Digits;
use crate::data::image::PictureError;
use crate::data::puzzle::{PuzzleError, Recipe, lists};
use crate::evaluate::run::architecture;
use crate::train::settings::{Form, Job, Settings, Source};
use crate::train::through_layer::{self, Completion, LayerLoss, Supervision, TrainError};
use crate::train::trainer::Trainer;
use convex_edge_burn::splitting::{Sudoku, SudokuError};
use convex_edge_core::sudoku::layer::{Solution, Status};
use convex_edge_core::sudoku::{CELLS, Images};
use convex_edge_runs::batch_schedule::Budget;
use serde::Serialize;

/// Added to a run's seed for the images of the test boards, as in a comparison.
const TEST_SEED: u64 = 1 << 32;

/// Errors of boards and readers.
#[derive(Debug, thiserror::Error)]
pub enum BoardsError {
    /// The settings train nothing that fits.
    #[error("the settings have no 4x4 problem of optdigits with a reader's method; name others with --config")]
    NoProblem,
    /// The puzzles.
    #[error(transparent)]
    Puzzle(#[from] PuzzleError),
    /// The images.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// The rules.
    #[error(transparent)]
    Rules(#[from] SudokuError),
    /// The training.
    #[error(transparent)]
    Train(#[from] TrainError),
}

/// The first run of the settings that trains what a microcontroller can carry: 4 x 4 boards of 8 x 8 pixels a cell.
///
/// # Errors
/// [`BoardsError::NoProblem`].
pub fn job(settings: &Settings) -> Result<Job<'_>, BoardsError> {
    let fits = |job: &Job<'_>| {
        let reads = matches!(job.method.form, Form::Reader | Form::ReaderThroughLayer);
        job.problem.box_size == 2 && job.problem.source == Source::Optdigits && reads
    };
    settings.jobs().into_iter().find(fits).ok_or(BoardsError::NoProblem)
}

/// Trains a run's reader with these digits.
///
/// # Errors
/// [`BoardsError`].
pub fn train(job: &Job<'_>, digits: &Digits) -> Result<Trainer, BoardsError> {
    let Job { problem, method, size, seed } = *job;
    let recipe = Recipe { box_size: problem.box_size, givens: problem.givens, train: size.boards, test: 0, seed };
    let boards = Boards::new(lists(&recipe)?.train, digits, seed)?;
    let settings = through_layer::Settings {
        supervision: Supervision::AllCells,
        knows_blanks: false,
        completion: Completion::Layer,
        loss: LayerLoss::FenchelYoung,
        boards: method.boards,
        learning_rate: method.learning_rate,
        budget: Budget::CpuSeconds(size.seconds),
        warm_up: method.warm_up,
        curvature: method.curvature,
        augmentation: problem.augmentation,
    };
    let architecture = architecture(problem.source, problem.box_size);
    let rules = Sudoku::new(problem.box_size)?;
    Ok(through_layer::train(&architecture, rules, &boards, &settings, seed, &mut |_, _| ())?)
}

/// The first test boards of a run, with these digits.
///
/// # Errors
/// [`BoardsError`].
pub fn test_boards<'a>(job: &Job<'_>, count: usize, digits: &'a Digits) -> Result<Boards<'a>, BoardsError> {
    let Job { problem, seed, .. } = *job;
    let recipe = Recipe { box_size: problem.box_size, givens: problem.givens, train: 0, test: count, seed };
    Ok(Boards::new(lists(&recipe)?.test, digits, TEST_SEED + seed)?)
}

/// The images of 4 x 4 boards of 8 x 8 pixels a cell, as a microcontroller gets them; boards of other sizes give none.
pub fn images(boards: &Boards<'_>) -> Vec<Images> {
    let (indices, _) = boards.indices.as_chunks::<CELLS>();
    let image = |index: &u32| boards.digits.image(*index as usize).try_into().ok();
    let board = |indices: &[u32; CELLS]| {
        let images: Option<Vec<_>> = indices.iter().map(image).collect();
        images.and_then(|images| images.try_into().ok())
    };
    indices.iter().filter(|_| boards.cells() == CELLS).filter_map(board).collect()
}

/// Counts over boards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Counts {
    /// Boards.
    pub boards: usize,
    /// Boards that are right in every cell.
    pub right: usize,
    /// Boards whose grid is proven to be the most likely one.
    pub proven: usize,
    /// Proven grids that are not the board's solution: the digits were read so.
    pub proven_wrong: usize,
    /// Iterations of the layer, median.
    pub median_iterations: u16,
    /// Most iterations.
    pub most_iterations: u16,
}

impl Counts {
    /// Counts of these solutions to these boards.
    pub fn of(boards: &Boards<'_>, solutions: &[Solution]) -> Self {
        let is_right: Vec<bool> =
            boards.puzzles.iter().zip(solutions).map(|(puzzle, found)| puzzle.solution.cells() == found.grid).collect();
        let is_proven = |found: &Solution| found.status == Status::Proven;
        let mut iterations: Vec<u16> = solutions.iter().map(|found| found.iterations).collect();
        iterations.sort_unstable();
        let at = |place: usize| iterations.get(place).copied().unwrap_or(0);
        Self {
            boards: solutions.len(),
            right: is_right.iter().filter(|is_right| **is_right).count(),
            proven: solutions.iter().filter(|found| is_proven(found)).count(),
            proven_wrong: solutions.iter().zip(&is_right).filter(|(found, right)| is_proven(found) && !**right).count(),
            median_iterations: at(solutions.len() / 2),
            most_iterations: at(solutions.len().saturating_sub(1)),
        }
    }
}
