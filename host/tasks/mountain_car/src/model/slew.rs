//! Safe set under a slew limit: an action may differ from the last one by at most 0.2. It is a kernel in position,
//! velocity and last action.
//!
//! K is `low(x, b) <= v <= high(x, b)` with the last action b. Whoever pushed harder to the right before is better off
//! against the lower limits and worse off against the upper ones, so low and high fall with b. Hence a table of levels
//! suffices: between two of them low is that of the level below, high that of the level above. The kernel lets the
//! action change by one level less than it may; this covers all rounding of the actions. As in
//! [`safe_set`](crate::model::safe_set), the next velocities that lead into K at a level are an interval in the position's
//! tables; the actions that do so at some level are an interval, too, because the tables fall with the level
//! and the next velocity rises with the action.

use crate::model::safe_set::{
    CONTINUOUS, Margins, SafeSetError, largest_next, next_velocity_error, smallest_next, table, velocity_loss,
};
use convex_edge_core::math::cos_f32;
use convex_edge_core::plant::mountain_car::{GRAVITY, POWER};
use convex_edge_core::safety::{ACTION_LIMIT, Interval, Knot, LAST_KNOT, POSITION_LIMIT, SPEED_LIMIT, SafeSet};
use ndarray::{Array1, Zip};
use rayon::prelude::*;

/// Largest change of the action, a step.
pub const SLEW_LIMIT: f32 = 0.2;
/// How much less the filter uses, so that differences of actions keep the limit in f32.
const SLEW_ROUNDING: f32 = 1e-6;
/// Levels of the last action, from -1 to 1: a twenty-fifth apart, so that five of them are the slew limit.
const LEVELS: usize = 51;
/// Levels by which the kernel lets the action change: one less than the slew limit.
const REACH: usize = 4;
/// Points of the grid in the position.
const GRID: usize = 1001;
/// Rounds after which the kernel counts as one that does not settle.
const ROUNDS: usize = 1000;

/// The kernel on its grid.
#[derive(Debug, Clone)]
pub struct SlewKernel {
    /// Positions, from the limit to the last knot.
    pub position: Array1<f64>,
    /// Smallest viable velocity at each position, by level.
    pub low: Vec<Array1<f64>>,
    /// Largest viable velocity at each position, by level.
    pub high: Vec<Array1<f64>>,
    /// Rounds until nothing changed.
    pub iterations: usize,
}

impl SlewKernel {
    /// The smallest distance between its bounds, over all positions and levels.
    pub fn least_width(&self) -> f64 {
        let widths =
            self.low.iter().zip(&self.high).map(|(low, high)| (high - low).fold(f64::INFINITY, |a, &b| a.min(b)));
        widths.fold(f64::INFINITY, f64::min)
    }
}

/// The last action of a level.
fn level(index: usize) -> f64 {
    f64::from(ACTION_LIMIT) * (2.0 * index as f64 / (LEVELS - 1) as f64 - 1.0)
}

/// Computes the kernel on all cores.
///
/// # Errors
/// [`SafeSetError`].
pub fn kernel(margins: &Margins) -> Result<SlewKernel, SafeSetError> {
    let limit = f64::from(SPEED_LIMIT);
    let position = Array1::linspace(f64::from(POSITION_LIMIT), f64::from(LAST_KNOT), GRID);
    let slope = position.mapv(|x| -GRAVITY * (3.0 * x).cos());
    let lost = slope.mapv(|slope| velocity_loss(&CONTINUOUS, margins, slope) + POWER * margins.power_error);
    let mut low = vec![Array1::from_elem(GRID, -limit); LEVELS];
    let mut high = vec![Array1::from_elem(GRID, limit); LEVELS];
    for iterations in 1..=ROUNDS {
        let raise = |index: usize| {
            let after = (index + REACH).min(LEVELS - 1);
            let mut raised = smallest_next(&position, &low[after], CONTINUOUS.speed_limit);
            Zip::from(&mut raised).and(&low[index]).and(&lost).and(&slope).for_each(|next, &low, &lost, &slope| {
                *next = low.max(*next + lost - POWER * level(after) - slope);
            });
            raised
        };
        let lower = |index: usize| {
            let after = index.saturating_sub(REACH);
            let mut lowered = largest_next(&position, &high[after], CONTINUOUS.speed_limit);
            Zip::from(&mut lowered).and(&high[index]).and(&lost).and(&slope).for_each(|next, &high, &lost, &slope| {
                *next = high.min(*next - lost - POWER * level(after) - slope);
            });
            lowered
        };
        let raised: Vec<_> = (0..LEVELS).into_par_iter().map(raise).collect();
        let lowered: Vec<_> = (0..LEVELS).into_par_iter().map(lower).collect();
        let change = |old: &[Array1<f64>], new: &[Array1<f64>]| {
            let changes = old.iter().zip(new).flat_map(|(old, new)| old.iter().zip(new));
            changes.fold(0.0_f64, |most, (old, new)| most.max((old - new).abs()))
        };
        let changed = change(&low, &raised).max(change(&high, &lowered));
        (low, high) = (raised, lowered);
        if changed < 1e-12 {
            return nonempty(SlewKernel { position, low, high, iterations });
        }
    }
    Err(SafeSetError::NotSettled { iterations: ROUNDS })
}

