//! Neural networks and controllers that contain convex optimization: train, export, flash, test, report.

pub mod cli;
pub mod interrupt;
pub mod setup;

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
