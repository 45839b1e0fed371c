//! Building a program with a sign of life: cargo's own progress goes on for minutes without a line while it compiles one
//! crate.

use std::io::{BufRead, BufReader, IsTerminal, Write, stderr};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// Time between two signs of life: in a terminal, and elsewhere.
const REDRAWN: Duration = Duration::from_millis(500);
const REPEATED: Duration = Duration::from_secs(10);

/// Variables that cargo sets for the package that it runs.
const OWN: [&str; 6] =
    ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_NAME", "CARGO_PRIMARY_PACKAGE", "CARGO_TARGET_TMPDIR"];

/// Builds in the workspace until the end. Lines that are not cargo's progress are printed as they come.
///
/// # Errors
/// Cargo did not start, or standard error is closed.
pub(crate) fn build(root: &Path, package: &str, time: &str) -> std::io::Result<ExitStatus> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // Build scripts would take what describes this package for theirs.
    let is_own = |name: &str| OWN.iter().any(|own| name.starts_with(own));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(is_own)) {
        cargo.env_remove(name);
    }
    cargo.args(["build", "--release", "--package", package]).current_dir(root);
    let mut child = cargo.stdin(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    let (sender, lines) = channel();
    let output = child.stderr.take();
    let reader = std::thread::spawn(move || {
        for line in output.into_iter().flat_map(|output| BufReader::new(output).lines()).map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    let is_terminal = stderr().is_terminal();
    let between = if is_terminal { REDRAWN } else { REPEATED };
    let (started, mut shown, mut compiled, mut last) = (Instant::now(), Instant::now(), 0_u32, String::new());
    loop {
        // Until the next sign of life is due: a line of cargo's that comes before must not put it off.
        match lines.recv_timeout(between.saturating_sub(shown.elapsed())) {
            Ok(line) => {
                let Some(name) = progress(&line) else {
                    clear(is_terminal)?;
                    eprintln!("{line}");
                    continue;
                };
                if let Some(name) = name {
                    if compiled == 0 {
                        eprintln!("building {package}, about {time} on two cores when nothing is built yet");
                        shown = Instant::now();
                    }
                    compiled += 1;
                    name.clone_into(&mut last);
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        if shown.elapsed() >= between {
            let seconds = started.elapsed().as_secs();
            clear(is_terminal)?;
            // Another cargo may hold the target folder.
            let what = if compiled == 0 {
                "waiting for cargo".to_owned()
            } else {
                format!("building: crate {compiled}, {last}")
            };
            write!(stderr(), "{what} ({seconds} s)")?;
            if !is_terminal {
                writeln!(stderr())?;
            }
            stderr().flush()?;
            shown = Instant::now();
        }
    }
    clear(is_terminal)?;
    let _ = reader.join();
    child.wait()
}

/// Whether a line is cargo's progress, and of which crate.
fn progress(line: &str) -> Option<Option<&str>> {
    let mut words = line.split_whitespace();
    match words.next() {
        Some("Compiling" | "Downloaded") => Some(words.next()),
        Some("Blocking" | "Downloading" | "Finished" | "Locking" | "Updating") => Some(None),
        _ => None,
    }
}

fn clear(is_terminal: bool) -> std::io::Result<()> {
    if is_terminal { write!(stderr(), "\r\x1b[K") } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::progress;

    #[test]
    fn what_cargo_says_of_its_progress_is_told_from_what_its_user_must_see() {
        assert_eq!(progress("   Compiling burn-flex v0.22.1"), Some(Some("burn-flex")));
        assert_eq!(progress("    Finished `release` profile [optimized] target(s) in 0.30s"), Some(None));
        assert_eq!(progress("error[E0432]: unresolved import"), None);
        assert_eq!(progress("warning: unused"), None);
    }
}
