//! Neural networks and controllers that contain convex optimization: train, export, flash, test, report.

pub mod bench;
pub mod check;
pub mod cli;
pub mod cma_es;
pub mod demo;
pub mod interrupt;
pub mod kept;
pub mod layer;
pub mod png_file;
pub mod processor_time;
pub mod program;
pub mod promise;
pub mod report;
pub mod sets;
pub mod setup;
pub mod store;
pub mod tasks;
pub mod weights;
pub mod worst_case;

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

#[cfg(doctest)]
#[doc = include_str!("../../docs/PROGRAMS.md")]
struct Programs;
