//! Layers: solutions of a batch of programs, and their derivatives.
//!
//! | module | content |
//! |---|---|
//! | `batch` | values of the parameters, for each sample or for all |
//! | `active_set` | solutions of a batch, and how each was reached |
//! | `adjoint` | gradients of the parameters |
//! | `margin` | distance of a sample from the kinks of its outputs |
//! | `smoothed` | gradients where constraints change sides |
//! | `softening` | the solution where constraints may be violated at a price |
//! | `failure` | what takes the place of a solution that there is not |

mod active_set;
mod adjoint;
mod batch;
mod failure;
mod margin;
mod smoothed;
mod softening;
mod state;

pub use active_set::{ActiveSetLayer, Answer, Sample};
pub use adjoint::Gradients;
pub use batch::{Argument, Batch, Layout, Shape, batched, shared};
pub use failure::{LayerError, OnFailure};
