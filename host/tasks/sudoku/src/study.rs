//! Runs of the study: one training, judged with and without the layer.
//!
//! | module | content |
//! |---|---|
//! | [`settings`] | cells of the study |
//! | `harm` | decoding under rules that are partly wrong |

mod harm;
pub mod settings;

use crate::data::augmentation::Augmentation;
use crate::data::boards::Boards;
use crate::data::digits::Split;
use crate::data::grid::Grid;
use crate::data::puzzle::{Recipe, lists, solutions};
use crate::evaluate::decoders::{Decoder, evaluate, scores_of};
use crate::evaluate::judge::{TEST_SEED, read_right};
use crate::evaluate::run::RunError;
use crate::model::decode::{Search, decode};
use crate::model::reader::{Architecture, Reader};
use crate::train::through_layer::train;
use crate::train::trainer::Trainer;
use burn::module::Module;
use convex_edge_burn::splitting::Sudoku;
use convex_edge_core::random::Pcg64;
use convex_edge_runs::measured::Measured;
use convex_edge_runs::processor_time;
use settings::{Harm, Settings};

/// Width of a box, and givens of a board.
const BOX: usize = 3;
const GIVENS: usize = 36;

/// Boards that choose the checkpoint.
const VALIDATION: usize = 300;

/// Added to a run's seed for the images of the validation boards.
const VALIDATION_SEED: u64 = 1 << 33;

/// Boards among which one to look at is chosen.
const LOOKED_AT: usize = 200;

/// Shares of the training after which a checkpoint is taken, besides its end.
const CHECKPOINTS: [f64; 2] = [0.6, 0.8];

/// Scores of boards by a reader out of burn's graph.
fn read(reader: &Reader, boards: &Boards<'_>, knows_blanks: bool) -> Result<Vec<f32>, RunError> {
    // Images that are not changed draw nothing.
    let random = &mut Pcg64::from_seed(0);
    let found = reader.log_probabilities(boards.digits, &boards.indices, &Augmentation::NONE, random)?;
    Ok(scores_of(boards, &found, knows_blanks)?)
}

/// Trains and judges. The last sixth of the training digits serves validation.
///
/// Figures: `last/NAME`, share of the test boards that the decoder NAME has right after the last step; `best/NAME`, the same
/// of the checkpoint at which the decoder has most validation boards right; `last/read`, share of the given cells that are
/// read right.
///
/// # Errors
/// [`RunError`].
pub fn run(settings: &Settings, seed: u64, split: &Split) -> Result<Measured, RunError> {
    let (known, learn) = (Sudoku::new(BOX)?, split.for_validation());
    let recipe =
        Recipe { box_size: BOX, givens: GIVENS, train: settings.boards + VALIDATION, test: settings.test_boards, seed };
    let mut puzzles = lists(&recipe)?;
    let validation = puzzles.train.split_off(settings.boards);
    let validation = Boards::new(validation, &learn.test, VALIDATION_SEED + seed)?;
    let mut boards = Boards::new(puzzles.train, &learn.train, seed)?;
    settings.falsify(&mut boards.labels, seed);
    let test = Boards::new(puzzles.test, &split.test, TEST_SEED + seed)?;

    let mut measured = Measured::default();
    let started = processor_time::of_process();
    let mut checkpoints = Vec::new();
    let mut watch = |share: f64, trainer: &Trainer| {
        if CHECKPOINTS.get(checkpoints.len()).is_some_and(|next| share >= *next) {
            checkpoints.push(trainer.reader.valid());
        }
    };
    let trainer = train(&Architecture::full(), known, &boards, &settings.training(), seed, &mut watch)?;
    checkpoints.push(trainer.reader.valid());
    measured.time_since("training", started);

    let started = processor_time::of_process();
    let last = checkpoints.len() - 1;
    let of = |boards| {
        checkpoints.iter().map(|reader| read(reader, boards, settings.knows_blanks)).collect::<Result<Vec<_>, _>>()
    };
    let (of_validation, of_test) = (of(&validation)?, of(&test)?);
    for (name, decoder) in decoders(&known, settings.knows_blanks) {
        let mut best = (last, f64::NEG_INFINITY);
        // Of equal ones the later.
        for (place, scores) in of_validation.iter().enumerate() {
            let share = evaluate(&validation, scores, decoder)?.share();
            best = if share >= best.1 { (place, share) } else { best };
        }
        let of_last = evaluate(&test, &of_test[last], decoder)?.share();
        let of_best = if best.0 == last { of_last } else { evaluate(&test, &of_test[best.0], decoder)?.share() };
        measured.figure(format!("last/{name}"), of_last);
        measured.figure(format!("best/{name}"), of_best);
    }
    measured.figure("last/read", read_right(&test, &of_test[last]));
    match settings.harm {
        Harm::None => {}
        Harm::Structure => harm::structure(&test, &of_test[last], seed, &mut measured)?,
        Harm::Labels => harm::labels(&test, &of_test[last], &boards, &mut measured)?,
    }
    if settings.examples {
        example(&test, &of_test[last], &known, &mut measured)?;
    }
    measured.time_since("evaluation", started);
    Ok(measured)
}

