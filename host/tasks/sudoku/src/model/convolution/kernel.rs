//! One image through one layer and back: 3 x 3 convolution, rectifier, 2 x 2 maximum, in one pass.
//!
//! Pixels are channels-last. Only the position that wins its window has a gradient, a quarter of the positions or
//! fewer, so that the way back is a sum over winners and no convolution.

use super::Size;

/// Positions of a pooling window.
const WINDOW: usize = 4;

/// Instead of the winner's position, where nothing is above 0.
const NOTHING: u8 = WINDOW as u8;

/// Values of an unfolded patch of one channel: 9 pixels, a one for the bias, zeros to a processor's width.
const LANES: usize = 16;

/// One instruction where the processor has it; elsewhere the function that emulates it would be slow.
#[inline(always)]
fn multiply_add(a: f32, b: f32, c: f32) -> f32 {
    if cfg!(any(target_feature = "fma", target_arch = "aarch64")) { a.mul_add(b, c) } else { a * b + c }
}

/// Buffers of one image at a time.
pub struct Scratch {
    padded: Vec<f32>,
    padded_gradient: Vec<f32>,
    patches: Vec<[[f32; LANES]; WINDOW]>,
    /// Where the patch of each window's positions begins in the padded image.
    starts: Vec<[usize; WINDOW]>,
    winners: Vec<(usize, f32)>,
}

impl Scratch {
    /// For images of this size.
    pub fn new(size: &Size) -> Self {
        let padded = vec![0.0; (size.height + 2) * row(size)];
        let windows = size.windows();
        Self {
            padded_gradient: padded.clone(),
            padded,
            starts: (0..windows).map(|window| [0, 1, 2, 3].map(|position| start(size, window, position))).collect(),
            patches: vec![[[0.0; LANES]; WINDOW]; windows],
            winners: vec![(0, 0.0); windows],
        }
    }

    /// The image with a frame of zeros, one pixel wide.
    fn pad(&mut self, size: &Size, image: &[f32]) {
        let (row, width) = (row(size), size.width * size.inputs);
        for (y, line) in image.chunks_exact(width).enumerate() {
            self.padded[(y + 1) * row + size.inputs..][..width].copy_from_slice(line);
        }
    }
}

/// Values in a line of a padded image.
fn row(size: &Size) -> usize {
    (size.width + 2) * size.inputs
}

/// Where the patch of a window's position begins in the padded image.
fn start(size: &Size, window: usize, position: usize) -> usize {
    let columns = size.width / 2;
    let (y, x) = (2 * (window / columns) + position / 2, 2 * (window % columns) + position % 2);
    y * row(size) + x * size.inputs
}

/// The windows' maxima and which positions have them. The weights' rows are those of the taps (line, column) and input
/// channels, then the biases.
pub fn forward<const INPUTS: usize, const OUTPUTS: usize>(
    size: &Size,
    weights: &[[f32; OUTPUTS]],
    image: &[f32],
    scratch: &mut Scratch,
    maxima: &mut [[f32; OUTPUTS]],
    winners: &mut [[u8; OUTPUTS]],
) {
    scratch.pad(size, image);
    let (weights, biases) = weights.split_at(9 * INPUTS);
    let (taps, _) = weights.as_chunks::<INPUTS>();
    let row = row(size);
    for (window, (maximum, winner)) in maxima.iter_mut().zip(winners).enumerate() {
        let start = scratch.starts[window][0];
        let mut sums = [[0.0_f32; OUTPUTS]; WINDOW];
        for (tap, weights) in taps.iter().enumerate() {
            let at = start + (tap / 3) * row + (tap % 3) * INPUTS;
            let (upper, lower) = (&scratch.padded[at..][..2 * INPUTS], &scratch.padded[at + row..][..2 * INPUTS]);
            for input in 0..INPUTS {
                let pixels = [upper[input], upper[input + INPUTS], lower[input], lower[input + INPUTS]];
                for position in 0..WINDOW {
                    for output in 0..OUTPUTS {
                        let sum = &mut sums[position][output];
                        *sum = multiply_add(pixels[position], weights[input][output], *sum);
                    }
                }
            }
        }
        for output in 0..OUTPUTS {
            let (mut best, mut at) = (sums[0][output], 0);
            for position in 1..WINDOW {
                if sums[position][output] > best {
                    (best, at) = (sums[position][output], position as u8);
                }
            }
            best += biases[0][output];
            maximum[output] = best.max(0.0);
            winner[output] = if best > 0.0 { at } else { NOTHING };
        }
    }
}

/// Weights by output channel, for the way back.
pub type Transposed<const INPUTS: usize> = [[f32; INPUTS]; 9];

