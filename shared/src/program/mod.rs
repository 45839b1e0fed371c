//! Programs with parameters that were written and trained on the host: their affine maps, evaluated and solved.
//!
//! Host and target evaluate the maps by the same function in the same order, so that both hand the solver the same bits.

#[cfg(feature = "target")]
pub mod artefact;
mod map;

pub use map::{CONSTANT, Term, set_entries};
