//! Demonstration, end to end: a trained policy on a target, driven over a serial port and judged step by step.

pub mod drive;
pub mod promises;
pub mod summary;
