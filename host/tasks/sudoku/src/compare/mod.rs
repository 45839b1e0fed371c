//! Who solves how many boards after learning from how many?
//!
//! | module | question |
//! |---|---|
//! | [`settings`] | what is compared? |
//! | [`run`] | what comes of one method, number of boards and seed? |
//! | [`judge`] | what does each decoder make of a reading? |
//! | [`pictures`] | which boards are corrected, and which come out wrong? |
//! | [`summary`] | what do all runs show together, and which promises does that keep? |

pub mod judge;
pub mod pictures;
pub mod run;
pub mod settings;
pub mod summary;
