//! MountainCar-v0: a layer's action between -1 and 1, quantised to a push of the discrete car without losing safety.
//!
//! The layer is `minimize 1/2 a^2 - q(s) a subject to -1 <= a <= 1, L(x) <= v'(a) <= U(x)` with a polynomial q, and
//! the push is the one of -1, 0 and 1 that is nearest to its solution among those that are safe.

use crate::model::safe_set::{Car, Margins, SafeSetError, tables_of, unlimited};
use convex_edge_core::math::cos_f32;
use convex_edge_core::plant::mountain_car::{DISCRETE_GOAL, GRAVITY, MountainCar, Push};
use convex_edge_core::qp::{Qp, Settings, Status, Workspace, solve_warm};
use convex_edge_core::safety::{ACTION_LIMIT, Interval, POSITION_LIMIT, SafeSet};
use serde::{Deserialize, Serialize};

/// Velocity gained by a push, per step.
pub const POWER: f64 = 0.001;

/// Number of weights: monomials up to degree 3 in position and velocity.
pub const WEIGHTS: usize = 10;

/// A polynomial and the limits under which it drives.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Policy {
    /// Weights of q.
    pub weights: [f32; WEIGHTS],
    /// Tables of the safe set.
    pub safe_set: SafeSet,
}

/// The safe set under a limit on the speed, and the position's; without one, nothing is limited.
///
/// # Errors
/// [`SafeSetError`].
pub fn safe_set(speed_limit: Option<f64>) -> Result<SafeSet, SafeSetError> {
    const EXACT: Margins = Margins { gravity_error: 0.0, power_error: 0.0, position_noise: 0.0, velocity_noise: 0.0 };
    speed_limit.map_or_else(
        || Ok(unlimited()),
        |speed_limit| tables_of(&Car { gravity: GRAVITY, power: POWER, speed_limit }, &EXACT),
    )
}

/// q(s), from monomials in position and velocity, both scaled to about -1 to 1.
pub fn linear_term(weights: &[f32; WEIGHTS], [position, velocity]: [f32; 2]) -> f32 {
    let (x, v) = (2.0 * (position + 0.5), 20.0 * velocity);
    let monomials = [1.0, x, v, x * x, x * v, v * v, x * x * x, x * x * v, x * v * v, v * v * v];
    weights.iter().zip(monomials).map(|(weight, monomial)| weight * monomial).sum()
}

/// The actions that lead to a velocity within the tables, as [`SafeSet::actions`] gives them for the continuous car.
pub fn safe_actions(safe_set: &SafeSet, [position, velocity]: [f32; 2]) -> Interval {
    let bounds = safe_set.velocities(position);
    let coasting = velocity - GRAVITY as f32 * cos_f32(3.0 * position);
    let action = |bound: f32| ((bound - coasting) / POWER as f32).clamp(-ACTION_LIMIT, ACTION_LIMIT);
    Interval { lower: action(bounds.lower), upper: action(bounds.upper) }
}

/// The push nearest to an action among those in the safe interval.
///
/// An interval that [`safe_actions`] gives holds -1 or 1 wherever the tables are at least two pushes wide, `U - L >=
/// 2 POWER`: before it is cut to -1 to 1, it is then at least 2 long, so that it cannot end on both sides inside. Where
/// the tables leave nothing, because their knots cut a corner of the kernel, the cut interval is the extreme push
/// towards them alone, which keeps the car in the kernel if any push does. So the last branch is for narrower tables,
/// for which nothing is promised; a test holds the widths of those that are used.
pub fn quantise(action: f32, safe: Interval) -> Push {
    let pushes = [(-1.0, Push::Left), (0.0, Push::None), (1.0, Push::Right)];
    let is_safe = |push: f32| safe.lower <= push && push <= safe.upper;
    let safe_pushes = pushes.into_iter().filter(|&(push, _)| is_safe(push));
    let nearest = safe_pushes.min_by(|(a, _), (b, _)| (a - action).abs().total_cmp(&(b - action).abs()));
    let towards = if safe.lower + safe.upper > 0.0 { Push::Right } else { Push::Left };
    nearest.map_or(towards, |(_, push)| push)
}

/// Memory of the layer between steps.
#[derive(Debug, Clone)]
pub struct Memory {
    qp: Qp<f32, 1, 2>,
    workspace: Workspace<f32, 1, 2>,
}

