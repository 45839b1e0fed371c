//! The control application of a target: on a microcontroller, and the same application as a host process.

#![cfg_attr(target_os = "none", no_std, no_main)]
#![deny(unsafe_code, clippy::undocumented_unsafe_blocks)]

mod app;
mod board;
mod conversation;
mod serving;

use app::App;

/// Memory of the application; in a static.
type Memory = convex_edge_core::policy::Horizon10;

#[cfg(unix)]
fn main() -> std::process::ExitCode {
    serving::run()
}
