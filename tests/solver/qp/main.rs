//! Solver: one program for all its tests, so that what they share of it is compiled once for each size.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[macro_use]
mod property;

mod anytime;
mod by_hand;
mod cases;
mod certificate;
mod degenerate;
mod equalities;
mod fuzz;
mod infeasible;
mod optimality;
mod scaling;
mod semidefinite;
mod status;
mod warm_start;
