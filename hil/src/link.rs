//! Link to a target: messages as frames over a serial port, a pseudo-terminal or a real one.

use crate::lossy::Lossy;
use convex_edge_core::wire::{self, Accumulator, TO_HOST_FRAME, TO_TARGET_FRAME, ToHost, ToTarget};
use serialport::{ClearBuffer, SerialPort};
use std::io::ErrorKind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How long one read or write waits before the interrupt flag is looked at again.
const PATIENCE: Duration = Duration::from_millis(50);

/// How long a frame may wait for room in the port's transmit buffer.
const WRITE_LIMIT: Duration = Duration::from_secs(2);

/// A serial port that carries messages.
pub struct Link {
    port: Box<dyn SerialPort>,
    accumulator: Accumulator<TO_HOST_FRAME>,
    /// Received, not yet accumulated.
    received: std::vec::IntoIter<u8>,
    bad_frames: u32,
    lossy: Option<Lossy>,
    interrupt: &'static AtomicBool,
}

/// Errors of a link.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LinkError {
    /// The port does not exist, is in use or may not be opened.
    #[error("serial port {path}: {source}; is it plugged in, free and yours to open (group dialout)?")]
    Open {
        /// The port.
        path: String,
        /// Error of the serial port.
        source: serialport::Error,
    },
    /// The other side went away.
    #[error("the serial port closed: the emulator ended or the board was unplugged")]
    Closed,
    /// The transmit buffer stayed full.
    #[error("the serial port takes no bytes: the target does not read; reset it")]
    Stuck,
    /// Reading or writing failed.
    #[error("serial port: {0}")]
    Port(#[from] std::io::Error),
    /// A message is longer than its frame; a bug of this program.
    #[error("a message does not fit in {TO_TARGET_FRAME} bytes: a bug, please report it")]
    TooLong,
    /// The interrupt flag was set.
    #[error("interrupted")]
    Interrupted,
}

impl Link {
    /// Opens a serial port; bytes that wait there are dropped. Once `interrupt` is true, every call that waits
    /// ends with [`LinkError::Interrupted`].
    ///
    /// # Errors
    /// [`LinkError::Open`].
    pub fn open(path: &str, baud: u32, interrupt: &'static AtomicBool) -> Result<Self, LinkError> {
        let open = || {
            let port = serialport::new(path, baud).timeout(PATIENCE).open()?;
            port.clear(ClearBuffer::Input)?;
            Ok(port)
        };
        let port = open().map_err(|source| LinkError::Open { path: path.to_owned(), source })?;
        Ok(Self::new(port, interrupt))
    }

    pub(crate) fn new(port: Box<dyn SerialPort>, interrupt: &'static AtomicBool) -> Self {
        Self {
            port,
            accumulator: Accumulator::new(),
            received: Vec::new().into_iter(),
            bad_frames: 0,
            lossy: None,
            interrupt,
        }
    }

    /// From now on the line is bad in both directions; `None`: good again.
    pub fn set_lossy(&mut self, lossy: Option<Lossy>) {
        self.lossy = lossy;
    }

    /// Frames received that could not be read.
    pub fn bad_frames(&self) -> u32 {
        self.bad_frames
    }

    /// Sends a message.
    ///
    /// # Errors
    /// Any [`LinkError`] but `Open`.
    pub fn send(&mut self, message: &ToTarget) -> Result<(), LinkError> {
        let mut frame = [0; TO_TARGET_FRAME];
        let frame = wire::encode(message, &mut frame).map_err(|_| LinkError::TooLong)?;
        self.send_bytes(frame)
    }

    /// Sends bytes that need not be a frame.
    ///
    /// # Errors
    /// Any [`LinkError`] but `Open` and `TooLong`.
    pub fn send_bytes(&mut self, bytes: &[u8]) -> Result<(), LinkError> {
        let damaged = self.lossy.as_mut().map(|lossy| lossy.pass(bytes));
        let mut rest = damaged.as_deref().unwrap_or(bytes);
        let deadline = Instant::now() + WRITE_LIMIT;
        while !rest.is_empty() {
            self.check_interrupt()?;
            match self.port.write(rest) {
                Ok(written) => rest = rest.get(written..).unwrap_or_default(),
                Err(error) if waits(&error) && Instant::now() < deadline => {}
                Err(error) if waits(&error) => return Err(LinkError::Stuck),
                Err(error) => return Err(self.failed(error)),
            }
        }
        Ok(())
    }

    /// The next readable message, `None` once the deadline has passed.
    ///
    /// # Errors
    /// [`LinkError::Closed`], [`LinkError::Port`], [`LinkError::Interrupted`].
    pub fn receive(&mut self, deadline: Instant) -> Result<Option<ToHost>, LinkError> {
        loop {
            for byte in self.received.by_ref() {
                match self.accumulator.push(byte) {
                    Some(Ok(message)) => return Ok(Some(message)),
                    Some(Err(_)) => self.bad_frames = self.bad_frames.wrapping_add(1),
                    None => {}
                }
            }
            self.check_interrupt()?;
            if Instant::now() >= deadline {
                return Ok(None);
            }
            self.received = self.read()?.into_iter();
        }
    }

    fn read(&mut self) -> Result<Vec<u8>, LinkError> {
        let mut buffer = [0; 4096];
        match self.port.read(&mut buffer) {
            Ok(0) => Err(self.failed(ErrorKind::BrokenPipe.into())),
            Ok(count) => {
                let bytes = buffer.get(..count).unwrap_or_default();
                Ok(self.lossy.as_mut().map_or_else(|| bytes.to_vec(), |lossy| lossy.pass(bytes)))
            }
            Err(error) if waits(&error) => Ok(Vec::new()),
            Err(error) => Err(self.failed(error)),
        }
    }

    fn check_interrupt(&self) -> Result<(), LinkError> {
        if self.interrupt.load(Ordering::Relaxed) { Err(LinkError::Interrupted) } else { Ok(()) }
    }

    fn failed(&self, error: std::io::Error) -> LinkError {
        match error.kind() {
            // An interrupt may end the other side before this one sees its own flag.
            _ if self.check_interrupt().is_err() => LinkError::Interrupted,
            ErrorKind::BrokenPipe => LinkError::Closed,
            _ => LinkError::Port(error),
        }
    }
}

/// Whether a read or write only found nothing to do yet.
fn waits(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock | ErrorKind::Interrupted)
}
