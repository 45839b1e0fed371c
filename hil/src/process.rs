//! Process of a target without hardware: QEMU, or the firmware as a process of this computer.

use crate::board::{Board, Microcontroller};
use crate::qemu;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::{JoinHandle, spawn};
use std::time::{Duration, Instant};

/// How long a process may take to name its pseudo-terminal.
const START_LIMIT: Duration = Duration::from_secs(20);

/// How long one wait lasts before the interrupt flag is looked at again.
pub(crate) const PATIENCE: Duration = Duration::from_millis(50);

/// A running target; dropping it ends and reaps the process.
pub struct Process {
    child: Child,
    port: String,
}

/// Errors at the start of a target.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProcessError {
    /// No emulator.
    #[error("{0} is not there: `cargo edge doctor --fix` installs it")]
    EmulatorMissing(String),
    /// An emulator, but without this board.
    #[error("{program} does not know the machine {machine}: `cargo edge doctor --fix` installs a newer one")]
    MachineUnknown {
        /// The emulator.
        program: String,
        /// Its `-machine`.
        machine: String,
    },
    /// No firmware at this path.
    #[error("no firmware at {0}: `cargo edge hil` builds it")]
    FirmwareMissing(PathBuf),
    /// No artefact at this path.
    #[error("no artefact at {0}: `cargo edge export mountain-car` makes one")]
    ArtefactMissing(PathBuf),
    /// The system cannot start or watch the process.
    #[error("{program} cannot be run: {source}")]
    Run {
        /// The program.
        program: PathBuf,
        /// Error of the operating system.
        source: std::io::Error,
    },
    /// It ended before it named its serial port.
    #[error("{program} ended early ({status}): {last_line}")]
    ExitedEarly {
        /// The program.
        program: PathBuf,
        /// Exit status of the process.
        status: ExitStatus,
        /// The last thing it wrote to its error stream.
        last_line: String,
    },
    /// It runs but names no serial port.
    #[error("{program} named no pseudo-terminal within {} s: is the computer overloaded?", START_LIMIT.as_secs())]
    NoPort {
        /// The program.
        program: PathBuf,
    },
    /// It runs and sends nothing more.
    #[error("{program} fell silent after {received} of {expected} bytes: a fault on the target, or its stack is full")]
    Silent {
        /// The program.
        program: PathBuf,
        /// Bytes it said.
        received: usize,
        /// Number of bytes that it should have sent.
        expected: usize,
    },
    /// The interrupt flag was set.
    #[error("interrupted")]
    Interrupted,
}

impl Process {
    /// Starts a board's firmware with an artefact, under QEMU or as a process, and waits for its serial port; with
    /// `counting`, [`crate::qemu::instructions`] holds under QEMU.
    ///
    /// Call it from a thread that outlives the target: on Linux the emulator ends with the thread that started it.
    ///
    /// # Errors
    /// A [`ProcessError`]; then no process is left behind.
    pub fn start(
        board: &Board,
        firmware: &Path,
        artefact: &Path,
        counting: bool,
        interrupt: &'static AtomicBool,
    ) -> Result<Self, ProcessError> {
        if !firmware.is_file() {
            return Err(ProcessError::FirmwareMissing(firmware.to_owned()));
        }
        if !artefact.is_file() {
            return Err(ProcessError::ArtefactMissing(artefact.to_owned()));
        }
        match &board.microcontroller {
            Some(microcontroller) => {
                let name = &microcontroller.qemu.program;
                let program = on_path(name).ok_or_else(|| ProcessError::EmulatorMissing(name.clone()))?;
                let artefact = (artefact, microcontroller.artefact_address);
                let shift = counting.then_some(qemu::SHIFT);
                let mut command = qemu::command(&program, microcontroller, firmware, artefact, "pty", shift);
                command.stdin(Stdio::null());
                launch(command, &program, Some(microcontroller), interrupt)
            }
            None => {
                let mut command = Command::new(firmware);
                // It ends with its standard input, even when this process is killed.
                command.arg(artefact).stdin(Stdio::piped());
                launch(command, firmware, None, interrupt)
            }
        }
    }

    /// Path of its serial port, a pseudo-terminal.
    pub fn port(&self) -> &str {
        &self.port
    }

