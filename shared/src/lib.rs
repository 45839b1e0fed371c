//! Everything that must be identical on the workstation and on the microcontroller.
//!
//! No std, no allocation, no panic, and the same bits on both sides: sums have a fixed order, every function beyond
//! `+ - * /` and comparisons comes from [`math`].
//!
//! *What is computed*: [`qp`], [`program`], [`policy`], [`plant`], [`safety`], [`sudoku`], [`maps`]. *What is
//! said*: [`wire`], [`artefact`], [`fault`].
//! *How the solver is measured*: [`problem_set`].
//!
//! The feature `std` (on by default) takes square roots from the processor. A microcontroller's build switches it off.
#![no_std]
#![forbid(unsafe_code)]

#[cfg(feature = "std")]
extern crate std;

pub mod artefact;
pub mod episode;
pub mod fault;
#[cfg(feature = "std")]
pub mod heap;
pub mod maps;
pub mod math;
pub mod plant;
pub mod policy;
pub mod problem_set;
pub mod program;
pub mod qp;
pub mod real;
pub mod safety;
pub mod sudoku;
pub mod wire;
