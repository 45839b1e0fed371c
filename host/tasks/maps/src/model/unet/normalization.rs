//! Normalization of each cell's channels, a scale and a shift for each map, and the activation, as one operation of burn's
//! graph.
//!
//! Layer normalization (Ba, Kiros and Hinton 2016), feature-wise modulation (Perez et al. 2018, "FiLM"), and hard swish
//! (Howard et al. 2019, "Searching for MobileNetV3"), which needs no exponential.

use super::convolution::ConvolutionError;
use burn::tensor::{Tensor, TensorData};
use convex_edge_burn::host_operation::{Derivative, attach};
use rayon::prelude::*;
use std::sync::Arc;

/// Added to the variance.
const EPSILON: f32 = 1e-5;

/// `[maps x cells, channels]` of the same and of each map's scales, less 1, and shifts `[maps, 2 x channels]`.
///
/// # Errors
/// [`ConvolutionError::Values`] where the numbers of maps differ, [`ConvolutionError::Device`].
pub fn normalize(features: Tensor<2>, modulation: Tensor<2>) -> Result<Tensor<2>, ConvolutionError> {
    let ([rows, channels], [maps, found]) = (features.dims(), modulation.dims());
    if found != 2 * channels || maps == 0 || !rows.is_multiple_of(maps) {
        return Err(ConvolutionError::Values { expected: 2 * channels, found });
    }
    let values =
        |tensor: &Tensor<2>| tensor.try_to_vec_as::<f32>().map_err(|error| ConvolutionError::Device(error.to_string()));
    let held =
        Held { channels, map: rows / maps * channels, features: values(&features)?, modulation: values(&modulation)? };
    let mut output = vec![0.0; rows * channels];
    let chunks = output.par_chunks_exact_mut(held.map).zip(held.features.par_chunks_exact(held.map));
    chunks.zip(held.modulation.par_chunks_exact(2 * channels)).for_each(|((output, features), modulation)| {
        let (scales, shifts) = modulation.split_at(channels);
        for (output, features) in output.chunks_exact_mut(channels).zip(features.chunks_exact(channels)) {
            let (mean, inverse) = moments(features);
            for (channel, output) in output.iter_mut().enumerate() {
                let value = (features[channel] - mean) * inverse * (1.0 + scales[channel]) + shifts[channel];
                *output = value * gate(value);
            }
        }
    });
    Ok(attach([features, modulation], TensorData::new(output, [rows, channels]), Arc::new(held)))
}

/// Sum in the order of sixteen lanes, which the compiler makes one instruction of.
fn sum(values: impl Iterator<Item = f32>) -> f32 {
    let mut lanes = [0.0_f32; 16];
    for (index, value) in values.enumerate() {
        lanes[index % 16] += value;
    }
    lanes.iter().sum()
}

/// Mean, and the inverse of the standard deviation.
fn moments(features: &[f32]) -> (f32, f32) {
    let count = features.len() as f32;
    let mean = sum(features.iter().copied()) / count;
    let variance = sum(features.iter().map(|value| (value - mean) * (value - mean))) / count;
    (mean, 1.0 / (variance + EPSILON).sqrt())
}

/// Factor of hard swish on its argument.
fn gate(value: f32) -> f32 {
    (value / 6.0 + 0.5).clamp(0.0, 1.0)
}

/// Derivative of hard swish.
fn slope(value: f32) -> f32 {
    match value {
        value if value <= -3.0 => 0.0,
        value if value >= 3.0 => 1.0,
        value => value / 3.0 + 0.5,
    }
}

/// Data of the forward pass for the backward pass.
#[derive(Debug)]
struct Held {
    channels: usize,
    /// Values of a map.
    map: usize,
    features: Vec<f32>,
    modulation: Vec<f32>,
}

impl Derivative for Held {
    fn backward(&self, gradient: TensorData, _wanted: [bool; 2]) -> [Option<TensorData>; 2] {
        let Ok(gradient) = gradient.try_into_vec::<f32>() else { return [None, None] };
        let channels = self.channels;
        let (mut to_features, mut to_modulation) = (vec![0.0; self.features.len()], vec![0.0; self.modulation.len()]);
        let maps = to_features.par_chunks_exact_mut(self.map).zip(self.features.par_chunks_exact(self.map));
        let maps = maps.zip(gradient.par_chunks_exact(self.map));
        let modulations = to_modulation.par_chunks_exact_mut(2 * channels);
        let modulations = modulations.zip(self.modulation.par_chunks_exact(2 * channels));
        maps.zip(modulations).for_each(|(((to_features, features), gradient), (to_modulation, modulation))| {
            let (scales, shifts) = modulation.split_at(channels);
            let (to_scales, to_shifts) = to_modulation.split_at_mut(channels);
            let mut normalized = vec![0.0; channels];
            let cells = features.chunks_exact(channels).zip(gradient.chunks_exact(channels));
            for ((features, gradient), to_features) in cells.zip(to_features.chunks_exact_mut(channels)) {
                let (mean, inverse) = moments(features);
                for channel in 0..channels {
                    normalized[channel] = (features[channel] - mean) * inverse;
                    let scale = 1.0 + scales[channel];
                    let change = gradient[channel] * slope(normalized[channel] * scale + shifts[channel]);
                    to_scales[channel] += change * normalized[channel];
                    to_shifts[channel] += change;
                    to_features[channel] = change * scale;
                }
                let count = channels as f32;
                let along = sum(to_features.iter().zip(&normalized).map(|(change, value)| change * value)) / count;
                let mean = sum(to_features.iter().copied()) / count;
                for (change, value) in to_features.iter_mut().zip(&normalized) {
                    *change = inverse * (*change - mean - value * along);
                }
            }
        });
        let rows = self.features.len() / channels;
        let maps = self.modulation.len() / (2 * channels);
        let to_features = TensorData::new(to_features, [rows, channels]);
        [Some(to_features), Some(TensorData::new(to_modulation, [maps, 2 * channels]))]
    }
}
