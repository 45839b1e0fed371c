//! Sweeps: grids of settings and seeds become runs, which a process each does, on this machine or on a cluster.
//!
//! | module | content |
//! |---|---|
//! | [`plan`] | file of a sweep, its grids and its runs |
//! | [`finished`] | files of a finished run, and all of them in one file |
//! | [`manifest`] | list of the runs that are left, for the processes that do them |
//! | [`local`] | all processors of this machine |
//! | [`slurm`] | job arrays of a Slurm cluster |
//!
//! A run's folder is named by the hash of its settings. A run with a result is never repeated. Results hold what settings
//! and seed determine; times are in files of their own. Results of step budgets are therefore equal to the byte wherever
//! they were computed, on processors of one instruction set.

pub mod finished;
pub mod local;
pub mod manifest;
pub mod plan;
pub mod slurm;

pub use finished::{Finished, Timings};
pub use plan::{Plan, PlanError, Run};
