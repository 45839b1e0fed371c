//! One run: boards, training, and what each decoder makes of the reading.

use super::settings::{Form, Job, Method, Problem, Settings, Source};
use crate::layer::splitting::{Sudoku, SudokuError};
use crate::processor_time;
use crate::store::{StoreError, write_json};
use crate::tasks::sudoku::augmentation::Augmentation;
use crate::tasks::sudoku::baselines::network::{self, Network, NetworkError};
use crate::tasks::sudoku::baselines::training as baselines;
use crate::tasks::sudoku::boards::Boards;
use crate::tasks::sudoku::consistency::{SURE, consistency};
use crate::tasks::sudoku::convolution::ConvolutionError;
use crate::tasks::sudoku::course::Budget;
use crate::tasks::sudoku::decode::{DecodeError, Search, decode};
use crate::tasks::sudoku::digits::mnist::MnistError;
use crate::tasks::sudoku::digits::{Split, mnist, optdigits};
use crate::tasks::sudoku::evaluation::{Decoder, EvaluationError, Figures, evaluate, scores_of};
use crate::tasks::sudoku::grid::{Grid, GridError};
use crate::tasks::sudoku::image::PictureError;
use crate::tasks::sudoku::kept_reader::{self, KeepError, Origin};
use crate::tasks::sudoku::puzzle::{Puzzle, PuzzleError, Recipe, lists as make_lists, solutions};
use crate::tasks::sudoku::reader::Architecture;
use crate::tasks::sudoku::rules::{RulesError, dimension, learn, learn_exchangeable};
use crate::tasks::sudoku::scores::ScoreError;
use crate::tasks::sudoku::through_layer::{self, Supervision, TrainError};
use crate::tasks::sudoku::training::Trainer;
use burn::tensor::Device;
use convex_edge_core::plant::random::Pcg64;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Added to a run's seed for the images of the test boards, so that they are no continuation of the training's.
const TEST_SEED: u64 = 1 << 32;

/// Added to a run's seed for the puzzles of validation.
const VALIDATION_SEED: u64 = 1 << 33;

/// Test boards that are also tried with other images or givens than trained on, and with a wrong given: searches of boards
/// that hardly anything is read of take long.
const CHANGED: usize = 250;

/// Boards for exchangeable rules: eight are enough for 9x9, ten nearly always for 4x4; more give the same.
const EXCHANGEABLE: usize = 30;

/// What a run leaves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunResult {
    /// Its seed.
    pub seed: u64,
    /// Processor time of the training, seconds.
    pub seconds: f64,
    /// Cells that show a digit and are read right, of all that do, 0 to 1.
    pub read: f64,
    /// By condition and decoder.
    pub figures: Vec<Row>,
    /// Boards with one wrong given.
    pub inconsistent: Option<Inconsistent>,
}

/// What a decoder made of the test boards of a condition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// How the test boards differ from the training's.
    pub condition: String,
    /// Its name.
    pub decoder: String,
    /// The figures.
    pub figures: Figures,
}

/// What becomes of boards with one wrong given.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inconsistent {
    /// Boards whose wrong given leaves no solution.
    pub boards: usize,
    /// Of these, the ones that are recognised.
    pub recognised: usize,
    /// Boards without a wrong given.
    pub sound: usize,
    /// Of these, the ones that are taken for inconsistent.
    pub alarms: usize,
}

