//! The same optimum where an action may differ from the last one by at most 0.2: the last action is a third
//! coordinate.
//!
//! The grid is coarse, so the number is what can be reached at least, and has not settled: 61 x 47 points reach 98.81,
//! 101 x 81 reach 99.12, the published 161 x 129 reach 99.195. The tables of the published size take 1.7 GB. Rollouts
//! choose between the actions of the slew kernel, which keeps the limits.

use super::continuous::{EFFORT, FAILURE_COST, LIMITED, VIOLATION_COST, advance, arrived, coast};
use super::grid::{Grid, Size};
use super::rollouts::Rollout;
use crate::model::slew::{SLEW_LIMIT, SlewSafeSet};
use convex_edge_core::episode::{Episode, Scenario};
use convex_edge_core::plant::mountain_car::CONTINUOUS_TIME_LIMIT;
use rayon::prelude::*;

/// Levels of the last action; an odd number.
const LEVELS: usize = 21;
/// Actions between which a rollout chooses, equidistant in the safe interval.
const ROLLOUT_ACTIONS: u16 = 81;

/// The least cost by steps that are left, over position, velocity and last action.
#[derive(Debug, Clone)]
pub struct SlewCostToGo {
    grid: Grid,
    /// Levels of the last action, dense at 0.
    levels: Vec<f64>,
    /// One table for each number of steps left: for each level, one over the grid.
    tables: Vec<Vec<f32>>,
}

/// An action that is tried, and where it lies between the levels.
struct Choice {
    action: f64,
    level: usize,
    weight: f64,
}

impl SlewCostToGo {
    /// Makes the tables; see [`CostToGo::solve`](super::continuous::CostToGo::solve).
    pub fn solve(size: Size, on_step: &dyn Fn() -> bool) -> Option<Self> {
        let half = (LEVELS / 2) as i32;
        let levels = (-half..=half).map(|i| f64::from(i) / f64::from(half)).map(|u| u * u.abs()).collect();
        let mut program = Self { grid: LIMITED.grid(size), levels, tables: Vec::new() };
        let grid = program.grid;
        let (rows, columns) = (grid.position.points(), grid.velocity.points());
        let failed = |i: usize| {
            let (position, velocity) = (grid.position.at(i / columns % rows), grid.velocity.at(i % columns));
            if arrived(position, velocity) { 0.0 } else { FAILURE_COST as f32 }
        };
        let mut later: Vec<f32> = (0..LEVELS * grid.points()).map(failed).collect();
        let choices: Vec<Vec<Choice>> = program.levels.iter().map(|&last| program.choices(last)).collect();
        for _ in 0..CONTINUOUS_TIME_LIMIT {
            let mut table = vec![0.0; later.len()];
            table.par_chunks_mut(columns).enumerate().for_each(|(row, costs)| {
                let position = grid.position.at(row % rows);
                let slope = coast(position, 0.0);
                for (column, cost) in costs.iter_mut().enumerate() {
                    let velocity = grid.velocity.at(column);
                    if !arrived(position, velocity) {
                        let costs = choices[row / rows]
                            .iter()
                            .map(|choice| program.cost(&later, choice, position, velocity + slope));
                        *cost = costs.fold(VIOLATION_COST, f64::min) as f32;
                    }
                }
            });
            program.tables.push(std::mem::replace(&mut later, table));
            if !on_step() {
                return None;
            }
        }
        Some(program)
    }

    /// Drives the exact plant from Gymnasium's start of this seed; the last action before it is 0.
    pub fn rollout(&self, safe_set: &SlewSafeSet, seed: u64) -> Rollout {
        let mut episode = Episode::start(&Scenario::nominal(seed));
        let mut last = 0.0_f32;
        let mut violations = 0;
        for later in self.tables.iter().rev() {
            let state = episode.state();
            let safe = safe_set.actions(state, last);
            let [position, velocity] = state.map(f64::from);
            let coasting = coast(position, velocity);
            let actions = (0..ROLLOUT_ACTIONS)
                .map(|i| safe.lower + (safe.upper - safe.lower) * f32::from(i) / f32::from(ROLLOUT_ACTIONS - 1));
            let costs = actions.map(|action| {
                let action = safe.nearest(action);
                (action, self.cost(later, &self.choice(action.into()), position, coasting))
            });
            let (action, _) = costs
                .fold((safe.nearest(0.0), f64::INFINITY), |best, tried| if tried.1 < best.1 { tried } else { best });
            episode.apply(action);
            violations += u32::from((action - last).abs() > SLEW_LIMIT);
            last = action;
            if episode.over {
                break;
            }
        }
        let Episode { episode_return, steps, solved, violations: of_limits, .. } = episode;
        Rollout { episode_return, steps, solved, violations: violations + of_limits }
    }

    /// What may follow an action: the levels within the slew limit, and the two ends of it.
    fn choices(&self, last: f64) -> Vec<Choice> {
        let reach = f64::from(SLEW_LIMIT);
        let (least, most) = ((last - reach).max(-1.0), (last + reach).min(1.0));
        let between = self.levels.iter().copied().filter(|&level| least < level && level < most);
        between.chain([least, most]).map(|action| self.choice(action)).collect()
    }

    fn choice(&self, action: f64) -> Choice {
        let level = self.levels.partition_point(|&level| level <= action).clamp(1, LEVELS - 1) - 1;
        let (from, to) = (self.levels[level], self.levels[level + 1]);
        Choice { action, level, weight: (action - from) / (to - from) }
    }

    #[inline]
    fn cost(&self, later: &[f32], choice: &Choice, position: f64, coasting: f64) -> f64 {
        let effort = EFFORT * choice.action * choice.action;
        let (position, velocity) = advance(position, coasting, choice.action);
        if !LIMITED.hold(position, velocity) {
            return effort + VIOLATION_COST;
        }
        if arrived(position, velocity) {
            return effort;
        }
        let points = self.grid.points();
        let at = |level: usize| self.grid.interpolate(&later[level * points..(level + 1) * points], position, velocity);
        // Levels are read exactly; only the ends of the slew limit lie between two.
        let left = at(choice.level);
        let between = if choice.weight == 0.0 { 0.0 } else { choice.weight * (at(choice.level + 1) - left) };
        effort + left + between
    }
}

#[cfg(test)]
mod tests {
    use super::super::rollouts::Figures;
    use super::*;
    use crate::model::{safe_set::NO_MARGINS, slew};

    #[test]
    fn a_slew_limit_costs_little_and_is_kept() {
        let program = SlewCostToGo::solve(Size { positions: 61, velocities: 47 }, &|| true).unwrap();
        let safe_set = slew::tables(&NO_MARGINS).unwrap();
        let figures = Figures::of(&(0..20).map(|seed| program.rollout(&safe_set, seed)).collect::<Vec<_>>());
        assert!(figures.solved == 20 && figures.violations == 0, "{figures:?}");
        assert!((97.0..99.3).contains(&figures.mean_return), "{figures:?}");
    }
}
