//! Benchmarks of differentiable layers and their peers: the same batches, forward and backward.
//!
//! | module | content |
//! |---|---|
//! | [`case`] | programs, and the values of their parameters |
//! | [`own`] | times of our active-set layer |
//! | [`boards`] | times of our splitting layer on 9x9 sudoku |
//! | [`epochs`] | time saved by the working sets of the pass before |
//! | [`peers`] | times of other layers |
//! | [`row`] | figures of a layer on a batch |
//! | [`promises`] | targets for speed and accuracy |

pub mod boards;
pub mod case;
pub mod epochs;
pub mod own;
pub mod peers;
pub mod promises;
pub mod row;
