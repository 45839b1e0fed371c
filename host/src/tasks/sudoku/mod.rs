//! Supervised: complete a sudoku from the pictures of its cells.

pub mod answer;
pub mod augmentation;
pub mod baselines;
pub mod boards;
mod branching;
mod candidates;
mod canvas;
pub mod compare;
pub mod consistency;
pub mod convolution;
pub mod course;
pub mod cutting;
pub mod decode;
pub mod digits;
pub mod evaluation;
pub mod grid;
pub mod image;
pub mod kept_reader;
pub mod map;
pub mod puzzle;
pub mod reader;
pub mod rules;
pub mod scores;
pub mod simulated_reader;
pub mod solving;
pub mod through_layer;
pub mod training;
