//! Training a reader through the layer: cross-entropy first, then a loss of the layer's solution.
//!
//! With labels of all cells the cross-entropy is each cell's own. With labels of the blank cells alone, which no image
//! shows, a completion takes the labels' place: the layer's solution with the blank cells held at their labels, or the
//! most likely grid with these digits, as in expectation maximization. No label of a visible digit is used then.
//!
//! The loss of the layer's solution x and the target y is its Fenchel-Young loss with the gradient `x - y`, or the squared
//! error with the exact derivative of x.

use crate::data::augmentation::{Augmentation, images};
use crate::data::boards::Boards;
use crate::model::convolution::ConvolutionError;
use crate::model::most_likely_grid::most_likely;
use crate::model::reader::Architecture;
use crate::model::scores::BoardsError;
use crate::train::trainer::Trainer;
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Tensor, TensorData};
use convex_edge_burn::splitting::{
    AffineSet, OnFailure, Settings as LayerSettings, SplittingError, Sudoku, fenchel_young, forward, solve,
};
use convex_edge_core::random::Pcg64;
use convex_edge_runs::batch_schedule::{BatchSchedule, Budget, one_cycle};
use convex_edge_runs::interrupt;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Nodes of the search for the most likely grid; a board whose search ends without a grid is left out of the step.
const MOST_NODES: usize = 20_000;

/// How much less than the others a digit scores that a label excludes.
const EXCLUDED: f32 = -20.0;

/// Labels of the training boards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Supervision {
    /// Of all cells.
    AllCells,
    /// Of the blank cells alone.
    BlankCells,
}

/// Targets of the cells that show a digit, where labels are those of the blank cells alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completion {
    /// The layer's solution with the blank cells held at their labels.
    Layer,
    /// The most likely grid that has the labels in the blank cells.
    MostLikely,
}

/// Loss of the layer's solution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LayerLoss {
    /// Fenchel-Young, to the labels or the completion.
    FenchelYoung,
    /// Half the squared error of the labelled cells, with the exact derivative of the solution.
    SquaredError,
}

/// Settings of a training.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Labels of the training boards.
    pub supervision: Supervision,
    /// Whether scores of blank cells are 0, since it is known which cells are blank.
    pub knows_blanks: bool,
    /// Targets of the cells without a label.
    pub completion: Completion,
    /// Loss after the warm-up.
    pub loss: LayerLoss,
    /// Boards a step; all of them where there are fewer.
    pub boards: usize,
    /// The largest of the cycle, of Adam.
    pub learning_rate: f64,
    /// End of the training.
    pub budget: Budget,
    /// Share of the budget before the layer's own loss begins, 0 to 1; 1 for cross-entropy alone.
    pub warm_up: f64,
    /// The layer's curvature when its loss begins, and at the end; between them geometrically.
    pub curvature: [f64; 2],
    /// Changes of the images.
    pub augmentation: Augmentation,
}

