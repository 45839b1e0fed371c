//! Failure policy for unsolved samples: none of them gets a number that looks like an answer.

use super::outcome::{Outcome, Status};
use super::settings::SplittingError;
use super::tensor::rows;
use burn::tensor::{Tensor, TensorData};

/// Result for unsolved samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnFailure {
    /// One unsolved sample fails the batch.
    Error,
    /// The closest answer: the last iterate, within the bounds; for an infeasible sample it tends to a point of the box
    /// with the least distance to the affine set. Its outcome tells the distance. Scores that are not finite have no
    /// closest answer and fail the batch.
    Soft,
    /// Rows of zeros without a derivative for unsolved samples; [`super::Answer::mask`] tells which.
    Mask,
}

/// Which samples keep their answer and their derivative: their flags, and 1 or 0, `[batch, 1]` like the answers.
///
/// # Errors
///
/// For an unsolved sample that the caller does not want.
pub(super) fn kept(
    answers: &Tensor<2>,
    outcomes: &[Outcome],
    on_failure: OnFailure,
) -> Result<(Vec<bool>, Tensor<2>), SplittingError> {
    let unwanted = |status: Status| match on_failure {
        OnFailure::Error => status != Status::Solved,
        OnFailure::Soft => status == Status::NotFinite,
        OnFailure::Mask => false,
    };
    if let Some((sample, outcome)) = outcomes.iter().enumerate().find(|(_, outcome)| unwanted(outcome.status)) {
        return Err(SplittingError::Unsolved { sample, status: outcome.status });
    }
    let is_kept = |outcome: &Outcome| on_failure == OnFailure::Soft || outcome.status == Status::Solved;
    let flags: Vec<bool> = outcomes.iter().map(is_kept).collect();
    let numbers: Vec<f32> = flags.iter().map(|&kept| f32::from(u8::from(kept))).collect();
    let kept = TensorData::new(numbers, [outcomes.len(), 1]);
    Ok((flags, Tensor::from_data(kept, (&answers.device(), answers.dtype()))))
}

/// Rows that are kept; the others are zeros, whatever they hold.
pub(super) fn only_kept(rows_of: Tensor<2>, flags: &[bool]) -> Tensor<2> {
    if !flags.contains(&false) {
        return rows_of;
    }
    let masked: Vec<bool> = flags.iter().map(|kept| !kept).collect();
    let masked = rows(&masked, &rows_of);
    rows_of.mask_fill(masked, 0.0)
}
