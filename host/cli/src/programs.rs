//! Programs behind the command: each is built with what its commands need and nothing else.

use std::ffi::OsString;

/// A program of the workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Program {
    /// Set-up, tests, the demonstration: neither tensors nor benchmarks.
    Demo,
    /// The solver's checks and benchmarks.
    Solver,
    /// The study's page.
    Study,
    /// Everything with tensors.
    Tasks,
}

impl Program {
    /// Its package, which is its executable's name, too.
    pub(crate) fn package(self) -> &'static str {
        match self {
            Self::Demo => "convex-edge-demo",
            Self::Solver => "convex-edge-solver",
            Self::Study => "convex-edge-study",
            Self::Tasks => "convex-edge-tasks",
        }
    }

    /// How long a clean build takes on two cores, in words.
    pub(crate) fn build_time(self) -> &'static str {
        match self {
            Self::Demo => "a minute",
            Self::Solver => "two minutes",
            Self::Study => "half a minute",
            Self::Tasks => "eight minutes",
        }
    }
}

/// Commands in the order of the help, with what it prints of them.
pub(crate) const COMMANDS: [(&str, &str, Program); 20] = [
    ("demo", "Run the whole chain: train, export, boot in QEMU, drive, compare, report", Program::Demo),
    ("doctor", "Print which tools this machine has and lacks; --fix installs them", Program::Demo),
    ("train", "Train the model of a task, or continue an earlier run", Program::Tasks),
    ("export", "Write the artefact of a trained run", Program::Tasks),
    ("flash", "Write firmware and artefact to a real board", Program::Tasks),
    ("hil", "Check a target: protocol, control loop, self-play", Program::Tasks),
    ("solve", "Solve the sudoku in a picture", Program::Tasks),
    ("generate", "Generate maps of a game that satisfy conditions", Program::Tasks),
    ("render", "Draw a board of a task as a picture", Program::Tasks),
    ("data", "Fetch the data of a task, or import them from a folder", Program::Tasks),
    ("compare", "Train the methods of a task and their baselines over many seeds", Program::Tasks),
    ("sweep", "Train over grids of settings and seeds, here or on a cluster", Program::Tasks),
    ("study", "Train everything that the study compares, then print its tables", Program::Tasks),
    ("report", "Write the page of the last demonstration again, or with `study` that of the study", Program::Demo),
    ("check", "Solve random problems and judge every answer", Program::Solver),
    ("worst-case", "Search a box of parameters for the most iterations, by sampling", Program::Solver),
    ("bench", "Measure solve times, instructions and build times beside other solvers", Program::Solver),
    ("bounds", "Compute the best possible return under each set of limits", Program::Demo),
    ("attack", "Run adversaries against the safety filter on every plant", Program::Demo),
    ("test", "Run all checks that must pass before a push", Program::Demo),
];

/// The program that has a command with these words after it.
pub(crate) fn program(command: &str, words: &[OsString]) -> Option<Program> {
    let is_of_layers = words.first().is_some_and(|word| word == "layers" || word == "splitting");
    if matches!(command, "bench" | "check") && is_of_layers {
        return Some(Program::Tasks);
    }
    if command == "report" && words.first().is_some_and(|word| word == "study") {
        return Some(Program::Study);
    }
    COMMANDS.iter().find(|(name, ..)| *name == command).map(|&(_, _, program)| program)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_needs_no_tensors_is_not_built_with_them() {
        let words = |line: &str| line.split(' ').map(OsString::from).collect::<Vec<_>>();
        assert_eq!(program("check", &words("qp --count 3")), Some(Program::Solver));
        assert_eq!(program("check", &words("layers --count 3")), Some(Program::Tasks));
        assert_eq!(program("bench", &words("layers")), Some(Program::Tasks));
        assert_eq!(program("report", &words("study")), Some(Program::Study));
        assert_eq!(program("demo", &[]), Some(Program::Demo));
        assert_eq!(program("dmeo", &[]), None);
    }
}
