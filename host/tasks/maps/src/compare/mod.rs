//! What does the layer buy beyond repair after the fact?
//!
//! | module | question |
//! |---|---|
//! | [`settings`] | what is compared? |
//! | [`denoising`] | how far are predictions of held-out maps off? |
//! | [`run`] | what comes of one training? |
//! | [`judge`] | how good are the maps of a method? |
//! | [`real`] | how alike are real maps? |
//! | [`validity`] | does every decoded map satisfy its conditions, and is what cannot be recognised? |
//! | [`summary`] | what do all runs show together, and which promises does that keep? |

pub mod denoising;
pub mod judge;
pub mod real;
pub mod run;
pub mod settings;
pub mod summary;
pub mod validity;
