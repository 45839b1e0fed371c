//! Evaluation: returns, robustness, attacks, bounds.
//!
//! | module | content |
//! |---|---|
//! | `attack` | adversaries against the safety filter |
//! | `bounds` | returns that no controller exceeds |
//! | `episodes` | return on the nominal plant and at the corners of the model error |
//! | `record` | published figures of a run |
//! | `robustness` | return over many starts on plants near the model and far from it |

pub mod attack;
pub mod bounds;
pub mod episodes;
pub mod record;
pub mod robustness;
