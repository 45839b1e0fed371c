//! Data: episodes that a policy drives.
//!
//! | module | content |
//! |---|---|
//! | `environment` | episodes of a plant, possibly with an action delayed by a step |

pub mod environment;