/// The kernel, if at every position and level more is left than an action can move: then the action that one side
/// asks for is never too much for the other.
fn nonempty(kernel: SlewKernel) -> Result<SlewKernel, SafeSetError> {
    for (low, high) in kernel.low.iter().zip(&kernel.high) {
        for (&position, (low, high)) in kernel.position.iter().zip(low.iter().zip(high)) {
            if high - low <= 2.0 * POWER {
                return Err(SafeSetError::Empty { position });
            }
        }
    }
    Ok(kernel)
}

/// For each level, which next velocities are safe: lower bounds for actions from this level up to the next one, upper
/// bounds for those down to the one before.
#[derive(Debug, Clone, PartialEq)]
pub struct SlewSafeSet {
    /// The action of each level, rising.
    levels: Vec<f32>,
    /// Its tables.
    tables: Vec<SafeSet>,
}

/// The tables of the kernel under these margins: inner piecewise-linear approximations of the next velocities that lead
/// into it whatever the errors. Cost: some seconds.
///
/// # Errors
/// [`SafeSetError`].
pub fn tables(margins: &Margins) -> Result<SlewSafeSet, SafeSetError> {
    let kernel = kernel(margins)?;
    let lost = kernel.position.mapv(|x| next_velocity_error(&CONTINUOUS, margins, x));
    let tables = (0..LEVELS).into_par_iter().map(|index| {
        let lower = smallest_next(&kernel.position, &kernel.low[index], CONTINUOUS.speed_limit) + &lost;
        let upper = largest_next(&kernel.position, &kernel.high[index], CONTINUOUS.speed_limit) - &lost;
        table(margins, &kernel.position, &lower, &upper)
    });
    Ok(SlewSafeSet { levels: (0..LEVELS).map(|index| level(index) as f32).collect(), tables: tables.collect() })
}

/// The actions within the action limits and the slew limit of the last one, safe or not.
pub fn reachable(last: f32) -> Interval {
    const REACH: f32 = SLEW_LIMIT - SLEW_ROUNDING;
    let last = Interval { lower: -ACTION_LIMIT, upper: ACTION_LIMIT }.nearest(last);
    Interval { lower: (last - REACH).max(-ACTION_LIMIT), upper: (last + REACH).min(ACTION_LIMIT) }
}