    /// Process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

pub(crate) fn end(child: &mut Child) {
    // Fails only where it has ended already.
    let _ = child.kill();
    let _ = child.wait();
}

fn launch(
    mut command: Command,
    program: &Path,
    microcontroller: Option<&Microcontroller>,
    interrupt: &'static AtomicBool,
) -> Result<Process, ProcessError> {
    own_group(&mut command);
    let failed = |source| ProcessError::Run { program: program.to_owned(), source };
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(failed)?;
    // Both streams are read to their ends, so that the process never waits for us.
    let (ports, errors) = (watch_port(child.stdout.take()), watch_errors(child.stderr.take()));
    let deadline = Instant::now() + START_LIMIT;
    loop {
        match ports.recv_timeout(PATIENCE) {
            Ok(port) => return Ok(Process { child, port }),
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) if interrupt.load(Ordering::Relaxed) => {
                end(&mut child);
                return Err(ProcessError::Interrupted);
            }
            Err(RecvTimeoutError::Timeout) if Instant::now() < deadline => {}
            Err(RecvTimeoutError::Timeout) => {
                end(&mut child);
                return Err(ProcessError::NoPort { program: program.to_owned() });
            }
        }
    }
    Err(ended_early(&mut child, program, microcontroller, errors))
}

/// Error of a process that has closed its output too early.
pub(crate) fn ended_early(
    child: &mut Child,
    program: &Path,
    microcontroller: Option<&Microcontroller>,
    errors: JoinHandle<String>,
) -> ProcessError {
    let status = match ended(child) {
        Ok(status) => status,
        Err(source) => return ProcessError::Run { program: program.to_owned(), source },
    };
    let text = errors.join().unwrap_or_default();
    match microcontroller {
        Some(Microcontroller { qemu, .. }) if text.contains("unsupported machine type") => {
            ProcessError::MachineUnknown { program: qemu.program.clone(), machine: qemu.machine.clone() }
        }
        _ => {
            let last_line = text.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("no message").to_owned();
            ProcessError::ExitedEarly { program: program.to_owned(), status, last_line }
        }
    }
}

/// Status of a process that has closed its output: given a moment it ends by itself.
fn ended(child: &mut Child) -> std::io::Result<ExitStatus> {
    let deadline = Instant::now() + Duration::from_secs(1);
    while Instant::now() < deadline {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        std::thread::sleep(PATIENCE);
    }
    child.kill()?;
    child.wait()
}

/// Gives the pseudo-terminal that the output names; ends without one where the output does.
fn watch_port(stdout: Option<ChildStdout>) -> Receiver<String> {
    let (sender, ports) = channel();
    spawn(move || {
        for line in stdout.into_iter().flat_map(|stream| BufReader::new(stream).lines()).map_while(Result::ok) {
            if let Some(port) = named_port(&line) {
                // The receiver is gone after the first one.
                let _ = sender.send(port.to_owned());
            }
        }
    });
    ports
}

fn named_port(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once("char device redirected to ")?;
    rest.split_whitespace().next()
}

