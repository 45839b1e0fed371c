//! Run of the comparison: boards, training, and the judge's figures.

use crate::baselines::network::{self, NetworkError};
use crate::baselines::training as baselines;
use crate::data::augmentation::Augmentation;
use crate::data::boards::Boards;
use crate::data::digits::mnist::MnistError;
use crate::data::digits::{Split, mnist, optdigits};
use crate::data::grid::GridError;
use crate::data::image::PictureError;
use crate::data::puzzle::{PuzzleError, Recipe, lists as make_lists};
use crate::evaluate::decoders::{EvaluationError, Figures};
use crate::evaluate::judge::{Judge, Learned, TEST_SEED};
use crate::evaluate::pictures::draw;
use crate::model::convolution::ConvolutionError;
use crate::model::decode::DecodeError;
use crate::model::reader::Architecture;
use crate::model::reader_checkpoint::{self, Origin, ReaderError};
use crate::model::rules::RulesError;
use crate::model::rules_by_gradient::GradientRulesError;
use crate::model::scores::ScoreError;
use crate::train::settings::{Form, Job, Method, Problem, Settings, Source};
use crate::train::through_layer::{self, Completion, LayerLoss, Supervision, TrainError};
use convex_edge_burn::splitting::{Sudoku, SudokuError};
use convex_edge_runs::batch_schedule::Budget;
use convex_edge_runs::png_file::PngError;
use convex_edge_runs::processor_time;
use convex_edge_runs::store::{StoreError, prepare, write_json};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Added to a run's seed for the puzzles of validation.
const VALIDATION_SEED: u64 = 1 << 33;

/// Test boards that are also tried with other images or givens than trained on, and with a wrong given: searches of boards
/// that hardly anything is read of take long.
const CHANGED: usize = 250;

/// Result of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunResult {
    /// Its seed.
    pub seed: u64,
    /// Processor time of the training, seconds.
    pub seconds: f64,
    /// Cells that show a digit and are read right, of all that do, 0 to 1.
    pub read: f64,
    /// Rows by condition and decoder.
    pub figures: Vec<Row>,
    /// Boards with one wrong given.
    pub inconsistent: Option<Inconsistent>,
}

/// What a decoder made of the test boards of a condition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Difference of the test boards from the training's.
    pub condition: String,
    /// Name of the decoder.
    pub decoder: String,
    /// The figures.
    pub figures: Figures,
}

/// Counts over boards with one wrong given.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inconsistent {
    /// Boards whose wrong given leaves no solution.
    pub boards: usize,
    /// Number of these that are recognised.
    pub recognised: usize,
    /// Boards without a wrong given.
    pub sound: usize,
    /// Number of these that are taken for inconsistent.
    pub alarms: usize,
}

/// Errors of a run.
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
    /// Rules by a gradient.
    #[error(transparent)]
    GradientRules(#[from] GradientRulesError),
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
    /// A picture.
    #[error(transparent)]
    Png(#[from] PngError),
    /// The reader's file.
    #[error(transparent)]
    Keep(#[from] ReaderError),
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

/// Runs, and saves the result and the reader's checkpoint.
///
/// # Errors
/// [`RunError`].
pub fn run(settings: &Settings, job: &Job<'_>, split: &Split, runs: &Path) -> Result<RunResult, RunError> {
    prepare(&job.file(settings, runs))?;
    let (result, learned, test) = fresh(settings, job, split)?;
    if let (0, Learned::Reader { .. }) = (job.seed, &learned) {
        draw(&test, &learned, job.method.form == Form::BlankCells, &job.file(settings, runs).with_extension(""))?;
    }
    if let Learned::Reader { trainer, .. } = learned {
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
        reader_checkpoint::save(&job.reader_file(settings, runs), origin, &architecture, &trainer.reader)?;
    }
    write_json(&job.file(settings, runs), &result)?;
    Ok(result)
}

fn learn_to_read(job: &Job<'_>, boards: &Boards<'_>, known: &Sudoku) -> Result<Learned, RunError> {
    let Job { problem, method, size, seed } = *job;
    let architecture = architecture(problem.source, problem.box_size);
    let (budget, augmentation) = (Budget::CpuSeconds(size.seconds), problem.augmentation);
    let Method { form, boards: batch, learning_rate, warm_up, curvature, weight_decay, .. } = *method;
    let through_layer = |supervision| {
        let settings = through_layer::Settings {
            supervision,
            knows_blanks: supervision == Supervision::BlankCells,
            completion: Completion::Layer,
            loss: LayerLoss::FenchelYoung,
            boards: batch,
            learning_rate,
            budget,
            warm_up,
            curvature,
            augmentation,
        };
        let trainer = through_layer::train(&architecture, *known, boards, &settings, seed, &mut |_, _| ())?;
        Ok::<_, RunError>(Learned::Reader { trainer: Box::new(trainer), readings: problem.readings })
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

/// The result, what was learned, and the test boards.
fn fresh<'a>(
    settings: &Settings,
    job: &Job<'_>,
    split: &'a Split,
) -> Result<(RunResult, Learned, Boards<'a>), RunError> {
    let Job { problem, method, size, seed } = *job;
    let puzzles = if settings.validation { VALIDATION_SEED + seed } else { seed };
    let Problem { box_size, givens, .. } = *problem;
    let lists =
        make_lists(&Recipe { box_size, givens, train: size.boards, test: settings.test_boards, seed: puzzles })?;
    let boards = Boards::new(lists.train, &split.train, seed)?;
    let known = Sudoku::new(box_size)?;
    let started = processor_time::of_process();
    let learned = learn_to_read(job, &boards, &known)?;
    let seconds = (processor_time::of_process() - started).as_secs_f64();

    let test = Boards::new(lists.test, &split.test, TEST_SEED + seed)?;
    let judge = Judge { learned: &learned, known: &known, split, knows_blanks: method.form == Form::BlankCells, seed };
    let first = test.puzzles.iter().take(CHANGED).cloned().collect();
    let first = Boards::new(first, &split.test, TEST_SEED + seed)?;
    let (read, mut figures) = judge.as_trained(&test, &boards, first.puzzles.len())?;
    for (name, changed) in SHIFTS {
        figures.extend(judge.changed(name, &first, &changed)?);
    }
    for &givens in other_givens(givens) {
        let recipe = Recipe { box_size, givens, train: 0, test: first.puzzles.len(), seed: puzzles };
        let boards = Boards::new(make_lists(&recipe)?.test, &split.test, TEST_SEED + seed)?;
        figures.extend(judge.changed(&format!("{givens} givens"), &boards, &Augmentation::NONE)?);
    }
    let inconsistent = judge.inconsistent(&first)?;
    Ok((RunResult { seed, seconds, read, figures, inconsistent }, learned, test))
}

/// Other numbers of givens than trained on, of 9x9.
fn other_givens(trained: usize) -> &'static [usize] {
    match trained {
        36 => &[28, 17],
        28 => &[36, 17],
        _ => &[],
    }
}

/// Digits that no training image looks like.
const SHIFTS: [(&str, Augmentation); 2] =
    [("turned by up to 25 degrees", Augmentation::TURNED), ("noise of 0.15", Augmentation::NOISY)];
