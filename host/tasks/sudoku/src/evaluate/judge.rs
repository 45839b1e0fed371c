//! Judgement of each decoder on a reading: boards as trained on, other boards, and boards with a wrong given.

use crate::baselines::network::Network;
use crate::data::augmentation::Augmentation;
use crate::data::boards::Boards;
use crate::data::digits::Split;
use crate::data::grid::Grid;
use crate::data::puzzle::{Puzzle, solutions};
use crate::evaluate::decoders::{Decoder, evaluate, scores_of};
use crate::evaluate::run::{Inconsistent, Row, RunError};
use crate::model::consistency::{SURE, consistency};
use crate::model::decode::{Search, decode};
use crate::model::rules::{dimension, learn, learn_exchangeable};
use crate::model::rules_by_gradient::GradientRules;
use crate::train::trainer::Trainer;
use burn::module::Module;
use burn::tensor::Device;
use convex_edge_burn::splitting::Sudoku;
use convex_edge_core::random::Pcg64;

/// Added to a run's seed for the images of the test boards, so that they are no continuation of the training's.
pub const TEST_SEED: u64 = 1 << 32;

/// Boards for exchangeable rules: eight are enough for 9x9, ten nearly always for 4x4; more give the same.
const EXCHANGEABLE: usize = 30;

/// Steps in which a gradient looks for the rules of 4x4: enough from 1,000 boards.
const GRADIENT_STEPS: usize = 250;

/// Result of a training.
pub enum Learned {
    /// A reader, which gives the digit of a cell.
    Reader {
        /// With the weights.
        trainer: Box<Trainer>,
        /// How often a cell is read, more than once of images moved by another draw each time.
        readings: usize,
    },
    /// A baseline, which gives the solution.
    Baseline(Box<Network>),
}

impl Learned {
    /// The logarithm of each digit's probability in each cell of some boards. Images that are changed are read once: another
    /// draw of the change would show what this one hides.
    ///
    /// # Errors
    /// [`RunError`].
    pub fn log_probabilities(
        &self,
        boards: &Boards<'_>,
        changed: &Augmentation,
        seed: u64,
    ) -> Result<Vec<f32>, RunError> {
        let random = &mut Pcg64::from_seed(TEST_SEED + seed);
        Ok(match self {
            Self::Reader { trainer, readings } if *readings > 1 && *changed == Augmentation::NONE => {
                trainer.reader.valid().mean_log_probabilities(boards.digits, &boards.indices, *readings, random)?
            }
            Self::Reader { trainer, .. } => {
                trainer.log_probabilities(boards.digits, &boards.indices, changed, random)?
            }
            Self::Baseline(network) => network.log_probabilities(boards.digits, &boards.indices, changed, random)?,
        })
    }
}

/// Data that all judgements of a run share.
pub struct Judge<'a> {
    /// Result of the training to judge.
    pub learned: &'a Learned,
    /// The rules.
    pub known: &'a Sudoku,
    /// The digits.
    pub split: &'a Split,
    /// Whether it knows which cells are blank.
    pub knows_blanks: bool,
    /// Seed of the run.
    pub seed: u64,
}

