//! Layer for large, structured programs whose constraints the batch shares: `eps/2 ||x||^2 - <s, x>` is minimized over
//! `x` in an affine set and `0 <= x <= upper`. The method is over-relaxed splitting (ADMM: Boyd et al. 2011,
//! "Distributed Optimization and Statistical Learning via the Alternating Direction Method of Multipliers", sections 3
//! and 5.2).
//!
//! Only projections onto the affine set are needed, so that a set with a closed form costs a few sums where the general
//! one costs a matrix product ([`AffineSet`]). [`solve()`] is the program alone, [`forward`] the layer with its implicit
//! derivative, [`fenchel_young()`] the loss that needs no derivative of the solution.
//!
//! There are two implementations with the same steps in the same order: tensor operations ([`tensor`]) on any device and
//! in any precision, and slices ([`host`]) for single precision on this machine. Slices are faster here. The 729 numbers
//! of a 9x9 sudoku stay in the first-level cache for all iterations of a board, while every tensor operation passes the
//! whole batch through memory.

mod affine_set;
mod conditioning;
mod counted_simplices;
mod dense;
mod failure;
mod fenchel_young;
pub mod host;
mod layer;
mod orthonormal;
mod outcome;
mod settings;
mod solve;
mod sudoku;
pub mod tensor;
#[cfg(test)]
mod tests;
mod warm_start;

pub use affine_set::{AffineSet, HostProjection, center_cells};
pub use counted_simplices::{CountedSimplices, CountedSimplicesError};
pub use dense::{Dense, DenseError};
pub use failure::OnFailure;
pub use fenchel_young::{FenchelYoung, fenchel_young};
pub use layer::{Answer, DerivativeOutcome, DerivativeReport, forward};
pub use orthonormal::orthonormal_columns;
pub use outcome::{Outcome, Status};
pub use settings::{Settings, SplittingError};
pub use solve::{Solution, State, solve};
pub use sudoku::{Sudoku, SudokuError};
