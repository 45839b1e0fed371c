//! Sudoku scenario: the target's solutions of 4 x 4 boards, compared with the host's.

use crate::target::{Target, TargetError};
use convex_edge_core::artefact::ArtefactError;
use convex_edge_core::sudoku::artefact::SudokuArtefact;
use convex_edge_core::sudoku::layer::Solution;
use convex_edge_core::sudoku::{Images, Memory};
use convex_edge_core::wire::Solved;

/// A board that was solved on both sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beside {
    /// Solution of the target.
    pub target: Solved,
    /// Solution of this process.
    pub host: Solution,
}

impl Beside {
    /// Whether both have the same bits: grid, status, iterations, and the layer's scores, point and prices.
    pub fn is_same(&self) -> bool {
        self.target.solution == self.host
    }
}

/// Errors that prevent a comparison with the target.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SudokuError {
    /// The target.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// This process does not reproduce the artefact's golden vectors.
    #[error("this computer does not give the artefact's own answers ({0:?}): export it again")]
    SelfTest(ArtefactError),
}

/// Solves the boards on the target, which holds the artefact, and hands each over with what this process makes of it.
///
/// # Errors
/// [`SudokuError`]; an answer with other bits is none.
pub fn run(
    target: &mut Target,
    artefact: &SudokuArtefact<'_>,
    boards: &[Images],
    mut on_board: impl FnMut(Beside),
) -> Result<(), SudokuError> {
    let mut memory = Box::new(Memory::new());
    artefact.self_test(&mut memory).map_err(SudokuError::SelfTest)?;
    target.arm(artefact.crc, 0)?;
    for (sequence, images) in (0..).zip(boards) {
        let answer = target.solve_sudoku(sequence, images)?;
        memory.read(images);
        on_board(Beside { target: answer, host: memory.solve() });
    }
    Ok(target.disarm()?)
}
