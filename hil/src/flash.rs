//! Flashing of firmware and artefact into a real board, by the external program probe-rs.

use crate::board::Board;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const PROGRAM: &str = "probe-rs";

/// A call of an external program; shown as a shell takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandLine {
    /// The program.
    pub program: String,
    /// Its arguments.
    pub arguments: Vec<String>,
}

impl fmt::Display for CommandLine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.program)?;
        self.arguments.iter().try_for_each(|argument| write!(formatter, " {}", quote(argument)))
    }
}

/// Errors of flashing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FlashError {
    /// The board is a process.
    #[error("board '{0}' has no flash: `cargo edge hil --board {0}` starts it")]
    NoHardware(String),
    /// No file at this path.
    #[error("no file {0}: `cargo edge export mountain-car` makes the artefact, `cargo edge flash` builds the firmware")]
    FileMissing(PathBuf),
    /// A path that cannot be shown exactly cannot be part of a plan.
    #[error("the path {0:?} is not Unicode: move the file")]
    Path(PathBuf),
    /// probe-rs is not installed.
    #[error("probe-rs is not there: `cargo install probe-rs-tools --locked`, or see https://probe.rs")]
    ToolMissing,
    /// No debug probe.
    #[error(
        "no debug probe is connected: plug in the board's ST-LINK USB port (on Linux, see https://probe.rs for udev)"
    )]
    ProbeMissing,
    /// probe-rs failed in another way.
    #[error("`{command}` failed: {message}")]
    Failed {
        /// Command that was run.
        command: CommandLine,
        /// Last line of its output.
        message: String,
    },
}

/// What flashing a board takes, in order: firmware, artefact, reset.
///
/// # Errors
/// [`FlashError::NoHardware`], [`FlashError::FileMissing`], [`FlashError::Path`].
pub fn plan(board: &Board, firmware: &Path, artefact: &Path) -> Result<Vec<CommandLine>, FlashError> {
    let Some(microcontroller) = &board.microcontroller else {
        return Err(FlashError::NoHardware(board.name.clone()));
    };
    let address = format!("{:#010x}", microcontroller.artefact_address);
    let command = |verb: &str, rest: &[&str]| {
        let arguments = [verb, "--non-interactive", "--chip", &microcontroller.chip];
        CommandLine {
            program: PROGRAM.to_owned(),
            arguments: arguments.iter().chain(rest).map(|&argument| argument.to_owned()).collect(),
        }
    };
    Ok(vec![
        command("download", &["--verify", "--binary-format", "elf", file(firmware)?]),
        command("download", &["--verify", "--binary-format", "bin", "--base-address", &address, file(artefact)?]),
        command("reset", &[]),
    ])
}

fn file(path: &Path) -> Result<&str, FlashError> {
    if !path.is_file() {
        return Err(FlashError::FileMissing(path.to_owned()));
    }
    path.to_str().ok_or_else(|| FlashError::Path(path.to_owned()))
}

/// Runs one command of a [`plan`]; its progress goes to the terminal.
///
/// # Errors
/// [`FlashError::ToolMissing`], [`FlashError::ProbeMissing`], [`FlashError::Failed`].
pub fn run(line: &CommandLine) -> Result<(), FlashError> {
    let mut command = Command::new(&line.program);
    command.args(&line.arguments).stdin(Stdio::null()).stdout(Stdio::inherit());
    let failed = |message: String| FlashError::Failed { command: line.clone(), message };
    let output = match command.stderr(Stdio::piped()).output() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(FlashError::ToolMissing),
        Err(error) => return Err(failed(error.to_string())),
        Ok(output) => output,
    };
    let errors = String::from_utf8_lossy(&output.stderr);
    if output.status.success() {
        Ok(())
    } else if errors.contains("No connected probes were found") {
        Err(FlashError::ProbeMissing)
    } else {
        let message = errors.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("no message");
        Err(failed(format!("{} ({})", message.trim(), output.status)))
    }
}

fn quote(argument: &str) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || "-_./=:,+".contains(character);
    if !argument.is_empty() && argument.chars().all(plain) {
        argument.to_owned()
    } else {
        format!("'{}'", argument.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::board;

    fn files() -> (tempfile::TempDir, PathBuf, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let (firmware, artefact) = (folder.path().join("firm ware.elf"), folder.path().join("artefact.bin"));
        std::fs::write(&firmware, b"elf").unwrap();
        std::fs::write(&artefact, b"bin").unwrap();
        (folder, firmware, artefact)
    }

    #[test]
    fn the_plan_writes_firmware_then_artefact_then_resets() {
        let (folder, firmware, artefact) = files();
        let board = board::find("b-l475e-iot01a").unwrap();
        let plan = plan(&board, &firmware, &artefact).unwrap();
        let shown: Vec<String> = plan.iter().map(ToString::to_string).collect();
        let folder = folder.path().display();
        assert_eq!(
            shown,
            [
                format!(
                    "probe-rs download --non-interactive --chip STM32L475VGTx --verify --binary-format elf \
                     '{folder}/firm ware.elf'"
                ),
                format!(
                    "probe-rs download --non-interactive --chip STM32L475VGTx --verify --binary-format bin \
                     --base-address 0x080f0000 {folder}/artefact.bin"
                ),
                "probe-rs reset --non-interactive --chip STM32L475VGTx".to_owned(),
            ]
        );
    }

    #[test]
    fn a_missing_file_and_a_board_without_flash_are_named() {
        let (_folder, firmware, artefact) = files();
        let board = board::find("b-l475e-iot01a").unwrap();
        let missing = artefact.with_file_name("nothing.bin");
        assert!(matches!(plan(&board, &firmware, &missing), Err(FlashError::FileMissing(path)) if path == missing));
        let native = board::find("native").unwrap();
        assert!(matches!(plan(&native, &firmware, &artefact), Err(FlashError::NoHardware(_))));
    }

    #[test]
    fn a_missing_tool_is_named() {
        let line = CommandLine { program: "probe-rs-that-nobody-has".to_owned(), arguments: Vec::new() };
        assert!(matches!(run(&line), Err(FlashError::ToolMissing)));
    }

    #[cfg(unix)]
    #[test]
    fn a_missing_probe_and_other_failures_are_told_apart() {
        let shell = |script: &str| CommandLine {
            program: "sh".to_owned(),
            arguments: vec!["-c".to_owned(), script.to_owned()],
        };
        let error = run(&shell("echo 'Error: No connected probes were found.' >&2; exit 1")).unwrap_err();
        assert!(matches!(error, FlashError::ProbeMissing));
        let error = run(&shell("echo 'chip is locked' >&2; exit 3")).unwrap_err().to_string();
        assert!(error.contains("chip is locked (exit status: 3)"), "{error}");
        assert!(run(&shell("true")).is_ok());
    }
}
