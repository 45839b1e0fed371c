//! The solver in single precision on a Cortex-M4F that QEMU emulates: instructions, bits, memory.
//!
//! The families whose sizes fit are solved twice, there and in this process. A count covers a control cycle: taking over
//! the linear term and the bounds, the solve, copying the point out. The unit is instructions, not cycles.

pub mod measure;
pub mod native;
pub mod program;
pub mod promises;
pub mod recorded;
pub mod row;
pub mod set;
