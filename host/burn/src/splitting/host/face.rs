//! Projection onto the directions of a face, by conjugate gradients, one sample after the other on each core.

use super::super::affine_set::HostProjection;
use super::super::outcome::unit;
use super::super::settings::{Settings, SplittingError};
use super::{dot, norm, read, write};
use burn::tensor::Tensor;
use rayon::prelude::*;

/// The projection of [`super::super::tensor`], the same steps on slices.
pub fn project(
    projection: &dyn HostProjection,
    gradients: &Tensor<2>,
    free: &Tensor<2>,
    settings: &Settings,
) -> Result<(Tensor<2>, Vec<f64>), SplittingError> {
    let [_, n] = gradients.dims();
    let (mut values, mask) = (read(gradients)?, read(free)?);
    let samples = values.par_chunks_exact_mut(n).zip(mask.par_chunks_exact(n));
    let residuals = samples.map(|(gradient, free)| project_one(projection, gradient, free, settings)).collect();
    Ok((write(values, gradients), residuals))
}

/// Replaces a gradient by its projection and gives the residual.
fn project_one(projection: &dyn HostProjection, gradient: &mut [f32], free: &[f32], settings: &Settings) -> f64 {
    let mask = |x: &mut [f32]| x.iter_mut().zip(free).for_each(|(x, free)| *x *= free);
    let mut onto = vec![0.0; gradient.len()];
    // Replaces x by its part orthogonal to the set's directions.
    let mut normal = |x: &mut [f32]| {
        onto.copy_from_slice(x);
        projection.project_direction(&mut onto);
        x.iter_mut().zip(&onto).for_each(|(x, onto)| *x -= onto);
    };
    mask(gradient);
    if !gradient.iter().all(|g| g.is_finite()) {
        gradient.fill(0.0);
        return f64::INFINITY;
    }
    let largest = gradient.iter().fold(0.0, |largest: f32, g| largest.max(g.abs()));
    if largest == 0.0 {
        return 0.0;
    }
    // In units of the largest entry, whose products keep their digits.
    let unit = unit(f64::from(largest));
    gradient.iter_mut().for_each(|g| *g = (f64::from(*g) / unit) as f32);
    let scale = norm(gradient);
    let mut residual = gradient.to_vec();
    normal(&mut residual);
    let (mut step, mut squared) = (residual.clone(), dot(&residual, &residual));
    let mut product = residual.clone();
    for _ in 0..settings.derivative_iterations {
        if squared.sqrt() <= settings.derivative_tolerance * scale {
            break;
        }
        product.copy_from_slice(&step);
        mask(&mut product);
        // The gradient itself takes the masked steps: what it loses on the face is all that is asked for.
        let masked = product.clone();
        normal(&mut product);
        let curvature = dot(&step, &product);
        if !(curvature > 0.0) {
            break;
        }
        let length = (squared / curvature) as f32;
        gradient.iter_mut().zip(&masked).for_each(|(gradient, step)| *gradient -= length * step);
        residual.iter_mut().zip(&product).for_each(|(residual, product)| *residual -= length * product);
        let next = dot(&residual, &residual);
        let share = (next / squared) as f32;
        step.iter_mut().zip(&residual).for_each(|(step, residual)| *step = residual + share * *step);
        squared = next;
    }
    // The residual anew, from the answer itself.
    product.copy_from_slice(gradient);
    normal(&mut product);
    gradient.iter_mut().for_each(|g| *g = (f64::from(*g) * unit) as f32);
    norm(&product) / scale
}
