//! Pictures of the first board that the search corrects, and of the first that it gets wrong.

use crate::data::augmentation::Augmentation;
use crate::data::boards::Boards;
use crate::data::grid::Grid;
use crate::evaluate::decoders::scores_of;
use crate::evaluate::judge::Learned;
use crate::evaluate::run::RunError;
use crate::model::decode::{Search, decode};
use crate::report::answer::write_picture;
use convex_edge_burn::splitting::Sudoku;
use std::path::Path;

/// Boards that are looked at.
const FIRST: usize = 250;

/// Draws the first test board with a digit that was read wrong and corrected into `corrected.png` of a folder, and the first
/// one whose answer is wrong into `wrong.png`, where there are such boards. `knows_blanks`: as the decoders are told.
///
/// # Errors
/// [`RunError`].
pub fn draw(test: &Boards<'_>, learned: &Learned, knows_blanks: bool, folder: &Path) -> Result<(), RunError> {
    let found = learned.log_probabilities(test, &Augmentation::NONE, 0)?;
    let scores = scores_of(test, &found, knows_blanks)?;
    let (box_size, size) = (test.box_size(), test.cells() * test.classes());
    let likeliest = |cell: &[f32]| {
        cell.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(digit, _)| digit as u8 + 1)
    };
    let boards = test.puzzles.iter().zip(scores.chunks_exact(size.max(1)));
    let (mut corrected, mut wrong) = (false, false);
    for (puzzle, scores) in boards.take(FIRST) {
        let shown = scores.chunks_exact(test.classes()).zip(puzzle.givens.cells());
        let shown: Vec<u8> = shown.map(|(cell, &given)| if given == 0 { 0 } else { likeliest(cell) }).collect();
        let read = Grid::new(box_size, &shown)?;
        let decoded = decode(&Sudoku::new(box_size)?, scores, box_size, &Search::default())?.pop();
        let Some(answer) = decoded.and_then(|decoded| decoded.grid) else { continue };
        let is_right = answer == puzzle.solution;
        let (name, is_drawn) = if is_right { ("corrected.png", &mut corrected) } else { ("wrong.png", &mut wrong) };
        if !*is_drawn && (!is_right || read != puzzle.givens) {
            write_picture(&read, &answer, Some(&puzzle.solution), &folder.join(name))?;
            *is_drawn = true;
        }
        if corrected && wrong {
            break;
        }
    }
    Ok(())
}
