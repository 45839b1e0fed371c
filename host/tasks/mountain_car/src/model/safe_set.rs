//! Safe set: next velocities that are safe at each position, from the viability kernel under bounded model error and
//! noise.
//!
//! K is the largest set of states `low(x) <= v <= high(x)` within the limits from which some action leads back into
//! K for every plant and sensor error within the bounds. Since `x' = x + v'`, the next velocities that lead into K
//! are the solutions of `low(x + v') <= v' <= high(x + v')`; shrinking low and high until nothing changes gives K.

use convex_edge_core::plant::mountain_car::{GRAVITY, POWER};
use convex_edge_core::safety::{KNOTS, Knot, LAST_KNOT, POSITION_LIMIT, SPEED_LIMIT, SafeSet};
use ndarray::{Array1, Zip};
use serde::{Deserialize, Serialize};

/// Points of the grid in the position.
const GRID: usize = 2001;
/// Rounding of a velocity in f32, at most.
const ROUNDING: f64 = 2e-7;

/// How far plant and sensor may be from the model.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Margins {
    /// Relative error of the gravity.
    pub gravity_error: f64,
    /// Relative error of the power.
    pub power_error: f64,
    /// Largest error of the observed position.
    pub position_noise: f64,
    /// Largest error of the observed velocity.
    pub velocity_noise: f64,
}

/// Plant and sensor are the model.
pub const NO_MARGINS: Margins =
    Margins { gravity_error: 0.0, power_error: 0.0, position_noise: 0.0, velocity_noise: 0.0 };

/// Whose safe set: what a full push and the slope add to the velocity, and the largest safe speed. The track and the
/// smallest safe position are the same for all cars.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Car {
    /// Velocity lost on a slope of 1, per step.
    pub gravity: f64,
    /// Velocity gained by a full push, per step.
    pub power: f64,
    /// Largest safe speed, position units a step.
    pub speed_limit: f64,
}

/// The car of the shipped policy.
pub const CONTINUOUS: Car = Car { gravity: GRAVITY, power: POWER, speed_limit: SPEED_LIMIT as f64 };

/// The kernel on its grid, for pictures and tests.
#[derive(Debug, Clone)]
pub struct Kernel {
    /// Positions, from the limit to the last knot.
    pub position: Array1<f64>,
    /// Smallest viable velocity at each.
    pub low: Array1<f64>,
    /// Largest viable velocity at each.
    pub high: Array1<f64>,
    /// Rounds until nothing changed.
    pub iterations: usize,
}

/// Errors of the computation of a safe set.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum SafeSetError {
    /// The margins leave no viable velocity somewhere.
    #[error("no velocity is viable at position {position:.3}: make the margins in [safe_set] smaller")]
    Empty {
        /// Position at which the set is empty.
        position: f64,
    },
    /// The rounds did not settle.
    #[error("the viability kernel did not settle in {iterations} rounds: make the margins in [safe_set] smaller")]
    NotSettled {
        /// Number of iterations that were made.
        iterations: usize,
    },
}

/// Error of the next velocity that noise on the observed state causes: its own, and that of the slope, `3 gravity`
/// times the position's.
fn noise(gravity: f64, margins: &Margins) -> f64 {
    margins.velocity_noise + 3.0 * gravity * margins.position_noise
}

/// What a step within the kernel must have to spare where the slope adds so much to the velocity. The observed state
/// decides on the action, so the noise counts twice: now and at the next step.
pub(crate) fn velocity_loss(car: &Car, margins: &Margins, slope: f64) -> f64 {
    slope.abs() * margins.gravity_error + 2.0 * noise(car.gravity, margins) + ROUNDING
}

/// How far the next velocity may be from the planned one, at a position.
pub(crate) fn next_velocity_error(car: &Car, margins: &Margins, position: f64) -> f64 {
    let gravity = car.gravity * (3.0 * position).cos().abs() * margins.gravity_error;
    gravity + car.power * margins.power_error + noise(car.gravity, margins) + ROUNDING
}

/// Computes the kernel of the continuous car. Cost: some ten milliseconds.
///
/// # Errors
/// [`SafeSetError`].
pub fn kernel(margins: &Margins) -> Result<Kernel, SafeSetError> {
    kernel_of(&CONTINUOUS, margins)
}

