//! Solution of a picture's board: cells are cut and read, and the likeliest grid is searched.

use crate::data::cutting::{Cut, Layout};
use crate::data::grid::{Grid, GridError};
use crate::data::image::{Picture, PictureError};
use crate::data::puzzle::solutions;
use crate::model::consistency::{Contradiction, SURE, consistency};
use crate::model::convolution::ConvolutionError;
use crate::model::decode::{DecodeError, Decoded, Search, decode};
use crate::model::reader_checkpoint::ReaderCheckpoint;
use crate::model::scores::{ScoreError, scores};
use crate::train::settings::Source;
use convex_edge_burn::splitting::{Sudoku, SudokuError};
use convex_edge_core::random::Pcg64;

/// A cell shows a digit where the reader gives that more than all others together. A handwritten 0 has no likely digit.
const SHOWN: f32 = 0.5;

/// Readings of each cell, moved a little as in training: a digit's place in a picture is not known to the pixel.
const READINGS: usize = 16;

/// One board may take a second, which a thousand may not.
const MOST_NODES: usize = 4000;

/// A board with its answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Solved {
    /// The digits that the cells show, as the reader has them.
    pub read: Grid,
    /// The likeliest grid that obeys the rules.
    pub answer: Grid,
    /// Cells that were read surely and that the answer contradicts: the board is wrong there, or the reader.
    pub contradictions: Vec<Contradiction>,
    /// Whether no grid is likelier, up to the search's gap.
    pub is_proven: bool,
    /// Whether the digits that were read and kept leave no other answer.
    pub is_unique: bool,
}

impl Solved {
    /// Whether the answer has another digit than the one that was read.
    pub fn is_corrected(&self, cell: usize) -> bool {
        let (read, answered) = (self.read.cells()[cell], self.answer.cells()[cell]);
        read > 0 && read != answered
    }
}