/// Sums of a gradient of the weights: by output channel, and of the bias.
pub struct WeightGradient<const INPUTS: usize, const OUTPUTS: usize> {
    /// As [`Transposed`].
    pub weights: Vec<Transposed<INPUTS>>,
    /// One for each output channel.
    pub bias: [f32; OUTPUTS],
}

impl<const INPUTS: usize, const OUTPUTS: usize> WeightGradient<INPUTS, OUTPUTS> {
    /// A sum of nothing.
    pub fn zero() -> Self {
        Self { weights: vec![[[0.0; INPUTS]; 9]; OUTPUTS], bias: [0.0; OUTPUTS] }
    }
}

/// Adds the weights' gradient of one image to the sum, and writes the image's own.
pub fn backward<const INPUTS: usize, const OUTPUTS: usize>(
    size: &Size,
    weights: &[Transposed<INPUTS>],
    image: &[f32],
    (gradient, winners): (&[[f32; OUTPUTS]], &[[u8; OUTPUTS]]),
    scratch: &mut Scratch,
    sum: &mut WeightGradient<INPUTS, OUTPUTS>,
    image_gradient: &mut [f32],
) {
    scratch.pad(size, image);
    scratch.padded_gradient.fill(0.0);
    let row = row(size);
    for output in 0..OUTPUTS {
        // Gathered first: a loop over them has nothing to guess.
        let (mut count, mut bias) = (0, 0.0);
        for ((starts, gradient), winners) in scratch.starts.iter().zip(gradient).zip(winners) {
            let winner = winners[output];
            scratch.winners[count] = (starts[usize::from(winner % NOTHING)], gradient[output]);
            count += usize::from(winner < NOTHING);
            bias += if winner < NOTHING { gradient[output] } else { 0.0 };
        }
        sum.bias[output] += bias;
        let Scratch { padded, padded_gradient, winners, .. } = scratch;
        add_winners(row, &weights[output], padded, &winners[..count], &mut sum.weights[output], padded_gradient);
    }
    let width = size.width * size.inputs;
    for (y, line) in image_gradient.chunks_exact_mut(width).enumerate() {
        line.copy_from_slice(&scratch.padded_gradient[(y + 1) * row + size.inputs..][..width]);
    }
}

/// Adds what the winners of one output channel, with the starts of their patches and their gradients, give to its
/// weights' gradient and to the image's. Apart from its caller, so that the compiler knows that nothing overlaps.
#[inline(never)]
fn add_winners<const INPUTS: usize>(
    row: usize,
    weights: &Transposed<INPUTS>,
    padded: &[f32],
    winners: &[(usize, f32)],
    sum: &mut Transposed<INPUTS>,
    padded_gradient: &mut [f32],
) {
    // Copies that stay in registers.
    let (mut total, weights) = (*sum, *weights);
    for &(start, gradient) in winners {
        for line in 0..3 {
            let range = start + line * row..start + line * row + 3 * INPUTS;
            let (pixels, _) = padded[range.clone()].as_chunks::<INPUTS>();
            let (changes, _) = padded_gradient[range].as_chunks_mut::<INPUTS>();
            for column in 0..3 {
                let tap = line * 3 + column;
                for input in 0..INPUTS {
                    total[tap][input] = multiply_add(gradient, pixels[column][input], total[tap][input]);
                    changes[column][input] = multiply_add(gradient, weights[tap][input], changes[column][input]);
                }
            }
        }
    }
    *sum = total;
}

/// As [`backward`] for images of one channel, without the images' own gradient.
pub fn backward_to_weights<const INPUTS: usize, const OUTPUTS: usize>(
    size: &Size,
    image: &[f32],
    (gradient, winners): (&[[f32; OUTPUTS]], &[[u8; OUTPUTS]]),
    scratch: &mut Scratch,
    sum: &mut WeightGradient<INPUTS, OUTPUTS>,
) {
    scratch.pad(size, image);
    let row = row(size);
    for (patches, starts) in scratch.patches.iter_mut().zip(&scratch.starts) {
        for (unfolded, start) in patches.iter_mut().zip(starts) {
            for line in 0..3 {
                unfolded[3 * line..][..3].copy_from_slice(&scratch.padded[start + line * row..][..3]);
            }
            unfolded[9] = 1.0;
        }
    }
    for output in 0..OUTPUTS {
        let mut total = [0.0_f32; LANES];
        for ((patches, gradient), winners) in scratch.patches.iter().zip(gradient).zip(winners) {
            let winner = winners[output];
            let gradient = if winner < NOTHING { gradient[output] } else { 0.0 };
            let unfolded = &patches[usize::from(winner % NOTHING)];
            for lane in 0..LANES {
                total[lane] = multiply_add(gradient, unfolded[lane], total[lane]);
            }
        }
        sum.weights[output].as_flattened_mut().iter_mut().zip(&total).for_each(|(sum, total)| *sum += total);
        sum.bias[output] += total[9];
    }
}
