//! Core that must be identical on the workstation and on the microcontroller: solver, programs, numbers, protocol.
//!
//! No std, no allocation, no panic, and the same bits on both sides: sums have a fixed order, every function beyond
//! `+ - * /` and comparisons comes from [`math`].
//!
//! | module | content |
//! |---|---|
//! | [`qp`] | the solver: cold, warm-started, with a bounded number of iterations |
//! | [`program`] | programs with parameters: their data as affine functions of the parameters |
//! | [`real`], [`number`], [`math`] | number types and functions that have the same bits everywhere |
//!
//! The feature `target` (on by default) adds artefacts, the wire protocol, plants, policies and the tasks' programs.
//! Without it, the crate is the solver and its programs, and depends on nalgebra and libm alone: enough for one's own
//! firmware.
//!
//! The feature `std` (on by default) takes square roots from the processor. A microcontroller's build switches it off.
//!
//! ```
//! use convex_edge_core::{Qp, Settings, Status, Workspace, solve};
//! // minimize 1/2 |x|^2 - x0 - x1, with x0 <= 0.5 as a simple bound.
//! let mut qp = Qp::<f32, 2, 1>::zero();
//! qp.bounds = 1;
//! (qp.hessian[(0, 0)], qp.hessian[(1, 1)]) = (1.0, 1.0);
//! (qp.linear[0], qp.linear[1]) = (-1.0, -1.0);
//! (qp.lower[0], qp.upper[0]) = (f32::NEG_INFINITY, 0.5);
//! let mut workspace = Workspace::new();
//! let solution = solve(&qp, &mut workspace, &Settings::default());
//! assert_eq!((solution.status, solution.x.as_slice()), (Status::Solved, &[0.5, 1.0][..]));
//! ```
#![no_std]
#![forbid(unsafe_code)]

#[cfg(feature = "std")]
extern crate std;

#[cfg(feature = "target")]
pub mod artefact;
#[cfg(feature = "target")]
pub mod episode;
#[cfg(feature = "target")]
pub mod fault;
#[cfg(feature = "std")]
pub mod heap;
#[cfg(feature = "target")]
pub mod maps;
pub mod math;
pub mod number;
#[cfg(feature = "target")]
pub mod plant;
#[cfg(feature = "target")]
pub mod policy;
#[cfg(feature = "target")]
pub mod problem_set;
pub mod program;
pub mod qp;
#[cfg(feature = "target")]
pub mod random;
pub mod real;
#[cfg(feature = "target")]
pub mod safety;
#[cfg(feature = "target")]
pub mod sudoku;
#[cfg(feature = "target")]
pub mod wire;

pub use number::Number;
pub use program::{Term, set_entries};
pub use qp::{Active, Qp, Settings, Solution, Status, Workspace, solve, solve_updated, solve_warm};
pub use real::Real;