fn kernel_of(car: &Car, margins: &Margins) -> Result<Kernel, SafeSetError> {
    const ROUNDS: usize = 4000;
    let limit = car.speed_limit;
    let position = Array1::linspace(f64::from(POSITION_LIMIT), f64::from(LAST_KNOT), GRID);
    let slope = position.mapv(|x| -car.gravity * (3.0 * x).cos());
    let lost = slope.mapv(|slope| velocity_loss(car, margins, slope));
    let authority = car.power * (1.0 - margins.power_error);
    let mut low = Array1::from_elem(GRID, -limit);
    let mut high = Array1::from_elem(GRID, limit);
    for iterations in 1..=ROUNDS {
        let lower = smallest_next(&position, &low, limit);
        let upper = largest_next(&position, &high, limit);
        let mut change = 0.0_f64;
        Zip::from(&mut low).and(&lower).and(&lost).and(&slope).for_each(|low, &next, &lost, &slope| {
            let raised = low.max(next + lost - authority - slope);
            change = change.max(raised - *low);
            *low = raised;
        });
        Zip::from(&mut high).and(&upper).and(&lost).and(&slope).for_each(|high, &next, &lost, &slope| {
            let lowered = high.min(next - lost + authority - slope);
            change = change.max(*high - lowered);
            *high = lowered;
        });
        if change < 1e-12 {
            let empty = position.iter().zip(low.iter().zip(&high)).find(|(_, (low, high))| low > high);
            return match empty {
                Some((&position, _)) => Err(SafeSetError::Empty { position }),
                None => Ok(Kernel { position, low, high, iterations }),
            };
        }
    }
    Err(SafeSetError::NotSettled { iterations: ROUNDS })
}

/// The tables that the monitor and the policy use: inner piecewise-linear approximations of the next velocities
/// that lead into the kernel whatever the errors.
///
/// # Errors
/// [`SafeSetError`].
pub fn tables(margins: &Margins) -> Result<SafeSet, SafeSetError> {
    tables_of(&CONTINUOUS, margins)
}

/// The same for any car.
///
/// # Errors
/// [`SafeSetError`].
pub fn tables_of(car: &Car, margins: &Margins) -> Result<SafeSet, SafeSetError> {
    let kernel = kernel_of(car, margins)?;
    let position = &kernel.position;
    let lost = position.mapv(|x| next_velocity_error(car, margins, x));
    let lower = smallest_next(position, &kernel.low, car.speed_limit) + &lost;
    let upper = largest_next(position, &kernel.high, car.speed_limit) - &lost;
    Ok(table(margins, position, &lower, &upper))
}

/// Knots that lie inside bounds of the next velocity on a grid of positions, wherever within the noise the true
/// position is.
pub(crate) fn table(margins: &Margins, position: &Array1<f64>, lower: &Array1<f64>, upper: &Array1<f64>) -> SafeSet {
    let window = (margins.position_noise / (position[1] - position[0])).ceil() as usize;
    let lower = sliding_maximum(lower, window);
    let upper = sliding_maximum(&upper.mapv(|u| -u), window);
    let lower = outer_knots(position, &lower);
    let upper = outer_knots(position, &upper);
    let mut safe_set = SafeSet::default();
    for (knot, (&lower, &upper)) in safe_set.knots.iter_mut().zip(lower.iter().zip(&upper)) {
        *knot = Knot { lower: lower as f32, upper: -upper as f32 };
    }
    safe_set
}

/// Tables that allow every velocity that any car reaches: with them a policy has no limits but the environment's own.
pub fn unlimited() -> SafeSet {
    SafeSet { knots: [Knot { lower: -1.0, upper: 1.0 }; KNOTS] }
}

/// Smallest v with `v >= low(x + v)` and `x + v` within the limit, by bisection: `v - low(x + v)` increases.
pub(crate) fn smallest_next(position: &Array1<f64>, low: &Array1<f64>, limit: f64) -> Array1<f64> {
    position.mapv(|x| {
        bisect(-limit, limit, |v| v >= interpolate(position, low, x + v) && x + v >= f64::from(POSITION_LIMIT))
    })
}

/// Largest v with `v <= high(x + v)`, by bisection.
pub(crate) fn largest_next(position: &Array1<f64>, high: &Array1<f64>, limit: f64) -> Array1<f64> {
    position.mapv(|x| -bisect(-limit, limit, |v| -v <= interpolate(position, high, x - v)))
}

/// Smallest value between the ends that holds, where holding is monotone; the upper end where none does.
fn bisect(mut fails: f64, mut holds: f64, test: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..50 {
        let middle = 0.5 * (fails + holds);
        if test(middle) {
            holds = middle;
        } else {
            fails = middle;
        }
    }
    holds
}

