//! Signs of life of long steps: bars and spinners in a terminal, and a line now and then elsewhere.

use crate::processor_time;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle, TermLike};
use std::io::{self, IsTerminal, Write};
use std::sync::Mutex;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// Time between two lines where standard error is no terminal.
const REPEATED: Duration = Duration::from_secs(10);

/// A bar over a known number of rounds, with the time that they take at the speed so far.
pub fn bar(length: u64, what: &'static str) -> ProgressBar {
    styled(length, what, "{msg:<12} [{bar:30}] {pos}/{len} {prefix} {eta}")
}

/// The same for rounds of very different length, without an estimate.
pub fn uneven_bar(length: u64, what: &'static str) -> ProgressBar {
    styled(length, what, "{msg:<12} [{bar:30}] {pos}/{len} {prefix}")
}

fn styled(length: u64, what: &'static str, template: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::with_draw_target(Some(length), target()).with_style(style).with_message(what);
    // It moves on the screen also while nothing is done.
    bar.enable_steady_tick(Duration::from_secs(1));
    bar
}

/// A spinner with the title and the time.
pub fn spinner(title: &str) -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {msg} ({elapsed})");
    let bar = ProgressBar::with_draw_target(None, target()).with_message(title.to_owned());
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    bar.enable_steady_tick(Duration::from_millis(100));
    if !io::stderr().is_terminal() {
        eprintln!("{title}");
    }
    bar
}

fn target() -> ProgressDrawTarget {
    if io::stderr().is_terminal() {
        return ProgressDrawTarget::stderr();
    }
    ProgressDrawTarget::term_like_with_hz(Box::new(Lines::new()), 1)
}

/// Standard error without a terminal: what is drawn becomes a line, and most of it none.
#[derive(Debug)]
struct Lines {
    drawn: Mutex<(Instant, String)>,
}

impl Lines {
    fn new() -> Self {
        Self { drawn: Mutex::new((Instant::now(), String::new())) }
    }

    fn with<T>(&self, work: impl FnOnce(&mut (Instant, String)) -> T) -> T {
        work(&mut self.drawn.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

impl TermLike for Lines {
    fn width(&self) -> u16 {
        120
    }

    fn move_cursor_up(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_down(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_right(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_left(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.write_str(text)
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.with(|(_, line)| line.push_str(text));
        Ok(())
    }

    fn clear_line(&self) -> io::Result<()> {
        self.with(|(_, line)| line.clear());
        Ok(())
    }

    fn flush(&self) -> io::Result<()> {
        self.with(|(last, line)| {
            let text = std::mem::take(line);
            if text.trim().is_empty() || last.elapsed() < REPEATED {
                return Ok(());
            }
            *last = Instant::now();
            writeln!(io::stderr(), "{}", text.trim())
        })
    }
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
