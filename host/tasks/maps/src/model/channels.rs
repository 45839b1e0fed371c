//! Input channels of the network: noisy values and conditions of every cell, time and demands of the whole map.

use crate::data::map::{contains, members};
use crate::model::polytope::Polytope;

/// Sines and cosines of the time, each.
pub const FREQUENCIES: usize = 16;

/// Channels of a cell: the noisy value, whether it is allowed, its demanded share, whether one is demanded, and the value of
/// the prediction before, by class; zeros to a multiple of 16, as the convolutions want them.
pub fn inputs(classes: usize) -> usize {
    (5 * classes).next_multiple_of(16)
}

/// Number of values for the conditions of the whole map: means over the cells of the demanded shares, and of whether.
pub fn demands(classes: usize) -> usize {
    2 * classes
}

/// Inputs of the network from a polytope, computed once for all steps of a sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Conditioning {
    /// `[cells, 3 x classes]`: allowed, share, demanded.
    pub cells: Vec<f32>,
    /// `[2 x classes]`.
    pub whole: Vec<f32>,
}

/// Of a polytope. A count demands of each cell that it counts the share of its cells that it asks for, in the middle of
/// its interval, of those where its classes are allowed; what several demand is their mean. Costs a pass over all counts.
pub fn conditioning(polytope: &Polytope) -> Conditioning {
    let (classes, cells) = (polytope.classes, polytope.cells());
    let mut sums = vec![(0.0_f32, 0_u32); cells * classes];
    for count in &polytope.counts {
        let open = count.cells.iter().filter(|&&cell| polytope.allowed[cell] & count.classes != 0);
        let open: Vec<usize> = open.copied().collect();
        let share = 0.5 * (count.least + count.most.min(open.len())) as f32 / open.len().max(1) as f32;
        for cell in open {
            for class in members(count.classes & polytope.allowed[cell]) {
                let (sum, number) = &mut sums[cell * classes + usize::from(class)];
                (*sum, *number) = (*sum + share, *number + 1);
            }
        }
    }
    let mut said = Conditioning { cells: vec![0.0; 3 * cells * classes], whole: vec![0.0; 2 * classes] };
    for (cell, values) in said.cells.chunks_exact_mut(3 * classes).enumerate() {
        for class in 0..classes {
            let (sum, number) = sums[cell * classes + class];
            values[class] = f32::from(u8::from(contains(polytope.allowed[cell], class as u8)));
            values[classes + class] = sum / number.max(1) as f32;
            values[2 * classes + class] = f32::from(u8::from(number > 0));
            said.whole[class] += values[classes + class] / cells as f32;
            said.whole[classes + class] += values[2 * classes + class] / cells as f32;
        }
    }
    said
}

/// Appends a map's channels to a batch's: `[lines x columns, inputs]` with lines and columns filled up to even numbers by
/// cells of zeros, and zeros for the prediction before. `noisy` is `[cells, classes]`.
pub fn append_cells(batch: &mut Vec<f32>, polytope: &Polytope, noisy: &[f32], conditioning: &Conditioning) {
    let Polytope { width, classes, .. } = *polytope;
    let inputs = inputs(classes);
    let start = batch.len();
    let framed = even(polytope);
    batch.resize(start + framed.0 * framed.1 * inputs, 0.0);
    for (cell, (noisy, said)) in
        noisy.chunks_exact(classes).zip(conditioning.cells.chunks_exact(3 * classes)).enumerate()
    {
        let place = start + (cell / width * framed.1 + cell % width) * inputs;
        batch[place..][..classes].copy_from_slice(noisy);
        batch[place + classes..][..3 * classes].copy_from_slice(said);
    }
}

/// Writes the prediction before, values `[cells, classes]` of -1 to 1, into a map's channels (Chen, Zhang and Hinton 2023,
/// "Analog bits", section 3.2): cells that are drawn apart from each other see what they are to become together.
pub fn set_before(channels: &mut [f32], polytope: &Polytope, before: &[f32]) {
    let Polytope { width, classes, .. } = *polytope;
    let (inputs, columns) = (inputs(classes), even(polytope).1);
    for (cell, before) in before.chunks_exact(classes).enumerate() {
        let place = (cell / width * columns + cell % width) * inputs + 4 * classes;
        channels[place..][..classes].copy_from_slice(before);
    }
}

/// Appends the time, from 0 without noise to 1, and the demands.
pub fn append_whole(batch: &mut Vec<f32>, time: f32, conditioning: &Conditioning) {
    for frequency in 0..FREQUENCIES {
        // From a half to some hundred radians over the whole time.
        let angle = time * 0.5 * 1.5_f32.powi(frequency as i32);
        batch.extend([angle.sin(), angle.cos()]);
    }
    batch.extend_from_slice(&conditioning.whole);
}

/// Lines and columns, filled up to even numbers.
pub fn even(polytope: &Polytope) -> (usize, usize) {
    (polytope.height.next_multiple_of(2), polytope.width.next_multiple_of(2))
}

/// The scores `[cells, classes]` of one map in the network's answer `[lines x columns, classes]`.
pub fn own_cells(answer: &[f32], polytope: &Polytope) -> Vec<f32> {
    let Polytope { height, width, classes, .. } = *polytope;
    let line = even(polytope).1 * classes;
    answer.chunks_exact(line).take(height).flat_map(|line| &line[..width * classes]).copied().collect()
}
