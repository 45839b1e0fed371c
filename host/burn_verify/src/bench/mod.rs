//! Differentiable layers beside their peers: the same batches, forward and backward.
//!
//! | module | question |
//! |---|---|
//! | [`case`] | which program is solved for which values? |
//! | [`own`] | how long does our active-set layer take for it? |
//! | [`boards`] | how long does our splitting layer take for 9x9 sudoku? |
//! | [`epochs`] | what does a pass gain from the working sets of the one before? |
//! | [`peers`] | how long do others take? |
//! | [`row`] | what does all of that amount to? |
//! | [`promises`] | is it as fast, and as right, as was promised? |

pub mod boards;
pub mod case;
pub mod epochs;
pub mod own;
pub mod peers;
pub mod promises;
pub mod row;
