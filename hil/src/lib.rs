//! Finds, starts and drives a target over a serial port: a board, QEMU, or the firmware as a process.
//!
//! [`process`] starts what is no hardware, [`batch`] lets it compute by itself, [`port`] finds what is, [`flash`] writes to it. [`link`] carries messages,
//! [`target`] asks and waits for answers, [`scenarios`] compare what the target does with what the host computes.

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
