//! Controller between a network's output and the plant: the action's limits alone, the safety filter, or a program.

use super::network::{tensor, values};
use crate::model::head::{Head, Progress};
use crate::model::known_plant::KnownPlant;
use crate::model::terminal_value::{OUTPUTS, TerminalValue};
use burn::tensor::{Device, Tensor};
use convex_edge_burn::LayerError;
use convex_edge_core::safety::ACTION_LIMIT;
use convex_edge_mountain_car::model::transition::Identification;
use serde::{Deserialize, Serialize};

/// Conversion of a network's output to actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Control {
    /// The output, clipped to the action's limits; no other limit holds.
    Clip,
    /// The safe action nearest to the output. The network's gradient knows nothing of it.
    Filter,
    /// The head's program, solved for the sampled action. The network's gradient knows nothing of it.
    Projection,
    /// The head's program as a layer, solved for the output: the gradient goes through it. Samples are filtered.
    Head,
    /// The same with the identity as the layer's derivative.
    StraightThrough,
    /// Predictive control over the model's transition with the network's terminal value, as a layer. Samples
    /// are filtered.
    TerminalValue,
    /// The same over a linear transition identified from the steps of the training so far.
    IdentifiedTerminalValue,
    /// The first of both with the head's progress row.
    ProgressingTerminalValue,
}

/// A control with what it needs.
#[derive(Debug, Clone)]
pub struct Controller {
    control: Control,
    /// Factor of the network's output.
    output_scale: f64,
    plant: KnownPlant,
    head: Head,
    terminal_value: TerminalValue,
}

impl Controller {
    /// # Errors
    /// None for a positive softness.
    pub fn new(control: Control, output_scale: f64, plant: KnownPlant, progress: Progress) -> Result<Self, LayerError> {
        Ok(Self {
            control,
            output_scale,
            plant,
            head: Head::new(progress)?,
            terminal_value: TerminalValue::new(progress)?,
        })
    }

    /// The same with another control.
    pub fn with(&self, control: Control) -> Self {
        Self { control, ..self.clone() }
    }

    /// The same for another plant.
    pub fn on(&self, plant: KnownPlant) -> Self {
        Self { plant, ..self.clone() }
    }

    /// Outputs that the network needs.
    pub fn outputs(&self) -> usize {
        match self.control {
            Control::Clip | Control::Filter | Control::Projection | Control::Head | Control::StraightThrough => 1,
            Control::TerminalValue | Control::IdentifiedTerminalValue | Control::ProgressingTerminalValue => OUTPUTS,
        }
    }

    /// Means of the actions' distribution, `[batch, 1]`, for the network's output, `[batch, outputs]`, and what is known
    /// of the transition.
    ///
    /// # Errors
    /// [`LayerError`] where the output is not finite.
    pub fn mean(
        &self,
        output: Tensor<2>,
        observations: &[[f32; 2]],
        identification: &Identification,
    ) -> Result<Tensor<2>, LayerError> {
        let output = output.mul_scalar(self.output_scale);
        let planned = |output, linear, makes_progress| {
            self.terminal_value.actions(output, observations, self.plant.safe_set(), linear, makes_progress)
        };
        match self.control {
            Control::Head => self.head.actions(output, observations, &self.plant),
            Control::StraightThrough => {
                let solved = self.head.actions(output.clone().detach(), observations, &self.plant)?;
                Ok(output.clone() + (solved - output).detach())
            }
            Control::TerminalValue => planned(output, None, false),
            Control::IdentifiedTerminalValue => planned(output, Some(&identification.linear()), false),
            Control::ProgressingTerminalValue => planned(output, None, true),
            Control::Clip | Control::Filter | Control::Projection => Ok(output),
        }
    }

    /// Actions of a policy without a mean, `[batch, 1]`, as the control turns them: through the head's program, or as they
    /// are.
    ///
    /// # Errors
    /// [`LayerError`] where an action is not finite.
    pub fn sampled(&self, actions: Tensor<2>, observations: &[[f32; 2]]) -> Result<Tensor<2>, LayerError> {
        match self.control {
            Control::Head => self.head.actions(actions, observations, &self.plant),
            _ => Ok(actions),
        }
    }

    /// The actions that are applied in place of those of the distribution, or of its means.
    ///
    /// # Errors
    /// [`LayerError`] where an action is not finite.
    pub fn applied(&self, actions: &[f32], observations: &[[f32; 2]]) -> Result<Vec<f32>, LayerError> {
        let filtered = || actions.iter().zip(observations).map(|(&a, &o)| self.plant.actions(o).nearest(a)).collect();
        match self.control {
            Control::Clip => Ok(actions.iter().map(|action| action.clamp(-ACTION_LIMIT, ACTION_LIMIT)).collect()),
            Control::Filter
            | Control::Head
            | Control::StraightThrough
            | Control::TerminalValue
            | Control::IdentifiedTerminalValue
            | Control::ProgressingTerminalValue => Ok(filtered()),
            Control::Projection => {
                let column: Vec<[f32; 1]> = actions.iter().map(|&action| [action]).collect();
                let solved = self.head.actions(tensor(&column, &Device::flex()), observations, &self.plant)?;
                // The solver's tolerance is not the safe set's.
                let projected = values(&solved).into_iter().zip(observations);
                Ok(projected.map(|(action, &o)| self.plant.actions(o).nearest(action)).collect())
            }
        }
    }
}
