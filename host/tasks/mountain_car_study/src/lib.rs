//! Baselines of MountainCar under limits, and their comparison over seeds.
//!
//! | module | content |
//! |---|---|
//! | [`model`] | programs as heads of networks |
//! | [`baselines`] | PPO, SAC and random search with and without these heads |
//! | [`compare`] | the comparison over seeds |
//! | [`report`] | the comparison as a page |
//! | [`study`] | runs of the study: where the layer acts, and when it harms |

pub mod baselines;
pub mod compare;
pub mod model;
pub mod report;
pub mod study;
