//! Closed standard output, as by `| head`, or a full disk: the program ends and does not panic.

use std::process::exit;

/// Exit code of a program that wrote to a closed pipe, as shells expect it (128 + SIGPIPE).
const CLOSED: i32 = 141;

/// From now on, a line that cannot be printed ends the program: quietly where the reader is gone, with an error of one line
/// otherwise. Call it first in `main`.
pub fn end_there() {
    let others = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let text = panic.payload_as_str().unwrap_or_default();
        match text.strip_prefix("failed printing to stdout: ") {
            Some(reason) if reason.starts_with("Broken pipe") => exit(CLOSED),
            Some(reason) => {
                eprintln!("error: standard output: {reason}; free the space, or write to another place");
                exit(1);
            }
            None => others(panic),
        }
    }));
}
