//! The command `cargo edge`.

use std::process::ExitCode;

fn main() -> ExitCode {
    convex_edge::cli::run()
}
