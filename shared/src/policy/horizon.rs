//! Quadratic program over N steps: its data, its memory, its decision.
//!
//! With the nominal rollout of the unconstrained actions, the transitions linearised along it, and the states
//! eliminated, the N actions `a` are the variables:
//!
//! ```text
//! minimize    sum_k 1/2 a_k^2 - q(s_k) a_k
//! subject to  |a_k| <= 1                              hard
//!             |a_k - a_{k-1}| <= slew limit           soft: the safe set assumes no slew limit
//!             L(x_k) <= v_{k+1} <= U(x_k)             the first one exact and hard, later ones linearised and soft
//! ```

use super::Cost;
use crate::math::sin_cos_f32;
use crate::plant::mountain_car::{GRAVITY, POWER};
use crate::qp::{Qp, Settings, Status, Workspace, solve_warm};
use crate::safety::{ACTION_LIMIT, Fallback, Interval, SafeSet, fallback};
use postcard_schema::Schema;
use serde::{Deserialize, Serialize};

/// What was learned and computed on the host; read only, may live in flash.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, Schema)]
pub struct Parameters {
    /// The learned cost.
    pub cost: Cost,
    /// Tables of the safe set.
    pub safe_set: SafeSet,
    /// Soft limit of the change of the action a step.
    pub slew_limit: f32,
    /// Softness of the slew rows, above 0: a violation s costs s^2 / (2 softness).
    pub slew_softness: f32,
    /// Softness of the later steps' safe-set rows, above 0.
    pub safe_set_softness: f32,
    /// Cap on the solver's iterations.
    pub iteration_limit: u32,
}

impl Parameters {
    /// Whether every number is finite and every softness and limit positive.
    pub fn is_valid(&self) -> bool {
        let weights = [self.slew_limit, self.slew_softness, self.safe_set_softness];
        let Cost { pump, pump_energy, gate, sharpness, push, push_position, push_curvature, .. } = self.cost;
        let Cost { push_energy, push_slope, pump_left, pump_left_energy, pump_left_gate, kick, .. } = self.cost;
        let first = [pump, pump_energy, gate, sharpness, push, push_position, push_curvature];
        let second = [push_energy, push_slope, pump_left, pump_left_energy, pump_left_gate, kick];
        weights.iter().all(|&value| value > 0.0 && value.is_finite())
            && first.iter().chain(&second).all(|weight| weight.is_finite())
            && self.safe_set.knots.iter().all(|knot| knot.lower.is_finite() && knot.upper.is_finite())
    }
}

/// What the policy remembers between steps, with the solver's workspace: N steps, R = 3 N rows. Put it into a static.
#[derive(Debug, Clone)]
pub struct Memory<const N: usize, const R: usize> {
    qp: Qp<f32, N, R>,
    workspace: Workspace<f32, N, R>,
    last_action: f32,
}

impl<const N: usize, const R: usize> Memory<N, R> {
    /// At the start of an episode.
    pub const fn new() -> Self {
        const { assert!(R == 3 * N, "a policy of N steps has 3 N rows") };
        Self { qp: Qp::zero(), workspace: Workspace::new(), last_action: 0.0 }
    }

    /// The action of the last decision, 0 at the start of an episode.
    pub fn last_action(&self) -> f32 {
        self.last_action
    }

    /// The problem of the last decision.
    pub fn qp(&self) -> &Qp<f32, N, R> {
        &self.qp
    }

    /// Back to the start of an episode: the next solve is cold, the last action 0.
    pub fn reset(&mut self) {
        self.workspace.clear();
        self.last_action = 0.0;
    }
}

impl<const N: usize, const R: usize> Default for Memory<N, R> {
    fn default() -> Self {
        Self::new()
    }
}

/// Number of active constraints of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, Schema)]
pub struct ActiveConstraints {
    /// Action limits.
    pub limits: u8,
    /// Slew limits.
    pub slew: u8,
    /// Safe-set rows.
    pub safe_set: u8,
}

/// An action and how it came about.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Schema)]
pub struct Decision {
    /// Action in \[-1, 1\], safe.
    pub action: f32,
    /// Status of the solver.
    pub status: Status,
    /// Iterations of the solver.
    pub iterations: u8,
    /// Working set of the solution.
    pub active: ActiveConstraints,
    /// Distance of the action to the nearer end of the safe interval.
    pub margin: f32,
    /// Whether the monitor had to move the policy's action by more than the solver's tolerance.
    pub intervened: bool,
}

impl Decision {
    /// Whether two decisions agree in every bit.
    pub fn has_same_bits(&self, other: &Self) -> bool {
        self.action.to_bits() == other.action.to_bits()
            && self.status == other.status
            && self.iterations == other.iterations
            && self.active == other.active
            && self.margin.to_bits() == other.margin.to_bits()
            && self.intervened == other.intervened
    }
}

/// Decides on the action for an observed position and velocity. The action is safe whatever the parameters and
/// however the solve ends. Cost: one QP and N sines with cosines.
pub fn decide<const N: usize, const R: usize>(
    parameters: &Parameters,
    memory: &mut Memory<N, R>,
    observation: [f32; 2],
) -> Decision {
    decide_within(parameters, memory, observation, parameters.safe_set.actions(observation))
}

