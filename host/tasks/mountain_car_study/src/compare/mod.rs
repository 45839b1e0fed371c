//! Comparison of policies: return by number of steps, spread over seeds, and cost.

pub mod committed;
pub mod run;
pub mod settings;
pub mod summary;
