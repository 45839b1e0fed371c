//! Oracle and benchmarks of the layers: gradients beside finite differences, answers of the splitting layer beside Clarabel,
//! batches beside other layers.

pub mod bench;
pub mod gradients;
mod gradients_families;
pub mod gradients_kinks;
pub mod splitting;
