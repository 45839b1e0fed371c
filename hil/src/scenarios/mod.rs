//! Scenarios that run against any target: QEMU, a process, silicon.

pub mod closed_loop;
pub mod maps;
pub mod protocol;
pub mod self_play;
pub mod sudoku;
