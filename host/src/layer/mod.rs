//! Convex programs as layers of a network: forward the solution, backward its implicit derivative.
//!
//! | module | question |
//! |---|---|
//! | `argument` | which values does a parameter take, for each sample or for all of them? |
//! | `active_set` | what are the solutions of a batch, and how were they reached? |
//! | `adjoint` | what are the gradients of the parameters? |
//! | `margin` | how far is a sample from a kink of its outputs? |
//! | `smoothed` | what are they where constraints change sides? |
//! | `softening` | what is the solution where constraints may be violated at a price? |
//! | `learned` | which parameters does an optimizer find? |
//! | `host_operation` | how does a burn tensor get a value and a gradient that were computed outside of it? |
//! | [`splitting`] | what are the solutions of large or structured programs, by first-order steps on tensors? |
//! | `failure` | what stands in place of a solution that there is not? |

mod active_set;
mod adjoint;
mod argument;
mod failure;
pub(crate) mod host_operation;
mod learned;
mod margin;
mod smoothed;
mod softening;
pub mod splitting;
mod state;

pub use active_set::{ActiveSetLayer, Answer, Sample};
pub use argument::{Argument, batched, shared};
pub use failure::{LayerError, OnFailure};
pub use learned::Learned;
