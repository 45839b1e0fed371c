//! Oracle and benchmarks of the layers: gradients against finite differences, answers of the splitting layer against
//! Clarabel, times against other layers.

pub mod bench;
pub mod gradients;
mod gradients_families;
pub mod gradients_kinks;
pub mod splitting;
