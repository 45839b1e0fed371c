//! Supervised: complete a sudoku from the pictures of its cells.

mod branching;
mod candidates;
pub mod consistency;
pub mod decode;
pub mod grid;
pub mod map;
pub mod puzzle;
pub mod rules;
pub mod scores;
pub mod simulated_reader;
