//! Evaluation of trained readers.
//!
//! | module | content |
//! |---|---|
//! | `decoders` | boards answered right, by each way from a reading to a grid |
//! | `judge` | figures of each decoder for a reading |
//! | `pictures` | boards that are corrected, and boards that are answered wrongly |
//! | `run` | one training and its figures |

pub mod decoders;
pub mod judge;
pub mod pictures;
pub mod run;
