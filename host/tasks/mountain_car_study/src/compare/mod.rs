//! The comparison: which policies learn what from how many steps, how steadily, and what it costs.

pub mod committed;
pub mod run;
pub mod settings;
pub mod statistics;
pub mod summary;
