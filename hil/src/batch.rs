//! Batch run in QEMU: a program computes by itself, its output is collected, its instructions are counted.

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

/// Longest time that the program may compute without output.
const SILENCE_LIMIT: Duration = Duration::from_secs(60);

/// One batch run.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    /// Microcontroller to emulate.
    pub microcontroller: &'a Microcontroller,
    /// The program's ELF.
    pub program: &'a Path,
    /// A file that lies in flash.
    pub data: &'a Path,
    /// Its address.
    pub address: u32,
    /// The shift of [`qemu::instructions_at`].
    pub shift: u32,
    /// Number of bytes that the program sends before it ends.
    pub answer_bytes: usize,
}

/// Ends and reaps the emulator.
struct Emulator(Child);

impl Drop for Emulator {
    fn drop(&mut self) {
        end(&mut self.0);
    }
}

/// Runs a program until it has sent all its bytes over the serial port, then ends the emulator.
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
            // The receiver is gone once the answer is complete.
            if sender.send(part.to_vec()).is_err() {
                return;
            }
        }
    });
    parts
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::board::{QemuMachine, find};
    use std::os::unix::fs::PermissionsExt;

    static CALM: AtomicBool = AtomicBool::new(false);
    static RAISED: AtomicBool = AtomicBool::new(true);

    /// Runs an emulator that is this shell script, for four bytes.
    fn run_script(script: &str, interrupt: &'static AtomicBool) -> Result<Vec<u8>, ProcessError> {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        std::fs::write(file("emulator"), format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(file("emulator"), PermissionsExt::from_mode(0o755)).unwrap();
        std::fs::write(file("program"), b"elf").unwrap();
        let microcontroller = find("b-l475e-iot01a").unwrap().microcontroller.unwrap();
        let program = file("emulator").to_str().unwrap().to_owned();
        let qemu = QemuMachine { program, ..microcontroller.qemu };
        let batch = Batch {
            microcontroller: &Microcontroller { qemu, ..microcontroller },
            program: &file("program"),
            data: &file("data"),
            address: 0x0802_0000,
            shift: 3,
            answer_bytes: 4,
        };
        run(&batch, interrupt)
    }

    #[test]
    fn the_answer_is_what_the_program_says_and_the_emulator_ends_with_it() {
        let begin = Instant::now();
        assert_eq!(run_script("printf ab; sleep 0.1; printf cd; exec sleep 1000", &CALM).unwrap(), b"abcd");
        assert!(begin.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn the_emulator_gets_the_data_and_the_shift() {
        let message = run_script("printf '%s ' \"$@\" >&2; exit 1", &CALM).unwrap_err().to_string();
        for option in ["-serial stdio", "/data,addr=0x8020000,force-raw=on", "-icount shift=3,sleep=off"] {
            assert!(message.contains(option), "{message}");
        }
    }

    #[test]
    fn an_early_end_and_an_interrupt_are_told() {
        let error = run_script("printf ab; echo broken >&2; exit 3", &CALM).unwrap_err();
        assert!(error.to_string().ends_with("ended early (exit status: 3): broken"), "{error}");
        assert!(matches!(run_script("exec sleep 1000", &RAISED), Err(ProcessError::Interrupted)));
    }
}