impl Memory {
    /// With the constraints' rows: the action's limits, and the safe set.
    pub fn new() -> Self {
        let mut qp = Qp::<f32, 1, 2>::new();
        qp.bounds = 1;
        qp.rows.fill(1.0);
        qp.lower.fill(-ACTION_LIMIT);
        qp.upper.fill(ACTION_LIMIT);
        Self { qp, workspace: Workspace::new() }
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

/// A push and how it came about.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decision {
    /// Push that is applied.
    pub push: Push,
    /// Status of the solver.
    pub status: Status,
    /// Whether the push would have been another one without limits.
    pub constrained: bool,
}

/// Solves the layer's program and quantises its solution.
pub fn decide(policy: &Policy, memory: &mut Memory, observation: [f32; 2]) -> Decision {
    let safe = safe_actions(&policy.safe_set, observation);
    let wanted = linear_term(&policy.weights, observation);
    memory.qp.linear[0] = -wanted;
    (memory.qp.lower[1], memory.qp.upper[1]) = (safe.lower, safe.upper);
    let solution = solve_warm(&memory.qp, &mut memory.workspace, &Settings::default());
    let action = if solution.status == Status::Solved { solution.x[0] } else { safe.nearest(wanted) };
    let free = Interval { lower: -ACTION_LIMIT, upper: ACTION_LIMIT };
    let push = quantise(action, safe);
    Decision { push, status: solution.status, constrained: push != quantise(free.nearest(wanted), free) }
}

/// Result of one episode.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct EpisodeResult {
    /// Sum of rewards: steps, negative.
    pub episode_return: f64,
    /// Whether the goal was reached.
    pub solved: bool,
    /// Steps after which a limit was exceeded.
    pub violations: u32,
    /// Steps in which the limits changed the push.
    pub constrained: u32,
    /// Steps whose program was not solved.
    pub fallbacks: u32,
    /// Distance to the goal at its smallest.
    pub missing: f64,
}

/// Plays an episode of a seed; a speed limit, and with it the position's, only counts violations here.
pub fn play(policy: &Policy, memory: &mut Memory, seed: u64, speed_limit: Option<f64>) -> EpisodeResult {
    let mut car = MountainCar::new();
    let mut observation = car.reset(seed);
    let mut result = EpisodeResult { missing: f64::INFINITY, ..EpisodeResult::default() };
    memory.workspace.clear();
    loop {
        let decision = decide(policy, memory, observation);
        let outcome = car.step(decision.push);
        observation = outcome.observation;
        let [position, velocity] = observation;
        let too_fast = speed_limit.is_some_and(|limit| f64::from(velocity.abs()) > f64::from(limit as f32));
        result.violations += u32::from(too_fast || (speed_limit.is_some() && position < POSITION_LIMIT));
        result.constrained += u32::from(decision.constrained);
        result.fallbacks += u32::from(decision.status != Status::Solved);
        result.episode_return += outcome.reward;
        result.missing = result.missing.min((DISCRETE_GOAL - f64::from(position)).max(0.0));
        if outcome.terminated || outcome.truncated {
            return EpisodeResult { solved: outcome.terminated, ..result };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use convex_edge_core::random::Pcg64;

    /// The limit of the published configuration.
    const LIMIT: f64 = 0.045;

    #[test]
    fn wherever_the_tables_leave_an_action_an_extreme_push_is_safe() {
        let safe_set = safe_set(Some(LIMIT)).unwrap();
        for knot in safe_set.knots {
            assert!(f64::from(knot.upper) - f64::from(knot.lower) >= 2.0 * POWER, "{knot:?}");
        }
        let random = &mut Pcg64::from_seed(1);
        for _ in 0..200_000 {
            let observation = [random.uniform(-1.2, 0.6) as f32, random.uniform(-0.07, 0.07) as f32];
            let safe = safe_actions(&safe_set, observation);
            assert!(safe.lower == -1.0 || safe.upper == 1.0, "{safe:?} at {observation:?}");
        }
    }

    #[test]
    fn no_polynomial_gets_past_the_quantiser() {
        let safe_set = safe_set(Some(LIMIT)).unwrap();
        let random = &mut Pcg64::from_seed(2);
        let (mut memory, mut constrained) = (Memory::new(), 0);
        for seed in 0..2_000 {
            let weights = std::array::from_fn(|_| random.uniform(-3.0, 3.0) as f32);
            let weights = if seed % 2 == 0 { weights } else { [0.0, 0.0, 50.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0] };
            let result = play(&Policy { weights, safe_set }, &mut memory, seed, Some(LIMIT));
            assert_eq!((result.violations, result.fallbacks), (0, 0), "seed {seed}: {result:?}");
            constrained += result.constrained;
        }
        assert!(constrained > 10_000, "{constrained}");
    }

    #[test]
    fn the_nearest_safe_push_is_taken() {
        let safe = |lower, upper| Interval { lower, upper };
        assert_eq!(quantise(0.4, safe(-1.0, 1.0)), Push::None);
        assert_eq!(quantise(0.6, safe(-1.0, 1.0)), Push::Right);
        assert_eq!(quantise(-0.6, safe(-0.9, 1.0)), Push::None);
        assert_eq!(quantise(-0.6, safe(0.2, 1.0)), Push::Right);
        assert_eq!(quantise(0.9, safe(-1.0, -1.0)), Push::Left);
    }
}
