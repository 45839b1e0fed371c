//! Commands of this task alone.

pub(crate) mod compare;
pub(crate) mod generate;
pub(crate) mod hil;
pub(crate) mod train;
