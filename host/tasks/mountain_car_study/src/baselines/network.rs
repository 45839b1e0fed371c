//! Multi-layer perceptrons, initialized as PyTorch does by default.

use burn::module::{Module, Param};
use burn::nn::Linear;
use burn::tensor::activation::{relu, tanh};
use burn::tensor::{Device, Tensor, TensorData};
use convex_edge_core::random::Pcg64;

/// Units of each hidden layer.
pub const HIDDEN: usize = 64;

/// Activation after each hidden layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// Hyperbolic tangent.
    Tanh,
    /// Nothing below 0.
    Relu,
}

/// Two hidden layers, and a linear output.
#[derive(Module, Debug)]
pub struct Network {
    #[module(skip)]
    activation: Activation,
    hidden: [Linear; 2],
    output: Linear,
}

impl Network {
    /// Weights drawn from `random`, so that a seed fixes them whatever other threads do.
    pub fn new(inputs: usize, outputs: usize, activation: Activation, random: &mut Pcg64, device: &Device) -> Self {
        Self {
            activation,
            hidden: [linear(inputs, HIDDEN, random, device), linear(HIDDEN, HIDDEN, random, device)],
            output: linear(HIDDEN, outputs, random, device),
        }
    }

    /// The last hidden layer, `[batch, HIDDEN]`, of `[batch, inputs]`.
    pub fn features(&self, input: Tensor<2>) -> Tensor<2> {
        let [first, second] = &self.hidden;
        let activate = match self.activation {
            Activation::Tanh => tanh,
            Activation::Relu => relu,
        };
        activate(second.forward(activate(first.forward(input))))
    }

    /// `[batch, outputs]` of the last hidden layer.
    pub fn output(&self, features: Tensor<2>) -> Tensor<2> {
        self.output.forward(features)
    }

    /// `[batch, outputs]` of `[batch, inputs]`.
    pub fn forward(&self, input: Tensor<2>) -> Tensor<2> {
        self.output(self.features(input))
    }

    /// This network with every weight moved towards another's by a share of the way (Polyak and Juditsky 1992).
    pub fn moved(&self, to: &Self, share: f64) -> Self {
        let layer = |from: &Linear, to: &Linear| Linear {
            weight: between(&from.weight, &to.weight, share),
            bias: from.bias.as_ref().zip(to.bias.as_ref()).map(|(from, to)| between(from, to, share)),
        };
        let [first, second] = &self.hidden;
        let [to_first, to_second] = &to.hidden;
        Self {
            activation: self.activation,
            hidden: [layer(first, to_first), layer(second, to_second)],
            output: layer(&self.output, &to.output),
        }
    }
}

fn between<const D: usize>(from: &Param<Tensor<D>>, to: &Param<Tensor<D>>, share: f64) -> Param<Tensor<D>> {
    Param::from_tensor(from.val().mul_scalar(1.0 - share) + to.val().mul_scalar(share))
}

/// Weights and biases uniform within one over the root of the number of inputs.
fn linear(inputs: usize, outputs: usize, random: &mut Pcg64, device: &Device) -> Linear {
    let bound = 1.0 / (inputs as f64).sqrt();
    let mut draw = |count: usize| (0..count).map(|_| random.uniform(-bound, bound) as f32).collect::<Vec<_>>();
    let weight = Tensor::from_data(TensorData::new(draw(inputs * outputs), [inputs, outputs]), device);
    let bias = Tensor::from_data(TensorData::new(draw(outputs), [outputs]), device);
    Linear { weight: Param::from_tensor(weight), bias: Some(Param::from_tensor(bias)) }
}

/// Rows of equal length as a tensor.
pub fn tensor<const COLUMNS: usize>(rows: &[[f32; COLUMNS]], device: &Device) -> Tensor<2> {
    Tensor::from_data(TensorData::new(rows.as_flattened().to_vec(), [rows.len(), COLUMNS]), device)
}

/// A tensor's values, row by row.
pub fn values(tensor: &Tensor<2>) -> Vec<f32> {
    tensor.to_data().iter::<f32>().collect()
}
