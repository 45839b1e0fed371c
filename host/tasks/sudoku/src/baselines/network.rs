//! The four networks, and what they share: from the images of a board's cells to a logit for each digit in each cell.

use super::convolutional::Convolutional;
use super::perceptron::Perceptron;
use super::transformer::Transformer;
use crate::model::convolution::ConvolutionError;
use crate::model::reader::{Architecture, Reader};
use burn::module::{Module, Param};
use burn::nn::Linear;
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Tensor, TensorData};
use convex_edge_core::random::Pcg64;
use serde::{Deserialize, Serialize};

/// Values that a network of cells has for each of them, between its layers.
pub const FEATURES: usize = 64;

/// Pixels of a side of a cell that [`Form::Perceptron`] sees at most.
const SEEN: usize = 8;

/// Which network it is. What "as the reader" is has the reader's architecture, and learns with the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// All pixels to all cells' digits, [`Perceptron`]; sides above 8 pixels are halved first, 28 and 14 to 7.
    /// 820 288 parameters on 4 x 4 boards, 2 669 273 on 9 x 9.
    Perceptron,
    /// Each cell as the reader sees it, and residual convolutions over the board, [`Convolutional`].
    /// 372 658 parameters on 4 x 4 boards of 8 pixels; on 9 x 9 of 14 pixels 397 321, of 28 pixels 398 409.
    Convolutional,
    /// The reader's log-probabilities of all cells, and what a [`Perceptron`] adds to them.
    /// 330 986 parameters on 4 x 4 boards of 8 pixels; on 9 x 9 of 14 pixels 1 034 274, of 28 pixels 1 035 362.
    ReaderPerceptron,
    /// Each cell as the reader sees it, and attention among the cells, [`Transformer`].
    /// 104 242 parameters on 4 x 4 boards of 8 pixels; on 9 x 9 of 14 pixels 129 865, of 28 pixels 130 953.
    ReaderTransformer,
}

/// A network of one of the forms.
#[derive(Module, Debug)]
pub struct Network {
    #[module(skip)]
    side: usize,
    #[module(skip)]
    digits: usize,
    body: Body,
}

/// Its weights.
#[derive(Module, Debug)]
enum Body {
    Perceptron(Perceptron),
    Convolutional(Convolutional),
    ReaderPerceptron(ReaderPerceptron),
    ReaderTransformer(Transformer),
}

/// A reader, and what corrects it.
#[derive(Module, Debug)]
struct ReaderPerceptron {
    reader: Reader,
    correction: Perceptron,
}

/// Errors of a network.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum NetworkError {
    /// No board has so many digits.
    #[error("no board has {digits} digits; give 4 or 9")]
    Digits {
        /// Digits of the architecture.
        digits: usize,
    },
    /// The images are no whole boards.
    #[error("{images} cells' images are no whole boards; give {cells} for each board")]
    Boards {
        /// Number of images given.
        images: usize,
        /// Cells of a board.
        cells: usize,
    },
    /// The images are of another size.
    #[error(transparent)]
    Convolution(#[from] ConvolutionError),
}

impl Network {
    /// Weights drawn from `random`, so that a seed fixes them whatever other threads do. The architecture is the
    /// reader's; its digits say which board it is.
    ///
    /// # Errors
    /// [`NetworkError::Digits`], [`NetworkError::Convolution`].
    pub fn new(
        form: Form,
        architecture: &Architecture,
        random: &mut Pcg64,
        device: &Device,
    ) -> Result<Self, NetworkError> {
        let &Architecture { side, digits, .. } = architecture;
        if !matches!(digits, 4 | 9) {
            return Err(NetworkError::Digits { digits });
        }
        let outputs = digits.pow(3);
        let body = match form {
            Form::Perceptron => {
                let inputs = (digits * seen(side)).pow(2);
                Body::Perceptron(Perceptron::new(inputs, outputs, Gain::Linear, random, device))
            }
            Form::Convolutional => Body::Convolutional(Convolutional::new(architecture, random, device)?),
            Form::ReaderPerceptron => {
                let reader = Reader::new(architecture, random, device)?;
                let correction = Perceptron::new(outputs, outputs, Gain::Nothing, random, device);
                Body::ReaderPerceptron(ReaderPerceptron { reader, correction })
            }
            Form::ReaderTransformer => Body::ReaderTransformer(Transformer::new(architecture, random, device)?),
        };
        Ok(Self { side, digits, body })
    }

