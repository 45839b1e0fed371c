//! Statistics of runs: intervals over what was drawn again, which is the seed of a run.
//!
//! | module | content |
//! |---|---|
//! | [`estimate`] | mean with Student's interval, prediction interval |
//! | [`paired`] | differences of two methods with the same seeds, and their verdict |
//! | [`bootstrap`] | intervals of statistics that are no means |
//! | [`curve`] | mean height of a curve, and where it crosses zero |
//!
//! Test items of one run are not independent repetitions: their number narrows no interval here.

pub mod bootstrap;
pub mod curve;
pub mod estimate;
pub mod paired;

pub use bootstrap::BootstrapInterval;
pub use estimate::Estimate;
pub use paired::{Paired, Verdict};
