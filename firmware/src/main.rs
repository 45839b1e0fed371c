//! The control application of a target: on a microcontroller, and the same application as a host process.

#![cfg_attr(target_os = "none", no_std, no_main)]
#![deny(unsafe_code, clippy::undocumented_unsafe_blocks)]

mod app;
mod board;
mod conversation;

use app::App;
use board::Board;
use conversation::Next;

/// What the application keeps; in a static.
type Memory = convex_edge_core::policy::Horizon10;

/// Runs the application on a board, with the artefact's flash page; the self-test comes first.
fn serve(board: &mut impl Board, page: &[u8], memory: &mut Memory) -> ! {
    let mut app = App::new(page, memory, board);
    loop {
        if app.tick(board) == Next::Rest {
            board.rest();
        }
    }
}

#[cfg(unix)]
fn main() -> std::process::ExitCode {
    match board::native::run() {
        Ok(never) => match never {},
        Err(error) => {
            eprintln!("{error}");
            std::process::ExitCode::FAILURE
        }
    }
}
