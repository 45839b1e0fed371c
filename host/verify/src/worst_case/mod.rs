//! The most iterations of the solver over a box of parameters, by sampling: a lower bound on the true worst case and no
//! certificate, since nothing is said of what lies between the samples.

pub mod program;
pub mod record;
pub mod search;
pub mod solver;
