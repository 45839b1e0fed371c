//! How long steps show that they are alive.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar over a known number of rounds; hidden where standard error is no terminal.
pub fn bar(length: u64, what: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg:<12} [{bar:30}] {pos}/{len} {prefix} {eta}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(length).with_style(style).with_message(what)
}
