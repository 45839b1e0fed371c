//! The network: noisy map, conditions and time in, a score for every class of every cell out.

use super::convolution::{Convolution, ConvolutionError};
use super::kernel::Size;
use super::normalization::normalize;
use burn::module::{Module, Param};
use burn::nn::Linear;
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor, TensorData};
use convex_edge_core::random::Pcg64;

/// Channels of the full resolution.
const FULL: usize = 32;

/// Channels of half the resolution.
const HALF: usize = 48;

/// Number of values for the time and the whole map's demands.
const EMBEDDING: usize = 64;

/// Sines and cosines of the time.
pub const FREQUENCIES: usize = 16;

/// Sizes of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Lines of a map, even.
    pub height: usize,
    /// Columns, even.
    pub width: usize,
    /// Channels of the input: 16, 32, 48, 64 or 80.
    pub inputs: usize,
    /// Values that describe the whole map besides the time.
    pub demands: usize,
    /// Scores of a cell.
    pub classes: usize,
}

/// The denoiser.
#[derive(Module, Debug)]
pub struct Network {
    #[module(skip)]
    shape: Shape,
    embedding: [Linear; 2],
    stem: Convolution,
    /// Features of each cell's place, `[cells, FULL]`.
    places: Param<Tensor<2>>,
    first: Block,
    down: Linear,
    middle: [Block; 2],
    whole: [Linear; 2],
    up: Linear,
    last: Block,
    modulation: Linear,
    output: Linear,
}

/// Two convolutions whose sum is added to what came.
#[derive(Module, Debug)]
struct Block {
    modulation: [Linear; 2],
    convolutions: [Convolution; 2],
}

fn linear(inputs: usize, outputs: usize, gain: f64, random: &mut Pcg64, device: &Device) -> Linear {
    let bound = gain * (3.0 / inputs as f64).sqrt();
    let weights: Vec<f32> = (0..inputs * outputs).map(|_| random.uniform(-bound, bound) as f32).collect();
    let weight = Tensor::from_data(TensorData::new(weights, [inputs, outputs]), device);
    let bias = Tensor::from_data(TensorData::new(vec![0.0_f32; outputs], [outputs]), device);
    Linear { weight: Param::from_tensor(weight), bias: Some(Param::from_tensor(bias)) }
}

/// Gain of a layer behind a rectifier (He et al. 2015).
const RECTIFIED: f64 = std::f64::consts::SQRT_2;

impl Block {
    fn new(size: Size, random: &mut Pcg64, device: &Device) -> Result<Self, ConvolutionError> {
        Ok(Self {
            modulation: [(); 2].map(|()| linear(EMBEDDING, 2 * size.inputs, 0.0, random, device)),
            // The second begins with adding nothing (Zhang, Dauphin and Ma 2019, "Fixup").
            convolutions: [
                Convolution::new(size, RECTIFIED, random, device)?,
                Convolution::new(size, 0.0, random, device)?,
            ],
        })
    }

    fn forward(&self, features: Tensor<2>, embedding: &Tensor<2>) -> Result<Tensor<2>, ConvolutionError> {
        let [first, second] = &self.convolutions;
        let [before, between] = [0, 1].map(|index| self.modulation[index].forward(embedding.clone()));
        let hidden = first.forward(normalize(features.clone(), before)?)?;
        Ok(features + second.forward(normalize(hidden, between)?)?)
    }
}

impl Network {
    /// Weights drawn from `random`, so that a seed fixes them.
    ///
    /// # Errors
    /// [`ConvolutionError::Channels`].
    pub fn new(shape: Shape, random: &mut Pcg64, device: &Device) -> Result<Self, ConvolutionError> {
        let Shape { height, width, inputs, demands, classes } = shape;
        let full = Size { height, width, inputs: FULL, outputs: FULL };
        let half = Size { height: height / 2, width: width / 2, inputs: HALF, outputs: HALF };
        let places = Tensor::zeros([full.cells(), FULL], device);
        Ok(Self {
            shape,
            embedding: [
                linear(2 * FREQUENCIES + demands, EMBEDDING, 1.0, random, device),
                linear(EMBEDDING, EMBEDDING, RECTIFIED, random, device),
            ],
            stem: Convolution::new(Size { inputs, ..full }, 1.0, random, device)?,
            places: Param::from_tensor(places),
            first: Block::new(full, random, device)?,
            down: linear(4 * FULL, HALF, 1.0, random, device),
            middle: [Block::new(half, random, device)?, Block::new(half, random, device)?],
            whole: [(); 2].map(|()| linear(HALF, HALF, 0.5, random, device)),
            up: linear(HALF, 4 * FULL, 0.5, random, device),
            last: Block::new(full, random, device)?,
            modulation: linear(EMBEDDING, 2 * FULL, 0.0, random, device),
            output: linear(FULL, classes, 0.1, random, device),
        })
    }

    /// Sizes.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// Scores `[maps x cells, classes]` of cells `[maps x cells, inputs]`, line by line of each map, and what is said of
    /// the whole map `[maps, 2 x FREQUENCIES + demands]`.
    ///
    /// # Errors
    /// [`ConvolutionError::Values`], [`ConvolutionError::Device`].
    pub fn forward(&self, cells: Tensor<2>, whole: Tensor<2>) -> Result<Tensor<2>, ConvolutionError> {
        let ([maps, _], Shape { height, width, .. }) = (whole.dims(), self.shape);
        let embedding = relu(self.embedding[0].forward(whole));
        let embedding = relu(self.embedding[1].forward(embedding));
        let places = self.places.val().unsqueeze::<3>();
        let stem = self.stem.forward(cells)?.reshape([maps, height * width, FULL]) + places;
        let first = self.first.forward(stem.reshape([maps * height * width, FULL]), &embedding)?;
        let quarters = first.clone().reshape([maps * height / 2, 2, width / 2, 2 * FULL]).swap_dims(1, 2);
        let quarter = height * width / 4;
        let mut half = self.down.forward(quarters.reshape([maps * quarter, 4 * FULL]));
        for (block, whole) in self.middle.iter().zip(&self.whole) {
            half = block.forward(half, &embedding)?;
            let mean = half.clone().reshape([maps, quarter, HALF]).mean_dim(1);
            let mean = whole.forward(mean.reshape([maps, HALF])).reshape([maps, 1, HALF]);
            half = (half.reshape([maps, quarter, HALF]) + mean).reshape([maps * quarter, HALF]);
        }
        let full = self.up.forward(half).reshape([maps * height / 2, width / 2, 2, 2 * FULL]).swap_dims(1, 2);
        let last = self.last.forward(first + full.reshape([maps * height * width, FULL]), &embedding)?;
        Ok(self.output.forward(normalize(last, self.modulation.forward(embedding))?))
    }
}