/// Keeps the first of a few test boards that the layer has right and a solver behind the reader has not, else the first one:
/// `givens`, what was `read` in their cells, the `answer` of the layer, and what a solver makes of the reading, a digit
/// for each cell and 0 for none.
fn example(test: &Boards<'_>, scores: &[f32], known: &Sudoku, measured: &mut Measured) -> Result<(), RunError> {
    let size = test.cells() * test.classes();
    let few = LOOKED_AT.min(test.puzzles.len());
    let decoded = decode(known, &scores[..few * size], BOX, &Search::default())?;
    let read = |board: usize| -> Vec<u8> {
        let cells = scores[board * size..(board + 1) * size].chunks_exact(test.classes());
        let likeliest =
            cells.map(|cell| cell.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(d, _)| d as u8 + 1));
        let given = test.puzzles[board].givens.cells();
        likeliest.zip(given).map(|(digit, given)| if *given == 0 { 0 } else { digit }).collect()
    };
    let solved =
        |board: usize| -> Result<Option<Grid>, RunError> { Ok(solutions(&Grid::new(BOX, &read(board))?, 1).pop()) };
    let mut chosen = 0;
    for board in 0..few {
        let truth = Some(&test.puzzles[board].solution);
        if decoded[board].grid.as_ref() == truth && solved(board)?.as_ref() != truth {
            chosen = board;
            break;
        }
    }
    let text = |cells: &[u8]| cells.iter().map(|digit| char::from(b'0' + digit)).collect::<String>();
    let of = |grid: Option<&Grid>| grid.map_or_else(String::new, |grid| text(grid.cells()));
    for (name, digits) in [
        ("givens", text(test.puzzles[chosen].givens.cells())),
        ("solution", text(test.puzzles[chosen].solution.cells())),
        ("read", text(&read(chosen))),
        ("solver", of(solved(chosen)?.as_ref())),
        ("layer", of(decoded[chosen].grid.as_ref())),
    ] {
        measured.examples.insert(name.to_owned(), digits);
    }
    Ok(())
}

/// Ways from a reading to a grid: without the layer, and with it. Without knowledge of the blank cells, what is likely is
/// given to the solver.
fn decoders(known: &Sudoku, knows_blanks: bool) -> [(&'static str, Decoder<'_>); 5] {
    let plain = match knows_blanks {
        true => ("read, then solve", Decoder::ReadThenSolve),
        false => ("sure digits, then solve", Decoder::SureThenSolve),
    };
    [
        ("likeliest digits", Decoder::LikeliestDigits),
        plain,
        ("most likely grid", Decoder::MostLikely),
        ("layer", Decoder::Layer(known)),
        ("layer and search", Decoder::Search(known)),
    ]
}
