//! One map through a 3 x 3 convolution and back.
//!
//! Cells are channels-last. Numbers of output channels are known to the compiler, so that the sums of a few cells stay in
//! registers; those of the input are not.

/// Cells of a line whose sums are kept at a time.
const CELLS: usize = 6;

/// Channels of the input whose gradients are summed at a time.
const INPUTS: usize = 4;

/// Numbers of cells and channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Lines of the map.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Channels of the input, a multiple of 4.
    pub inputs: usize,
    /// Channels of the output.
    pub outputs: usize,
}

impl Size {
    /// Cells of a map.
    pub fn cells(&self) -> usize {
        self.height * self.width
    }

    /// Values of a map with a frame of zeros, one cell wide.
    fn framed(&self, channels: usize) -> usize {
        (self.height + 2) * (self.width + 2) * channels
    }

    /// Kernel of the backward pass to the input.
    pub fn transposed(&self) -> Self {
        Self { inputs: self.outputs, outputs: self.inputs, ..*self }
    }
}

/// One instruction where the processor has it; elsewhere the function that emulates it would be slow.
#[inline(always)]
fn multiply_add(a: f32, b: f32, c: f32) -> f32 {
    if cfg!(any(target_feature = "fma", target_arch = "aarch64")) { a.mul_add(b, c) } else { a * b + c }
}

/// A buffer for a map of this size with its frame.
pub fn frame(size: &Size) -> Vec<f32> {
    vec![0.0; size.framed(size.inputs)]
}

/// Writes a map into a frame.
fn fill(frame: &mut [f32], map: &[f32], size: &Size) {
    let (line, framed) = (size.width * size.inputs, (size.width + 2) * size.inputs);
    for (y, values) in map.chunks_exact(line).enumerate() {
        frame[(y + 1) * framed + size.inputs..][..line].copy_from_slice(values);
    }
}

/// The output `[height, width, outputs]` of a map `[height, width, inputs]`; weights `[9 x inputs, outputs]` are those of
/// the taps (line, column) and input channels. `frame` is [`frame`]'s.
pub fn forward<const OUTPUTS: usize>(
    size: &Size,
    weights: &[[f32; OUTPUTS]],
    bias: &[f32; OUTPUTS],
    map: &[f32],
    frame: &mut [f32],
    output: &mut [[f32; OUTPUTS]],
) {
    fill(frame, map, size);
    let Size { height, width, .. } = *size;
    for y in 0..height {
        let mut x = 0;
        while x + CELLS <= width {
            sums::<OUTPUTS, CELLS>(size, weights, bias, frame, (y, x), &mut output[y * width + x..]);
            x += CELLS;
        }
        while x + CELLS / 2 <= width {
            sums::<OUTPUTS, { CELLS / 2 }>(size, weights, bias, frame, (y, x), &mut output[y * width + x..]);
            x += CELLS / 2;
        }
        while x < width {
            sums::<OUTPUTS, 1>(size, weights, bias, frame, (y, x), &mut output[y * width + x..]);
            x += 1;
        }
    }
}

/// The output of the cells from (line, column) on.
#[inline(always)]
fn sums<const OUTPUTS: usize, const COUNT: usize>(
    size: &Size,
    weights: &[[f32; OUTPUTS]],
    bias: &[f32; OUTPUTS],
    frame: &[f32],
    (y, x): (usize, usize),
    output: &mut [[f32; OUTPUTS]],
) {
    let (inputs, framed) = (size.inputs, (size.width + 2) * size.inputs);
    let mut sums = [*bias; COUNT];
    for (tap, weights) in weights.chunks_exact(inputs).enumerate() {
        let seen = &frame[(y + tap / 3) * framed + (x + tap % 3) * inputs..][..COUNT * inputs];
        for (input, weights) in weights.iter().enumerate() {
            for cell in 0..COUNT {
                let value = seen[cell * inputs + input];
                for output in 0..OUTPUTS {
                    sums[cell][output] = multiply_add(value, weights[output], sums[cell][output]);
                }
            }
        }
    }
    output[..COUNT].copy_from_slice(&sums);
}

/// Adds the gradient of the weights, for a gradient of the output.
pub fn backward_to_weights<const OUTPUTS: usize>(
    size: &Size,
    map: &[f32],
    frame: &mut [f32],
    gradient: &[[f32; OUTPUTS]],
    weights: &mut [[f32; OUTPUTS]],
    bias: &mut [f32; OUTPUTS],
) {
    fill(frame, map, size);
    let (inputs, framed) = (size.inputs, (size.width + 2) * size.inputs);
    for (tap, weights) in weights.chunks_exact_mut(inputs).enumerate() {
        let start = tap / 3 * framed + tap % 3 * inputs;
        let (groups, _) = weights.as_chunks_mut::<INPUTS>();
        for (group, weights) in groups.iter_mut().enumerate() {
            let mut sums = *weights;
            for (line, gradients) in gradient.chunks_exact(size.width).enumerate() {
                let seen = &frame[start + line * framed..][..size.width * inputs];
                for (seen, gradient) in seen.chunks_exact(inputs).zip(gradients) {
                    let Some(seen) = seen[group * INPUTS..].first_chunk::<INPUTS>() else { continue };
                    for input in 0..INPUTS {
                        for output in 0..OUTPUTS {
                            sums[input][output] = multiply_add(seen[input], gradient[output], sums[input][output]);
                        }
                    }
                }
            }
            *weights = sums;
        }
    }
    for gradient in gradient {
        bias.iter_mut().zip(gradient).for_each(|(sum, value)| *sum += value);
    }
}

/// Weights `[9 x outputs, inputs]` of the way back to the input: taps are mirrored.
pub fn mirrored(size: &Size, weights: &[f32]) -> Vec<f32> {
    let Size { inputs, outputs, .. } = *size;
    let mut mirrored = vec![0.0; 9 * inputs * outputs];
    for tap in 0..9 {
        for input in 0..inputs {
            for output in 0..outputs {
                mirrored[((8 - tap) * outputs + output) * inputs + input] =
                    weights[(tap * inputs + input) * outputs + output];
            }
        }
    }
    mirrored
}
