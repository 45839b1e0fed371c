//! Epoch benchmark: time that a pass over a batch saves with the working sets of the pass before.

use super::case::{BATCH, Case, Values};
use super::own::{pass, tensors};
use convex_edge_burn::{ActiveSetLayer, LayerError};
use convex_edge_core::random::Pcg64;
use serde::Serialize;

/// By how much a step of training changes each parameter.
const STEP: f64 = 1e-3;

/// Fastest times of two passes over the same batch, once from nothing, once from the working sets of a pass with
/// parameters that differ by 1e-3.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Epochs {
    /// The batch.
    pub case: &'static str,
    /// Pass from nothing.
    pub first: Epoch,
    /// Pass from the working sets of an earlier one.
    pub second: Epoch,
}

/// Times of one of both passes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Epoch {
    /// Forward, milliseconds.
    pub forward: f64,
    /// Forward and backward, milliseconds.
    pub total: f64,
    /// Changes of the working set in the mean.
    pub iterations: f64,
}

impl Epochs {
    /// Time of the second to that of the first, forward and backward.
    pub fn ratio(&self) -> f64 {
        self.second.total / self.first.total
    }

    /// The same for the forward pass alone.
    pub fn forward_ratio(&self) -> f64 {
        self.second.forward / self.first.forward
    }
}

/// Epochs of the sudoku whose rules are learned.
///
/// # Errors
/// The layer refuses the batch, or does not solve it.
pub fn learned_sudoku(case: &Case, repeats: usize) -> Result<Epochs, LayerError> {
    measure::<64, 104>(case, repeats)
}

/// Times both in turn, so that what disturbs one disturbs the other.
///
/// # Errors
/// The layer refuses the batch, or does not solve it.
pub(super) fn measure<const N: usize, const M: usize>(case: &Case, repeats: usize) -> Result<Epochs, LayerError> {
    let layer = ActiveSetLayer::<f64, N, M>::new(case.program.clone())?;
    let changed: Vec<Values> = case.arguments.iter().map(changed).collect();
    let nothing = Epoch { forward: f64::INFINITY, total: f64::INFINITY, iterations: 0.0 };
    let mut epochs = Epochs { case: case.name, first: nothing, second: nothing };
    for repeat in 0..repeats.max(1) {
        // Indices that were never solved before, and others that were just solved with the parameters before the step.
        let fresh: Vec<usize> = (2 * repeat * BATCH..).take(BATCH).collect();
        let known: Vec<usize> = ((2 * repeat + 1) * BATCH..).take(BATCH).collect();
        pass(&layer, &tensors::<f64>(&case.arguments), &case.arguments, Some(&known))?;
        for (indices, epoch) in [(&fresh, &mut epochs.first), (&known, &mut epochs.second)] {
            let pass = pass(&layer, &tensors::<f64>(&changed), &changed, Some(indices))?;
            epoch.forward = epoch.forward.min(1e3 * pass.forward);
            epoch.total = epoch.total.min(1e3 * (pass.forward + pass.backward));
            epoch.iterations = pass.iterations;
        }
    }
    Ok(epochs)
}

/// Every entry a little off; a semidefinite matrix is scaled.
fn changed(values: &Values) -> Values {
    let mut random = Pcg64::from_seed(values.entries.len() as u64);
    let mut values = values.clone();
    if values.is_semidefinite {
        let length = values.shape.iter().product::<usize>();
        for matrix in values.entries.chunks_mut(length.max(1)) {
            let factor = 1.0 + random.uniform(-STEP, STEP);
            matrix.iter_mut().for_each(|entry| *entry *= factor);
        }
    } else {
        values.entries.iter_mut().for_each(|entry| *entry += random.uniform(-STEP, STEP));
    }
    values
}