/// Errors of a picture's solution.
#[derive(Debug, thiserror::Error)]
pub enum SolveError {
    /// The reader knows other digits.
    #[error("the reader is for boards of {reader} digits, not {board}; name another one, or another --box-size")]
    Reader {
        /// Digits that the reader knows.
        reader: usize,
        /// Digits of the board.
        board: usize,
    },
    /// There is no board in the picture.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// Nothing was written into the board.
    #[error("every cell is empty; draw darker digits, or give a larger picture")]
    Empty,
    /// The network.
    #[error(transparent)]
    Network(#[from] ConvolutionError),
    /// The reading.
    #[error(transparent)]
    Scores(#[from] ScoreError),
    /// The board cannot be.
    #[error(transparent)]
    Grid(#[from] GridError),
    /// The rules.
    #[error(transparent)]
    Rules(#[from] SudokuError),
    /// The layer.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The search ended without a grid.
    #[error("found no answer to what was read, {read}; the board contradicts itself, or the reader misread much of it")]
    NoAnswer {
        /// Along the rows.
        read: Grid,
    },
}

/// Cuts the picture into cells, reads what they show, and searches the likeliest grid with the layer as the bound. The
/// picture is of a board of the reader's size. Cost: a few milliseconds in addition to reading the picture, up to a
/// second where the board contradicts itself.
///
/// # Errors
/// [`SolveError`].
pub fn solve(picture: &Picture, reader: &ReaderCheckpoint, box_size: usize) -> Result<Solved, SolveError> {
    let digits = box_size * box_size;
    if reader.architecture.digits != digits {
        return Err(SolveError::Reader { reader: reader.architecture.digits, board: digits });
    }
    let cut = cut(picture, digits, reader.origin.source)?;
    let indices: Vec<u32> = (0..cut.empty.len() as u32).collect();
    let random = &mut Pcg64::from_seed(0);
    let mut read = reader.reader.mean_log_probabilities(&cut.digits, &indices, READINGS, random)?;
    say_nothing(&mut read, &cut.empty, digits);
    let shown = Grid::new(box_size, &read.chunks_exact(digits).map(shown).collect::<Vec<u8>>())?;
    if cut.empty.iter().all(|empty| *empty) {
        return Err(SolveError::Empty);
    }
    let scores = scores(&read, digits, 1.0)?;
    let search = Search { most_nodes: MOST_NODES, ..Search::default() };
    let found = decode(&Sudoku::new(box_size)?, &scores, box_size, &search)?.pop();
    let Some(Decoded { grid: Some(answer), is_proven, .. }) = found else {
        return Err(SolveError::NoAnswer { read: shown });
    };
    let contradictions = consistency(&answer, &scores, SURE).contradictions;
    let kept = |(&read, &answered): (&u8, &u8)| if read == answered { read } else { 0 };
    let kept: Vec<u8> = shown.cells().iter().zip(answer.cells()).map(kept).collect();
    let is_unique = solutions(&Grid::new(box_size, &kept)?, 2).len() == 1;
    Ok(Solved { read: shown, answer, contradictions, is_proven, is_unique })
}

/// As the digits of a source are, which the reader learned from.
fn cut(picture: &Picture, cells: usize, source: Source) -> Result<Cut, PictureError> {
    match source {
        Source::Optdigits => picture.cut(cells, &Layout::OPTDIGITS),
        Source::Mnist => picture.cut(cells, &Layout::MNIST),
        Source::MnistHalved => {
            let Cut { digits, empty } = picture.cut(cells, &Layout::MNIST)?;
            Ok(Cut { digits: digits.halved(), empty })
        }
    }
}

/// An empty cell is blank for certain, whatever a reader gives, which never saw one.
fn say_nothing(log_probabilities: &mut [f32], empty: &[bool], digits: usize) {
    let cells = log_probabilities.chunks_exact_mut(digits).zip(empty);
    cells.filter(|(_, empty)| **empty).for_each(|(cell, _)| cell.fill(-(digits as f32).ln()));
}

/// The digit that a cell shows; 0 where it shows none.
fn shown(log_probabilities: &[f32]) -> u8 {
    let likely = log_probabilities.iter().position(|probability| *probability > SHOWN.ln());
    likely.map_or(0, |digit| digit as u8 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::augmentation::Augmentation;
    use crate::data::boards::Boards;
    use crate::data::digits::optdigits;
    use crate::data::image::{draw, render};
    use crate::data::puzzle::{Recipe, lists};
    use crate::evaluate::decoders::{Decoder, evaluate, scores_of};
    use crate::model::reader::Architecture;
    use crate::model::reader_checkpoint::{self, Origin};
    use crate::train::through_layer::{Completion, LayerLoss, Settings, Supervision, train};
    use convex_edge_runs::batch_schedule::Budget;

    const BOARDS: usize = 150;

    /// A reader after some tenths of a second, through its file, and boards with unseen digits.
    fn reader() -> ReaderCheckpoint {
        let train_boards = lists(&Recipe { box_size: 2, givens: 6, train: 200, test: 0, seed: 3 }).unwrap().train;
        let digits = optdigits::load().train;
        let settings = Settings {
            supervision: Supervision::AllCells,
            knows_blanks: false,
            completion: Completion::Layer,
            loss: LayerLoss::FenchelYoung,
            boards: 4,
            learning_rate: 6e-3,
            budget: Budget::Steps(800),
            warm_up: 1.0,
            curvature: [1.0, 1.0],
            augmentation: Augmentation::TRAINING,
        };
        let boards = Boards::new(train_boards, &digits, 3).unwrap();
        let trainer =
            train(&Architecture::small(), Sudoku::new(2).unwrap(), &boards, &settings, 3, &mut |_, _| ()).unwrap();
        let (problem, method) = ("4x4".to_owned(), "reader".to_owned());
        let source = Source::Optdigits;
        let origin = Origin { problem, method, source, givens: 6, boards: 200, seconds: 0.0, seed: 3, read: 0.0 };
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("4x4.reader");
        reader_checkpoint::save(&file, origin, &Architecture::small(), &trainer.reader).unwrap();
        reader_checkpoint::load(&file).unwrap()
    }

    #[test]
    fn pictures_of_boards_are_solved_as_well_as_the_boards() {
        let (reader, digits) = (reader(), optdigits::load().test);
        let puzzles = lists(&Recipe { box_size: 2, givens: 6, train: 0, test: BOARDS, seed: 5 }).unwrap().test;
        let test = Boards::new(puzzles, &digits, 5).unwrap();
        let random = &mut Pcg64::from_seed(0);
        let read = reader.reader.log_probabilities(&digits, &test.indices, &Augmentation::NONE, random).unwrap();
        let scores = scores_of(&test, &read, false).unwrap();
        let direct = evaluate(&test, &scores, Decoder::Search(&Sudoku::new(2).unwrap())).unwrap().right;

        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("board.png");
        let pictured = |zeros: bool| {
            let cells = test.indices.chunks(16).zip(test.blank.chunks(16)).zip(&test.puzzles);
            let right = |((indices, blank), puzzle): ((&[u32], &[bool]), &crate::data::puzzle::Puzzle)| {
                let shown = |(index, blank): (&u32, &bool)| (zeros || !blank).then_some(*index);
                let shown: Vec<Option<u32>> = indices.iter().zip(blank).map(shown).collect();
                render(&digits, &shown, 4).write(&file).unwrap();
                let solved = solve(&Picture::read(&file).unwrap(), &reader, 2).unwrap();
                assert!(zeros || solved.read.cells().iter().zip(blank).all(|(read, blank)| !blank || *read == 0));
                solved.answer == puzzle.solution
            };
            cells.filter(|cells| right(*cells)).count()
        };
        let (empty, zeros) = (pictured(false), pictured(true));
        assert!(direct >= BOARDS * 95 / 100, "{direct}");
        assert!(empty + 2 >= direct && zeros + 3 >= direct, "{empty} and {zeros} in pictures, {direct} directly");
    }

    #[test]
    fn a_board_that_contradicts_itself_is_recognised_and_one_with_too_few_digits_too() {
        let (reader, digits) = (reader(), optdigits::load().test);
        let by_label = digits.by_label();
        let solved = |board: &str| {
            let board: Grid = board.parse().unwrap();
            let indices = draw(board.cells(), &by_label, &mut Pcg64::from_seed(1)).unwrap();
            let shown = indices.iter().zip(board.cells()).map(|(index, digit)| (*digit > 0).then_some(*index));
            solve(&render(&digits, &shown.collect::<Vec<_>>(), 4), &reader, 2)
        };
        let sound = solved("12..3.1..1.3..2.").unwrap();
        assert_eq!(sound.read.to_string(), "12..3.1..1.3..2.");
        assert!(sound.contradictions.is_empty() && sound.is_proven && sound.answer.keeps(&sound.read), "{sound:?}");
        // The first row has a 1 twice.
        let wrong = solved("12.13.1..1.3..2.").unwrap();
        assert!(!wrong.contradictions.is_empty() && (0..16).any(|cell| wrong.is_corrected(cell)), "{wrong:?}");
        let open = solved("1...............").unwrap();
        assert!(!open.is_unique && open.contradictions.is_empty() && open.answer.is_solution());
        assert!(matches!(solved("................"), Err(SolveError::Empty)));
        let picture = render(&digits, &[None; 81], 9);
        assert!(matches!(solve(&picture, &reader, 3), Err(SolveError::Reader { reader: 4, board: 9 })));
    }
}
