//! Comparison: what the layer adds to repair after the fact.
//!
//! | module | content |
//! |---|---|
//! | [`denoising`] | error of predictions of held-out maps |
//! | [`run`] | one training, and the maps of its methods |
//! | [`judge`] | figures of a method's maps |
//! | [`real`] | resemblance of real maps to each other |
//! | [`validity`] | conditions that decoded maps violate; infeasible requests that are recognised |
//! | [`summary`] | all runs together, and the promises kept |

pub mod denoising;
pub mod judge;
pub mod real;
pub mod run;
pub mod summary;
pub mod validity;