/// Why a run has no result.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The digits.
    #[error(transparent)]
    Mnist(#[from] MnistError),
    /// The puzzles.
    #[error(transparent)]
    Puzzle(#[from] PuzzleError),
    /// A grid.
    #[error(transparent)]
    Grid(#[from] GridError),
    /// The images.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// The training.
    #[error(transparent)]
    Training(#[from] TrainError),
    /// The training of a baseline.
    #[error(transparent)]
    Baseline(#[from] baselines::TrainError),
    /// A baseline.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The reader.
    #[error(transparent)]
    Reader(#[from] ConvolutionError),
    /// The rules.
    #[error(transparent)]
    Rules(#[from] RulesError),
    /// The known rules.
    #[error(transparent)]
    Sudoku(#[from] SudokuError),
    /// The scores.
    #[error(transparent)]
    Scores(#[from] ScoreError),
    /// The evaluation.
    #[error(transparent)]
    Evaluation(#[from] EvaluationError),
    /// The decoding.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The reader's file.
    #[error(transparent)]
    Keep(#[from] KeepError),
    /// A file.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The digits of a source; `folder` holds MNIST's files, or gets them.
///
/// # Errors
/// [`MnistError`].
pub fn digits(source: Source, folder: &Path) -> Result<Split, MnistError> {
    match source {
        Source::Optdigits => Ok(optdigits::load()),
        Source::Mnist => mnist::fetched(folder),
        Source::MnistHalved => {
            let Split { train, test } = mnist::fetched(folder)?;
            Ok(Split { train: train.halved(), test: test.halved() })
        }
    }
}

/// The reader for images of a source.
pub fn architecture(source: Source, box_size: usize) -> Architecture {
    let digits = box_size * box_size;
    match source {
        Source::Optdigits if box_size == 2 => Architecture::small(),
        Source::Optdigits => Architecture { side: 8, ..Architecture::halved() },
        Source::Mnist => Architecture { digits, ..Architecture::full() },
        Source::MnistHalved => Architecture { digits, ..Architecture::halved() },
    }
}

/// Runs and keeps what came of it, a reader too.
///
/// # Errors
/// [`RunError`].
pub fn run(settings: &Settings, job: &Job<'_>, split: &Split, runs: &Path) -> Result<RunResult, RunError> {
    let (result, learned) = fresh(settings, job, split)?;
    if let Learned::Reader(trainer) = learned {
        let Job { problem, method, size, seed } = *job;
        let origin = Origin {
            problem: problem.name.clone(),
            method: method.name.clone(),
            source: problem.source,
            givens: problem.givens as u32,
            boards: size.boards as u32,
            seconds: result.seconds,
            seed,
            read: result.read,
        };
        let architecture = architecture(problem.source, problem.box_size);
        kept_reader::save(&job.reader_file(settings, runs), origin, &architecture, &trainer.reader)?;
    }
    write_json(&job.file(settings, runs), &result)?;
    Ok(result)
}

/// What a training leaves.
enum Learned {
    Reader(Box<Trainer>),
    Baseline(Box<Network>),
}

impl Learned {
    fn log_probabilities(&self, boards: &Boards<'_>, changed: &Augmentation, seed: u64) -> Result<Vec<f32>, RunError> {
        let random = &mut Pcg64::from_seed(TEST_SEED + seed);
        Ok(match self {
            Self::Reader(reader) => reader.log_probabilities(boards.digits, &boards.indices, changed, random)?,
            Self::Baseline(network) => network.log_probabilities(boards.digits, &boards.indices, changed, random)?,
        })
    }
}

fn learn_to_read(job: &Job<'_>, boards: &Boards<'_>, known: &Sudoku) -> Result<Learned, RunError> {
    let Job { problem, method, size, seed } = *job;
    let architecture = architecture(problem.source, problem.box_size);
    let (budget, augmentation) = (Budget::CpuSeconds(size.seconds), problem.augmentation);
    let Method { form, boards: batch, learning_rate, warm_up, curvature, weight_decay, .. } = *method;
    let through_layer = |supervision| {
        let settings = through_layer::Settings {
            supervision,
            boards: batch,
            learning_rate,
            budget,
            warm_up,
            curvature,
            augmentation,
        };
        let trainer = through_layer::train(&architecture, known, boards, &settings, seed)?;
        Ok::<_, RunError>(Learned::Reader(Box::new(trainer)))
    };
    let baseline = |form| {
        let settings = baselines::Settings { form, boards: batch, learning_rate, weight_decay, budget, augmentation };
        let network = baselines::train(&architecture, &boards.all_cells(), &settings, seed)?;
        Ok(Learned::Baseline(Box::new(network)))
    };
    match form {
        Form::Reader | Form::ReaderThroughLayer => through_layer(Supervision::AllCells),
        Form::BlankCells => through_layer(Supervision::BlankCells),
        Form::Perceptron => baseline(network::Form::Perceptron),
        Form::Convolutional => baseline(network::Form::Convolutional),
        Form::ReaderPerceptron => baseline(network::Form::ReaderPerceptron),
        Form::ReaderTransformer => baseline(network::Form::ReaderTransformer),
    }
}

fn fresh(settings: &Settings, job: &Job<'_>, split: &Split) -> Result<(RunResult, Learned), RunError> {
    let Job { problem, method, size, seed } = *job;
    let puzzles = if settings.validation { VALIDATION_SEED + seed } else { seed };
    let (train_boards, test_boards) = (size.boards, settings.test_boards);
    let Problem { box_size, givens, .. } = *problem;
    let lists = make_lists(&Recipe { box_size, givens, train: train_boards, test: test_boards, seed: puzzles })?;
    let boards = Boards::new(lists.train, &split.train, seed)?;
    let known = Sudoku::new(problem.box_size)?;
    let started = processor_time::of_process();
    let learned = learn_to_read(job, &boards, &known)?;
    let seconds = (processor_time::of_process() - started).as_secs_f64();

    let knows_blanks = method.form == Form::BlankCells;
    let test = Boards::new(lists.test, &split.test, TEST_SEED + seed)?;
    let solutions: Vec<Grid> = boards.puzzles.iter().map(|puzzle| puzzle.solution.clone()).collect();
    let exchangeable = learn_exchangeable(&solutions[..solutions.len().min(EXCHANGEABLE)])?;
    // Beyond twice the number that determines the rules, boards add nothing but time.
    let enough = dimension(problem.box_size) + 1;
    let rules = match solutions.len() >= enough {
        true => Some(learn(&solutions[..solutions.len().min(2 * enough)], &Device::flex())?),
        false => None,
    };
    let as_trained = learned.log_probabilities(&test, &Augmentation::NONE, seed)?;
    let read = read_right(&test, &as_trained);
    let scores = scores_of(&test, &as_trained, knows_blanks)?;
    let mut decoders = vec![
        ("likeliest digits", Decoder::LikeliestDigits),
        ("read, then solve", Decoder::ReadThenSolve),
        ("most likely grid", Decoder::MostLikely),
        ("layer", Decoder::Layer(&known)),
        ("layer and search", Decoder::Search(&known)),
        ("exchangeable rules", Decoder::Search(&exchangeable)),
    ];
    if let Some(rules) = &rules {
        decoders.push(("learned rules, layer", Decoder::Layer(rules)));
        decoders.push(("learned rules", Decoder::Search(rules)));
    }
    let mut figures = Vec::new();
    for (name, decoder) in decoders {
        let figures_of = evaluate(&test, &scores, decoder)?;
        figures.push(Row { condition: "as trained".to_owned(), decoder: name.to_owned(), figures: figures_of });
    }
    let first = test.puzzles.iter().take(CHANGED).cloned().collect();
    let first = Boards::new(first, &split.test, TEST_SEED + seed)?;
    let mut changed: Vec<(String, &Boards<'_>, Augmentation)> =
        shifts().into_iter().map(|(name, changed)| (name.to_owned(), &first, changed)).collect();
    let others = other_givens(givens).map(|givens| {
        let recipe = Recipe { box_size, givens, train: 0, test: CHANGED.min(test_boards), seed: puzzles };
        Ok::<_, RunError>((givens, Boards::new(make_lists(&recipe)?.test, &split.test, TEST_SEED + seed)?))
    });
    let others = others.transpose()?;
    changed.extend(others.iter().map(|(givens, boards)| (format!("{givens} givens"), boards, Augmentation::NONE)));
    for (condition, boards, changed) in &changed {
        let scores = scores_of(boards, &learned.log_probabilities(boards, changed, seed)?, knows_blanks)?;
        for (name, decoder) in [
            ("likeliest digits", Decoder::LikeliestDigits),
            ("read, then solve", Decoder::ReadThenSolve),
            ("layer and search", Decoder::Search(&known)),
        ] {
            let figures_of = evaluate(boards, &scores, decoder)?;
            figures.push(Row { condition: condition.clone(), decoder: name.to_owned(), figures: figures_of });
        }
    }
    let inconsistent = inconsistent(&learned, &first, split, knows_blanks, seed)?;
    Ok((RunResult { seed, seconds, read, figures, inconsistent: Some(inconsistent) }, learned))
}

/// Another number of givens than trained on, of 9x9.
fn other_givens(trained: usize) -> Option<usize> {
    match trained {
        36 => Some(28),
        28 => Some(36),
        _ => None,
    }
}

/// Digits that no training image looks like.
fn shifts() -> [(&'static str, Augmentation); 2] {
    [("turned by up to 25 degrees", Augmentation::TURNED), ("noise of 0.15", Augmentation::NOISY)]
}

/// Share of the cells with a given whose likeliest digit is that.
fn read_right(boards: &Boards<'_>, log_probabilities: &[f32]) -> f64 {
    let cells = log_probabilities.chunks_exact(boards.classes().max(1)).zip(&boards.labels).zip(&boards.blank);
    let (mut shown, mut right) = (0, 0);
    for ((cell, &label), _) in cells.filter(|(_, blank)| !**blank) {
        shown += 1;
        right += usize::from(cell.iter().all(|value| *value <= cell[usize::from(label)]));
    }
    f64::from(right as u32) / f64::from(u32::max(shown, 1))
}

/// One given of each board is replaced by another digit, and another image, at random.
fn inconsistent(
    learned: &Learned,
    test: &Boards<'_>,
    split: &Split,
    knows_blanks: bool,
    seed: u64,
) -> Result<Inconsistent, RunError> {
    let mut random = Pcg64::from_seed(seed);
    let (classes, mut wrong) = (test.classes() as u64, Vec::new());
    for Puzzle { givens, solution } in &test.puzzles {
        let mut cells = givens.cells().to_vec();
        let given: Vec<usize> = (0..cells.len()).filter(|&cell| cells[cell] != 0).collect();
        let Some(&cell) = given.get((random.next_u64() % given.len().max(1) as u64) as usize) else { continue };
        cells[cell] = ((u64::from(cells[cell]) - 1 + 1 + random.next_u64() % (classes - 1)) % classes) as u8 + 1;
        let givens = Grid::new(test.box_size(), &cells)?;
        // A given that is wrong and fits makes another puzzle, not a wrong one.
        if solutions(&givens, 1).is_empty() {
            wrong.push(Puzzle { givens, solution: solution.clone() });
        }
    }
    let wrong = Boards::new(wrong, &split.test, TEST_SEED + seed)?;
    let rules = Sudoku::new(test.box_size())?;
    let alarms = |boards: &Boards<'_>| -> Result<usize, RunError> {
        if boards.puzzles.is_empty() {
            return Ok(0);
        }
        let found = learned.log_probabilities(boards, &Augmentation::NONE, seed)?;
        let scores = scores_of(boards, &found, knows_blanks)?;
        let decoded = decode(&rules, &scores, boards.box_size(), &Search::default())?;
        let boards = decoded.iter().zip(scores.chunks_exact(boards.cells() * boards.classes()));
        let sound = |answer: &Grid, scores: &[f32]| consistency(answer, scores, SURE).is_consistent();
        Ok(boards.filter(|(found, scores)| !found.grid.as_ref().is_some_and(|grid| sound(grid, scores))).count())
    };
    Ok(Inconsistent {
        boards: wrong.puzzles.len(),
        recognised: alarms(&wrong)?,
        sound: test.puzzles.len(),
        alarms: alarms(test)?,
    })
}