impl Judge<'_> {
    /// The share of the cells with a given that are read right, and what all decoders make of the test boards. Rules that
    /// need no training boards' number are tried with the `first` ones only: their projection is a dense product.
    ///
    /// # Errors
    /// [`RunError`].
    pub fn as_trained(
        &self,
        test: &Boards<'_>,
        training: &Boards<'_>,
        first: usize,
    ) -> Result<(f64, Vec<Row>), RunError> {
        let log_probabilities = self.learned.log_probabilities(test, &Augmentation::NONE, self.seed)?;
        let scores = scores_of(test, &log_probabilities, self.knows_blanks)?;
        let mut figures = Vec::new();
        let mut judge = |name: &str, boards: &Boards<'_>, scores: &[f32], decoder: Decoder<'_>| {
            let figures_of = evaluate(boards, scores, decoder)?;
            figures.push(Row { condition: "as trained".to_owned(), decoder: name.to_owned(), figures: figures_of });
            Ok::<_, RunError>(())
        };
        judge("likeliest digits", test, &scores, Decoder::LikeliestDigits)?;
        judge("most likely grid", test, &scores, Decoder::MostLikely)?;
        judge("layer", test, &scores, Decoder::Layer(self.known))?;
        judge("layer and search", test, &scores, Decoder::Search(self.known))?;
        // A baseline gives the solution and no reading, and has no rules to replace.
        if let Learned::Reader { .. } = self.learned {
            judge("read, then solve", test, &scores, Decoder::ReadThenSolve)?;
            let solutions: Vec<Grid> = training.puzzles.iter().map(|puzzle| puzzle.solution.clone()).collect();
            let exchangeable = learn_exchangeable(&solutions[..solutions.len().min(EXCHANGEABLE)])?;
            let few = Boards::new(test.puzzles[..first].to_vec(), &self.split.test, TEST_SEED + self.seed)?;
            let of_few = &scores[..first * test.cells() * test.classes()];
            judge("exchangeable rules", &few, of_few, Decoder::Search(&exchangeable))?;
            // Beyond twice the number that determines the rules, boards add nothing but time.
            let enough = dimension(test.box_size()) + 1;
            if solutions.len() >= enough {
                let rules = learn(&solutions[..solutions.len().min(2 * enough)], &Device::flex())?;
                judge("learned rules, layer", test, &scores, Decoder::Layer(&rules))?;
                judge("learned rules", test, &scores, Decoder::Search(&rules))?;
            }
            if test.box_size() == 2 {
                let rules = GradientRules::learn(&training.puzzles, GRADIENT_STEPS, self.seed)?;
                judge("rules by gradient", test, &scores, Decoder::Gradient(&rules))?;
            }
        }
        Ok((read_right(test, &log_probabilities), figures))
    }

    /// What the main decoders make of boards with other images or givens than trained on.
    ///
    /// # Errors
    /// [`RunError`].
    pub fn changed(&self, condition: &str, boards: &Boards<'_>, change: &Augmentation) -> Result<Vec<Row>, RunError> {
        let log_probabilities = self.learned.log_probabilities(boards, change, self.seed)?;
        let scores = scores_of(boards, &log_probabilities, self.knows_blanks)?;
        let mut decoders =
            vec![("likeliest digits", Decoder::LikeliestDigits), ("layer and search", Decoder::Search(self.known))];
        if let Learned::Reader { .. } = self.learned {
            decoders.push(("read, then solve", Decoder::ReadThenSolve));
        }
        let row = |(decoder, by): (&str, Decoder<'_>)| {
            let figures = evaluate(boards, &scores, by)?;
            Ok(Row { condition: condition.to_owned(), decoder: decoder.to_owned(), figures })
        };
        decoders.into_iter().map(row).collect()
    }

    /// One given of each board is replaced by another digit, and another image, at random; nothing for a baseline, which
    /// does not say what it read.
    ///
    /// # Errors
    /// [`RunError`].
    pub fn inconsistent(&self, test: &Boards<'_>) -> Result<Option<Inconsistent>, RunError> {
        let &Judge { learned, split, knows_blanks, seed, .. } = self;
        if let Learned::Baseline(_) = learned {
            return Ok(None);
        }
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
        Ok(Some(Inconsistent {
            boards: wrong.puzzles.len(),
            recognised: alarms(&wrong)?,
            sound: test.puzzles.len(),
            alarms: alarms(test)?,
        }))
    }
}

/// Share of the cells with a given whose likeliest digit is that.
pub(crate) fn read_right(boards: &Boards<'_>, log_probabilities: &[f32]) -> f64 {
    let cells = log_probabilities.chunks_exact(boards.classes().max(1)).zip(&boards.labels).zip(&boards.blank);
    let (mut shown, mut right) = (0, 0);
    for ((cell, &label), _) in cells.filter(|(_, blank)| !**blank) {
        shown += 1;
        right += usize::from(cell.iter().all(|value| *value <= cell[usize::from(label)]));
    }
    f64::from(right as u32) / f64::from(u32::max(shown, 1))
}
