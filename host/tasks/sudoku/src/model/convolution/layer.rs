//! The layer as a module of burn, with its weights.

use super::batch::{Arguments, Passes};
use super::{ConvolutionError, Size};
use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, TensorData};
use convex_edge_burn::host_operation::{Derivative, attach};
use convex_edge_core::random::Pcg64;
use std::sync::Arc;

/// 3 x 3 convolution with a frame of zeros, rectifier, and the maximum of each 2 x 2 window.
#[derive(Module, Debug)]
pub struct Convolution {
    #[module(skip)]
    size: Size,
    #[module(skip)]
    passes: Passes,
    /// `[9 x inputs + 1, outputs]`: line, column and input channel of the tap; the bias last.
    pub(super) weights: Param<Tensor<2>>,
}

impl Convolution {
    /// Weights uniform within the root of six over the number of inputs (He et al. 2015, for a rectifier), biases zero.
    ///
    /// # Errors
    /// [`ConvolutionError::Channels`].
    pub fn new(size: Size, random: &mut Pcg64, device: &Device) -> Result<Self, ConvolutionError> {
        let passes = Passes::of(size.inputs, size.outputs)?;
        let rows = 9 * size.inputs;
        let bound = (6.0 / rows as f64).sqrt();
        let mut weights: Vec<f32> = (0..rows * size.outputs).map(|_| random.uniform(-bound, bound) as f32).collect();
        weights.resize(size.parameters(), 0.0);
        let weights = Tensor::from_data(TensorData::new(weights, [rows + 1, size.outputs]), device);
        Ok(Self { size, passes, weights: Param::from_tensor(weights) })
    }

    /// The weights, `[9 x inputs + 1, outputs]`, the biases last.
    ///
    /// # Errors
    /// [`ConvolutionError::Device`].
    pub fn weights(&self) -> Result<Vec<f32>, ConvolutionError> {
        values(&self.weights.val())
    }

    /// `[batch, height / 2 x width / 2 x outputs]` of `[batch, height x width x inputs]`, both channels-last.
    ///
    /// # Errors
    /// [`ConvolutionError::Pixels`], [`ConvolutionError::Device`].
    pub fn forward(&self, images: Tensor<2>) -> Result<Tensor<2>, ConvolutionError> {
        let [batch, found] = images.dims();
        if found != self.size.pixels() {
            return Err(ConvolutionError::Pixels { expected: self.size.pixels(), found });
        }
        let weights = self.weights.val();
        let (held_weights, held_images) = (values(&weights)?, values(&images)?);
        let arguments = Arguments { size: &self.size, weights: &held_weights, images: &held_images };
        let output = (self.passes.forward)(&arguments);
        let value = TensorData::new(output.maxima, [batch, self.size.values()]);
        let winners = Winners {
            size: self.size,
            passes: self.passes,
            weights: held_weights,
            images: held_images,
            winners: output.winners,
        };
        Ok(attach([images, weights], value, Arc::new(winners)))
    }
}

fn values(tensor: &Tensor<2>) -> Result<Vec<f32>, ConvolutionError> {
    tensor.try_to_vec_as::<f32>().map_err(|error| ConvolutionError::Device(error.to_string()))
}

/// Data of the forward pass for the backward pass.
#[derive(Debug)]
struct Winners {
    size: Size,
    passes: Passes,
    weights: Vec<f32>,
    images: Vec<f32>,
    winners: Vec<u8>,
}

impl Derivative for Winners {
    fn backward(&self, gradient: TensorData, wanted: [bool; 2]) -> [Option<TensorData>; 2] {
        let Ok(gradient) = gradient.try_into_vec::<f32>() else { return [None, None] };
        let arguments = Arguments { size: &self.size, weights: &self.weights, images: &self.images };
        let found = (self.passes.backward)(&arguments, &self.winners, &gradient, wanted[0]);
        let batch = self.images.len() / self.size.pixels();
        let weights = TensorData::new(found.weights, [9 * self.size.inputs + 1, self.size.outputs]);
        [found.images.map(|images| TensorData::new(images, [batch, self.size.pixels()])), Some(weights)]
    }
}
