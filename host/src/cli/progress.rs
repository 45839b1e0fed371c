//! How long steps show that they are alive.

use crate::processor_time;
use indicatif::{ProgressBar, ProgressStyle};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// A bar over a known number of rounds; hidden where standard error is no terminal.
pub fn bar(length: u64, what: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg:<12} [{bar:30}] {pos}/{len} {prefix} {eta}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(length).with_style(style).with_message(what)
}

/// Does what takes about so many seconds of the process's processors, with a bar that follows them.
pub fn follow<T>(seconds: f64, what: &'static str, work: impl FnOnce() -> T) -> T {
    let bar = bar(seconds.ceil() as u64, what);
    let started = processor_time::of_process();
    let (working, ended) = channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            while ended.recv_timeout(Duration::from_millis(200)) == Err(RecvTimeoutError::Timeout) {
                bar.set_position((processor_time::of_process() - started).as_secs().min(seconds.ceil() as u64));
            }
            bar.finish_and_clear();
        });
        let result = work();
        drop(working);
        result
    })
}
