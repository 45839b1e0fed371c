//! The tasks that ask where a convex layer has an edge. Each folder has the same files.

pub mod maps;
pub mod mountain_car;
pub mod sudoku;
