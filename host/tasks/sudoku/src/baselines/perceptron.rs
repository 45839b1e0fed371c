//! Multi-layer perceptron over the whole board, which knows nothing of cells.

use super::network::{Gain, linear};
use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};
use convex_edge_core::random::Pcg64;

/// Units of each hidden layer.
pub const HIDDEN: usize = 512;

/// Two hidden layers with rectifiers, and a linear output.
#[derive(Module, Debug)]
pub struct Perceptron {
    hidden: [Linear; 2],
    output: Linear,
}

impl Perceptron {
    /// Weights drawn from `random`; `gain` is the output's.
    pub fn new(inputs: usize, outputs: usize, gain: Gain, random: &mut Pcg64, device: &Device) -> Self {
        let mut hidden = |inputs| linear(inputs, HIDDEN, Gain::Rectified, random, device);
        Self { hidden: [hidden(inputs), hidden(HIDDEN)], output: linear(HIDDEN, outputs, gain, random, device) }
    }

    /// `[batch, outputs]` of `[batch, inputs]`.
    pub fn forward(&self, input: Tensor<2>) -> Tensor<2> {
        let [first, second] = &self.hidden;
        self.output.forward(relu(second.forward(relu(first.forward(input)))))
    }
}
