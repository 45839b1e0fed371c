//! Settings of a run: a cell of the study's table.

use crate::data::game::Game;
use crate::train::denoiser::{self, LastStep};
use convex_edge_runs::batch_schedule::Budget;
use convex_edge_runs::settings::{SettingsError, check};
use serde::{Deserialize, Serialize};

/// Maps a step, and the largest learning rate: those of the published comparison.
const BATCH: usize = 16;
const LEARNING_RATE: f64 = 6e-3;

/// Settings of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Name of the game.
    pub game: String,
    /// Gradient steps.
    pub steps: u64,
    /// How the layer takes part in training.
    pub gradient: Gradient,
    /// Whether predictions under wrong counts are judged, too; of gradient `none` alone.
    #[serde(default)]
    pub harm: bool,
    /// Whether maps are kept to look at.
    #[serde(default)]
    pub examples: bool,
}

/// Part of the layer in training.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gradient {
    /// None.
    None,
    /// The prediction that the network is shown is projected.
    Detached,
    /// The prediction is projected, with the identity as the derivative.
    StraightThrough,
    /// The prediction is projected, with the exact derivative.
    Exact,
}

impl Settings {
    /// Whether the settings make sense together.
    ///
    /// # Errors
    /// [`SettingsError::OutOfRange`].
    pub fn check(&self) -> Result<(), SettingsError> {
        check([
            ("game", "breakout, ms-pacman or space-invaders", self.game().is_some()),
            ("steps", "at least 1", self.steps >= 1),
            ("harm", "false with another gradient than `none`", !self.harm || self.gradient == Gradient::None),
        ])
    }

    /// The game.
    pub fn game(&self) -> Option<Game> {
        Game::all().into_iter().find(|game| game.name == self.game)
    }

    /// Settings of the training.
    pub fn training(&self) -> denoiser::Settings {
        let last_step = match self.gradient {
            Gradient::None => LastStep::Scores,
            Gradient::Detached => LastStep::Detached,
            Gradient::StraightThrough => LastStep::StraightThrough,
            Gradient::Exact => LastStep::Layer,
        };
        denoiser::Settings { last_step, maps: BATCH, learning_rate: LEARNING_RATE, budget: Budget::Steps(self.steps) }
    }
}
