//! Projection onto the directions of a face, by conjugate gradients on a batch.

use super::super::affine_set::AffineSet;
use super::super::outcome::unit;
use super::super::settings::{Settings, SplittingError};
use super::{column, dots, read, rows};
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
    // In units of the largest entry, whose squares neither vanish nor overflow.
    let units: Vec<f64> = read(masked.clone().abs().max_dim(1))?.into_iter().map(unit).collect();
    // Rows that are not finite have no projection.
    let lost: Vec<bool> = units.iter().map(|unit| !unit.is_finite()).collect();
    let finite: Vec<f64> = units.iter().map(|&unit| if unit.is_finite() { unit } else { 1.0 }).collect();
    let units = column(&finite, gradients);
    let masked = masked.mask_fill(rows(&lost, gradients), 0.0) / units.clone();
    // A gradient of zero, or none left on the face, has the projection zero.
    let tiny = f64::from(f32::MIN_POSITIVE);
    let scale = dots(&masked, &masked).clamp_min(tiny);
    let enough = scale.clone() * settings.derivative_tolerance.powi(2);
    let mut residual = normal(masked.clone());
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
    let direction = (masked - prices) * free.clone();
    let left = normal(direction.clone());
    let residuals = read((dots(&left, &left) / scale).sqrt())?;
    let residuals = residuals.into_iter().zip(&lost).map(|(it, lost)| if *lost { f64::INFINITY } else { it });
    Ok((direction * units, residuals.collect()))
}
