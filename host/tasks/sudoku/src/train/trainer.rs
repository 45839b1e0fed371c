//! Trainer of a reader: gradient steps, and readings with the weights of the moment.

use crate::data::augmentation::{Augmentation, images};
use crate::data::digits::Digits;
use crate::model::convolution::ConvolutionError;
use crate::model::reader::{Architecture, Reader};
use burn::module::Module;
use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Tensor, TensorData};
use convex_edge_core::random::Pcg64;

/// Cells that a network reads at a time when it is not trained.
const READ_AT_A_TIME: usize = 972;

/// Cells with labels.
#[derive(Debug, Clone, Copy)]
pub struct Cells<'a> {
    /// Digits with their images.
    pub digits: &'a Digits,
    /// Index of each cell's image, below [`Digits::len`].
    pub indices: &'a [u32],
    /// The solution's digit in each cell, from 0: also where the picture shows none.
    pub labels: &'a [u8],
}

/// A reader on its way.
pub struct Trainer {
    /// Reader in burn's graph.
    pub reader: Reader,
    optimizer: ModuleOptimizer,
    device: Device,
}

impl Trainer {
    /// A network with weights drawn from `random`, and Adam (Kingma and Ba 2015) with its usual constants.
    ///
    /// # Errors
    /// [`ConvolutionError::Channels`].
    pub fn new(architecture: &Architecture, random: &mut Pcg64) -> Result<Self, ConvolutionError> {
        let device = Device::flex().autodiff();
        let reader = Reader::new(architecture, random, &device)?;
        Ok(Self { reader, optimizer: AdamConfig::new().with_epsilon(1e-8).init(), device })
    }

    /// Logits `[cells, digits]` in burn's graph for images `[cells, side, side]`.
    ///
    /// # Errors
    /// [`ConvolutionError::Pixels`], [`ConvolutionError::Device`].
    pub fn logits(&self, images: Vec<f32>, cells: usize) -> Result<Tensor<2>, ConvolutionError> {
        let size = images.len() / cells.max(1);
        self.reader.forward(Tensor::from_data(TensorData::new(images, [cells, size]), &self.device))
    }

    /// Moves the weights against the gradient of a loss that any layers made of the logits. Where the gradient of the
    /// logits is known instead, the loss is the sum of its products with them.
    pub fn step(&mut self, loss: &Tensor<1>, learning_rate: f64) {
        let gradients = GradientsParams::from_grads(loss.backward(), &self.reader);
        self.reader = self.optimizer.step(learning_rate, self.reader.clone(), gradients);
    }
}

impl Trainer {
    /// [`Reader::log_probabilities`] of the weights as they are now.
    ///
    /// # Errors
    /// [`ConvolutionError::Pixels`], [`ConvolutionError::Device`].
    pub fn log_probabilities(
        &self,
        digits: &Digits,
        indices: &[u32],
        augmentation: &Augmentation,
        random: &mut Pcg64,
    ) -> Result<Vec<f32>, ConvolutionError> {
        self.reader.valid().log_probabilities(digits, indices, augmentation, random)
    }
}

impl Reader {
    /// The logarithms of the mean probabilities of some readings, `[cells, digits]`, each of images moved by another draw:
    /// what is doubtful comes out differently. Cost: that of so many readings.
    ///
    /// # Errors
    /// [`ConvolutionError::Pixels`], [`ConvolutionError::Device`].
    pub fn mean_log_probabilities(
        &self,
        digits: &Digits,
        indices: &[u32],
        readings: usize,
        random: &mut Pcg64,
    ) -> Result<Vec<f32>, ConvolutionError> {
        let mut sums: Vec<f32> = Vec::new();
        for _ in 0..readings {
            let read = self.log_probabilities(digits, indices, &Augmentation::TRAINING, random)?;
            sums.resize(read.len(), 0.0);
            sums.iter_mut().zip(read).for_each(|(sum, log)| *sum += log.exp());
        }
        Ok(sums.iter().map(|sum| (sum / readings as f32).ln()).collect())
    }

    /// The logarithm of each digit's probability, `[cells, digits]`, for cells with these images of `digits`. The reader is
    /// outside of burn's graph.
    ///
    /// # Errors
    /// [`ConvolutionError::Pixels`], [`ConvolutionError::Device`].
    pub fn log_probabilities(
        &self,
        digits: &Digits,
        indices: &[u32],
        augmentation: &Augmentation,
        random: &mut Pcg64,
    ) -> Result<Vec<f32>, ConvolutionError> {
        let device = Device::flex();
        let mut all = Vec::new();
        for indices in indices.chunks(READ_AT_A_TIME) {
            let pixels = images(digits, indices, augmentation, random);
            let shape = [indices.len(), digits.side * digits.side];
            let logits = self.forward(Tensor::from_data(TensorData::new(pixels, shape), &device))?;
            let values = log_softmax(logits, 1).try_to_vec_as::<f32>();
            all.extend(values.map_err(|error| ConvolutionError::Device(error.to_string()))?);
        }
        Ok(all)
    }
}
