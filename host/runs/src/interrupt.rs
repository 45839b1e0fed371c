//! Ctrl-C: one flag that every long step checks, so that no file stays half-written.

use std::sync::atomic::{AtomicBool, Ordering};

/// Set once the user asked to stop; targets under test take it by reference.
pub static REQUESTED: AtomicBool = AtomicBool::new(false);

/// Exit code of a command that Ctrl-C ended, as shells expect it (128 + SIGINT).
pub const EXIT_CODE: u8 = 130;

/// Turns Ctrl-C, SIGTERM and SIGHUP into [`requested`]; a second one ends the process at once.
///
/// # Errors
/// The system refused the handler, or one is there already: call this once, first thing in `main`.
pub fn listen() -> Result<(), ctrlc::Error> {
    ctrlc::set_handler(|| {
        if REQUESTED.swap(true, Ordering::SeqCst) {
            std::process::exit(i32::from(EXIT_CODE));
        }
        eprintln!("stopping at the next safe point; once more to stop at once");
    })
}

/// Whether the user asked to stop; long loops ask once per round and then return their own error.
pub fn requested() -> bool {
    REQUESTED.load(Ordering::SeqCst)
}
