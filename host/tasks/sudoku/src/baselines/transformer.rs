//! A small transformer whose tokens are the board's cells.
//!
//! Vaswani et al. 2017 ("Attention is all you need"), normalized before each part (Xiong et al. 2020). Places are learned
//! as Yang, Lee and Park 2023 ("Learning to solve constraint satisfaction problems with recurrent transformer") do, but
//! as a sum of those of row, column and box: it is told which groups there are, not what holds in them.

use super::network::{FEATURES, Gain, linear, uniform};
use crate::data::grid::groups;
use crate::model::convolution::ConvolutionError;
use crate::model::reader::{Architecture, Reader};
use burn::module::{Module, Param};
use burn::nn::{LayerNorm, LayerNormConfig, Linear};
use burn::tensor::activation::{relu, softmax};
use burn::tensor::{Device, Tensor, TensorData};
use convex_edge_core::random::Pcg64;

/// Layers.
const LAYERS: usize = 2;

/// Parts of the features that attend apart from each other.
const HEADS: usize = 4;

/// Units between both linear maps of a layer.
const HIDDEN: usize = 4 * FEATURES;

/// An encoder of cells, places, layers, and digits.
#[derive(Module, Debug)]
pub struct Transformer {
    /// As the reader, with features instead of digits.
    encoder: Reader,
    /// Of rows, then columns, then boxes: `[3 x digits, FEATURES]`.
    places: Param<Tensor<2>>,
    layers: Vec<Layer>,
    normalization: LayerNorm,
    output: Linear,
}

/// Attention, and a perceptron for each cell.
#[derive(Module, Debug)]
struct Layer {
    normalizations: [LayerNorm; 2],
    /// Queries, keys and values.
    attention: Linear,
    joined: Linear,
    hidden: Linear,
    output: Linear,
}

impl Transformer {
    /// Weights drawn from `random`.
    ///
    /// # Errors
    /// [`ConvolutionError::Channels`].
    pub fn new(architecture: &Architecture, random: &mut Pcg64, device: &Device) -> Result<Self, ConvolutionError> {
        let encoder = Reader::new(&Architecture { digits: FEATURES, ..architecture.clone() }, random, device)?;
        // The sum of three has a variance of 1.
        let places = uniform([3 * architecture.digits, FEATURES], 1.0, random, device);
        Ok(Self {
            encoder,
            places: Param::from_tensor(places),
            layers: (0..LAYERS).map(|_| Layer::new(random, device)).collect(),
            normalization: LayerNormConfig::new(FEATURES).init(device),
            output: linear(FEATURES, architecture.digits, Gain::Linear, random, device),
        })
    }

    /// Logits `[boards x cells, digits]` of images `[boards x cells, side x side]`, the cells of `digits x digits`
    /// boards.
    ///
    /// # Errors
    /// [`ConvolutionError`].
    pub fn forward(&self, images: Tensor<2>, digits: usize) -> Result<Tensor<2>, ConvolutionError> {
        let ([count, _], cells) = (images.dims(), digits * digits);
        let boards = count / cells;
        let places = memberships(digits, &images.device()).matmul(self.places.val()).unsqueeze::<3>();
        let read = self.encoder.forward(images)?.reshape([boards, cells, FEATURES]);
        let mut features = (read + places).reshape([count, FEATURES]);
        for layer in &self.layers {
            features = layer.forward(features, cells);
        }
        Ok(self.output.forward(self.normalization.forward(features)))
    }
}

impl Layer {
    fn new(random: &mut Pcg64, device: &Device) -> Self {
        let normalization = || LayerNormConfig::new(FEATURES).init(device);
        Self {
            normalizations: [normalization(), normalization()],
            attention: linear(FEATURES, 3 * FEATURES, Gain::Linear, random, device),
            joined: linear(FEATURES, FEATURES, Gain::Nothing, random, device),
            hidden: linear(FEATURES, HIDDEN, Gain::Rectified, random, device),
            output: linear(HIDDEN, FEATURES, Gain::Nothing, random, device),
        }
    }

    /// Features `[boards x cells, FEATURES]` of the same.
    fn forward(&self, features: Tensor<2>, cells: usize) -> Tensor<2> {
        let [first, second] = &self.normalizations;
        let [count, _] = features.dims();
        let boards = count / cells;
        // [boards, heads, cells, width] of each.
        let all = self.attention.forward(first.forward(features.clone()));
        let all = all.reshape([boards, cells, 3 * HEADS, FEATURES / HEADS]).swap_dims(1, 2);
        let [queries, keys, values] = [0, 1, 2].map(|part| all.clone().narrow(1, part * HEADS, HEADS));
        let scale = 1.0 / ((FEATURES / HEADS) as f64).sqrt();
        let weights = softmax(queries.mul_scalar(scale).matmul(keys.swap_dims(2, 3)), 3);
        let found = weights.matmul(values).swap_dims(1, 2).reshape([count, FEATURES]);
        let features = features + self.joined.forward(found);
        let hidden = relu(self.hidden.forward(second.forward(features.clone())));
        features + self.output.forward(hidden)
    }
}

/// `[cells, 3 x digits]`: 1 for a cell's row, column and box.
fn memberships(digits: usize, device: &Device) -> Tensor<2> {
    let (cells, groups) = (digits * digits, groups(digits.isqrt()));
    let mut memberships = vec![0.0_f32; cells * groups.len()];
    for (number, group) in groups.iter().enumerate() {
        group.iter().for_each(|cell| memberships[cell * groups.len() + number] = 1.0);
    }
    Tensor::from_data(TensorData::new(memberships, [cells, groups.len()]), device)
}
