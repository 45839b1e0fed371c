//! Measurements of a set on the emulated microcontroller.

use super::set::Set;
use convex_edge_core::problem_set::{ADDRESS, Answer, Farewell, Greeting, LINE_BYTES};
use convex_edge_hil::batch::{self, Batch};
use convex_edge_hil::board::{self, BoardError};
use convex_edge_hil::process::ProcessError;
use convex_edge_hil::qemu::instructions_at;
use convex_edge_runs::interrupt;
use convex_edge_setup::thumb::{self, ThumbError};

const BOARD: &str = "b-l475e-iot01a";

/// Shifts of the counter: exact to two instructions, and one that lasts eight times longer.
const SHIFTS: [u32; 2] = [6, 3];

/// Errors of a measurement.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// The board's description.
    #[error(transparent)]
    Board(#[from] BoardError),
    /// The program for the size was not built.
    #[error(transparent)]
    Thumb(#[from] ThumbError),
    /// QEMU.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// The file of the set.
    #[error("the problems cannot be written for QEMU: {0}; free the space or mend the permissions")]
    File(#[from] std::io::Error),
    /// Another set than the program can read, or a line that is none of its.
    #[error("the program for {0} on the target answers in another form: it and this command are of different versions")]
    Answer(&'static str),
    /// A solve of 26 million instructions or more.
    #[error("a problem of {0} takes more instructions than the target's counter holds; leave it out with --family")]
    Counter(&'static str),
}

impl TargetError {
    /// Whether only a tool is missing on this computer; the message names the way to get it.
    pub fn is_lack(&self) -> bool {
        use ThumbError::{Debian, NoCompiler, Workspace};
        matches!(
            self,
            Self::Thumb(NoCompiler | Debian(_) | Workspace(_))
                | Self::Process(ProcessError::EmulatorMissing(_) | ProcessError::MachineUnknown { .. })
        )
    }
}

/// Answers of the target to a set.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// Memory of a problem and of the workspace.
    pub greeting: Greeting,
    /// One for each problem.
    pub answers: Vec<Answer>,
    /// Instructions of each solve.
    pub instructions: Vec<u32>,
    /// Depth of the stack.
    pub farewell: Farewell,
}

/// Solves a set in QEMU; builds the program for its size first.
///
/// # Errors
/// [`TargetError`].
pub fn measure(set: &Set) -> Result<Measured, TargetError> {
    let board = board::find(BOARD)?;
    let microcontroller = board.microcontroller.as_ref().ok_or(TargetError::Answer(set.family))?;
    let program = thumb::count_elf(set.variables, set.constraints)?;
    let file = tempfile::NamedTempFile::new()?;
    std::fs::write(file.path(), &set.bytes)?;
    for shift in SHIFTS {
        let answer_bytes = (set.problems + 2) * LINE_BYTES;
        let data = file.path();
        let batch = Batch { microcontroller, program: &program, data, address: ADDRESS, shift, answer_bytes };
        let bytes = batch::run(&batch, &interrupt::REQUESTED)?;
        let measured = read(set, &bytes, shift).ok_or(TargetError::Answer(set.family))?;
        if measured.answers.iter().all(|answer| answer.ticks < u32::MAX) {
            return Ok(measured);
        }
    }
    Err(TargetError::Counter(set.family))
}

fn read(set: &Set, bytes: &[u8], shift: u32) -> Option<Measured> {
    let (greeting, lines) = bytes.as_chunks().0.split_first()?;
    let (farewell, lines) = lines.split_last()?;
    let greeting = Greeting::from_bytes(*greeting)?;
    let answers: Vec<Answer> = lines.iter().copied().map(Answer::from_bytes).collect();
    let complete = usize::try_from(greeting.problems) == Ok(set.problems) && answers.len() == set.problems;
    complete.then_some(Measured {
        greeting,
        instructions: answers.iter().map(|answer| instructions_at(shift, answer.ticks)).collect(),
        answers,
        farewell: Farewell::from_bytes(*farewell)?,
    })
}
