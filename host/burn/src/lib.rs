//! Convex programs as layers of burn networks: forward the solution, backward its implicit derivative.
//!
//! | module | content |
//! |---|---|
//! | `active_set` | [`ActiveSetLayer`]: programs of fixed size, by the solver that the microcontroller runs too |
//! | `learned` | [`Learned`]: parameters of a program that an optimizer finds |
//! | [`splitting`] | large programs whose constraints the batch shares, by first-order steps |
//! | [`host_operation`] | values and gradients that are computed outside of burn's graph |

mod active_set;
mod argument;
pub mod host_operation;
mod learned;
pub mod splitting;

pub use active_set::{ActiveSetLayer, Answer};
pub use argument::{Argument, batched, shared};
pub use convex_edge::layer::{LayerError, OnFailure, Sample};
pub use learned::Learned;

#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;

#[cfg(doctest)]
#[doc = include_str!("../../../docs/PROGRAMS.md")]
struct Programs;
