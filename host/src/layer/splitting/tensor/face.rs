//! Projection onto the directions of a face, by conjugate gradients on a batch.

use super::super::affine_set::AffineSet;
use super::super::settings::{Settings, SplittingError};
use super::{dots, read};
use burn::tensor::Tensor;

/// Iterations between two looks at the residuals.
const LOOK_EVERY: usize = 5;

/// Projects gradients `[batch, n]` onto `{d in D : d_i = 0 where free_i = 0}`, D the set's directions and `free` 1 or 0:
/// with Q the projection onto what is orthogonal to D and M that onto the free variables, `d = M (g - w)` where
/// `Q M Q w = Q M g`. The system is singular where constraints meet in the face, but consistent, which is all that
/// conjugate gradients need (Kaasschieter 1988, "Preconditioned conjugate gradients for solving singular systems").
///
/// Gives the projections and each sample's residual `||Q d|| / ||M g||`.
pub fn project(
    set: &dyn AffineSet,
    gradients: &Tensor<2>,
    free: &Tensor<2>,
    settings: &Settings,
) -> Result<(Tensor<2>, Vec<f64>), SplittingError> {
    let normal = |x: Tensor<2>| x.clone() - set.project_direction(x);
    let masked = gradients.clone() * free.clone();
    // A gradient of zero, or none left on the face, has the projection zero.
    let tiny = f64::from(f32::MIN_POSITIVE);
    let scale = dots(&masked, &masked).clamp_min(tiny);
    let enough = scale.clone() * settings.derivative_tolerance.powi(2);
    let mut residual = normal(masked);
    let mut prices = residual.zeros_like();
    let mut step = residual.clone();
    let mut squared = dots(&residual, &residual);
    for iteration in 0..settings.derivative_iterations {
        if iteration % LOOK_EVERY == 0 {
            let seen = read((squared.clone() / scale.clone()).sqrt())?;
            if seen.iter().all(|&seen| seen <= settings.derivative_tolerance) {
                break;
            }
        }
        let product = normal(step.clone() * free.clone());
        // Steps beyond the tolerance would only follow rounding: the system is singular.
        let unfinished = squared.clone().greater(enough.clone()).float().cast(squared.dtype());
        let length = squared.clone() / dots(&step, &product).clamp_min(tiny) * unfinished;
        prices = prices + step.clone() * length.clone();
        residual = residual - product * length;
        let next = dots(&residual, &residual);
        step = residual.clone() + step * (next.clone() / squared.clamp_min(tiny));
        squared = next;
    }
    // The residual anew, from the answer itself.
    let direction = (gradients.clone() - prices) * free.clone();
    let left = normal(direction.clone());
    Ok((direction, read((dots(&left, &left) / scale).sqrt())?))
}
