//! Control: drive the underpowered car to the goal under hard limits on speed, position and action.
//!
//! | module | content |
//! |---|---|
//! | [`data`] | what a policy drives |
//! | [`model`] | the policy's program, its weights, and the safe sets |
//! | [`train`], [`evaluate`] | search of the weights; returns, robustness, attacks, bounds |
//! | [`export`], [`target`] | the artefact, and a target that drives by it |
//! | [`report`] | a demonstration as a page |
//! | [`cli`] | options that several programs share |
//!
//! Baselines and their comparison are in `convex-edge-mountain-car-study`: they need tensors, and the demonstration none.

pub mod cli;
pub mod data;
pub mod evaluate;
pub mod export;
pub mod model;
pub mod report;
pub mod target;
pub mod train;