/// Piecewise-linear interpolation on an equidistant grid, constant beyond its ends.
pub(crate) fn interpolate(grid: &Array1<f64>, values: &Array1<f64>, x: f64) -> f64 {
    let last = grid.len() - 1;
    let distance = ((x - grid[0]) / (grid[last] - grid[0]) * last as f64).clamp(0.0, last as f64);
    let index = (distance as usize).min(last - 1);
    let weight = distance - index as f64;
    values[index] + weight * (values[index + 1] - values[index])
}

/// Maximum over a window of so many points to each side.
fn sliding_maximum(values: &Array1<f64>, reach: usize) -> Array1<f64> {
    Array1::from_shape_fn(values.len(), |i| {
        let (from, to) = (i.saturating_sub(reach), (i + reach).min(values.len() - 1));
        values.slice(ndarray::s![from..=to]).fold(f64::NEG_INFINITY, |a, &b| a.max(b))
    })
}

/// Knots whose interpolation is nowhere below the values: sampled, then raised where they are too low.
fn outer_knots(grid: &Array1<f64>, values: &Array1<f64>) -> Array1<f64> {
    let knots = Array1::linspace(grid[0], grid[grid.len() - 1], KNOTS);
    let mut table = knots.mapv(|x| interpolate(grid, values, x));
    for _ in 0..500 {
        let mut raise = Array1::<f64>::zeros(KNOTS);
        for (&x, &value) in grid.iter().zip(values) {
            let missing = value - interpolate(&knots, &table, x);
            if missing > 1e-9 {
                let index = ((x - knots[0]) / (knots[1] - knots[0])) as usize;
                for index in [index.min(KNOTS - 2), index.min(KNOTS - 2) + 1] {
                    raise[index] = raise[index].max(missing);
                }
            }
        }
        if raise.iter().all(|&raise| raise == 0.0) {
            break;
        }
        table.scaled_add(0.6, &raise);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHIPPED: Margins =
        Margins { gravity_error: 0.05, power_error: 0.05, position_noise: 1e-3, velocity_noise: 2e-4 };

    #[test]
    fn the_kernel_is_viable_and_no_larger_than_the_limits_allow() {
        let kernel = kernel(&NO_MARGINS).unwrap();
        let low = |x: f64| interpolate(&kernel.position, &kernel.low, x);
        let high = |x: f64| interpolate(&kernel.position, &kernel.high, x);
        for (&x, (&from, &to)) in kernel.position.iter().zip(kernel.low.iter().zip(&kernel.high)) {
            assert!(-f64::from(SPEED_LIMIT) <= from && from <= to && to <= f64::from(SPEED_LIMIT));
            // From both ends some action leads back in.
            for v in [from, to] {
                let returns = (0..=2000).map(|i| f64::from(i) / 1000.0 - 1.0).any(|action| {
                    let next = v + POWER * action - GRAVITY * (3.0 * x).cos();
                    let position = x + next;
                    position >= f64::from(POSITION_LIMIT) - 1e-9
                        && (low(position) - 2e-6..=high(position) + 2e-6).contains(&next)
                });
                assert!(returns, "no way back from ({x}, {v})");
            }
        }
        // Measured at two places: fast to the right near the wall is not viable, nor fast to the left on the hill.
        assert!((high(-1.15) - 0.0373).abs() < 2e-4 && (low(-1.15) + 0.0039).abs() < 2e-4);
        assert!((low(0.3) + 0.0348).abs() < 2e-4);
    }

    #[test]
    fn the_tables_lie_inside_the_kernels_next_velocities_and_margins_shrink_them() {
        let (plain, robust) = (tables(&NO_MARGINS).unwrap(), tables(&SHIPPED).unwrap());
        let kernel = kernel(&NO_MARGINS).unwrap();
        let lower = smallest_next(&kernel.position, &kernel.low, SPEED_LIMIT.into());
        let upper = largest_next(&kernel.position, &kernel.high, SPEED_LIMIT.into());
        for (&x, (&lower, &upper)) in kernel.position.iter().zip(lower.iter().zip(&upper)) {
            let (plain, robust) = (plain.velocities(x as f32), robust.velocities(x as f32));
            assert!(f64::from(plain.lower) >= lower - 1e-7 && f64::from(plain.upper) <= upper + 1e-7, "at {x}");
            assert!(robust.lower > plain.lower && robust.upper < plain.upper, "at {x}");
        }
    }

    #[test]
    fn margins_that_leave_nothing_are_refused() {
        let error = tables(&Margins { velocity_noise: 0.02, ..NO_MARGINS }).unwrap_err();
        assert!(matches!(error, SafeSetError::Empty { .. }), "{error}");
    }
}
