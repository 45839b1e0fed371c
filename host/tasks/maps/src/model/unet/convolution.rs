//! A 3 x 3 convolution of many maps as one operation of burn's graph.
//!
//! burn's own unfolds every map into memory; here the sums of a few cells stay in registers.

use super::kernel::{Size, backward_to_weights, forward, frame, mirrored};
use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, TensorData};
use convex_edge_burn::host_operation::{Derivative, attach};
use convex_edge_core::random::Pcg64;
use rayon::prelude::*;
use std::sync::Arc;

/// Maps whose gradients are summed one after the other; the groups' sums are added in their order, so that they do not
/// depend on the number of cores.
const GROUP: usize = 8;

/// Errors of a convolution.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ConvolutionError {
    /// No code was compiled for this number of channels.
    #[error("no convolution to {channels} channels; give 16, 32, 48, 64 or 80")]
    Channels {
        /// Channels of the input or the output.
        channels: usize,
    },
    /// The maps are of another size.
    #[error("a map has {found} values where the layer takes {expected}; give maps of one game")]
    Values {
        /// Number of values that the layer takes.
        expected: usize,
        /// Number of values given.
        found: usize,
    },
    /// The device gave no values back.
    #[error("the device gave no values ({0}); run on `Device::flex()`")]
    Device(String),
}

/// 3 x 3 convolution with a frame of zeros.
#[derive(Module, Debug)]
pub struct Convolution {
    #[module(skip)]
    size: Size,
    /// `[9 x inputs + 1, outputs]`: line, column and input channel of the tap; the bias last.
    pub(super) weights: Param<Tensor<2>>,
}

impl Convolution {
    /// Weights uniform within `gain` times the root of three over the number of inputs, biases zero; channels are 16,
    /// 32, 48, 64 or 80.
    ///
    /// # Errors
    /// [`ConvolutionError::Channels`].
    pub fn new(size: Size, gain: f64, random: &mut Pcg64, device: &Device) -> Result<Self, ConvolutionError> {
        let known = |channels| match channels {
            16 | 32 | 48 | 64 | 80 => Ok(()),
            _ => Err(ConvolutionError::Channels { channels }),
        };
        known(size.inputs).and(known(size.outputs))?;
        let rows = 9 * size.inputs;
        let bound = gain * (3.0 / rows as f64).sqrt();
        let mut weights: Vec<f32> = (0..rows * size.outputs).map(|_| random.uniform(-bound, bound) as f32).collect();
        weights.resize((rows + 1) * size.outputs, 0.0);
        let weights = Tensor::from_data(TensorData::new(weights, [rows + 1, size.outputs]), device);
        Ok(Self { size, weights: Param::from_tensor(weights) })
    }

    /// `[batch x cells, outputs]` of `[batch x cells, inputs]`.
    ///
    /// # Errors
    /// [`ConvolutionError::Values`], [`ConvolutionError::Device`].
    pub fn forward(&self, maps: Tensor<2>) -> Result<Tensor<2>, ConvolutionError> {
        let ([rows, channels], Size { inputs, outputs, .. }) = (maps.dims(), self.size);
        if channels != inputs || !rows.is_multiple_of(self.size.cells()) {
            let expected = self.size.cells() * inputs;
            return Err(ConvolutionError::Values { expected, found: rows * channels });
        }
        let weights = self.weights.val();
        let values = |tensor: &Tensor<2>| {
            tensor.try_to_vec_as::<f32>().map_err(|error| ConvolutionError::Device(error.to_string()))
        };
        let (held_weights, held_maps) = (values(&weights)?, values(&maps)?);
        let output = all(&self.size, &held_weights, &held_maps);
        let value = TensorData::new(output, [rows, outputs]);
        let held = Held { size: self.size, weights: held_weights, maps: held_maps };
        Ok(attach([maps, weights], value, Arc::new(held)))
    }
}

/// Data of the forward pass for the backward pass.
#[derive(Debug)]
struct Held {
    size: Size,
    weights: Vec<f32>,
    maps: Vec<f32>,
}

impl Derivative for Held {
    fn backward(&self, gradient: TensorData, wanted: [bool; 2]) -> [Option<TensorData>; 2] {
        let Ok(gradient) = gradient.try_into_vec::<f32>() else { return [None, None] };
        let Size { inputs, outputs, .. } = self.size;
        let maps = wanted[0].then(|| {
            // Biases of zero.
            let mut weights = mirrored(&self.size, &self.weights);
            weights.resize((9 * outputs + 1) * inputs, 0.0);
            let found = all(&self.size.transposed(), &weights, &gradient);
            TensorData::new(found, [self.maps.len() / inputs, inputs])
        });
        let weights = to_weights(&self.size, &self.maps, &gradient);
        [maps, Some(TensorData::new(weights, [9 * inputs + 1, outputs]))]
    }
}

/// The output of all maps.
fn all(size: &Size, weights: &[f32], maps: &[f32]) -> Vec<f32> {
    match size.outputs {
        16 => all_of::<16>(size, weights, maps),
        32 => all_of::<32>(size, weights, maps),
        48 => all_of::<48>(size, weights, maps),
        64 => all_of::<64>(size, weights, maps),
        _ => all_of::<80>(size, weights, maps),
    }
}

fn all_of<const OUTPUTS: usize>(size: &Size, weights: &[f32], maps: &[f32]) -> Vec<f32> {
    let (weights, _) = weights.as_chunks::<OUTPUTS>();
    let (weights, bias) = weights.split_at(9 * size.inputs);
    let mut output = vec![0.0; maps.len() / size.inputs * OUTPUTS];
    let pairs =
        output.par_chunks_exact_mut(size.cells() * OUTPUTS).zip(maps.par_chunks_exact(size.cells() * size.inputs));
    pairs.for_each_init(
        || frame(size),
        |frame, (output, map)| forward(size, weights, &bias[0], map, frame, output.as_chunks_mut().0),
    );
    output
}

/// The gradient of the weights and the bias of all maps.
fn to_weights(size: &Size, maps: &[f32], gradient: &[f32]) -> Vec<f32> {
    match size.outputs {
        16 => to_weights_of::<16>(size, maps, gradient),
        32 => to_weights_of::<32>(size, maps, gradient),
        48 => to_weights_of::<48>(size, maps, gradient),
        64 => to_weights_of::<64>(size, maps, gradient),
        _ => to_weights_of::<80>(size, maps, gradient),
    }
}

fn to_weights_of<const OUTPUTS: usize>(size: &Size, maps: &[f32], gradient: &[f32]) -> Vec<f32> {
    let (map, answer) = (size.cells() * size.inputs, size.cells() * OUTPUTS);
    let groups = maps.par_chunks(GROUP * map).zip(gradient.par_chunks(GROUP * answer));
    let sums = groups.map_init(
        || frame(size),
        |frame, (maps, gradients)| {
            let mut sum = vec![[0.0_f32; OUTPUTS]; 9 * size.inputs + 1];
            let (weights, bias) = sum.split_at_mut(9 * size.inputs);
            for (map, gradient) in maps.chunks_exact(map).zip(gradients.chunks_exact(answer)) {
                backward_to_weights(size, map, frame, gradient.as_chunks().0, weights, &mut bias[0]);
            }
            sum
        },
    );
    let mut total = vec![0.0; (9 * size.inputs + 1) * OUTPUTS];
    for sum in sums.collect::<Vec<_>>() {
        total.iter_mut().zip(sum.as_flattened()).for_each(|(total, value)| *total += value);
    }
    total
}
