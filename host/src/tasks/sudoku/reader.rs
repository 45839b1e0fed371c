//! A small convolutional network that reads one cell: a logit for each digit, none for an empty cell.
//!
//! A cell that is empty in the picture has its solution's digit for a label, so that its logits become flat by
//! themselves.

use super::convolution::{Convolution, ConvolutionError, Size};
use burn::module::{Module, Param};
use burn::nn::Linear;
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor, TensorData};
use convex_edge_core::plant::random::Pcg64;

/// Which network it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Architecture {
    /// Pixels of a side of a cell.
    pub side: usize,
    /// Output channels of the convolutions; each halves the side.
    pub channels: Vec<usize>,
    /// Units of the hidden layer.
    pub hidden: usize,
    /// Digits, and logits.
    pub digits: usize,
}

impl Architecture {
    /// The sizes of the convolutions, and the values that the last one gives.
    fn convolutions(&self) -> (Vec<Size>, usize) {
        let (mut side, mut inputs) = (self.side, 1);
        let mut sizes = Vec::new();
        for &outputs in &self.channels {
            sizes.push(Size { height: side, width: side, inputs, outputs });
            (side, inputs) = (side / 2, outputs);
        }
        (sizes, side * side * inputs)
    }

    /// Weights and biases.
    pub fn parameters(&self) -> usize {
        let (convolutions, features) = self.convolutions();
        let linear = (features + 1) * self.hidden + (self.hidden + 1) * self.digits;
        convolutions.iter().map(Size::parameters).sum::<usize>() + linear
    }
}

/// The network.
#[derive(Module, Debug)]
pub struct Reader {
    convolutions: Vec<Convolution>,
    hidden: Linear,
    output: Linear,
}

impl Reader {
    /// Weights drawn from `random`, so that a seed fixes them whatever other threads do.
    ///
    /// # Errors
    /// [`ConvolutionError::Channels`].
    pub fn new(architecture: &Architecture, random: &mut Pcg64, device: &Device) -> Result<Self, ConvolutionError> {
        let (sizes, features) = architecture.convolutions();
        let convolutions = sizes.into_iter().map(|size| Convolution::new(size, random, device));
        Ok(Self {
            convolutions: convolutions.collect::<Result<_, _>>()?,
            hidden: linear(features, architecture.hidden, random, device),
            output: linear(architecture.hidden, architecture.digits, random, device),
        })
    }

    /// Logits `[cells, digits]` of images `[cells, side x side]`, 0 for paper and 1 for ink.
    ///
    /// # Errors
    /// [`ConvolutionError::Pixels`], [`ConvolutionError::Device`].
    pub fn forward(&self, images: Tensor<2>) -> Result<Tensor<2>, ConvolutionError> {
        let mut features = images;
        for convolution in &self.convolutions {
            features = convolution.forward(features)?;
        }
        Ok(self.output.forward(relu(self.hidden.forward(features))))
    }
}

/// Weights uniform within the root of six over the number of inputs (He et al. 2015), biases zero.
fn linear(inputs: usize, outputs: usize, random: &mut Pcg64, device: &Device) -> Linear {
    let bound = (6.0 / inputs as f64).sqrt();
    let weights: Vec<f32> = (0..inputs * outputs).map(|_| random.uniform(-bound, bound) as f32).collect();
    let weight = Tensor::from_data(TensorData::new(weights, [inputs, outputs]), device);
    let bias = Tensor::from_data(TensorData::new(vec![0.0_f32; outputs], [outputs]), device);
    Linear { weight: Param::from_tensor(weight), bias: Some(Param::from_tensor(bias)) }
}
