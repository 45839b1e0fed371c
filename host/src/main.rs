//! The command `cargo edge`.

use std::process::ExitCode;

/// Keeps the buffers of a few hundred kilobytes that every pass of a layer takes; the system's gives them back each time,
/// which costs a third of the pass.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    convex_edge::cli::run()
}
