//! A target that reads and solves sudoku of 4 x 4 cells: on a microcontroller, and as a host process.

#![cfg_attr(target_os = "none", no_std, no_main)]
#![deny(unsafe_code, clippy::undocumented_unsafe_blocks)]

mod board;
mod conversation;
mod parts;
mod serving;
mod sudoku;

use sudoku::{App, Memory};

#[cfg(unix)]
fn main() -> std::process::ExitCode {
    serving::run()
}
