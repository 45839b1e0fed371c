//! Generative: maps of games that satisfy their conditions, exactly.

pub mod condition;
pub mod contradiction;
pub mod decode;
pub mod game;
#[cfg(test)]
mod instances;
pub mod map;
pub mod polytope;
pub mod projection;
mod reduction;
pub mod regions;
