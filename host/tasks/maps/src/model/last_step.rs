//! The convex layer as the network's last step: scores of a batch in, the nearest points of their polytopes out.

use crate::model::channels::{even, own_cells};
use crate::model::polytope::Polytope;
use crate::model::projection::{Projection, ProjectionError, Projector};
use crate::model::unet::convolution::ConvolutionError;
use crate::train::denoiser::TrainError;
use burn::tensor::{Tensor, TensorData};
use convex_edge_burn::host_operation::{Derivative, attach};
use rayon::prelude::*;
use std::sync::Arc;

/// Set that the scores of a sample are projected onto.
#[derive(Debug, Clone)]
pub struct Target {
    /// The conditions.
    pub polytope: Polytope,
    /// The projection onto them.
    pub projector: Projector,
}

/// Data of the forward pass for the backward pass.
#[derive(Debug)]
struct Projected {
    targets: Vec<Target>,
    projections: Vec<Projection>,
}

/// Probabilities `[maps x cells, classes]` of scores `[maps x lines x columns, classes]` whose lines and columns are even;
/// the gradient is exact wherever it exists (Amos and Kolter 2017 for the implicit derivative).
///
/// # Errors
/// [`TrainError::Projection`] of the first map that has one, [`TrainError::Network`] where the device gives no values back.
pub fn project(scores: Tensor<2>, targets: Vec<Target>) -> Result<Tensor<2>, TrainError> {
    let [_, classes] = scores.dims();
    let values = scores.try_to_vec_as::<f32>().map_err(|error| ConvolutionError::Device(error.to_string()))?;
    let each = values.len() / targets.len().max(1);
    let pairs = targets.par_iter().zip(values.par_chunks(each.max(1)));
    let projections =
        pairs.map(|(target, scores)| target.projector.project(&own_cells(scores, &target.polytope), None));
    let projections = projections.collect::<Result<Vec<Projection>, ProjectionError>>()?;
    let probabilities: Vec<f32> = projections.iter().flat_map(|found| found.probabilities.iter().copied()).collect();
    let shape = [probabilities.len() / classes, classes];
    // The operation has two arguments; the second one is none of its own.
    let nothing = Tensor::zeros([1, 1], &scores.device());
    let derivative = Arc::new(Projected { targets, projections });
    Ok(attach([scores, nothing], TensorData::new(probabilities, shape), derivative))
}

impl Derivative for Projected {
    fn backward(&self, gradient: TensorData, _wanted: [bool; 2]) -> [Option<TensorData>; 2] {
        let Ok(gradient) = gradient.try_into_vec::<f32>() else { return [None, None] };
        let Some(Target { polytope, .. }) = self.targets.first() else { return [None, None] };
        let (classes, own) = (polytope.classes, polytope.cells() * polytope.classes);
        let line = even(polytope).1 * classes;
        let all = even(polytope).0 * line;
        let mut scores = vec![0.0; self.targets.len() * all];
        let maps = scores.par_chunks_mut(all).zip(gradient.par_chunks(own));
        maps.zip(self.targets.par_iter().zip(&self.projections)).for_each(|((scores, gradient), (target, found))| {
            // A gradient that is no number is one of nothing.
            let Ok(back) = target.projector.backward(found, gradient) else { return };
            for (line, back) in scores.chunks_exact_mut(line).zip(back.chunks_exact(polytope.width * classes)) {
                line[..back.len()].copy_from_slice(back);
            }
        });
        let rows = scores.len() / classes;
        [Some(TensorData::new(scores, [rows, classes])), None]
    }
}

/// The scores themselves, `[maps x cells, classes]`, for a network without the layer.
pub fn own(scores: Tensor<2>, polytope: &Polytope, maps: usize) -> Tensor<2> {
    let ((lines, columns), &Polytope { height, width, classes, .. }) = (even(polytope), polytope);
    let all = scores.reshape([maps, lines, columns, classes]);
    all.slice([0..maps, 0..height, 0..width, 0..classes]).reshape([maps * height * width, classes])
}
