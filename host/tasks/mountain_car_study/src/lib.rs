//! Baselines of MountainCar under limits, and their comparison over seeds.
//!
//! | module | content |
//! |---|---|
//! | [`model`] | programs as heads of networks |
//! | [`baselines`] | PPO, SAC and random search with and without these heads |
//! | [`compare`] | the comparison over seeds |
//! | [`report`] | the comparison as a page |

pub mod baselines;
pub mod compare;
pub mod model;
pub mod report;
