//! Checkpoints of trained networks: weights as bytes that keep their bits, and the file that carries them.

pub mod checkpoint;
pub mod weights;
