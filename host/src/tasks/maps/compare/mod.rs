//! What does the layer buy beyond repair after the fact?
//!
//! | module | question |
//! |---|---|
//! | [`settings`] | what is compared? |
//! | [`run`] | what comes of one training of a game? |
//! | [`judge`] | how good are the maps of a method? |
//! | [`validity`] | does every decoded map satisfy its conditions, and is what cannot be recognised? |
//! | [`summary`] | what do all runs show together, and which promises does that keep? |

pub mod judge;
pub mod run;
pub mod settings;
pub mod summary;
pub mod validity;
