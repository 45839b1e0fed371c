//! MountainCarContinuous over its 999 steps: the cheapest pushes that reach the goal in time, without limits and with.
//!
//! A step costs `0.1 a^2`, an end without the goal 100, a broken limit 1000. Nothing charges time, so the best way
//! uses all of it and depends on the steps that are left: there is one table for each number of them. With the
//! published grid they take 400 MB in f32.

use super::grid::{Axis, Grid, Size};
use super::rollouts::Rollout;
use convex_edge_core::plant::mountain_car::{
    CONTINUOUS_GOAL, CONTINUOUS_TIME_LIMIT, Dynamics, GRAVITY, MountainCarContinuous, POSITION_MAX, POSITION_MIN,
    POWER, SPEED_MAX,
};
use convex_edge_core::safety::{POSITION_LIMIT, SPEED_LIMIT};
use rayon::prelude::*;

/// Cost of an end without the goal.
pub(super) const FAILURE_COST: f64 = 100.0;
/// What a broken limit costs: more than anything else can.
pub(super) const VIOLATION_COST: f64 = 1000.0;
/// Cost of a full push.
pub(super) const EFFORT: f64 = 0.1;
/// Actions that the tables are made with.
const ACTIONS: usize = 31;
/// Actions between which a rollout chooses.
const ROLLOUT_ACTIONS: usize = 401;
/// What f32 rounding may add to a position or velocity: how far a rollout keeps from the limits.
const ROUNDING: f64 = 2e-7;

/// Limits that hold in every step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Largest speed.
    pub speed: f64,
    /// Smallest position.
    pub position: f64,
}

/// No limits but the track's own.
pub const FREE: Limits = Limits { speed: f64::INFINITY, position: f64::NEG_INFINITY };

/// The limits of the task.
pub const LIMITED: Limits = Limits { speed: SPEED_LIMIT as f64, position: POSITION_LIMIT as f64 };

impl Limits {
    /// Whether a state keeps them.
    #[inline]
    pub(super) fn hold(&self, position: f64, velocity: f64) -> bool {
        velocity.abs() <= self.speed + 1e-12 && position >= self.position - 1e-12
    }

    /// Whether an observed state keeps them, to the bit: both limits are numbers of f32.
    pub(super) fn hold_exactly(&self, [position, velocity]: [f32; 2]) -> bool {
        f64::from(velocity).abs() <= self.speed && f64::from(position) >= self.position
    }

    /// The states within them and on the track.
    pub(super) fn grid(&self, size: Size) -> Grid {
        let speed = self.speed.min(SPEED_MAX);
        Grid {
            position: Axis::new(self.position.max(POSITION_MIN), POSITION_MAX, size.positions),
            velocity: Axis::new(-speed, speed, size.velocities),
        }
    }
}

/// Position and velocity after a step, in f64: `coasting` is the velocity without a push.
#[inline]
pub(super) fn advance(position: f64, coasting: f64, action: f64) -> (f64, f64) {
    let velocity = (coasting + POWER * action).clamp(-SPEED_MAX, SPEED_MAX);
    let position = (position + velocity).clamp(POSITION_MIN, POSITION_MAX);
    (position, if position <= POSITION_MIN && velocity < 0.0 { 0.0 } else { velocity })
}

/// The velocity after a step without a push.
pub(super) fn coast(position: f64, velocity: f64) -> f64 {
    velocity - GRAVITY * (3.0 * position).cos()
}

/// Whether an episode ends here.
#[inline]
pub(super) fn arrived(position: f64, velocity: f64) -> bool {
    position >= CONTINUOUS_GOAL && velocity >= 0.0
}

/// The least cost by steps that are left, 0 to 999.
#[derive(Debug, Clone)]
pub struct CostToGo {
    limits: Limits,
    grid: Grid,
    /// One table for each number of steps left.
    tables: Vec<Vec<f32>>,
}