    /// Cells of a board.
    pub fn cells(&self) -> usize {
        self.digits * self.digits
    }

    /// Digits of a cell, and logits.
    pub fn digits(&self) -> usize {
        self.digits
    }

    /// Logits `[boards x cells, digits]` of images `[boards x cells, side x side]`, cells along the rows of each board;
    /// 0 for paper and 1 for ink.
    ///
    /// # Errors
    /// [`NetworkError::Boards`], [`NetworkError::Convolution`].
    pub fn forward(&self, images: Tensor<2>) -> Result<Tensor<2>, NetworkError> {
        let ([count, found], expected) = (images.dims(), self.side * self.side);
        if count == 0 || !count.is_multiple_of(self.cells()) {
            return Err(NetworkError::Boards { images: count, cells: self.cells() });
        }
        if found != expected {
            return Err(ConvolutionError::Pixels { expected, found }.into());
        }
        let (boards, digits) = (count / self.cells(), self.digits);
        let logits = match &self.body {
            Body::Perceptron(perceptron) => {
                let pixels = shrunk(images, self.side);
                let inputs = pixels.dims()[1] * self.cells();
                perceptron.forward(pixels.reshape([boards, inputs])).reshape([count, digits])
            }
            Body::Convolutional(convolutional) => convolutional.forward(images, digits)?,
            Body::ReaderPerceptron(ReaderPerceptron { reader, correction }) => {
                let read = log_softmax(reader.forward(images)?, 1);
                let together = read.clone().reshape([boards, self.cells() * digits]);
                read + correction.forward(together).reshape([count, digits])
            }
            Body::ReaderTransformer(transformer) => transformer.forward(images, digits)?,
        };
        Ok(logits)
    }
}

/// Pixels of a side after halving down to [`SEEN`] or less.
fn seen(side: usize) -> usize {
    match side > SEEN {
        true => seen(side / 2),
        false => side,
    }
}

/// Images `[images, side x side]` as `[images, seen x seen]`, the means of squares of pixels; lines that no square has
/// a place for are lost.
fn shrunk(images: Tensor<2>, side: usize) -> Tensor<2> {
    let ([count, _], seen) = (images.dims(), seen(side));
    if seen == side {
        return images;
    }
    let square = side / seen;
    let whole = images.reshape([count, side, side]).slice([0..count, 0..seen * square, 0..seen * square]);
    whole.reshape([count * seen, square, seen, square]).mean_dim(3).mean_dim(1).reshape([count, seen * seen])
}

/// Scale of random weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gain {
    /// For inputs behind a rectifier (He et al. 2015).
    Rectified,
    /// For others (LeCun et al. 1998).
    Linear,
    /// All zero: what is added to something else begins with adding nothing (Zhang, Dauphin and Ma 2019, "Fixup").
    Nothing,
}

/// A layer from `inputs` to `outputs` values, with uniform weights and without biases at first.
pub(super) fn linear(inputs: usize, outputs: usize, gain: Gain, random: &mut Pcg64, device: &Device) -> Linear {
    let variance = match gain {
        Gain::Rectified => 2.0,
        Gain::Linear => 1.0,
        Gain::Nothing => 0.0,
    } / inputs as f64;
    let weight = uniform([inputs, outputs], (3.0 * variance).sqrt(), random, device);
    let bias = Tensor::from_data(TensorData::new(vec![0.0_f32; outputs], [outputs]), device);
    Linear { weight: Param::from_tensor(weight), bias: Some(Param::from_tensor(bias)) }
}

