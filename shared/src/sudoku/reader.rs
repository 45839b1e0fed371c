//! Reader network of a cell: twice 3 x 3 convolution, rectifier and 2 x 2 maximum, a hidden layer, an output.
//!
//! Sums run over the taps line by line, then over the channels, the bias last. Outputs are computed four at a time, for the
//! four positions of a maximum at once: sixteen sums stay in a Cortex-M4F's registers.

use super::{DIGITS, PIXELS};

/// Pixels of a side.
pub const SIDE: usize = 8;
/// Channels after the first convolution.
pub const FIRST: usize = 8;
/// Channels after the second one.
pub const SECOND: usize = 16;
/// Units of the hidden layer.
pub const HIDDEN: usize = 14;
/// Weights and biases, in the order of their layers; a layer's are `[inputs + 1, outputs]`, the biases last.
pub const PARAMETERS: usize =
    (9 + 1) * FIRST + (9 * FIRST + 1) * SECOND + (FEATURES + 1) * HIDDEN + (HIDDEN + 1) * DIGITS;

/// Values that the second convolution leaves: 2 lines of 2 windows.
const FEATURES: usize = 4 * SECOND;
/// The share of ink in one step of a pixel.
const INK: f32 = 1.0 / 255.0;

/// Outputs that are computed together.
const LANES: usize = 4;
type Lanes = [f32; LANES];

/// Weights by blocks of four outputs; those of outputs that there are not are zero.
#[derive(Debug, Clone)]
pub(super) struct Weights {
    first: [[Lanes; 9 + 1]; FIRST / LANES],
    second: [[Lanes; 9 * FIRST + 1]; SECOND / LANES],
    hidden: [[Lanes; FEATURES + 1]; HIDDEN.div_ceil(LANES)],
    output: [[Lanes; HIDDEN + 1]; 1],
}

impl Weights {
    pub(super) const fn zero() -> Self {
        Self {
            first: [[[0.0; LANES]; _]; _],
            second: [[[0.0; LANES]; _]; _],
            hidden: [[[0.0; LANES]; _]; _],
            output: [[[0.0; LANES]; _]; _],
        }
    }

    /// Takes [`PARAMETERS`] numbers over.
    pub(super) fn load(&mut self, mut numbers: impl Iterator<Item = f32>) {
        load(&mut self.first, FIRST, &mut numbers);
        load(&mut self.second, SECOND, &mut numbers);
        load(&mut self.hidden, HIDDEN, &mut numbers);
        load(&mut self.output, DIGITS, &mut numbers);
    }
}

fn load<const ROWS: usize>(blocks: &mut [[Lanes; ROWS]], outputs: usize, numbers: &mut impl Iterator<Item = f32>) {
    for (row, output) in (0..ROWS).flat_map(|row| (0..outputs).map(move |output| (row, output))) {
        let lanes = blocks.get_mut(output / LANES).and_then(|block| block.get_mut(row));
        let place = lanes.and_then(|lanes| lanes.get_mut(output % LANES));
        if let (Some(place), Some(number)) = (place, numbers.next()) {
            *place = number;
        }
    }
}

/// What one cell leaves between the layers; the convolutions' images have a frame of zeros.
#[derive(Debug, Clone)]
pub(super) struct Activations {
    pixels: [[[f32; 1]; SIDE + 2]; SIDE + 2],
    maxima: [[[f32; FIRST]; SIDE / 2 + 2]; SIDE / 2 + 2],
    features: [Lanes; FEATURES / LANES],
    hidden: [Lanes; HIDDEN.div_ceil(LANES)],
}

impl Activations {
    pub(super) const fn zero() -> Self {
        Self {
            pixels: [[[0.0; _]; _]; _],
            maxima: [[[0.0; _]; _]; _],
            features: [[0.0; LANES]; _],
            hidden: [[0.0; LANES]; _],
        }
    }

    /// The logits of a cell's digits.
    pub(super) fn read(&mut self, weights: &Weights, image: &[u8; PIXELS]) -> [f32; DIGITS] {
        let Self { pixels, maxima, features, hidden } = self;
        for (line, values) in pixels.iter_mut().skip(1).zip(image.as_chunks::<SIDE>().0) {
            for (pixel, &value) in line.iter_mut().skip(1).zip(values) {
                *pixel = [f32::from(value) * INK];
            }
        }
        convolve(pixels, &weights.first, |y, x, block, found| {
            let channels = maxima.get_mut(y + 1).and_then(|line| line.get_mut(x + 1));
            if let Some(place) = channels.and_then(|channels| channels.as_chunks_mut().0.get_mut(block)) {
                *place = found;
            }
        });
        convolve(maxima, &weights.second, |y, x, block, found| {
            if let Some(place) = features.get_mut((2 * y + x) * (SECOND / LANES) + block) {
                *place = found;
            }
        });
        for (units, weights) in hidden.iter_mut().zip(&weights.hidden) {
            *units = rectified(dense(features.as_flattened(), weights));
        }
        let [weights] = &weights.output;
        dense(hidden.as_flattened(), weights)
    }
}

/// Convolution, rectifier and maximum of an image with its frame; gives line, column and block of outputs with its values.
fn convolve<const INPUTS: usize, const ROWS: usize, const WIDE: usize>(
    framed: &[[[f32; INPUTS]; WIDE]; WIDE],
    blocks: &[[Lanes; ROWS]],
    mut put: impl FnMut(usize, usize, usize, Lanes),
) {
    for (y, [a, b, c, d]) in framed.array_windows().step_by(2).enumerate() {
        let lines = a.array_windows().zip(b.array_windows()).zip(c.array_windows()).zip(d.array_windows());
        for (x, (((a, b), c), d)) in lines.step_by(2).enumerate() {
            for (block, weights) in blocks.iter().enumerate() {
                put(y, x, block, window([a, b, c, d], weights));
            }
        }
    }
}

