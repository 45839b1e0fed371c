//! Settings of a run: a cell of the study's table.

use crate::baselines::controller::Control;
use convex_edge_runs::settings::{SettingsError, check};
use serde::{Deserialize, Serialize};

/// Factor of the network's output where a program follows it, as in the published comparison.
const BEHIND_PROGRAM: f64 = 0.3;

/// Settings of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// What learns.
    pub learner: Learner,
    /// How the layer takes part in training; `none` for what is not trained.
    pub gradient: Gradient,
    /// Steps of the environment; 0 for what is not trained.
    pub steps: usize,
    /// Whether plants are judged, too, that are off by up to 15 %.
    #[serde(default)]
    pub harm: bool,
}

/// Learning algorithm, or a policy without one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Learner {
    /// Proximal policy optimization.
    Ppo,
    /// Soft actor-critic.
    Sac,
    /// Augmented random search.
    Ars,
    /// A network before training.
    UntrainedHead,
    /// A full push in the direction of motion.
    Energy,
}

/// Part of the layer in training.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gradient {
    /// None.
    None,
    /// The program turns sampled actions inside the environment.
    Detached,
    /// The program turns the mean, with the identity as the derivative.
    StraightThrough,
    /// The program turns the mean, or the sample of soft actor-critic, with the exact derivative.
    Exact,
}

impl Settings {
    /// Whether the settings make sense together.
    ///
    /// # Errors
    /// [`SettingsError::OutOfRange`].
    pub fn check(&self) -> Result<(), SettingsError> {
        let makes_sense = match self.learner {
            Learner::Ppo => true,
            Learner::Sac => self.gradient != Gradient::StraightThrough,
            Learner::Ars => matches!(self.gradient, Gradient::None | Gradient::Detached),
            Learner::UntrainedHead | Learner::Energy => self.gradient == Gradient::None,
        };
        check([
            ("gradient", "one that the learner has: SAC has no mean, ARS no gradient", makes_sense),
            ("steps", "at least 1, and 0 without training", (self.steps > 0) == self.is_trained()),
        ])
    }

    /// Whether anything is trained.
    pub fn is_trained(&self) -> bool {
        !matches!(self.learner, Learner::UntrainedHead | Learner::Energy)
    }

    /// Control of the training.
    pub(super) fn control(&self) -> Control {
        match self.gradient {
            Gradient::None => Control::Clip,
            Gradient::Detached => Control::Projection,
            Gradient::StraightThrough => Control::StraightThrough,
            Gradient::Exact => Control::Head,
        }
    }

    pub(super) fn output_scale(&self) -> f64 {
        match (self.learner, self.gradient) {
            (Learner::Ppo, Gradient::None) | (Learner::Sac | Learner::Ars | Learner::Energy, _) => 1.0,
            (Learner::Ppo | Learner::UntrainedHead, _) => BEHIND_PROGRAM,
        }
    }
}