/// Numbers between the bound's negative and the bound.
pub(super) fn uniform(shape: [usize; 2], bound: f64, random: &mut Pcg64, device: &Device) -> Tensor<2> {
    let values: Vec<f32> = (0..shape[0] * shape[1]).map(|_| random.uniform(-bound, bound) as f32).collect();
    Tensor::from_data(TensorData::new(values, shape), device)
}

#[cfg(test)]
mod tests {
    use super::{Form, Network, NetworkError, shrunk};
    use crate::model::convolution::ConvolutionError;
    use crate::model::reader::Architecture;
    use burn::module::Module;
    use burn::tensor::{Device, Tensor, TensorData};
    use convex_edge_core::random::Pcg64;

    const FORMS: [Form; 4] = [Form::Perceptron, Form::Convolutional, Form::ReaderPerceptron, Form::ReaderTransformer];

    fn network(form: Form, architecture: &Architecture, seed: u64) -> Network {
        Network::new(form, architecture, &mut Pcg64::from_seed(seed), &Device::flex()).unwrap()
    }

    fn logits(network: &Network, images: &[f32], side: usize) -> Vec<f32> {
        let shape = [images.len() / (side * side), side * side];
        let images = Tensor::from_data(TensorData::new(images.to_vec(), shape), &Device::flex());
        network.forward(images).unwrap().try_to_vec_as::<f32>().unwrap()
    }

    fn noise(values: usize, random: &mut Pcg64) -> Vec<f32> {
        (0..values).map(|_| random.uniform(0.0, 1.0) as f32).collect()
    }

    #[test]
    fn the_numbers_of_parameters_are_those_in_the_documentation() {
        let architectures = [Architecture::small(), Architecture::halved(), Architecture::full()];
        let expected = [
            [820_288, 2_669_273, 2_669_273],
            [372_658, 397_321, 398_409],
            [330_986, 1_034_274, 1_035_362],
            [104_242, 129_865, 130_953],
        ];
        let found = FORMS.map(|form| {
            [0, 1, 2].map(|architecture: usize| network(form, &architectures[architecture], 0).num_params())
        });
        assert_eq!(found, expected);
    }

    #[test]
    fn one_seed_gives_the_same_weights_and_another_one_others() {
        let images = noise(16 * 64, &mut Pcg64::from_seed(0));
        for form in FORMS {
            let [first, second, other] =
                [1, 1, 2].map(|seed| logits(&network(form, &Architecture::small(), seed), &images, 8));
            assert_eq!(first, second);
            assert_ne!(first, other);
        }
    }

    #[test]
    fn images_become_their_squares_means() {
        let pixels: Vec<f32> = (0..2 * 81).map(|pixel| pixel as f32).collect();
        let images = Tensor::from_data(TensorData::new(pixels, [2, 81]), &Device::flex());
        let found = shrunk(images, 9).try_to_vec_as::<f32>().unwrap();
        assert_eq!((found.len(), found[0], found[1], found[4], found[16]), (32, 5.0, 7.0, 23.0, 86.0));
    }

    #[test]
    fn what_no_network_takes_is_refused() {
        let odd = Architecture { digits: 5, ..Architecture::small() };
        let refused = Network::new(Form::Perceptron, &odd, &mut Pcg64::from_seed(0), &Device::flex()).err();
        assert_eq!(refused, Some(NetworkError::Digits { digits: 5 }));
        for form in FORMS {
            let network = network(form, &Architecture::small(), 0);
            let refused = |shape| network.forward(Tensor::zeros(shape, &Device::flex())).err();
            assert_eq!(refused([15, 64]), Some(NetworkError::Boards { images: 15, cells: 16 }));
            let pixels = ConvolutionError::Pixels { expected: 64, found: 63 };
            assert_eq!(refused([16, 63]), Some(NetworkError::Convolution(pixels)));
        }
    }
}
