//! The plants that a policy drives: Gymnasium's MountainCar environments, their random resets, sensor noise.
//!
//! Everything is deterministic: the same seed and the same actions give the same bits on every side.

pub mod mountain_car;
pub mod noise;