impl CostToGo {
    /// Makes the tables, from the end of the episode to its start, on all cores; `on_step` is called after each.
    /// `None` where it returns false.
    pub fn solve(limits: Limits, size: Size, on_step: &dyn Fn() -> bool) -> Option<Self> {
        let grid = limits.grid(size);
        let mut program = Self { limits, grid, tables: Vec::with_capacity(CONTINUOUS_TIME_LIMIT as usize + 1) };
        let columns = grid.velocity.points();
        let failed = |i: usize| {
            let (position, velocity) = (grid.position.at(i / columns), grid.velocity.at(i % columns));
            if arrived(position, velocity) { 0.0 } else { FAILURE_COST as f32 }
        };
        let mut later: Vec<f32> = (0..grid.points()).map(failed).collect();
        let actions = actions(ACTIONS);
        for _ in 0..CONTINUOUS_TIME_LIMIT {
            let mut table = vec![0.0; later.len()];
            table.par_chunks_mut(columns).enumerate().for_each(|(row, costs)| {
                let position = grid.position.at(row);
                let slope = coast(position, 0.0);
                for (column, cost) in costs.iter_mut().enumerate() {
                    let velocity = grid.velocity.at(column);
                    if !arrived(position, velocity) {
                        let best = best(&limits, &grid, &later, &actions, position, velocity + slope);
                        *cost = best.1.min(VIOLATION_COST) as f32;
                    }
                }
            });
            program.tables.push(std::mem::replace(&mut later, table));
            if !on_step() {
                return None;
            }
        }
        program.tables.push(later);
        Some(program)
    }

    /// Drives the exact plant from Gymnasium's start of this seed, always by the action of the least cost.
    pub fn rollout(&self, seed: u64) -> Rollout {
        let mut plant = MountainCarContinuous::new(Dynamics::default());
        let mut state = plant.reset(seed);
        let limits = Limits { speed: self.limits.speed - ROUNDING, position: self.limits.position + ROUNDING };
        let actions = actions(ROLLOUT_ACTIONS);
        let mut rollout = Rollout::default();
        for later in self.tables.iter().rev().skip(1) {
            let [position, velocity] = state.map(f64::from);
            let (action, _) = best(&limits, &self.grid, later, &actions, position, coast(position, velocity));
            let outcome = plant.step(action as f32);
            state = outcome.observation;
            rollout.steps += 1;
            rollout.episode_return += outcome.reward;
            rollout.violations += u32::from(!self.limits.hold_exactly(state));
            if outcome.terminated {
                rollout.solved = true;
                break;
            }
        }
        rollout
    }

    /// The return that the tables foretell for a start at rest: an estimate, which interpolation makes low.
    pub fn foretold(&self, position: f64) -> f64 {
        self.tables.last().map_or(0.0, |first| FAILURE_COST - self.grid.interpolate(first, position, 0.0))
    }
}

/// Actions from the smallest to the largest magnitude, dense at 0, where the best ones lie.
fn actions(count: usize) -> Vec<f64> {
    let half = (count / 2) as i32;
    let mut actions: Vec<f64> = (-half..=half).map(|i| f64::from(i) / f64::from(half)).map(|u| u * u.abs()).collect();
    actions.sort_by(|a, b| a.abs().total_cmp(&b.abs()));
    actions
}

/// The action of the least cost, with that cost.
#[inline]
fn best(limits: &Limits, grid: &Grid, later: &[f32], actions: &[f64], position: f64, coasting: f64) -> (f64, f64) {
    let mut best = (0.0, f64::INFINITY);
    for &action in actions {
        let effort = EFFORT * action * action;
        if effort >= best.1 {
            break;
        }
        let (position, velocity) = advance(position, coasting, action);
        let cost = if !limits.hold(position, velocity) {
            effort + VIOLATION_COST
        } else if arrived(position, velocity) {
            effort
        } else {
            effort + grid.interpolate(later, position, velocity)
        };
        if cost < best.1 {
            best = (action, cost);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::super::rollouts::Figures;
    use super::*;

    fn figures(size: Size) -> (CostToGo, Figures) {
        let program = CostToGo::solve(LIMITED, size, &|| true).unwrap();
        let rollouts: Vec<Rollout> = (0..20).map(|seed| program.rollout(seed)).collect();
        (program, Figures::of(&rollouts))
    }

    #[test]
    fn a_coarse_grid_reaches_less_than_a_fine_one_and_foretells_less_than_it_reaches() {
        let (program, coarse) = figures(Size { positions: 61, velocities: 47 });
        let (_, fine) = figures(Size { positions: 121, velocities: 97 });
        assert!(coarse.mean_return < fine.mean_return && fine.mean_return < 99.3, "{coarse:?} {fine:?}");
        assert_eq!((fine.solved, fine.violations, coarse.violations), (20, 0, 0), "{coarse:?} {fine:?}");
        assert!(program.foretold(-0.5) < coarse.mean_return, "{}", program.foretold(-0.5));
    }

    #[test]
    fn who_wants_to_stop_is_heard() {
        assert!(CostToGo::solve(FREE, Size { positions: 9, velocities: 9 }, &|| false).is_none());
    }
}
