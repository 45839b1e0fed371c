//! The gradient of the projection.

use super::Projection;
use super::dual::Dual;
use super::newton::solve;
use crate::data::map::members;

/// `J` times a gradient with respect to the probabilities, `[cells, classes]`.
pub(super) fn backward(dual: &Dual, projection: &Projection, gradient: &[f32], classes: usize) -> Vec<f32> {
    let mut places = vec![None; dual.rows()];
    let mut binding = Vec::new();
    for row in 0..dual.rows() {
        if dual.bounds[row].is_equality() || projection.multipliers[row] != 0.0 {
            places[row] = Some(binding.len());
            binding.push(row);
        }
    }
    let mut centred = dual.gather(gradient, classes, |sum, size| sum / size);
    centre(dual, &projection.supports, &mut centred);
    let mut prices: Vec<f64> = vec![0.0; binding.len()];
    for orbit in 0..projection.supports.len() {
        for slot in dual.starts[orbit]..dual.starts[orbit + 1] {
            for &(row, share) in &dual.members[dual.lists[slot]] {
                if let Some(place) = places[row] {
                    prices[place] += dual.sizes[orbit] * share * centred[slot];
                }
            }
        }
    }
    let mut curvature = dual.curvature(&projection.supports, &places, binding.len());
    solve(&mut curvature, &mut prices);
    let priced = |list: &Vec<(usize, f64)>| {
        list.iter().filter_map(|&(row, share)| Some(share * prices[places[row]?])).sum::<f64>()
    };
    let prices: Vec<f64> = dual.members.iter().map(priced).collect();
    let mut corrections: Vec<f64> = dual.lists.iter().map(|&list| prices[list]).collect();
    centre(dual, &projection.supports, &mut corrections);
    centred.iter_mut().zip(corrections).for_each(|(centred, correction)| *centred -= correction);
    let mut out = vec![0.0; gradient.len()];
    dual.scatter(&centred, &mut out, classes);
    out
}

/// Subtracts the mean over each orbit's support; 0 outside it.
fn centre(dual: &Dual, supports: &[u16], numbers: &mut [f64]) {
    for (&support, range) in supports.iter().zip(dual.starts.windows(2)) {
        let numbers = &mut numbers[range[0]..range[1]];
        let sum: f64 = members(support).map(|slot| numbers[usize::from(slot)]).sum();
        let mean = sum / f64::from(support.count_ones().max(1));
        for (slot, number) in numbers.iter_mut().enumerate() {
            *number = if support & (1 << slot) != 0 { *number - mean } else { 0.0 };
        }
    }
}