impl SlewSafeSet {
    /// The actions that are safe for one step from an observed state after the last action: never empty, always
    /// within the action limits and, if the last action was, within the slew limit of it.
    ///
    /// Where the tables leave none, because their knots cut a corner of K, the extreme action towards them remains.
    pub fn actions(&self, [position, velocity]: [f32; 2], last: f32) -> Interval {
        let coasting = velocity - GRAVITY as f32 * cos_f32(3.0 * position);
        let Interval { lower: least, upper: most } = reachable(last);
        let needed = |bound: f32| (bound - coasting) / POWER as f32;
        // From the left: the first action that satisfies the lower bound of the level at or below itself.
        let below = self.levels.partition_point(|&level| level <= least).saturating_sub(1);
        let lower = (below..LEVELS).find_map(|index| {
            let Knot { lower, .. } = self.tables[index].velocities(position);
            let action = needed(lower).max(self.levels[index]).max(least);
            let end = self.levels.get(index + 1);
            (end.is_none_or(|&end| action < end)).then_some(action)
        });
        // From the right: the first one that satisfies the upper bound of the level at or above itself.
        let above = self.levels.partition_point(|&level| level < most).min(LEVELS - 1);
        let upper = (0..=above).rev().find_map(|index| {
            let Knot { upper, .. } = self.tables[index].velocities(position);
            let action = needed(upper).min(self.levels[index]).min(most);
            let end = index.checked_sub(1).map(|before| self.levels[before]);
            (end.is_none_or(|end| action > end)).then_some(action)
        });
        let lower = lower.unwrap_or(most).min(most);
        let upper = upper.unwrap_or(least).max(least);
        if lower > upper {
            let middle = 0.5 * (lower + upper);
            return Interval { lower: middle, upper: middle };
        }
        Interval { lower, upper }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::safe_set::NO_MARGINS;
    use convex_edge_core::episode::{Episode, Scenario};

    #[test]
    fn the_kernel_is_wide_everywhere_and_falls_with_the_last_action() {
        let kernel = kernel(&NO_MARGINS).unwrap();
        // The study's kernel, with the whole slew limit, is 0.027 wide where it is narrowest.
        assert!((0.015..=0.028).contains(&kernel.least_width()), "{}", kernel.least_width());
        for levels in kernel.low.windows(2).chain(kernel.high.windows(2)) {
            assert!(levels[0].iter().zip(&levels[1]).all(|(before, after)| after <= &(before + 1e-12)));
        }
    }

    #[test]
    fn extreme_actions_from_everywhere_in_the_kernel_stay_in_it() {
        let (kernel, safe_set) = (kernel(&NO_MARGINS).unwrap(), tables(&NO_MARGINS).unwrap());
        let index = |action: f32, strictly: bool| {
            let before = |&level: &f32| if strictly { level < action } else { level <= action };
            safe_set.levels.partition_point(before)
        };
        let at = |values: &Array1<f64>, x: f64| crate::model::safe_set::interpolate(&kernel.position, values, x);
        let (mut checked, mut outside) = (0, 0.0_f64);
        for level in 0..LEVELS {
            for (i, &x) in kernel.position.iter().enumerate().filter(|(_, x)| **x < 0.45) {
                let (low, high) = (kernel.low[level][i], kernel.high[level][i]);
                for share in [0.0, 0.01, 0.3, 0.7, 0.99, 1.0] {
                    let (x, v, last) = (x as f32, (low + share * (high - low)) as f32, safe_set.levels[level]);
                    let actions = safe_set.actions([x, v], last);
                    for action in [actions.lower, actions.upper] {
                        assert!((action - last).abs() <= SLEW_LIMIT && action.abs() <= ACTION_LIMIT);
                        let next = f64::from(v) + POWER * f64::from(action) - GRAVITY * f64::from(3.0 * x).cos();
                        let position = f64::from(x) + next;
                        let below = index(action, false).saturating_sub(1);
                        let above = index(action, true).min(LEVELS - 1);
                        let short =
                            (at(&kernel.low[below], position) - next).max(next - at(&kernel.high[above], position));
                        outside = outside.max(short).max(f64::from(POSITION_LIMIT) - position);
                        checked += 1;
                    }
                }
            }
        }
        // Both roundings of f32 that the kernel allows for.
        assert!(checked > 300_000 && outside < 2e-7, "{outside:e} outside, of {checked}");
    }

    #[test]
    fn whoever_pushes_as_hard_as_he_may_keeps_the_limits() {
        let safe_set = tables(&NO_MARGINS).unwrap();
        for wish in [|v: f32| v.signum(), |_| -1.0, |_| 1.0, |_| f32::NAN] {
            for seed in 0..20 {
                let mut episode = Episode::start(&Scenario::nominal(seed));
                let mut last = 0.0;
                while !episode.over {
                    let observation = episode.observe();
                    let action = safe_set.actions(observation, last).nearest(wish(observation[1]));
                    assert!((action - last).abs() <= SLEW_LIMIT);
                    episode.apply(action);
                    last = action;
                }
                assert_eq!(episode.violations, 0, "seed {seed}");
            }
        }
    }
}
