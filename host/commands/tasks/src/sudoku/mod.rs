//! Commands of this task alone.

pub(crate) mod compare;
pub(crate) mod hil;
pub(crate) mod render;
pub(crate) mod solve;
pub(crate) mod train;
