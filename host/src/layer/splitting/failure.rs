//! What becomes of samples that were not solved: never a number that looks like an answer.

use super::outcome::{Outcome, Status};
use super::settings::SplittingError;
use burn::tensor::{Tensor, TensorData};

/// What the caller wants for unsolved samples.
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

/// Which samples keep their answer and their derivative, 1 or 0, `[batch, 1]` like the answers.
///
/// # Errors
///
/// For an unsolved sample that the caller does not want.
pub(super) fn kept(
    answers: &Tensor<2>,
    outcomes: &[Outcome],
    on_failure: OnFailure,
) -> Result<Tensor<2>, SplittingError> {
    let unwanted = |status: Status| match on_failure {
        OnFailure::Error => status != Status::Solved,
        OnFailure::Soft => status == Status::NotFinite,
        OnFailure::Mask => false,
    };
    if let Some((sample, outcome)) = outcomes.iter().enumerate().find(|(_, outcome)| unwanted(outcome.status)) {
        return Err(SplittingError::Unsolved { sample, status: outcome.status });
    }
    let keep =
        |outcome: &Outcome| f32::from(u8::from(on_failure == OnFailure::Soft || outcome.status == Status::Solved));
    let kept = TensorData::new(outcomes.iter().map(keep).collect::<Vec<f32>>(), [outcomes.len(), 1]);
    Ok(Tensor::from_data(kept, (&answers.device(), answers.dtype())))
}
