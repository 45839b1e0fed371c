//! Layers that solve a convex program in every forward pass and differentiate through its solution.

pub mod splitting;
