//! Errors of a QPS file.

use crate::sets::program::ProgramError;

/// Errors of a file.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum QpsError {
    /// Something is wrong in one line.
    #[error("line {0}: {1}")]
    Line(usize, LineError),
    /// It is cut off, or something else altogether.
    #[error("it has no {0}; fetch it anew")]
    Incomplete(&'static str),
    /// The numbers themselves.
    #[error(transparent)]
    Program(#[from] ProgramError),
}

/// Errors of a line.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LineError {
    /// A section of another dialect.
    #[error("the section {0} is not known; only ROWS, COLUMNS, RHS, RANGES, BOUNDS, QUADOBJ, QMATRIX and ENDATA are")]
    Section(String),
    /// Too few or too many words.
    #[error("it has not the fields of its section; mend it")]
    Fields,
    /// A word that is no number.
    #[error("`{0}` is no number; mend it")]
    Number(String),
    /// A name that nothing was given.
    #[error("nothing is named `{0}`; declare it in ROWS or COLUMNS first")]
    Name(String),
    /// A name for the second time.
    #[error("`{0}` is declared twice; rename one")]
    Twice(String),
    /// A row or bound of another type.
    #[error("the type `{0}` is not known; use N, E, L, G for rows and UP, LO, FX, FR, MI, PL for bounds")]
    Type(String),
    /// Integer variables.
    #[error("`{0}` asks for an integer variable, which a quadratic program has not; relax it")]
    Integer(String),
    /// Both halves where one is asked for, or halves that differ.
    #[error("the pair `{0}`, `{1}` stands twice; QUADOBJ lists each pair once")]
    Pair(String, String),
}
