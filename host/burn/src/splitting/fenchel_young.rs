//! Fenchel-Young loss of the program: a loss for scores whose gradient is the solution minus the target.

use super::affine_set::AffineSet;
use super::failure::{OnFailure, kept, only_kept};
use super::outcome::Outcome;
use super::settings::{Settings, SplittingError};
use super::solve::{State, solve};
use burn::tensor::Tensor;

/// A loss with the solution behind it.
#[derive(Debug, Clone)]
pub struct FenchelYoung {
    /// Loss of each sample, `[batch, 1]`, in the autodiff graph of the scores; 0 for masked samples. At least 0 up to
    /// the solution's tolerance, for targets in the set and the box, and 0 where the solution is the target.
    pub loss: Tensor<2>,
    /// The solution, `[batch, n]`, outside of the graph.
    pub x: Tensor<2>,
    /// One for each sample.
    pub outcomes: Vec<Outcome>,
    /// 1 for a sample with a loss, 0 for a masked one, `[batch, 1]`.
    pub mask: Tensor<2>,
    /// State for a warm start of the next call.
    pub state: State,
}

/// `max_x (<s, x> - eps/2 ||x||^2) - <s, y> + eps/2 ||y||^2` over the set and the box, for scores s and targets y, both
/// `[batch, n]`: convex in s with the gradient `x* - y`, so that nothing is differentiated through the solution
/// (Blondel, Martins and Niculae 2020, "Learning with Fenchel-Young losses", section 3). It needs no curvature: eps 0 is
/// the structured perceptron's loss.
///
/// # Errors
///
/// As [`solve`], for targets of another size or number type, and for unsolved samples as asked for.
pub fn fenchel_young(
    set: &dyn AffineSet,
    scores: &Tensor<2>,
    targets: &Tensor<2>,
    settings: &Settings,
    start: Option<&State>,
    on_failure: OnFailure,
) -> Result<FenchelYoung, SplittingError> {
    let [batch, n] = scores.dims();
    if targets.dims() != [batch, n] {
        return Err(SplittingError::Batch { what: "targets", given: targets.dims()[0], needed: batch });
    }
    if targets.dtype() != scores.dtype() {
        let (given, needed) = (targets.dtype(), scores.dtype());
        return Err(SplittingError::Precision { what: "targets", given, needed });
    }
    let solution = solve(set, scores, settings, start)?;
    let (flags, mask) = kept(&solution.x, &solution.outcomes, on_failure)?;
    let x = only_kept(solution.x, &flags);
    // Only the kept rows: zero times a number that is not finite would not be zero.
    let targets = only_kept(targets.clone().without_autodiff(), &flags);
    let scores = only_kept(scores.clone(), &flags);
    let norm = |x: &Tensor<2>| (x.clone() * x.clone()).sum_dim(1);
    let regular = (norm(&targets) - norm(&x)) * (settings.curvature / 2.0);
    let loss = (scores * (x.clone() - targets)).sum_dim(1) + regular;
    Ok(FenchelYoung { loss, x, outcomes: solution.outcomes, mask, state: solution.state })
}
