//! Row of the table: figures of a layer's passes over a batch.

use super::case::BATCH;
use serde::{Deserialize, Serialize};

/// Passes of one layer over a batch.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// The layer.
    pub layer: String,
    /// Seconds of each forward pass.
    pub forward: Vec<f64>,
    /// Seconds of each backward pass.
    pub backward: Vec<f64>,
    /// Solutions, `[batch, n]`; empty where nothing is compared.
    pub x: Vec<f64>,
    /// Gradient of the argument by which layers are compared, `[batch, its length]`.
    pub gradient: Vec<f64>,
}

/// Time of a pass.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Milliseconds {
    /// Fastest pass.
    pub fastest: f64,
    /// Median.
    pub median: f64,
}

/// A layer on a batch.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// The batch.
    pub case: &'static str,
    /// The layer.
    pub layer: String,
    /// Number of passes.
    pub passes: usize,
    /// Solution.
    pub forward: Milliseconds,
    /// Gradients.
    pub backward: Milliseconds,
    /// Both together.
    pub total: Milliseconds,
    /// Largest difference between a solution's coordinate and that of our layer in double precision.
    pub difference: f64,
    /// Difference of a sample's gradient from that layer's, relative to its norm or, where that is smaller, to the mean
    /// norm: the median over the samples. A vertex has none.
    pub gradient_difference: f64,
}

impl Row {
    /// A layer's passes, relative to those of the reference layer.
    pub fn new(case: &'static str, run: &Run, reference: &Run) -> Self {
        let total: Vec<f64> =
            run.forward.iter().zip(&run.backward).map(|(forward, backward)| forward + backward).collect();
        let difference = run.x.iter().zip(&reference.x).map(|(x, other)| (x - other).abs()).fold(0.0, f64::max);
        let length = (reference.gradient.len() / BATCH).max(1);
        let norms: Vec<f64> = reference.gradient.chunks(length).map(norm).collect();
        let mean = norms.iter().sum::<f64>() / norms.len().max(1) as f64;
        let samples = run.gradient.chunks(length).zip(reference.gradient.chunks(length));
        let relative = |(gradient, other): (&[f64], &[f64])| {
            let apart: Vec<f64> = gradient.iter().zip(other).map(|(a, b)| a - b).collect();
            norm(&apart) / norm(other).max(mean).max(f64::MIN_POSITIVE)
        };
        let differences: Vec<f64> = samples.map(relative).collect();
        Self {
            case,
            layer: run.layer.clone(),
            passes: run.forward.len(),
            forward: milliseconds(&run.forward),
            backward: milliseconds(&run.backward),
            total: milliseconds(&total),
            difference,
            gradient_difference: if differences.is_empty() { 0.0 } else { median(&differences) },
        }
    }
}

fn norm(entries: &[f64]) -> f64 {
    entries.iter().map(|entry| entry * entry).sum::<f64>().sqrt()
}

fn milliseconds(seconds: &[f64]) -> Milliseconds {
    Milliseconds { fastest: 1e3 * seconds.iter().copied().fold(f64::INFINITY, f64::min), median: 1e3 * median(seconds) }
}

/// The middle value, of an even number the upper one; NaN of none.
fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}
