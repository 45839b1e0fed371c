//! Many images at once, on every core; the sums do not depend on how many cores there are.

use super::kernel::{Scratch, Transposed, WeightGradient, backward, backward_to_weights, forward};
use super::{ConvolutionError, Size};
use rayon::prelude::*;

/// Images whose gradients are summed one after the other; the groups' sums are added in their order.
const GROUP: usize = 18;

/// Output of a layer for a batch.
#[derive(Debug, Clone, Default)]
pub struct Output {
    /// `[batch, height / 2, width / 2, outputs]`.
    pub maxima: Vec<f32>,
    /// Which position of its window has the maximum, of the same shape.
    pub winners: Vec<u8>,
}

/// The gradient of a layer's arguments.
#[derive(Debug, Clone, Default)]
pub struct Gradient {
    /// `[9 x inputs + 1, outputs]`.
    pub weights: Vec<f32>,
    /// Of the images' shape; nothing where it was not asked for.
    pub images: Option<Vec<f32>>,
}

/// A layer's arguments, and what it said, on the way back.
#[derive(Debug, Clone, Copy)]
pub struct Arguments<'a> {
    /// Size of each image.
    pub size: &'a Size,
    /// `[9 x inputs + 1, outputs]`, the bias last.
    pub weights: &'a [f32],
    /// `[batch, height, width, inputs]`.
    pub images: &'a [f32],
}

/// The two directions for one pair of numbers of channels, which the compiler has to know.
#[derive(Debug, Clone, Copy)]
pub struct Passes {
    /// The output.
    pub forward: fn(&Arguments) -> Output,
    /// The gradient of the weights, and of the images where wanted, for a gradient of the output and its winners.
    pub backward: fn(&Arguments, winners: &[u8], gradient: &[f32], wants_images: bool) -> Gradient,
}

impl Passes {
    /// For one pair of numbers of channels.
    ///
    /// # Errors
    /// [`ConvolutionError::Channels`].
    pub fn of(inputs: usize, outputs: usize) -> Result<Self, ConvolutionError> {
        match (inputs, outputs) {
            (1, 8) => Ok(Self::compiled::<1, 8>()),
            (1, 16) => Ok(Self::compiled::<1, 16>()),
            (8, 16) => Ok(Self::compiled::<8, 16>()),
            (16, 32) => Ok(Self::compiled::<16, 32>()),
            _ => Err(ConvolutionError::Channels { inputs, outputs }),
        }
    }

    fn compiled<const INPUTS: usize, const OUTPUTS: usize>() -> Self {
        Self { forward: run::<INPUTS, OUTPUTS>, backward: pull_back::<INPUTS, OUTPUTS> }
    }
}

fn run<const INPUTS: usize, const OUTPUTS: usize>(arguments: &Arguments) -> Output {
    let Arguments { size, images, .. } = *arguments;
    let (weights, _) = arguments.weights.as_chunks::<OUTPUTS>();
    let (pixels, values) = (size.pixels(), size.values());
    let batch = images.len() / pixels;
    let mut output = Output { maxima: vec![0.0; batch * values], winners: vec![0; batch * values] };
    let groups = output.maxima.par_chunks_mut(values * GROUP).zip(output.winners.par_chunks_mut(values * GROUP));
    groups.zip(images.par_chunks(pixels * GROUP)).for_each_init(
        || Scratch::new(size),
        |scratch, ((maxima, winners), images)| {
            let answers = maxima.chunks_exact_mut(values).zip(winners.chunks_exact_mut(values));
            for (image, (maxima, winners)) in images.chunks_exact(pixels).zip(answers) {
                let (maxima, _) = maxima.as_chunks_mut();
                let (winners, _) = winners.as_chunks_mut();
                forward::<INPUTS, OUTPUTS>(size, weights, image, scratch, maxima, winners);
            }
        },
    );
    output
}

fn pull_back<const INPUTS: usize, const OUTPUTS: usize>(
    arguments: &Arguments,
    winners: &[u8],
    gradient: &[f32],
    wants_images: bool,
) -> Gradient {
    let Arguments { size, weights, images } = *arguments;
    let (pixels, values) = (size.pixels(), size.values());
    let weights = transposed::<INPUTS, OUTPUTS>(weights);
    let mut image_gradients = vec![0.0; images.len()];
    let groups = images.par_chunks(pixels * GROUP).zip(image_gradients.par_chunks_mut(pixels * GROUP));
    let answers = gradient.par_chunks(values * GROUP).zip(winners.par_chunks(values * GROUP));
    let sums = groups.zip(answers).map_init(
        || Scratch::new(size),
        |scratch, ((images, image_gradients), (gradients, winners))| {
            let mut sum = WeightGradient::<INPUTS, OUTPUTS>::zero();
            let images = images.chunks_exact(pixels).zip(image_gradients.chunks_exact_mut(pixels));
            let answers = gradients.chunks_exact(values).zip(winners.chunks_exact(values));
            for ((image, image_gradient), (gradient, winners)) in images.zip(answers) {
                let answer = (gradient.as_chunks().0, winners.as_chunks().0);
                if INPUTS == 1 && !wants_images {
                    backward_to_weights(size, image, answer, scratch, &mut sum);
                } else {
                    backward(size, &weights, image, answer, scratch, &mut sum, image_gradient);
                }
            }
            sum
        },
    );
    let sums: Vec<_> = sums.collect();
    Gradient { weights: added(&sums), images: wants_images.then_some(image_gradients) }
}

/// Weights by output channel, without the bias.
fn transposed<const INPUTS: usize, const OUTPUTS: usize>(weights: &[f32]) -> Vec<Transposed<INPUTS>> {
    let mut by_output = vec![[[0.0; INPUTS]; 9]; OUTPUTS];
    for (row, weights) in weights.chunks_exact(OUTPUTS).take(9 * INPUTS).enumerate() {
        by_output.iter_mut().zip(weights).for_each(|(own, weight)| own[row / INPUTS][row % INPUTS] = *weight);
    }
    by_output
}

/// The sums' sum in the layout of the weights.
fn added<const INPUTS: usize, const OUTPUTS: usize>(sums: &[WeightGradient<INPUTS, OUTPUTS>]) -> Vec<f32> {
    let mut total = vec![0.0; (9 * INPUTS + 1) * OUTPUTS];
    for sum in sums {
        for output in 0..OUTPUTS {
            let taps = sum.weights[output].as_flattened();
            for (row, value) in taps.iter().chain([&sum.bias[output]]).enumerate() {
                total[row * OUTPUTS + output] += value;
            }
        }
    }
    total
}
