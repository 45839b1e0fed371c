//! Safety of actions: limits, safe set, monitor, and the fallback when the policy has no action.
//!
//! The safe set K is the largest set of states from which some action in \[-1, 1\] keeps speed and position within
//! the limits for ever. It need not be convex: at a position x, the next velocities that lead into K are an interval
//! `L(x) <= v' <= U(x)`, and v' is affine in the action, so safety of one step is an interval of actions.
//! The tables of L and U are computed on the host (viability kernel, robust to model error and sensor noise).

use crate::math::cos_f32;
use crate::plant::mountain_car::{GRAVITY, POWER};
use crate::qp::Status;
use postcard_schema::Schema;
use serde::{Deserialize, Serialize};

/// Largest safe speed, position units a step.
pub const SPEED_LIMIT: f32 = 0.045;
/// Smallest safe position.
pub const POSITION_LIMIT: f32 = -1.15;
/// Largest magnitude of an action.
pub const ACTION_LIMIT: f32 = 1.0;
/// Position of the last knot; the first one is at [`POSITION_LIMIT`].
pub const LAST_KNOT: f32 = 0.6;
/// Number of knots of the tables.
pub const KNOTS: usize = 32;

/// Bounds of the next velocity at one position.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, Schema)]
pub struct Knot {
    /// L.
    pub lower: f32,
    /// U.
    pub upper: f32,
}

/// Piecewise-linear tables `L(x) <= v' <= U(x)` on [`KNOTS`] equidistant knots.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, Schema)]
pub struct SafeSet {
    /// From [`POSITION_LIMIT`] to [`LAST_KNOT`].
    pub knots: [Knot; KNOTS],
}

impl SafeSet {
    /// L(x) and U(x); constant beyond the first knot, continued beyond the last one.
    pub fn velocities(&self, position: f32) -> Knot {
        const KNOTS_PER_UNIT: f32 = (KNOTS - 1) as f32 / (LAST_KNOT - POSITION_LIMIT);
        let distance = (position - POSITION_LIMIT) * KNOTS_PER_UNIT;
        // The cast saturates, and takes NaN to 0.
        let index = (distance as usize).min(KNOTS - 2);
        let weight = if distance > 0.0 { distance - index as f32 } else { 0.0 };
        let (left, right) = (self.knots[index], self.knots[index + 1]);
        Knot {
            lower: left.lower + weight * (right.lower - left.lower),
            upper: left.upper + weight * (right.upper - left.upper),
        }
    }

    /// The actions that are safe for one step from an observed state: never empty, always within the action limits.
    ///
    /// Where the tables leave no action, because their knots cut a corner of K, the extreme action towards them is
    /// the one that keeps the true state in K, and it is what remains.
    pub fn actions(&self, observation: [f32; 2]) -> Interval {
        let [position, velocity] = observation;
        let Knot { lower, upper } = self.velocities(position);
        let coasting = velocity - GRAVITY as f32 * cos_f32(3.0 * position);
        let lower = ((lower - coasting) / POWER as f32).min(ACTION_LIMIT);
        let upper = ((upper - coasting) / POWER as f32).max(-ACTION_LIMIT);
        if lower > upper {
            let middle = (0.5 * (lower + upper)).clamp(-ACTION_LIMIT, ACTION_LIMIT);
            return Interval { lower: middle, upper: middle };
        }
        Interval { lower: lower.max(-ACTION_LIMIT), upper: upper.min(ACTION_LIMIT) }
    }
}

/// A closed interval of actions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Smallest.
    pub lower: f32,
    /// Largest.
    pub upper: f32,
}

impl Interval {
    /// The nearest action inside; 0, or what is nearest to it, for NaN.
    pub fn nearest(&self, action: f32) -> f32 {
        let action = if action.is_nan() { 0.0 } else { action };
        if action < self.lower {
            self.lower
        } else if action > self.upper {
            self.upper
        } else {
            action
        }
    }

    /// Distance from an action inside to the nearer end, action units.
    pub fn margin(&self, action: f32) -> f32 {
        (action - self.lower).min(self.upper - action)
    }
}

/// What is applied in place of a policy's action that was not solved for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fallback {
    /// Nothing: the solution itself.
    None,
    /// The optimum of the one-step problem, which has a closed form: the unconstrained action, clamped to the safe
    /// interval.
    OneStep,
    /// The safe action nearest to 0.
    Coast,
}

/// The fallback for each status of the solver.
pub const fn fallback(status: Status) -> Fallback {
    match status {
        Status::Solved => Fallback::None,
        // The horizon's problem was not solved, but its first step alone has a closed form.
        Status::IterationLimit | Status::DeadlinePassed | Status::Infeasible | Status::Inaccurate => Fallback::OneStep,
        // The data themselves are wrong, the unconstrained action included.
        Status::NotFinite | Status::NotConvex | Status::Unbounded => Fallback::Coast,
    }
}