pub(crate) fn watch_errors(stderr: Option<ChildStderr>) -> JoinHandle<String> {
    spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut stream) = stderr {
            // What came before a failure is still worth showing.
            let _ = stream.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// Keeps Ctrl-C at the terminal from ending the process before this one has tidied up.
pub(crate) fn own_group(command: &mut Command) {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    #[cfg(not(unix))]
    let _ = command;
}

pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    let file = format!("{program}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(&std::env::var_os("PATH")?).map(|folder| folder.join(&file)).find(|path| path.is_file())
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::board::{QemuMachine, find};
    use std::os::unix::fs::PermissionsExt;

    static CALM: AtomicBool = AtomicBool::new(false);

    /// A folder with a firmware, an artefact and an emulator that is this shell script.
    fn stage(script: &str) -> (tempfile::TempDir, Board) {
        let folder = tempfile::tempdir().unwrap();
        let emulator = folder.path().join("emulator");
        std::fs::write(&emulator, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&emulator, PermissionsExt::from_mode(0o755)).unwrap();
        std::fs::write(folder.path().join("firmware"), b"elf").unwrap();
        std::fs::write(folder.path().join("artefact"), b"bin").unwrap();
        let mut board = find("b-l475e-iot01a").unwrap();
        let microcontroller = board.microcontroller.take().unwrap();
        let program = emulator.to_str().unwrap().to_owned();
        let qemu = QemuMachine { program, ..microcontroller.qemu };
        board.microcontroller = Some(Microcontroller { qemu, ..microcontroller });
        (folder, board)
    }

    fn start(stage: &(tempfile::TempDir, Board), interrupt: &'static AtomicBool) -> Result<Process, ProcessError> {
        let (folder, board) = stage;
        Process::start(board, &folder.path().join("firmware"), &folder.path().join("artefact"), false, interrupt)
    }

    fn error(script: &str) -> ProcessError {
        start(&stage(script), &CALM).err().unwrap()
    }

    fn alive(id: u32) -> bool {
        Path::new(&format!("/proc/{id}")).exists()
    }

    #[test]
    fn the_port_is_taken_from_the_output_and_dropping_ends_the_process() {
        let prepared =
            stage("echo hello; echo 'char device redirected to /dev/pts/7 (label serial0)'; exec sleep 1000");
        let process = start(&prepared, &CALM).unwrap();
        assert_eq!(process.port(), "/dev/pts/7");
        let id = process.id();
        assert!(alive(id) || !Path::new("/proc/self").exists());
        drop(process);
        assert!(!alive(id));
    }

    #[test]
    fn the_emulator_gets_the_firmware_and_the_artefact_at_its_address() {
        let prepared = stage("printf '%s ' \"$@\" >&2; exit 1");
        let message = start(&prepared, &CALM).err().unwrap().to_string();
        let folder = prepared.0.path().display();
        let options = format!(
            "-machine b-l475e-iot01a -m 1M -display none -monitor none -serial pty -kernel {folder}/firmware \
             -device loader,file={folder}/artefact,addr=0x80f0000,force-raw=on"
        );
        assert!(message.contains(&options), "{message}");
        assert!(!message.contains("icount"), "{message}");
    }

    #[test]
    fn a_process_that_ends_early_is_told_with_its_last_line() {
        let message = error("echo first >&2; echo 'no such device' >&2; exit 3").to_string();
        assert!(message.ends_with("ended early (exit status: 3): no such device"), "{message}");
    }

    #[test]
    fn an_emulator_without_the_board_is_told() {
        let error = error("echo 'x: unsupported machine type: \"b-l475e-iot01a\"' >&2; echo Use help >&2; exit 1");
        assert!(matches!(error, ProcessError::MachineUnknown { .. }), "{error}");
        assert!(error.to_string().contains("cargo edge doctor --fix"));
    }

    #[test]
    fn missing_files_and_programs_are_told() {
        let prepared = stage("exit 0");
        let (folder, mut board) = (prepared.0.path().to_owned(), prepared.1.clone());
        std::fs::remove_file(folder.join("artefact")).unwrap();
        assert!(matches!(start(&prepared, &CALM), Err(ProcessError::ArtefactMissing(_))));
        std::fs::write(folder.join("artefact"), b"bin").unwrap();
        board.microcontroller.as_mut().unwrap().qemu.program = "qemu-that-nobody-has".to_owned();
        let error = start(&(prepared.0, board), &CALM).err().unwrap();
        assert!(matches!(error, ProcessError::EmulatorMissing(_)), "{error}");
        let prepared = stage("exit 0");
        std::fs::remove_file(prepared.0.path().join("firmware")).unwrap();
        assert!(matches!(start(&prepared, &CALM), Err(ProcessError::FirmwareMissing(_))));
    }

    #[test]
    fn an_interrupt_ends_the_start_and_the_process() {
        static RAISED: AtomicBool = AtomicBool::new(true);
        let prepared = stage("echo $$ > \"$(dirname \"$0\")/id\"; exec sleep 1000");
        assert!(matches!(start(&prepared, &RAISED), Err(ProcessError::Interrupted)));
        // The script may not have come as far as writing its id.
        if let Ok(id) = std::fs::read_to_string(prepared.0.path().join("id")) {
            assert!(id.trim().parse().is_ok_and(|id| !alive(id)) || id.is_empty());
        }
    }
}
