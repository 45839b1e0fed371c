//! What does a program say that computes by itself in QEMU, its instructions counted?

use crate::board::Microcontroller;
use crate::process::{PATIENCE, ProcessError, end, ended_early, on_path, own_group, watch_errors};
use crate::qemu;
use std::io::Read;
use std::path::Path;
use std::process::{Child, ChildStdout, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::spawn;
use std::time::{Duration, Instant};

/// How long the program may compute without saying anything.
const SILENCE_LIMIT: Duration = Duration::from_secs(60);

/// What is run.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    /// What is emulated.
    pub microcontroller: &'a Microcontroller,
    /// The program's ELF.
    pub program: &'a Path,
    /// A file that lies in flash.
    pub data: &'a Path,
    /// Its address.
    pub address: u32,
    /// The shift of [`qemu::instructions_at`].
    pub shift: u32,
    /// Bytes that the program says before it is done.
    pub answer_bytes: usize,
}

/// Ends and reaps the emulator.
struct Emulator(Child);

impl Drop for Emulator {
    fn drop(&mut self) {
        end(&mut self.0);
    }
}

/// Runs a program until it has said on its serial port what it was to say; the emulator ends with that.
///
/// # Errors
/// A [`ProcessError`]; then no process is left behind.
pub fn run(batch: &Batch, interrupt: &'static AtomicBool) -> Result<Vec<u8>, ProcessError> {
    if !batch.program.is_file() {
        return Err(ProcessError::FirmwareMissing(batch.program.to_owned()));
    }
    let name = &batch.microcontroller.qemu.program;
    let program = on_path(name).ok_or_else(|| ProcessError::EmulatorMissing(name.clone()))?;
    let data = (batch.data, batch.address);
    let mut command = qemu::command(&program, batch.microcontroller, batch.program, data, "stdio", Some(batch.shift));
    own_group(&mut command);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let failed = |source| ProcessError::Run { program: program.clone(), source };
    let mut emulator = Emulator(command.spawn().map_err(failed)?);
    let (parts, errors) = (watch_output(emulator.0.stdout.take()), watch_errors(emulator.0.stderr.take()));
    let mut answer = Vec::with_capacity(batch.answer_bytes);
    let mut last = Instant::now();
    while answer.len() < batch.answer_bytes {
        match parts.recv_timeout(PATIENCE) {
            Ok(part) => {
                answer.extend(part);
                last = Instant::now();
            }
            Err(RecvTimeoutError::Disconnected) => {
                return Err(ended_early(&mut emulator.0, &program, Some(batch.microcontroller), errors));
            }
            Err(RecvTimeoutError::Timeout) if interrupt.load(Ordering::Relaxed) => {
                return Err(ProcessError::Interrupted);
            }
            Err(RecvTimeoutError::Timeout) if last.elapsed() < SILENCE_LIMIT => {}
            Err(RecvTimeoutError::Timeout) => {
                let (received, expected) = (answer.len(), batch.answer_bytes);
                return Err(ProcessError::Silent { program, received, expected });
            }
        }
    }
    Ok(answer)
}

/// Gives the output as it comes; ends with it.
fn watch_output(stdout: Option<ChildStdout>) -> Receiver<Vec<u8>> {
    let (sender, parts) = channel();
    spawn(move || {
        let mut buffer = [0; 4096];
        let Some(mut stream) = stdout else { return };
        while let Ok(bytes @ 1..) = stream.read(&mut buffer) {
            let part = buffer.get(..bytes).unwrap_or_default();
            // Nobody listens any more once the answer is whole.
            if sender.send(part.to_vec()).is_err() {
                return;
            }
        }
    });
    parts
}
