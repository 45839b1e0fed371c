//! A small convolutional network that reads one cell: a logit for each digit, none for an empty cell.
//!
//! A cell that is empty in the picture has its solution's digit for a label, so that its logits become flat by
//! themselves.

use crate::model::convolution::{Convolution, ConvolutionError, Size};
use burn::module::{Module, Param};
use burn::nn::Linear;
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor, TensorData};
use convex_edge_core::random::Pcg64;
use serde::{Deserialize, Serialize};

/// Architecture of a reader.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// For 4 x 4 boards of 8 x 8 pixels a cell: 2 218 parameters; 99.6 % of the digits 1 to 4
    /// after 50 boards and 0.4 seconds of one core.
    pub fn small() -> Self {
        Self { side: 8, channels: vec![8, 16], hidden: 14, digits: 4 }
    }

    /// For 9 x 9 boards of 14 x 14 pixels a cell: 23 881 parameters. Of a whole MNIST it
    /// learns 98.0 % in 2 rounds and 99.05 % in 12, 13 microseconds of one core an image and round.
    pub fn halved() -> Self {
        Self { side: 14, channels: vec![16, 32], hidden: 64, digits: 9 }
    }

    /// For 9 x 9 boards of 28 x 28 pixels a cell: 24 969 parameters. Of a whole MNIST it
    /// learns 98.6 % in 2 rounds and 99.4 % in 12, 30 microseconds of one core an image and round.
    pub fn full() -> Self {
        Self { side: 28, channels: vec![8, 16, 32], hidden: 64, digits: 9 }
    }

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

    /// Weights and biases in the order of the layers; a layer's are `[inputs + 1, outputs]`, the biases last.
    ///
    /// # Errors
    /// [`ConvolutionError::Device`].
    pub fn weights(&self) -> Result<Vec<f32>, ConvolutionError> {
        let mut weights = Vec::new();
        for convolution in &self.convolutions {
            weights.extend(convolution.weights()?);
        }
        for linear in [&self.hidden, &self.output] {
            let bias = linear.bias.iter().map(|bias| bias.val().try_to_vec_as::<f32>());
            for values in std::iter::once(linear.weight.val().try_to_vec_as::<f32>()).chain(bias) {
                weights.extend(values.map_err(|error| ConvolutionError::Device(error.to_string()))?);
            }
        }
        Ok(weights)
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

#[cfg(test)]
mod tests {
    use super::{Architecture, Reader};
    use burn::module::Module;
    use burn::tensor::Device;
    use convex_edge_core::random::Pcg64;

    #[test]
    fn the_numbers_of_parameters_are_those_in_the_documentation() {
        let expected =
            [(Architecture::small(), 2_218), (Architecture::halved(), 23_881), (Architecture::full(), 24_969)];
        for (architecture, parameters) in expected {
            let reader = Reader::new(&architecture, &mut Pcg64::from_seed(0), &Device::flex()).unwrap();
            assert_eq!(reader.num_params(), parameters);
            assert_eq!(architecture.parameters(), parameters);
        }
    }
}
