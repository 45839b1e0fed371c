//! Hardware-in-the-loop toolkit: finds, starts and drives a target over a serial port (a board, QEMU, or a host
//! process).
//!
//! [`process`] starts QEMU or a host process, [`batch`] runs a program that computes by itself, [`port`] finds a board,
//! [`flash`] writes to it. [`link`] carries messages, [`target`] sends requests and waits for answers. [`scenarios`]
//! compare the target with the host's own computation.

pub mod batch;
pub mod board;
pub mod fault;
pub mod flash;
pub mod link;
pub mod lossy;
pub mod port;
pub mod process;
pub mod qemu;
pub mod recording;
pub mod scenarios;
pub mod target;
pub mod verdict;
