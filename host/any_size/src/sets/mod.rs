//! Third-party problem sets: read from their files, solved by our solver in both precisions, compared with Clarabel.
//!
//! Programs stay sparse until one is known to fit a solver of fixed size. Every reader refuses a damaged file with an
//! error that names what is wrong and what to do, and none panics.

pub mod judge;
pub mod mat;
pub mod matrix;
pub mod npy;
pub mod npz;
pub mod program;
pub mod qps;
pub mod read;
pub mod reference;
pub mod size;
pub mod solve;
pub mod variables;