/// Errors of a training.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// There is nothing to learn from.
    #[error("there are no boards to train with; give at least one")]
    Empty,
    /// The network does not take the images.
    #[error(transparent)]
    Network(#[from] ConvolutionError),
    /// The layer does not take the scores.
    #[error(transparent)]
    Layer(#[from] SplittingError),
    /// The search for the most likely grid does not.
    #[error(transparent)]
    MostLikely(#[from] BoardsError),
    /// The user asked to stop.
    #[error("stopped; the same command begins this run anew and keeps the finished ones")]
    Interrupted,
}

/// Trains a reader from nothing. The seed fixes its weights, the order of the boards and their changes. `watch` is called
/// before each step with the share of the budget that is over.
///
/// # Errors
/// [`TrainError`].
pub fn train(
    architecture: &Architecture,
    rules: Sudoku,
    boards: &Boards<'_>,
    settings: &Settings,
    seed: u64,
    watch: &mut dyn FnMut(f64, &Trainer),
) -> Result<Trainer, TrainError> {
    let count = boards.puzzles.len();
    if count == 0 {
        return Err(TrainError::Empty);
    }
    let rules: Arc<dyn AffineSet> = Arc::new(rules);
    let mut random = Pcg64::from_seed(seed);
    let mut trainer = Trainer::new(architecture, &mut random)?;
    let mut schedule = BatchSchedule::new(count, settings.boards, settings.budget);
    while let Some((share, drawn)) = schedule.step(&mut random) {
        if interrupt::requested() {
            return Err(TrainError::Interrupted);
        }
        watch(share, &trainer);
        let drawn = Drawn::new(boards, drawn);
        let pixels = images(boards.digits, &drawn.indices, &settings.augmentation, &mut random);
        let log_probabilities = log_softmax(trainer.logits(pixels, drawn.indices.len())?, 1);
        let loss = if share < settings.warm_up {
            drawn.cross_entropy(log_probabilities, rules.as_ref(), settings)?
        } else {
            let way = ((share - settings.warm_up) / (1.0 - settings.warm_up)).clamp(0.0, 1.0);
            let [first, last] = settings.curvature;
            let curvature = first * (last / first).powf(way);
            match settings.loss {
                LayerLoss::FenchelYoung => {
                    drawn.fenchel_young(log_probabilities, rules.as_ref(), settings, curvature)?
                }
                LayerLoss::SquaredError => drawn.squared_error(log_probabilities, &rules, settings, curvature)?,
            }
        };
        trainer.step(&loss, one_cycle(settings.learning_rate, share));
    }
    Ok(trainer)
}

/// The boards of a step.
struct Drawn {
    boards: usize,
    box_size: usize,
    /// Values of a board: cells times digits.
    size: usize,
    classes: usize,
    indices: Vec<u32>,
    /// 1 for the label of each cell, `[boards, size]`.
    labels: Vec<f32>,
    blank: Vec<bool>,
}

impl Drawn {
    fn new(boards: &Boards<'_>, which: &[u32]) -> Self {
        let (cells, classes) = (boards.cells(), boards.classes());
        let mut drawn = Self {
            boards: which.len(),
            box_size: boards.box_size(),
            size: cells * classes,
            classes,
            indices: Vec::new(),
            labels: vec![0.0; which.len() * cells * classes],
            blank: Vec::new(),
        };
        let mut labelled = drawn.labels.chunks_exact_mut(classes);
        for &board in which {
            let at = board as usize * cells..(board as usize + 1) * cells;
            drawn.indices.extend(&boards.indices[at.clone()]);
            drawn.blank.extend(&boards.blank[at.clone()]);
            for (&label, cell) in boards.labels[at].iter().zip(&mut labelled) {
                cell[usize::from(label)] = 1.0;
            }
        }
        drawn
    }

    fn rows(&self, values: Vec<f32>, device: &Device) -> Tensor<2> {
        Tensor::from_data(TensorData::new(values, [self.boards, self.size]), device)
    }

    /// One value for each digit of every cell.
    fn by_digit(&self, value: impl Fn(bool) -> f32) -> Vec<f32> {
        self.blank.iter().flat_map(|&blank| std::iter::repeat_n(value(blank), self.classes)).collect()
    }

    /// Scores of the layer: log-probabilities, of which those of blank cells say nothing where they are known to be blank.
    fn scores(&self, log_probabilities: Tensor<2>, settings: &Settings) -> Tensor<2> {
        let device = log_probabilities.device();
        let scores = log_probabilities.reshape([self.boards, self.size]);
        match settings.knows_blanks {
            false => scores,
            true => scores * self.rows(self.by_digit(|blank| if blank { 0.0 } else { 1.0 }), &device),
        }
    }

    /// Targets of the layer, outside of the graph.
    fn targets(
        &self,
        scores: &Tensor<2>,
        rules: &dyn AffineSet,
        settings: &Settings,
        curvature: f64,
    ) -> Result<Tensor<2>, TrainError> {
        match settings.supervision {
            Supervision::AllCells => Ok(self.rows(self.labels.clone(), &scores.device())),
            Supervision::BlankCells => {
                let excluded: Vec<f32> = self
                    .by_digit(|blank| if blank { EXCLUDED } else { 0.0 })
                    .iter()
                    .zip(&self.labels)
                    .map(|(excluded, label)| excluded * (1.0 - label))
                    .collect();
                let scores = scores.clone().without_autodiff();
                let held = scores.clone() + self.rows(excluded, &scores.device());
                match settings.completion {
                    Completion::Layer => Ok(solve(rules, &held, &layer(curvature), None)?.x),
                    Completion::MostLikely => self.most_likely(&held),
                }
            }
        }
    }

    /// Indicators of the most likely grids; zeros for a board without one.
    fn most_likely(&self, scores: &Tensor<2>) -> Result<Tensor<2>, TrainError> {
        let values = scores.try_to_vec_as::<f32>().map_err(|error| ConvolutionError::Device(error.to_string()))?;
        let mut indicators = Vec::with_capacity(values.len());
        for scores in values.chunks_exact(self.size) {
            match most_likely(scores, self.box_size, MOST_NODES)?.grid {
                Some(grid) => indicators.extend(grid.indicators()),
                None => indicators.resize(indicators.len() + self.size, 0.0),
            }
        }
        Ok(self.rows(indicators, &scores.device()))
    }

    /// Mean over the cells that have a target.
    fn cross_entropy(
        &self,
        log_probabilities: Tensor<2>,
        rules: &dyn AffineSet,
        settings: &Settings,
    ) -> Result<Tensor<1>, TrainError> {
        let scores = self.scores(log_probabilities, settings);
        let targets = self.targets(&scores, rules, settings, settings.curvature[1])?;
        let targets = Tensor::from_data(targets.to_data(), &scores.device());
        let seen = match settings.knows_blanks {
            false => self.blank.len(),
            true => self.blank.iter().filter(|blank| !**blank).count(),
        };
        Ok((scores * targets).sum().mul_scalar(-1.0 / seen.max(1) as f64))
    }

    /// The Fenchel-Young loss, mean over the cells.
    fn fenchel_young(
        &self,
        log_probabilities: Tensor<2>,
        rules: &dyn AffineSet,
        settings: &Settings,
        curvature: f64,
    ) -> Result<Tensor<1>, TrainError> {
        let scores = self.scores(log_probabilities, settings);
        let targets = self.targets(&scores, rules, settings, curvature)?;
        let targets = Tensor::from_data(targets.to_data(), &scores.device());
        let found = fenchel_young(rules, &scores, &targets, &layer(curvature), None, OnFailure::Mask)?;
        Ok(found.loss.sum().mul_scalar(1.0 / self.blank.len() as f64))
    }

    /// Half the squared error of the labelled cells, mean over all cells. A board that the layer does not solve has no gradient.
    fn squared_error(
        &self,
        log_probabilities: Tensor<2>,
        rules: &Arc<dyn AffineSet>,
        settings: &Settings,
        curvature: f64,
    ) -> Result<Tensor<1>, TrainError> {
        let scores = self.scores(log_probabilities, settings);
        let device = scores.device();
        let answer = forward(rules, &scores, &layer(curvature), None, OnFailure::Mask)?;
        let off = answer.x - self.rows(self.labels.clone(), &device);
        let off = match settings.supervision {
            Supervision::AllCells => off,
            Supervision::BlankCells => off * self.rows(self.by_digit(|blank| if blank { 1.0 } else { 0.0 }), &device),
        };
        Ok((off.clone() * off).sum().mul_scalar(0.5 / self.blank.len() as f64))
    }
}

fn layer(curvature: f64) -> LayerSettings {
    LayerSettings { curvature, ..LayerSettings::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::digits::optdigits;
    use crate::data::puzzle::{Recipe, lists};
    use crate::evaluate::decoders::{Decoder, evaluate, scores_of};

    const AUGMENTATION: Augmentation = Augmentation { noise: 0.0, ..Augmentation::TRAINING };

    fn settings(supervision: Supervision, warm_up: f64, steps: u64) -> Settings {
        Settings {
            supervision,
            knows_blanks: supervision == Supervision::BlankCells,
            completion: Completion::Layer,
            loss: LayerLoss::FenchelYoung,
            boards: 4,
            learning_rate: 6e-3,
            budget: Budget::Steps(steps),
            warm_up,
            curvature: [0.3, 0.1],
            augmentation: AUGMENTATION,
        }
    }

    /// With labels of all cells or of the blank ones alone, which are known or not, and with each loss in the end.
    #[test]
    fn small_boards_are_solved_after_fifty_of_them() {
        let split = optdigits::load();
        let rules = Sudoku::new(2).unwrap();
        let lists = lists(&Recipe { box_size: 2, givens: 6, train: 50, test: 200, seed: 4 }).unwrap();
        let boards = Boards::new(lists.train, &split.train, 4).unwrap();
        let test = Boards::new(lists.test, &split.test, 5).unwrap();
        let (all, blank) = (Supervision::AllCells, Supervision::BlankCells);
        let exact = |settings: Settings| Settings { loss: LayerLoss::SquaredError, ..settings };
        for settings in [
            settings(all, 1.0, 400),
            settings(all, 0.8, 400),
            settings(blank, 0.8, 400),
            exact(settings(all, 0.8, 400)),
            exact(settings(blank, 0.8, 400)),
            Settings { knows_blanks: true, ..settings(all, 1.0, 400) },
            Settings { knows_blanks: false, ..settings(blank, 1.0, 400) },
            Settings { completion: Completion::MostLikely, ..settings(blank, 1.0, 400) },
        ] {
            let mut seen = Vec::new();
            let mut watch = |share: f64, _: &Trainer| seen.push(share);
            let trainer = train(&Architecture::small(), rules, &boards, &settings, 4, &mut watch).unwrap();
            assert!(seen.len() == 400 && seen[0] == 0.0 && seen[399] < 1.0);
            let mut random = Pcg64::from_seed(0);
            let read = trainer.log_probabilities(test.digits, &test.indices, &Augmentation::NONE, &mut random).unwrap();
            let scores = scores_of(&test, &read, settings.knows_blanks).unwrap();
            let right = |decoder: Decoder<'_>| evaluate(&test, &scores, decoder).unwrap();
            let (searched, likeliest) = (right(Decoder::Search(&rules)), right(Decoder::LikeliestDigits));
            assert!(searched.share() > 0.85, "{settings:?}: {searched:?}");
            assert_eq!((searched.boards, searched.blanks), (200, 2000));
            assert!(searched.valid == 200 && searched.blanks_right >= 10 * searched.right);
            // Nothing of a blank cell is seen in it.
            assert!(likeliest.blanks_right < likeliest.blanks / 2, "{likeliest:?}");
        }
    }

    #[test]
    fn nothing_to_learn_from_is_an_error() {
        let split = optdigits::load();
        let none = Boards::new(Vec::new(), &split.train, 0).unwrap();
        let settings = settings(Supervision::AllCells, 1.0, 1);
        let rules = Sudoku::new(2).unwrap();
        let found = train(&Architecture::small(), rules, &none, &settings, 0, &mut |_, _| ());
        assert!(matches!(found.err(), Some(TrainError::Empty)));
    }
}
