//! The application as a host process, on a pseudo-terminal in place of the serial line.

use super::{Board, TICK_RATE};
use convex_edge_core::{artefact, wire::CycleCounter};
use serialport::{SerialPort, TTYPort};
use std::convert::Infallible;
use std::io::{ErrorKind, Read, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::spawn;
use std::time::{Duration, Instant};

/// Bytes of frames that wait for the pseudo-terminal, as on the microcontroller.
const TRANSMIT_BYTES: usize = 1024;

/// Errors at the start of the process.
#[derive(Debug, thiserror::Error)]
pub enum NativeError {
    /// Not exactly one argument.
    #[error("usage: {} ARTEFACT; stands in for a board until its standard input ends", env!("CARGO_BIN_NAME"))]
    Usage,
    /// The artefact's file cannot be read.
    #[error("the artefact {path} cannot be read: {source}")]
    Artefact {
        /// The file.
        path: PathBuf,
        /// Error of the operating system.
        source: std::io::Error,
    },
    /// The system gives no pseudo-terminal.
    #[error("no pseudo-terminal to be had: {0}")]
    Terminal(#[from] serialport::Error),
    /// The terminal's name could not be told.
    #[error("standard output is closed: {0}")]
    Output(#[from] std::io::Error),
}

/// A pseudo-terminal with a thread for each direction.
struct Native {
    /// Held open, so that a host may come, go and come again.
    _host_side: TTYPort,
    received: Receiver<u8>,
    /// Taken by [`Board::rest`] before it was asked for.
    peeked: Option<u8>,
    outgoing: Sender<Vec<u8>>,
    waiting: Arc<AtomicUsize>,
    start: Instant,
}

/// Serves until standard input ends, so that no process outlives the one that started it.
///
/// # Errors
/// A [`NativeError`].
pub fn run() -> Result<Infallible, NativeError> {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(path), None) = (arguments.next(), arguments.next()) else { return Err(NativeError::Usage) };
    let path = PathBuf::from(path);
    let mut page = std::fs::read(&path).map_err(|source| NativeError::Artefact { path, source })?;
    // Flash ends there as well.
    page.truncate(artefact::MAXIMUM_BYTES);

    let (mut board, port) = Native::open()?;
    spawn(|| {
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        std::process::exit(0);
    });
    // The same line as QEMU's.
    writeln!(std::io::stdout(), "char device redirected to {port} (label serial0)")?;
    let mut memory = crate::Memory::new();
    crate::serving::serve(&mut board, &page, &mut memory)
}

impl Native {
    fn open() -> Result<(Self, String), serialport::Error> {
        let (target_side, host_side) = TTYPort::pair()?;
        let port = host_side.name().unwrap_or_default();
        let (bytes, received) = channel();
        let (outgoing, frames) = channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let (input, sent) = (target_side.try_clone_native()?, Arc::clone(&waiting));
        spawn(move || read_all(input, &bytes));
        spawn(move || write_all(target_side, &frames, &sent));
        let start = Instant::now();
        Ok((Self { _host_side: host_side, received, peeked: None, outgoing, waiting, start }, port))
    }
}

fn read_all(mut input: TTYPort, bytes: &Sender<u8>) {
    let mut buffer = [0; 256];
    loop {
        match input.read(&mut buffer) {
            Ok(length) => {
                if buffer.iter().take(length).any(|&byte| bytes.send(byte).is_err()) {
                    return;
                }
            }
            Err(error) if matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::Interrupted) => {}
            Err(_) => std::process::exit(1),
        }
    }
}

fn write_all(mut output: TTYPort, frames: &Receiver<Vec<u8>>, sent: &AtomicUsize) {
    for frame in frames {
        let mut rest = frame.as_slice();
        while !rest.is_empty() {
            match output.write(rest) {
                Ok(length) => rest = rest.get(length..).unwrap_or_default(),
                Err(error) if matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::Interrupted) => {}
                Err(_) => std::process::exit(1),
            }
        }
        sent.fetch_sub(frame.len(), Ordering::Release);
    }
}

impl Board for Native {
    const NAME: &'static str = "native";

    fn ticks(&self) -> u32 {
        // Wraps, as the trait says.
        (self.start.elapsed().as_micros() * u128::from(TICK_RATE) / 1_000_000) as u32
    }

    fn receive(&mut self) -> Option<u8> {
        self.peeked.take().or_else(|| self.received.try_recv().ok())
    }

    fn overruns(&self) -> u32 {
        0
    }

    fn transmit_room(&self) -> usize {
        TRANSMIT_BYTES.saturating_sub(self.waiting.load(Ordering::Acquire))
    }

    fn transmit(&mut self, frame: &[u8]) -> bool {
        if self.transmit_room() < frame.len() {
            return false;
        }
        self.waiting.fetch_add(frame.len(), Ordering::Release);
        self.outgoing.send(frame.to_vec()).is_ok()
    }

    fn set_armed(&mut self, _: bool) {}

    fn cycle_counter(&self) -> CycleCounter {
        CycleCounter::None
    }

    fn cycles(&self) -> Option<u32> {
        None
    }

    fn stack_free(&self) -> Option<u32> {
        None
    }

    fn rest(&mut self) {
        if self.peeked.is_none() {
            self.peeked = self.received.recv_timeout(Duration::from_secs(1) / TICK_RATE).ok();
        }
    }
}
