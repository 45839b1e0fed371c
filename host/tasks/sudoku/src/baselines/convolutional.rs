//! A convolutional network over the board, whose pixels are the cells.
//!
//! Ten layers of 3 x 3 cells, as K. Park's ("Can convolutional neural networks crack sudoku puzzles?", 2018), which is
//! what Wang et al. 2019 ("SATNet") compare with, of 64 channels instead of 512; in residual pairs without
//! normalization instead of a row with it.

use super::network::{FEATURES, Gain, linear};
use crate::model::convolution::ConvolutionError;
use crate::model::reader::{Architecture, Reader};
use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::activation::relu;
use burn::tensor::{Device, Int, Tensor, TensorData};
use convex_edge_core::random::Pcg64;

/// Pairs of convolutions; ten steps reach across nine cells.
const PAIRS: usize = 5;

/// Cells that a convolution looks at.
const TAPS: usize = 9;

/// An encoder of cells, residual convolutions over the board, and digits.
#[derive(Module, Debug)]
pub struct Convolutional {
    /// As the reader, with features instead of digits.
    encoder: Reader,
    /// Each from `[TAPS x FEATURES]` to `[FEATURES]`.
    pairs: Vec<[Linear; 2]>,
    output: Linear,
}

impl Convolutional {
    /// Weights drawn from `random`.
    ///
    /// # Errors
    /// [`ConvolutionError::Channels`].
    pub fn new(architecture: &Architecture, random: &mut Pcg64, device: &Device) -> Result<Self, ConvolutionError> {
        let encoder = Reader::new(&Architecture { digits: FEATURES, ..architecture.clone() }, random, device)?;
        let mut convolution = |gain| linear(TAPS * FEATURES, FEATURES, gain, random, device);
        let pairs = (0..PAIRS).map(|_| [convolution(Gain::Rectified), convolution(Gain::Nothing)]).collect();
        Ok(Self { encoder, pairs, output: linear(FEATURES, architecture.digits, Gain::Linear, random, device) })
    }

    /// Logits `[boards x cells, digits]` of images `[boards x cells, side x side]`, the cells of `digits x digits`
    /// boards.
    ///
    /// # Errors
    /// [`ConvolutionError`].
    pub fn forward(&self, images: Tensor<2>, digits: usize) -> Result<Tensor<2>, ConvolutionError> {
        let [count, _] = images.dims();
        let neighbours = TensorData::new(neighbours(count / (digits * digits), digits), [count * TAPS]);
        let neighbours = Tensor::from_data(neighbours, &images.device());
        let mut features = self.encoder.forward(images)?;
        for [first, second] in &self.pairs {
            let inner = relu(first.forward(patches(relu(features.clone()), &neighbours)));
            features = features + second.forward(patches(inner, &neighbours));
        }
        Ok(self.output.forward(relu(features)))
    }
}

/// Which cell is at each tap of each cell, `[boards, cells, taps]`; one past the last where that is off the board.
fn neighbours(boards: usize, digits: usize) -> Vec<i64> {
    let cells = digits * digits;
    let mut neighbours = Vec::with_capacity(boards * cells * TAPS);
    for cell in 0..boards * cells {
        let (row, column) = (cell % cells / digits, cell % digits);
        for tap in 0..TAPS {
            // One too large each, so that they stay above 0.
            let (y, x) = (row + tap / 3, column + tap % 3);
            let is_inside = (1..=digits).contains(&y) && (1..=digits).contains(&x);
            let at = cell / cells * cells + y.saturating_sub(1) * digits + x.saturating_sub(1);
            neighbours.push(if is_inside { at } else { boards * cells } as i64);
        }
    }
    neighbours
}

/// The features of each cell's neighbours `[boards x cells, taps x FEATURES]`, zeros off the board, of features
/// `[boards x cells, FEATURES]`.
fn patches(features: Tensor<2>, neighbours: &Tensor<1, Int>) -> Tensor<2> {
    let [count, width] = features.dims();
    let nothing = Tensor::zeros([1, width], &features.device());
    Tensor::cat(vec![features, nothing], 0).select(0, neighbours.clone()).reshape([count, TAPS * width])
}

#[cfg(test)]
mod tests {
    use super::{TAPS, neighbours};

    #[test]
    fn neighbours_are_on_the_same_board() {
        let found = neighbours(2, 4);
        assert_eq!(found[..TAPS], [32, 32, 32, 32, 0, 1, 32, 4, 5]);
        assert_eq!(found[5 * TAPS..6 * TAPS], [0, 1, 2, 4, 5, 6, 8, 9, 10]);
        assert_eq!(found[19 * TAPS..20 * TAPS], [32, 32, 32, 18, 19, 32, 22, 23, 32]);
        assert_eq!(found[31 * TAPS..], [26, 27, 32, 30, 31, 32, 32, 32, 32]);
    }
}
