//! Oracle of the layers: gradients against finite differences, answers of the splitting layer against Clarabel.

pub mod gradients;
mod gradients_families;
pub mod gradients_kinks;
pub mod splitting;
