//! The tasks that ask where a convex layer has an edge, each folder with the same files, and the course of a training.

pub mod course;
pub mod maps;
pub mod mountain_car;
pub mod settings;
pub mod sudoku;
