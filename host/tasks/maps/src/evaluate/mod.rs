//! Evaluation of generated maps.
//!
//! | module | content |
//! |---|---|
//! | `metrics` | resemblance to real maps, and novelty |
//! | `structure` | rules of the real games that no condition states |

pub mod metrics;
pub mod structure;
