//! The solver beside its peers: the same problems, each solver by the clock inside it.
//!
//! A family's problems are generated here, bit for bit the same in every run, solved by ours in this process, and
//! handed to the peers as files. Of each problem counts the fastest of several repeats; what is said of a family is
//! the median, the 99th percentile and the maximum of that over its problems, and of these the median over several runs.
//!
//! Apart from times, [`instructions`] guards how many instructions the solver takes for some of the families; [`build`]
//! takes build times, from clean clones on.

pub mod build;
pub mod counted;
pub mod instructions;
pub mod own;
pub mod peers;
pub mod promises;
pub mod repeated;
pub mod row;
pub mod target;
