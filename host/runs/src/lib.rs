//! Runs: their files and schedules, targets of their figures, interruption. What commands, benchmarks and trainings share.
//!
//! | module | content |
//! |---|---|
//! | [`store`] | files that are whole or not there |
//! | [`settings`] | settings from a checked-in file |
//! | [`batch_schedule`] | budgets of a training and the order of its samples |
//! | [`cma_es`] | covariance matrix adaptation |
//! | [`measured`] | figures and times of a run |
//! | [`promise`] | a target and whether a run met it |
//! | [`program`] | how a command's program ends |
//! | [`interrupt`], [`closed_output`] | Ctrl-C; a reader that is gone |
//! | [`processor_time`], [`machine`] | processor seconds, and the processor's name |
//! | [`progress`] | bars |
//! | [`png_file`] | grey pictures |

pub mod batch_schedule;
pub mod closed_output;
pub mod cma_es;
pub mod interrupt;
pub mod machine;
pub mod measured;
pub mod png_file;
pub mod processor_time;
pub mod program;
pub mod progress;
pub mod promise;
pub mod settings;
pub mod store;
