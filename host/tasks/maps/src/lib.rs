//! Generative: maps of games that satisfy their conditions, exactly.
//!
//! The way of the data: a text becomes [conditions](condition), those a [polytope] of class probabilities, onto which
//! the [projection] brings a network's scores; at the end the best map among all that satisfy the conditions is
//! [decoded](decode), which is exact.

pub mod averaging;
pub mod channels;
pub mod collection;
pub mod compare;
pub mod condition;
pub mod contradiction;
pub mod corpus;
pub mod decode;
pub mod diffusion;
pub mod export;
pub mod game;
pub mod kept_denoiser;
pub mod last_step;
pub mod map;
pub mod metrics;
pub mod mistakes;
pub mod on_target;
pub mod packed;
pub mod picture;
pub mod polytope;
pub mod projection;
pub mod regions;
pub mod report;
pub mod sampling;
pub mod structure;
pub mod suite;
pub mod training;
pub mod unet;

#[cfg(test)]
mod instances;
mod reduction;
#[cfg(test)]
mod tests;
