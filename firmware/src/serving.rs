//! Main loop of every program that talks to a host: starts on its board and serves forever.

use crate::board::Board;
use crate::conversation::Next;
use crate::{App, Memory};

/// Runs the application on a board, with the artefact's flash page; the self-test comes first.
pub fn serve(board: &mut impl Board, page: &[u8], memory: &mut Memory) -> ! {
    let mut app = App::new(page, memory, board);
    loop {
        if app.tick(board) == Next::Rest {
            board.rest();
        }
    }
}

/// The program as a host process.
#[cfg(unix)]
pub fn run() -> std::process::ExitCode {
    match crate::board::native::run() {
        Ok(never) => match never {},
        Err(error) => {
            eprintln!("{error}");
            std::process::ExitCode::FAILURE
        }
    }
}
