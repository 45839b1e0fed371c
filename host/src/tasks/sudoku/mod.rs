//! Supervised: complete a sudoku from the pictures of its cells.

pub mod augmentation;
pub mod baselines;
pub mod boards;
mod branching;
mod candidates;
pub mod compare;
pub mod consistency;
pub mod convolution;
pub mod decode;
pub mod digits;
pub mod evaluation;
pub mod export;
pub mod grid;
pub mod image;
pub mod map;
pub mod on_target;
pub mod puzzle;
pub mod reader;
pub mod rules;
pub mod rules_by_gradient;
pub mod rules_picture;
pub mod scores;
pub mod simulated_reader;
pub mod through_layer;
pub mod training;
