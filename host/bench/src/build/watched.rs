//! A command with the time of its first output and its longest silence, as its user sees them.

use super::BuildError;
use convex_edge_setup::step::command_line;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Destination of a command's output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Output {
    /// A pseudo-terminal.
    Terminal,
    /// A pipe.
    Pipe,
}

/// Observations of a command while it ran.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Watched {
    /// Until its end.
    pub seconds: f64,
    /// Until its first output.
    pub first: f64,
    /// Longest time without any output, that before the first and after the last one included.
    pub silence: f64,
    /// Whether it ended well.
    pub succeeded: bool,
}

/// Runs a command to its end, with everything that it prints in the log.
pub(super) fn watch(mut command: Command, output: Output, log: &Path) -> Result<Watched, BuildError> {
    let line = command_line(&command);
    run(&mut command, output, log).map_err(|source| BuildError::Watch { command: line, source })
}

fn run(command: &mut Command, output: Output, log: &Path) -> io::Result<Watched> {
    let mut log = File::create(log)?;
    let (mut reader, writer): (Box<dyn Read>, Stdio) = match output {
        Output::Pipe => {
            let (reader, writer) = io::pipe()?;
            command.stderr(writer.try_clone()?);
            (Box::new(reader), writer.into())
        }
        Output::Terminal => {
            let own = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
            grantpt(&own)?;
            unlockpt(&own)?;
            let name = ptsname(&own, Vec::new())?;
            let other = File::options().read(true).write(true).open(Path::new(&*name.to_string_lossy()))?;
            command.stderr(other.try_clone()?).env("TERM", "xterm");
            (Box::new(File::from(own)), other.into())
        }
    };
    let started = Instant::now();
    let mut child = command.stdin(Stdio::null()).stdout(writer).spawn()?;
    // The command has copies of its own of the writing side: with these, the reading side would never end.
    *command = Command::new("true");
    let (mut first, mut last, mut silence) = (None, started, Duration::ZERO);
    let mut buffer = [0; 4096];
    // A terminal without a writer gives an error, not an end of file.
    while let Ok(count @ 1..) = reader.read(&mut buffer) {
        let now = Instant::now();
        silence = silence.max(now - last);
        last = now;
        first.get_or_insert(now - started);
        log.write_all(buffer.get(..count).unwrap_or_default())?;
    }
    let status = child.wait()?;
    let seconds = started.elapsed();
    silence = silence.max(last.elapsed());
    Ok(Watched {
        seconds: seconds.as_secs_f64(),
        first: first.unwrap_or(seconds).as_secs_f64(),
        silence: silence.as_secs_f64(),
        succeeded: status.success(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silences_are_seen_in_a_pipe_and_in_a_terminal() {
        let folder = tempfile::tempdir().unwrap();
        for output in [Output::Pipe, Output::Terminal] {
            let mut command = Command::new("sh");
            let test = if output == Output::Terminal { "[ -t 1 ] && [ -t 2 ]" } else { "[ ! -t 1 ]" };
            command.args(["-c", &format!("sleep 0.2; echo first; sleep 0.5; echo last >&2; {test}")]);
            let log = folder.path().join("log");
            let watched = watch(command, output, &log).unwrap();
            assert!(watched.succeeded, "{output:?}");
            assert!(watched.first >= 0.2 && watched.silence >= 0.5 && watched.seconds >= 0.7, "{watched:?}");
            let text = std::fs::read_to_string(log).unwrap();
            assert!(text.starts_with("first") && text.contains("last"), "{text}");
        }
    }
}
