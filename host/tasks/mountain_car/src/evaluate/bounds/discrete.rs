//! MountainCar-v0: the fewest steps to the goal, by value iteration, which needs no number of steps left.

use super::grid::{Axis, Grid, Size};
use super::rollouts::Rollout;
use convex_edge_core::plant::mountain_car::{
    DISCRETE_GOAL, DISCRETE_TIME_LIMIT, GRAVITY, MountainCar, POSITION_MAX, POSITION_MIN, Push, SPEED_MAX,
};
use rayon::prelude::*;

/// Change of the velocity by each of Gymnasium's actions, a step.
const PUSHES: [(Push, f64); 3] = [(Push::Left, -0.001), (Push::None, 0.0), (Push::Right, 0.001)];

/// Rounds of value iteration for each step of the time limit, at most: interpolation settles slowly.
pub(super) const ROUNDS_PER_STEP: u32 = 2;

/// The fewest steps to the goal from every point of a grid.
#[derive(Debug, Clone)]
pub struct StepsToGo {
    grid: Grid,
    steps: Vec<f32>,
}

impl StepsToGo {
    /// Repeats until no value changes, at most `ROUNDS_PER_STEP` times the time limit; `on_round` is called after each
    /// round. `None` where it returns false.
    pub fn solve(size: Size, on_round: &dyn Fn() -> bool) -> Option<Self> {
        let grid = Grid {
            position: Axis::new(POSITION_MIN, POSITION_MAX, size.positions),
            velocity: Axis::new(-SPEED_MAX, SPEED_MAX, size.velocities),
        };
        let columns = grid.velocity.points();
        let mut program = Self { grid, steps: vec![0.0; grid.points()] };
        for _ in 0..ROUNDS_PER_STEP * DISCRETE_TIME_LIMIT {
            let mut next = vec![0.0; grid.points()];
            next.par_chunks_mut(columns).enumerate().for_each(|(row, steps)| {
                let position = grid.position.at(row);
                for (column, steps) in steps.iter_mut().enumerate() {
                    let velocity = grid.velocity.at(column);
                    if !arrived(position, velocity) {
                        *steps = (1.0 + program.best(position, velocity).1) as f32;
                    }
                }
            });
            let settled = next.iter().zip(&program.steps).all(|(next, last)| (next - last).abs() < 1e-4);
            program.steps = next;
            if !on_round() {
                return None;
            }
            if settled {
                break;
            }
        }
        Some(program)
    }

    /// Drives the exact plant from Gymnasium's start of this seed.
    pub fn rollout(&self, seed: u64) -> Rollout {
        let mut plant = MountainCar::new();
        let mut state = plant.reset(seed);
        let mut rollout = Rollout::default();
        loop {
            let [position, velocity] = state.map(f64::from);
            let outcome = plant.step(self.best(position, velocity).0);
            state = outcome.observation;
            rollout.steps += 1;
            rollout.episode_return += outcome.reward;
            if outcome.terminated || outcome.truncated {
                return Rollout { solved: outcome.terminated, ..rollout };
            }
        }
    }

    /// The push after which the fewest steps are left, and how many.
    fn best(&self, position: f64, velocity: f64) -> (Push, f64) {
        let slope = GRAVITY * (3.0 * position).cos();
        let mut best = (Push::None, f64::INFINITY);
        for (push, change) in PUSHES {
            let velocity = (velocity + change - slope).clamp(-SPEED_MAX, SPEED_MAX);
            let position = (position + velocity).clamp(POSITION_MIN, POSITION_MAX);
            let velocity = if position <= POSITION_MIN && velocity < 0.0 { 0.0 } else { velocity };
            let left =
                if arrived(position, velocity) { 0.0 } else { self.grid.interpolate(&self.steps, position, velocity) };
            if left < best.1 {
                best = (push, left);
            }
        }
        best
    }
}

fn arrived(position: f64, velocity: f64) -> bool {
    position >= DISCRETE_GOAL && velocity >= 0.0
}

#[cfg(test)]
mod tests {
    use super::super::rollouts::Figures;
    use super::*;

    #[test]
    fn a_grid_of_middling_size_beats_the_best_published_policy() {
        let program = StepsToGo::solve(Size { positions: 181, velocities: 141 }, &|| true).unwrap();
        let figures = Figures::of(&(0..100).map(|seed| program.rollout(seed)).collect::<Vec<_>>());
        // RL Baselines3 Zoo, DQN: -100.849.
        assert!(figures.solved == 100 && figures.mean_return > -100.849, "{figures:?}");
    }
}
