//! The program without a derivative, by the way that suits device and precision.

use super::affine_set::AffineSet;
use super::outcome::Outcome;
use super::settings::{Settings, SplittingError};
use super::{host, tensor};
use burn::tensor::{DType, Device, Tensor};

/// Where the method stands: what the next solve of similar scores starts from.
#[derive(Debug, Clone)]
pub struct State {
    /// Points in the box, `[batch, n]`. A state that is far from the program (NaN, prices of other scores' size) counts as
    /// none.
    pub bounded: Tensor<2>,
    /// Prices of the bounds, `[batch, n]`, in the units of the scores, so that a step or a curvature may change between
    /// two solves. Zero for an infeasible sample, whose prices have no end.
    pub prices: Tensor<2>,
}

/// Answers to a batch of programs.
#[derive(Debug, Clone)]
pub struct Solution {
    /// Points in the box, `[batch, n]`: exactly within the bounds, and in the affine set up to the outcome's primal
    /// residual. Of an unsolved sample the last iterate, of a sample that is not finite zeros.
    pub x: Tensor<2>,
    /// One for each sample.
    pub outcomes: Vec<Outcome>,
    /// State for a warm start of the next call.
    pub state: State,
}

/// Solves `minimize eps/2 ||x||^2 - <s, x>` over the set and the box for scores `[batch, n]`, from cold or from an
/// earlier state. The result carries no autodiff.
///
/// A sample's answer depends on no other sample. An empty batch has an empty answer. Cost: an iteration is one projection and about ten passes over the
/// variables; 9x9 sudoku takes 50 to 150 of them to 1e-3.
///
/// # Errors
///
/// For constants out of range, sizes and number types that do not fit, and a device that gives no values back. Unsolved samples are no
/// error here: their outcome says so.
pub fn solve(
    set: &dyn AffineSet,
    scores: &Tensor<2>,
    settings: &Settings,
    start: Option<&State>,
) -> Result<Solution, SplittingError> {
    let scores = scores.clone().without_autodiff();
    match set.on_host().filter(|_| is_on_host(&scores)) {
        Some(projection) => host::solve(set, projection, &scores, settings, start),
        None => tensor::solve(set, &scores, settings, start),
    }
}

/// Whether slices are at hand: single precision on the processor's own backend.
pub(super) fn is_on_host(tensor: &Tensor<2>) -> bool {
    tensor.dtype() == DType::F32 && tensor.device() == Device::flex()
}

/// Whether the call makes sense.
pub(super) fn check(
    set: &dyn AffineSet,
    scores: &Tensor<2>,
    settings: &Settings,
    start: Option<&State>,
) -> Result<(), SplittingError> {
    settings.check()?;
    let [batch, n] = scores.dims();
    if n != set.dimension() {
        return Err(SplittingError::Dimension { given: n, needed: set.dimension() });
    }
    if let Some(given) = set.samples().filter(|&samples| samples != batch) {
        return Err(SplittingError::Batch { what: "set", given, needed: batch });
    }
    let needed = scores.dtype();
    if !matches!(needed, DType::F32 | DType::F64) {
        return Err(SplittingError::Scores { given: needed });
    }
    if let Some(given) = set.precision().filter(|&given| given != needed) {
        return Err(SplittingError::Precision { what: "set", given, needed });
    }
    for tensor in start.iter().flat_map(|start| [&start.bounded, &start.prices]) {
        if tensor.dims() != [batch, n] {
            return Err(SplittingError::Batch { what: "start", given: tensor.dims()[0], needed: batch });
        }
        if tensor.dtype() != needed {
            return Err(SplittingError::Precision { what: "start", given: tensor.dtype(), needed });
        }
    }
    Ok(())
}

/// The answer to an empty batch.
pub(super) fn nothing(scores: &Tensor<2>) -> Solution {
    let x = scores.clone().without_autodiff();
    Solution { x: x.clone(), outcomes: Vec::new(), state: State { bounded: x.clone(), prices: x } }
}
