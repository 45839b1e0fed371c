//! A target that reads and solves sudoku of 4 x 4 cells: on a microcontroller, and as a host process.

#![cfg_attr(target_os = "none", no_std, no_main)]
#![deny(unsafe_code, clippy::undocumented_unsafe_blocks)]

mod board;
mod conversation;
mod sudoku;

use board::Board;
use conversation::Next;
use sudoku::App;

/// What the application keeps; in a static.
type Memory = sudoku::Memory;

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
