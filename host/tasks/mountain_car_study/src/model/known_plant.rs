//! Plant as a controller knows it: its safe set, and how far its dynamics are from the nominal ones.

use convex_edge_core::math::cos_f32;
use convex_edge_core::plant::mountain_car::{GRAVITY, POWER};
use convex_edge_core::safety::{ACTION_LIMIT, Interval, Knot, SafeSet};
use convex_edge_mountain_car::model::safe_set::{CONTINUOUS, Car, Margins, SafeSetError, tables_of};

/// A plant as it is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KnownPlant {
    safe_set: SafeSet,
    /// Gravity relative to the nominal one.
    pub gravity: f32,
    /// Power relative to the nominal one, above 0.
    pub power: f32,
}

impl KnownPlant {
    /// Plant with these dynamics relative to the nominal ones, and the safe set that withstands the margins around them.
    ///
    /// # Errors
    /// [`SafeSetError`].
    pub fn new(gravity: f32, power: f32, margins: &Margins) -> Result<Self, SafeSetError> {
        let car = Car {
            gravity: f64::from(gravity) * CONTINUOUS.gravity,
            power: f64::from(power) * CONTINUOUS.power,
            ..CONTINUOUS
        };
        Ok(Self { safe_set: tables_of(&car, margins)?, gravity, power })
    }

    /// Actions that are safe for one step, as [`SafeSet::actions`] has them for the nominal plant.
    pub fn actions(&self, [position, velocity]: [f32; 2]) -> Interval {
        let Knot { lower, upper } = self.safe_set.velocities(position);
        let coasting = velocity - self.gravity * GRAVITY as f32 * cos_f32(3.0 * position);
        let power = self.power * POWER as f32;
        let lower = ((lower - coasting) / power).min(ACTION_LIMIT);
        let upper = ((upper - coasting) / power).max(-ACTION_LIMIT);
        if lower > upper {
            let middle = (0.5 * (lower + upper)).clamp(-ACTION_LIMIT, ACTION_LIMIT);
            return Interval { lower: middle, upper: middle };
        }
        Interval { lower: lower.max(-ACTION_LIMIT), upper: upper.min(ACTION_LIMIT) }
    }

    /// The safe set's tables.
    pub fn safe_set(&self) -> &SafeSet {
        &self.safe_set
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use convex_edge_core::random::Pcg64;
    use convex_edge_core::safety::{POSITION_LIMIT, SPEED_LIMIT};
    use convex_edge_mountain_car::model::safe_set::{NO_MARGINS, tables};

    #[test]
    fn the_nominal_plant_has_the_nominal_bits() {
        let margins = Margins { gravity_error: 0.05, power_error: 0.05, ..NO_MARGINS };
        let (known, nominal) = (KnownPlant::new(1.0, 1.0, &margins).unwrap(), tables(&margins).unwrap());
        let random = &mut Pcg64::from_seed(1);
        for _ in 0..10_000 {
            let state = [random.uniform(-1.2, 0.6) as f32, random.uniform(-0.05, 0.05) as f32];
            assert_eq!(known.actions(state), nominal.actions(state));
        }
    }

    /// Whatever safe actions are taken, the other plant stays within the limits.
    #[test]
    fn safe_actions_of_another_plant_keep_it_within_the_limits() {
        // What knots cut off the set is less than these margins.
        let margins = Margins { position_noise: 1e-3, velocity_noise: 2e-4, ..NO_MARGINS };
        for (gravity, power) in [(1.1_f32, 0.9_f32), (0.9, 1.1), (1.15, 0.85), (1.0, 1.0)] {
            let known = KnownPlant::new(gravity, power, &margins).unwrap();
            let random = &mut Pcg64::from_seed(2);
            let mut state = [-0.5_f32, 0.0_f32];
            for step in 0..20_000 {
                let Interval { lower, upper } = known.actions(state);
                // Mostly one of the ends: from there limits are near.
                let action = if random.uniform(0.0, 1.0) < 0.5 { upper } else { lower };
                let [position, velocity] = state;
                let next = f64::from(velocity) + f64::from(power * action) * POWER
                    - f64::from(gravity) * GRAVITY * f64::from(3.0 * position).cos();
                state = [position + next as f32, next as f32];
                assert!(
                    next.abs() <= f64::from(SPEED_LIMIT) && state[0] >= POSITION_LIMIT,
                    "{gravity} {power} {step} {state:?}"
                );
                if state[0] > 0.45 {
                    state = [random.uniform(-0.6, -0.4) as f32, 0.0];
                }
            }
        }
    }
}
