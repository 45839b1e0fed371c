//! Generative: maps of games that satisfy their conditions, exactly.
//!
//! The way of the data: a text becomes [conditions](condition), those a [polytope] of class probabilities, onto which
//! the [projection] brings a network's scores; at the end the best map among all that satisfy the conditions is
//! [decoded](decode), which is exact.

pub mod collection;
pub mod condition;
pub mod contradiction;
pub mod corpus;
pub mod decode;
pub mod game;
#[cfg(test)]
mod instances;
pub mod map;
pub mod metrics;
pub mod packed;
pub mod polytope;
pub mod projection;
mod reduction;
pub mod regions;
pub mod structure;
pub mod suite;
