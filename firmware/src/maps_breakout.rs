//! A target that finds Breakout's maps under conditions: on a microcontroller, and as a host process.

#![cfg_attr(target_os = "none", no_std, no_main)]
#![deny(unsafe_code, clippy::undocumented_unsafe_blocks)]

mod board;
mod conversation;
mod maps;
mod parts;
mod serving;

use maps::{App, Memory};

#[cfg(unix)]
fn main() -> std::process::ExitCode {
    serving::run()
}
