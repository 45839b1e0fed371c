//! Learned part of the objective: the action that each state asks for.

use crate::math::sqrt_f32;
use crate::plant::mountain_car::GRAVITY;
use postcard_schema::Schema;
use serde::{Deserialize, Serialize};

/// Weights of the linear term q(s) of the stage cost `1/2 a^2 - q(s) a`.
///
/// The car's energy E, relative to that at the goal, decides between two regimes: below `gate` a small pump in the
/// direction of motion, so that the amplitude grows linearly, which is the shape of the optimal control; above it a
/// push to the goal while moving right. Near rest in the valley the sign of the slope decides (`kick`), since a
/// continuous q would have an equilibrium there.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, Schema)]
pub struct Cost {
    /// Pump while moving right.
    pub pump: f32,
    /// Its growth with the square root of the relative energy.
    pub pump_energy: f32,
    /// Square root of the relative energy at which the push begins.
    pub gate: f32,
    /// Sharpness of the gate: the push is full 0.1 / `sharpness` above it.
    pub sharpness: f32,
    /// Push.
    pub push: f32,
    /// Its slope in the position relative to the valley's floor.
    pub push_position: f32,
    /// Its curvature in that position.
    pub push_curvature: f32,
    /// Its growth with the square root of the relative energy.
    pub push_energy: f32,
    /// Push on the right slope whatever the velocity.
    pub push_slope: f32,
    /// Pump while moving left.
    pub pump_left: f32,
    /// Its growth with the square root of the relative energy.
    pub pump_left_energy: f32,
    /// Its growth above the gate.
    pub pump_left_gate: f32,
    /// Downhill kick near rest; only its magnitude counts.
    pub kick: f32,
}

impl Cost {
    /// Number of weights.
    pub const WEIGHTS: usize = 13;

    /// Cost from weights in the order of the fields.
    pub const fn from_weights(w: [f32; Self::WEIGHTS]) -> Self {
        Self {
            pump: w[0],
            pump_energy: w[1],
            gate: w[2],
            sharpness: w[3],
            push: w[4],
            push_position: w[5],
            push_curvature: w[6],
            push_energy: w[7],
            push_slope: w[8],
            pump_left: w[9],
            pump_left_energy: w[10],
            pump_left_gate: w[11],
            kick: w[12],
        }
    }

    /// q(s), the unconstrained optimal action, given the sine of three times the position.
    pub fn linear_term(&self, position: f32, velocity: f32, sine: f32) -> f32 {
        /// Position of the valley's floor, -pi / 6.
        const FLOOR: f32 = -core::f32::consts::FRAC_PI_6;
        /// Energy at rest at the goal, 0.45, where the floor has none.
        const GOAL_ENERGY: f32 = 0.001_646_4;
        let energy = 0.5 * velocity * velocity + (GRAVITY as f32 / 3.0) * (sine + 1.0);
        // Velocity over the one that the energy would give on the floor: cosine of the phase.
        let phase = velocity / sqrt_f32(2.0 * energy + 1e-9);
        let root = sqrt_f32(energy / GOAL_ENERGY);
        let offset = position - FLOOR;
        let gate = ((root - self.gate) * self.sharpness * 10.0).clamp(0.0, 1.0);
        let downhill = if offset >= 0.0 { -1.0 } else { 1.0 };
        let kick = downhill * self.kick.abs() * (1.0 - 12.0 * root).max(0.0);
        if velocity > 0.0 {
            let pump = self.pump + self.pump_energy * root;
            let push = self.push
                + self.push_position * offset
                + self.push_curvature * offset * offset
                + self.push_energy * root;
            (pump + (push - pump) * gate) * (phase + self.push_slope * gate * offset.max(0.0)) + kick
        } else {
            (self.pump_left + self.pump_left_energy * root + self.pump_left_gate * gate) * phase + kick
        }
    }
}
