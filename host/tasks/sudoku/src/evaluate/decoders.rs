//! Decoders: each way from a reading to a grid, and the number of boards that it gets right.

use crate::data::boards::Boards;
use crate::data::grid::{Grid, GridError};
use crate::data::puzzle::solutions;
use crate::model::decode::{DecodeError, Search, decode};
use crate::model::most_likely_grid::most_likely;
use crate::model::rules_by_gradient::{GradientRules, GradientRulesError};
use crate::model::scores::{BoardsError, ScoreError, scores};
use convex_edge_burn::splitting::AffineSet;
use convex_edge_runs::processor_time;
use serde::{Deserialize, Serialize};

/// Nodes after which the most likely grid is given up.
const MOST_NODES: usize = 20_000;

/// A search first looks at one in so many boards, and at the rest only where one of these comes out right: scores that say
/// nothing take it four hundred times as long, for no board.
const FIRST_LOOK: usize = 10;

/// A way from a reading to a grid.
#[derive(Clone, Copy)]
pub enum Decoder<'a> {
    /// Each cell's likeliest digit.
    LikeliestDigits,
    /// The likeliest digits of the cells that are not blank, which are known, as givens for a solver.
    ReadThenSolve,
    /// The digits that are more likely than all others together, as givens for a solver: the rest is taken for blank.
    SureThenSolve,
    /// The most likely grid, exactly, by depth-first search.
    MostLikely,
    /// The layer's solution at curvature 0, rounded.
    Layer(&'a dyn AffineSet),
    /// Branch and bound of at most 200 nodes with that layer as the bound.
    Search(&'a dyn AffineSet),
    /// The rounded solution under rules that a gradient found.
    Gradient(&'a GradientRules),
}

/// Figures over some boards.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figures {
    /// Boards.
    pub boards: usize,
    /// Boards that are right in every cell.
    pub right: usize,
    /// Answers that obey the rules of sudoku.
    pub valid: usize,
    /// Blank cells.
    pub blanks: usize,
    /// Blank cells that are right.
    pub blanks_right: usize,
    /// Processor time of the decoding, milliseconds a board.
    pub milliseconds: f64,
}

impl Figures {
    /// Share of the boards that are right, 0 to 1.
    pub fn share(&self) -> f64 {
        self.right as f64 / self.boards.max(1) as f64
    }
}

/// Errors of an evaluation.
#[derive(Debug, thiserror::Error)]
pub enum EvaluationError {
    /// The board cannot be.
    #[error(transparent)]
    Grid(#[from] GridError),
    /// The reading.
    #[error(transparent)]
    Scores(#[from] ScoreError),
    /// The search for the most likely grid.
    #[error(transparent)]
    MostLikely(#[from] BoardsError),
    /// The layer.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// Rules that a gradient found.
    #[error(transparent)]
    Gradient(#[from] GradientRulesError),
}

/// Scores of a reading, `[boards, cells, digits]`; where it is known which cells are blank, their scores say nothing.
///
/// # Errors
/// [`ScoreError`].
pub fn scores_of(boards: &Boards<'_>, log_probabilities: &[f32], knows_blanks: bool) -> Result<Vec<f32>, ScoreError> {
    let classes = boards.classes();
    let mut scores = scores(log_probabilities, classes, 1.0)?;
    if knows_blanks {
        let cells = scores.chunks_exact_mut(classes).zip(&boards.blank);
        cells.filter(|(_, blank)| **blank).for_each(|(cell, _)| cell.fill(0.0));
    }
    Ok(scores)
}

/// Decodes boards from scores `[boards, cells, digits]` in this thread's time and compares with the solutions. A search of
/// whose first tenth of the boards none comes out right ends there; the figures say how many boards it had.
///
/// # Errors
/// [`EvaluationError`].
pub fn evaluate(boards: &Boards<'_>, scores: &[f32], decoder: Decoder<'_>) -> Result<Figures, EvaluationError> {
    let (count, size) = (boards.puzzles.len(), boards.cells() * boards.classes());
    let first = count.div_ceil(FIRST_LOOK);
    if let (Decoder::MostLikely | Decoder::Search(_), true) = (decoder, first < count) {
        let looked = evaluate_all(boards, &scores[..first * size], decoder)?;
        if looked.right == 0 {
            return Ok(looked);
        }
    }
    evaluate_all(boards, scores, decoder)
}

/// Decodes as many boards as there are scores for.
fn evaluate_all(boards: &Boards<'_>, scores: &[f32], decoder: Decoder<'_>) -> Result<Figures, EvaluationError> {
    let started = processor_time::of_process();
    let answers = answers(boards, scores, decoder)?;
    let spent = (processor_time::of_process() - started).as_secs_f64();
    let mut figures = Figures { boards: answers.len(), ..Figures::default() };
    figures.milliseconds = 1e3 * spent / figures.boards.max(1) as f64;
    for (puzzle, answer) in boards.puzzles.iter().zip(&answers) {
        let truth = puzzle.solution.cells();
        let answered = answer.as_ref().map_or(&[][..], Grid::cells);
        figures.right += usize::from(answered == truth);
        figures.valid += usize::from(answer.as_ref().is_some_and(Grid::is_solution));
        for (cell, (given, digit)) in puzzle.givens.cells().iter().zip(truth).enumerate() {
            figures.blanks += usize::from(*given == 0);
            figures.blanks_right += usize::from(*given == 0 && answered.get(cell) == Some(digit));
        }
    }
    Ok(figures)
}

fn answers(boards: &Boards<'_>, scores: &[f32], decoder: Decoder<'_>) -> Result<Vec<Option<Grid>>, EvaluationError> {
    let (box_size, classes, size) = (boards.box_size(), boards.classes(), boards.cells() * boards.classes());
    let each = || scores.chunks_exact(size);
    let likeliest =
        |cell: &[f32]| cell.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(d, _)| d as u8 + 1);
    let read = |scores: &[f32]| scores.chunks_exact(classes).map(likeliest).collect::<Vec<u8>>();
    Ok(match decoder {
        Decoder::LikeliestDigits => {
            each().map(|scores| Grid::new(box_size, &read(scores)).map(Some)).collect::<Result<_, _>>()?
        }
        Decoder::ReadThenSolve => {
            let solve = |(scores, blank): (&[f32], &[bool])| {
                let given = |(digit, blank): (u8, &bool)| if *blank { 0 } else { digit };
                let givens = read(scores).into_iter().zip(blank).map(given).collect::<Vec<u8>>();
                Ok(solutions(&Grid::new(box_size, &givens)?, 1).pop())
            };
            each().zip(boards.blank.chunks_exact(boards.cells().max(1))).map(solve).collect::<Result<_, GridError>>()?
        }
        Decoder::SureThenSolve => {
            let sure = |cell: &[f32]| if softmax(cell).iter().any(|share| *share > 0.5) { likeliest(cell) } else { 0 };
            let solve = |scores: &[f32]| {
                let givens = scores.chunks_exact(classes).map(sure).collect::<Vec<u8>>();
                Ok(solutions(&Grid::new(box_size, &givens)?, 1).pop())
            };
            each().map(solve).collect::<Result<_, GridError>>()?
        }
        Decoder::MostLikely => each()
            .map(|scores| most_likely(scores, box_size, MOST_NODES).map(|found| found.grid))
            .collect::<Result<_, _>>()?,
        Decoder::Layer(rules) => {
            let alone = Search { most_nodes: 1, ..Search::default() };
            decode(rules, scores, box_size, &alone)?.into_iter().map(|found| Some(found.rounded)).collect()
        }
        Decoder::Search(rules) => {
            decode(rules, scores, box_size, &Search::default())?.into_iter().map(|found| found.grid).collect()
        }
        Decoder::Gradient(rules) => {
            // As in its training, where givens are 1 and the rest nothing.
            let probabilities: Vec<f32> = scores.chunks_exact(classes).flat_map(softmax).collect();
            rules.solve(&probabilities)?.into_iter().map(Some).collect()
        }
    })
}

fn softmax(scores: &[f32]) -> Vec<f32> {
    let largest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let weights: Vec<f32> = scores.iter().map(|score| (score - largest).exp()).collect();
    let sum: f32 = weights.iter().sum();
    weights.iter().map(|weight| weight / sum).collect()
}