/// The maximum over the four positions whose patches lie in these 4 x 4 pixels, at least 0.
#[inline(never)]
fn window<const INPUTS: usize>(patch: [&[[f32; INPUTS]; 4]; 4], weights: &[Lanes]) -> Lanes {
    let (taps, biases) = weights.as_chunks::<INPUTS>();
    // The bias of images with one channel is no remainder.
    let bias = biases.first().or_else(|| weights.last()).copied().unwrap_or_default();
    let mut sums = [[0.0; LANES]; 4];
    for ([upper, lower], taps) in patch.array_windows().zip(taps.as_chunks::<3>().0) {
        let columns = upper.array_windows::<2>().zip(lower.array_windows::<2>());
        for (([a, b], [c, d]), weights) in columns.zip(taps) {
            for ((((a, b), c), d), weights) in a.iter().zip(b).zip(c).zip(d).zip(weights) {
                let [first, second, third, fourth] = sums;
                sums = [
                    add_multiple(first, *a, *weights),
                    add_multiple(second, *b, *weights),
                    add_multiple(third, *c, *weights),
                    add_multiple(fourth, *d, *weights),
                ];
            }
        }
    }
    let [a, b, c, d] = sums;
    rectified(add_multiple(larger(larger(a, b), larger(c, d)), 1.0, bias))
}

/// Four sums over all inputs.
#[inline(never)]
fn dense(inputs: &[f32], weights: &[Lanes]) -> Lanes {
    let Some((bias, weights)) = weights.split_last() else { return [0.0; LANES] };
    let mut sums = [0.0; LANES];
    for (input, weights) in inputs.iter().zip(weights) {
        sums = add_multiple(sums, *input, *weights);
    }
    add_multiple(sums, 1.0, *bias)
}

#[inline(always)]
fn add_multiple([a, b, c, d]: Lanes, factor: f32, [e, f, g, h]: Lanes) -> Lanes {
    [a + factor * e, b + factor * f, c + factor * g, d + factor * h]
}

#[inline(always)]
fn larger([a, b, c, d]: Lanes, [e, f, g, h]: Lanes) -> Lanes {
    let larger = |a: f32, b: f32| if b > a { b } else { a };
    [larger(a, e), larger(b, f), larger(c, g), larger(d, h)]
}

#[inline(always)]
fn rectified(sums: Lanes) -> Lanes {
    larger(sums, [0.0; LANES])
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use crate::random::Pcg64;
    use std::vec::Vec;

    /// The network as a textbook writes it, in double precision, channels-last.
    fn oracle(numbers: &[f32], image: &[u8; PIXELS]) -> Vec<f64> {
        let mut rest = numbers.iter().map(|&number| f64::from(number));
        let mut layer = |rows: usize, outputs: usize| -> Vec<Vec<f64>> {
            (0..=rows).map(|_| rest.by_ref().take(outputs).collect()).collect()
        };
        let mut values: Vec<f64> = image.iter().map(|&pixel| f64::from(pixel) / 255.0).collect();
        let mut side = SIDE;
        for (inputs, outputs) in [(1, FIRST), (FIRST, SECOND)] {
            let weights = layer(9 * inputs, outputs);
            let convolved = |y: usize, x: usize, output: usize| {
                let mut sum = weights[9 * inputs][output];
                for (line, column) in (0..3).flat_map(|line| (0..3).map(move |column| (line, column))) {
                    let (y, x) = ((y + line).wrapping_sub(1), (x + column).wrapping_sub(1));
                    for input in (0..inputs).filter(|_| y < side && x < side) {
                        let weight = weights[(3 * line + column) * inputs + input][output];
                        sum += weight * values[(y * side + x) * inputs + input];
                    }
                }
                sum.max(0.0)
            };
            let mut maxima = Vec::new();
            for place in 0..side * side / 4 * outputs {
                let (y, x, output) = (place / outputs / (side / 2), place / outputs % (side / 2), place % outputs);
                let positions = (0..4).map(|position| convolved(2 * y + position / 2, 2 * x + position % 2, output));
                maxima.push(positions.fold(0.0, f64::max));
            }
            (values, side) = (maxima, side / 2);
        }
        for (inputs, outputs) in [(FEATURES, HIDDEN), (HIDDEN, DIGITS)] {
            let weights = layer(inputs, outputs);
            let sum = |output: usize| {
                let terms = values.iter().zip(&weights).map(|(value, row)| value * row[output]);
                terms.sum::<f64>() + weights[inputs][output]
            };
            values =
                (0..outputs).map(|output| if outputs == HIDDEN { sum(output).max(0.0) } else { sum(output) }).collect();
        }
        assert_eq!(rest.next(), None);
        values
    }

    #[test]
    fn the_logits_are_those_of_the_textbook() {
        assert_eq!(PARAMETERS, 2_218);
        let random = &mut Pcg64::from_seed(1);
        for _ in 0..20 {
            let numbers: Vec<f32> = (0..PARAMETERS).map(|_| random.uniform(-0.5, 0.5) as f32).collect();
            let image: [u8; PIXELS] = core::array::from_fn(|_| random.uniform(0.0, 255.9) as u8);
            let (mut weights, mut activations) = (Weights::zero(), Activations::zero());
            weights.load(numbers.iter().copied());
            activations.read(&weights, &[200; PIXELS]);
            let found = activations.read(&weights, &image);
            for (found, expected) in found.iter().zip(oracle(&numbers, &image)) {
                assert!((f64::from(*found) - expected).abs() < 1e-4 * expected.abs().max(1.0), "{found} {expected}");
            }
        }
    }
}
