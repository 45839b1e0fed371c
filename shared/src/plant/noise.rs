//! The sensor noise that the safe set has margins for: uniform, bounded, reproducible.

use crate::random::Pcg64;

/// Largest error of the measured position.
pub const POSITION_NOISE: f64 = 1e-3;

/// Largest error of the measured velocity, per step.
pub const VELOCITY_NOISE: f64 = 2e-4;

/// Keeps the noise of an episode apart from its reset, which takes the same seed.
const STREAM: u64 = u64::from_be_bytes(*b"sensor_1");

/// A stream of measurement errors, independent from step to step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SensorNoise(Pcg64);

impl SensorNoise {
    /// The noise of the episode with this seed.
    pub fn new(seed: u64) -> Self {
        Self(Pcg64::from_seed(seed ^ STREAM))
    }

    /// What the sensor reports for this position and velocity: the errors are at most [`POSITION_NOISE`] and
    /// [`VELOCITY_NOISE`] plus one rounding to f32. Nothing is clipped, so the result may lie outside the track.
    pub fn perturb(&mut self, [position, velocity]: [f32; 2]) -> [f32; 2] {
        let position_error = self.0.uniform(-POSITION_NOISE, POSITION_NOISE);
        let velocity_error = self.0.uniform(-VELOCITY_NOISE, VELOCITY_NOISE);
        [(f64::from(position) + position_error) as f32, (f64::from(velocity) + velocity_error) as f32]
    }
}