/// The same with other limits of safe actions: the action is within these.
pub fn decide_within<const N: usize, const R: usize>(
    parameters: &Parameters,
    memory: &mut Memory<N, R>,
    observation: [f32; 2],
    safe: Interval,
) -> Decision {
    let unconstrained = condense(parameters, memory, observation, safe);
    let settings = Settings { iteration_limit: parameters.iteration_limit, ..Settings::default() };
    let solution = solve_warm(&memory.qp, &mut memory.workspace, &settings);
    let planned = match fallback(solution.status) {
        Fallback::None => solution.x.as_slice().first().copied().unwrap_or(0.0),
        Fallback::OneStep => unconstrained.clamp(-ACTION_LIMIT, ACTION_LIMIT),
        Fallback::Coast => 0.0,
    };
    // The monitor: whatever was planned, only a safe action leaves.
    let action = safe.nearest(planned);
    let mut active = ActiveConstraints::default();
    for constraint in solution.working_set {
        match constraint.constraint() / N.max(1) {
            0 => active.limits += 1,
            1 => active.slew += 1,
            _ => active.safe_set += 1,
        }
    }
    memory.last_action = action;
    Decision {
        action,
        status: solution.status,
        iterations: u8::try_from(solution.iterations).unwrap_or(u8::MAX),
        active,
        margin: safe.margin(action),
        intervened: !((action - planned).abs() <= 1e-4) && solution.status == Status::Solved,
    }
}

/// Fills the QP from the nominal rollout; gives the unconstrained action of the first step.
fn condense<const N: usize, const R: usize>(
    parameters: &Parameters,
    memory: &mut Memory<N, R>,
    observation: [f32; 2],
    safe: Interval,
) -> f32 {
    const FIRST: f32 = 1.0 / POWER as f32;
    let qp = &mut memory.qp;
    let [mut position, mut velocity] = observation;
    // Sensitivities of position and velocity to the actions so far, in units of the power.
    let (mut position_row, mut velocity_row) = ([0.0_f32; N], [0.0_f32; N]);
    let mut nominal = [0.0_f32; N];
    let mut unconstrained = 0.0;
    qp.bounds = N;
    for k in 0..N {
        let (sine, cosine) = sin_cos_f32(3.0 * position);
        let wanted = parameters.cost.linear_term(position, velocity, sine);
        if k == 0 {
            unconstrained = wanted;
        }
        let action = wanted.clamp(-ACTION_LIMIT, ACTION_LIMIT);
        nominal[k] = action;
        qp.hessian.data.0[k][k] = 1.0;
        qp.linear.data.0[0][k] = -wanted;
        let slope = 3.0 * GRAVITY as f32 * sine;
        for (velocity, &position) in velocity_row.iter_mut().zip(&position_row) {
            *velocity += slope * position;
        }
        velocity_row[k] += 1.0;
        let table = parameters.safe_set.velocities(position);
        velocity += POWER as f32 * action - GRAVITY as f32 * cosine;
        position += velocity;
        for (position, &velocity) in position_row.iter_mut().zip(&velocity_row) {
            *position += velocity;
        }
        // L - v <= power * row (a - nominal) <= U - v, divided by the power.
        let offset = velocity_row.iter().zip(&nominal).fold(0.0, |sum, (&row, &nominal)| sum + row * nominal);
        let (lower, upper) = if k == 0 {
            (safe.lower, safe.upper)
        } else {
            (offset + (table.lower - velocity) * FIRST, offset + (table.upper - velocity) * FIRST)
        };
        set_row(qp, 2 * N + k, &velocity_row, lower, upper.max(lower));
        set_softness(qp, 2 * N + k, if k == 0 { 0.0 } else { parameters.safe_set_softness });
    }
    for k in 0..N {
        let mut row = [0.0_f32; N];
        row[k] = 1.0;
        set_row(qp, k, &row, -ACTION_LIMIT, ACTION_LIMIT);
        let mut centre = memory.last_action;
        if let Some(before) = k.checked_sub(1) {
            row[before] = -1.0;
            centre = 0.0;
        }
        set_row(qp, N + k, &row, centre - parameters.slew_limit, centre + parameters.slew_limit);
        set_softness(qp, N + k, parameters.slew_softness);
    }
    unconstrained
}

fn set_row<const N: usize, const R: usize>(
    qp: &mut Qp<f32, N, R>,
    index: usize,
    row: &[f32; N],
    lower: f32,
    upper: f32,
) {
    for (column, &value) in qp.rows.data.0.iter_mut().zip(row) {
        if let Some(entry) = column.get_mut(index) {
            *entry = value;
        }
    }
    for (vector, value) in [(&mut qp.lower, lower), (&mut qp.upper, upper)] {
        if let Some(entry) = vector.as_mut_slice().get_mut(index) {
            *entry = value;
        }
    }
}

fn set_softness<const N: usize, const R: usize>(qp: &mut Qp<f32, N, R>, index: usize, softness: f32) {
    if let Some(entry) = qp.softness.as_mut_slice().get_mut(index) {
        *entry = softness;
    }
}
