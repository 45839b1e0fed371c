//! Settings of a run: a cell of the study's table, and what is wrong on purpose.

use crate::data::augmentation::Augmentation;
use crate::train::through_layer::{self, Completion, LayerLoss, Supervision};
use convex_edge_core::random::Pcg64;
use convex_edge_runs::batch_schedule::Budget;
use convex_edge_runs::settings::{SettingsError, check};
use serde::{Deserialize, Serialize};

/// Boards a step.
const BATCH: usize = 2;

/// Share of the training before the layer's own loss begins, where it does.
const WARM_UP: f64 = 0.8;

/// Settings of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Training boards.
    pub boards: usize,
    /// Gradient steps.
    pub steps: u64,
    /// Test boards.
    #[serde(default = "thousand")]
    pub test_boards: usize,
    /// Which cells have labels.
    pub labels: Supervision,
    /// Whether it is known which cells of test boards are blank.
    pub knows_blanks: bool,
    /// How the layer takes part in training.
    pub gradient: Gradient,
    /// Share of the training labels that are another digit, 0 to 1.
    #[serde(default)]
    pub wrong_labels: f64,
    /// Additional judgement under wrong structure.
    #[serde(default)]
    pub harm: Harm,
    /// Whether a board is kept to look at.
    #[serde(default)]
    pub examples: bool,
}

fn thousand() -> usize {
    1000
}

/// Part of the layer in training.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gradient {
    /// None: cross-entropy of the labels.
    None,
    /// Its solution is the target of cells without a label.
    Detached,
    /// The most likely grid is their target, in the layer's place.
    DetachedMostLikely,
    /// Cross-entropy, then `x - y`: the squared error with the identity as the derivative, the exact gradient of the
    /// Fenchel-Young loss.
    StraightThrough,
    /// Cross-entropy, then the squared error with the exact derivative.
    Exact,
    /// The latter from the first step on.
    ExactFromStart,
}

/// Judgement under wrong structure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Harm {
    /// None.
    #[default]
    None,
    /// Rules withheld, and false rules added.
    Structure,
    /// Known rules beside rules that are learned from the training labels.
    Labels,
}

impl Settings {
    /// Whether the settings make sense together.
    ///
    /// # Errors
    /// [`SettingsError::OutOfRange`].
    pub fn check(&self) -> Result<(), SettingsError> {
        let needs_labels = self.gradient == Gradient::None;
        let needs_blanks = matches!(self.gradient, Gradient::Detached | Gradient::DetachedMostLikely);
        check([
            ("boards", "at least 1", self.boards >= 1),
            ("steps", "at least 1", self.steps >= 1),
            ("test_boards", "at least 1", self.test_boards >= 1),
            ("wrong_labels", "0 to 1", (0.0..=1.0).contains(&self.wrong_labels)),
            (
                "gradient",
                "not `none` where given cells have no labels",
                !needs_labels || self.labels == Supervision::AllCells,
            ),
            (
                "gradient",
                "not detached where all cells have labels",
                !needs_blanks || self.labels == Supervision::BlankCells,
            ),
        ])
    }

    /// Settings of the training; learning rates and curvatures are those of the published comparison.
    pub fn training(&self) -> through_layer::Settings {
        let (learning_rate, curvature) = match (self.labels, self.gradient) {
            (Supervision::AllCells, Gradient::None) => (6e-3, [1.0, 1.0]),
            (Supervision::AllCells, _) => (4e-3, [0.3, 0.1]),
            (Supervision::BlankCells, _) => (3e-3, [1.0, 0.3]),
        };
        let warm_up = match self.gradient {
            Gradient::None | Gradient::Detached | Gradient::DetachedMostLikely => 1.0,
            Gradient::StraightThrough | Gradient::Exact => WARM_UP,
            Gradient::ExactFromStart => 0.0,
        };
        through_layer::Settings {
            supervision: self.labels,
            knows_blanks: self.knows_blanks,
            completion: match self.gradient {
                Gradient::DetachedMostLikely => Completion::MostLikely,
                _ => Completion::Layer,
            },
            loss: match self.gradient {
                Gradient::Exact | Gradient::ExactFromStart => LayerLoss::SquaredError,
                _ => LayerLoss::FenchelYoung,
            },
            boards: BATCH,
            learning_rate,
            budget: Budget::Steps(self.steps),
            warm_up,
            curvature,
            augmentation: Augmentation { noise: 0.0, ..Augmentation::TRAINING },
        }
    }

    /// Replaces the asked share of the labels, from 0, by other digits.
    pub fn falsify(&self, labels: &mut [u8], seed: u64) {
        // A generator of its own: with no wrong labels nothing else changes.
        let random = &mut Pcg64::from_seed(WRONG_SEED + seed);
        for label in labels {
            if random.uniform(0.0, 1.0) < self.wrong_labels {
                *label = ((u64::from(*label) + 1 + random.next_u64() % 8) % 9) as u8;
            }
        }
    }
}

/// Added to a run's seed for the wrong labels.
const WRONG_SEED: u64 = 1 << 34;

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(labels: Supervision, gradient: Gradient) -> Settings {
        Settings {
            boards: 10,
            steps: 5,
            test_boards: 10,
            labels,
            knows_blanks: true,
            gradient,
            wrong_labels: 0.2,
            harm: Harm::None,
            examples: false,
        }
    }

    #[test]
    fn cells_without_meaning_are_refused() {
        let (all, blank) = (Supervision::AllCells, Supervision::BlankCells);
        assert!(settings(all, Gradient::None).check().is_ok() && settings(blank, Gradient::None).check().is_err());
        assert!(
            settings(blank, Gradient::Detached).check().is_ok() && settings(all, Gradient::Detached).check().is_err()
        );
    }

    #[test]
    fn as_many_labels_as_asked_for_become_another_digit() {
        let truth: Vec<u8> = (0..9).cycle().take(9000).collect();
        let mut labels = truth.clone();
        settings(Supervision::AllCells, Gradient::None).falsify(&mut labels, 3);
        let wrong = labels.iter().zip(&truth).filter(|(label, truth)| label != truth).count();
        assert!((1600..2000).contains(&wrong) && labels.iter().all(|label| *label < 9), "{wrong}");
        let none = Settings { wrong_labels: 0.0, ..settings(Supervision::AllCells, Gradient::None) };
        let mut labels = truth.clone();
        none.falsify(&mut labels, 3);
        assert_eq!(labels, truth);
    }
}
