//! Benchmarks of the solver and its peers: the same problems, each solver timed by the clock inside it.
//!
//! A family's problems are generated here, bit for bit the same in every run. Our solver solves them in this process; the
//! peers read them from files. The time of a problem is the fastest of several repeats. The figures of a family are the
//! median, the 99th percentile and the maximum over its problems; each is the median over several runs.
//!
//! [`instructions`] limits the instructions of the solver on some of the families. [`build`] measures build times, from a
//! clean clone on.

pub mod build;
pub mod counted;
pub mod instructions;
pub mod own;
pub mod peers;
pub mod promises;
pub mod repeated;
pub mod row;
pub mod target;
