//! Affine sets for the splitting: a set's point nearest to the origin, and the projection onto its directions.

use burn::tensor::{DType, Tensor};
use std::fmt::Debug;

/// Affine set `{p + d : d in D}` of a batch: the linear subspace D is shared, the point p may differ by sample.
pub trait AffineSet: Debug + Send + Sync {
    /// Number n of variables.
    fn dimension(&self) -> usize;

    /// The batch that the set was made for, where every sample has a point of its own; `None` where one serves all.
    fn samples(&self) -> Option<usize> {
        None
    }

    /// The set's point nearest to the origin, `[1, n]` or `[batch, n]`, on the device and in the precision of `like`.
    fn nearest_to_origin(&self, like: &Tensor<2>) -> Tensor<2>;

    /// Orthogonal projection of `[batch, n]` onto the subspace D.
    fn project_direction(&self, directions: Tensor<2>) -> Tensor<2>;

    /// Orthogonal projection of `[batch, n]` onto the set: that onto D, moved by the point orthogonal to D.
    fn project(&self, points: Tensor<2>) -> Tensor<2> {
        let nearest = self.nearest_to_origin(&points);
        self.project_direction(points) + nearest
    }

    /// Largest violation of one of the set's conditions by each of `[batch, n]`, `[batch, 1]`, relative to the scale of
    /// that condition. Default: the distance of each entry from the projection, relative to the largest entry.
    fn violation(&self, points: &Tensor<2>) -> Tensor<2> {
        let size = points.clone().abs().max_dim(1).clamp_min(least_positive(points.dtype()));
        (self.project(points.clone()) - points.clone()).abs().max_dim(1) / size
    }

    /// Number type of the set's own tensors; `None` where it takes that of its arguments.
    fn precision(&self) -> Option<DType> {
        None
    }

    /// Moves scores (n entries) along the set's normals, which changes no solution, so that those that matter are not
    /// far below 0 and none is above. Default: no change.
    fn center(&self, _scores: &mut [f64]) {}

    /// The same projection on slices, where a closed form makes it worth having.
    fn on_host(&self) -> Option<&dyn HostProjection> {
        None
    }
}

/// Smallest positive number of a type: a scale that only zeros are below.
pub(super) fn least_positive(dtype: DType) -> f64 {
    if dtype == DType::F64 { f64::from_bits(1) } else { f64::from(f32::from_bits(1)) }
}

/// Subtracts the largest score of each cell of so many from the others.
pub fn center_cells(scores: &mut [f64], cell: usize) {
    for cell in scores.chunks_exact_mut(cell) {
        let largest = cell.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        cell.iter_mut().for_each(|score| *score -= largest);
    }
}

/// Subtracts from scores of one sign that differ by a factor of at most 2 the smallest of them, which rounds nothing.
pub(super) fn remove_common<'a>(scores: impl Iterator<Item = &'a mut f64>) {
    let scores: Vec<&mut f64> = scores.collect();
    let (low, high) = scores.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |it, x| (it.0.min(**x), it.1.max(**x)));
    let common = if low > 0.0 { low } else { high };
    if low * high > 0.0 && 2.0 * common.abs() >= low.abs().max(high.abs()) {
        scores.into_iter().for_each(|score| *score -= common);
    }
}

/// Violation of a sum with the norm of its terms, by the larger of that norm and 1, which is the sum of a cell.
pub(super) fn sum_violation(sum: f64, squares: f64, right: f64) -> f64 {
    (sum - right).abs() / squares.sqrt().max(1.0)
}

/// An affine set's projection for one sample in single precision, in place.
pub trait HostProjection: Sync {
    /// Writes the point of this sample's set nearest to the origin, n entries.
    fn nearest_to_origin(&self, sample: usize, point: &mut [f32]);

    /// Projects n entries onto the subspace D.
    fn project_direction(&self, direction: &mut [f32]);

    /// [`AffineSet::violation`] of one sample. Default: that of the entries.
    fn violation(&self, sample: usize, point: &[f32]) -> f64 {
        let (mut nearest, mut along) = (vec![0.0; point.len()], point.to_vec());
        self.nearest_to_origin(sample, &mut nearest);
        self.project_direction(&mut along);
        let size = point.iter().fold(0.0, |size: f32, x| size.max(x.abs())).max(f32::from_bits(1));
        let entries = point.iter().zip(&along).zip(&nearest);
        f64::from(entries.fold(0.0, |worst: f32, ((x, along), p)| worst.max((x - along - p).abs())) / size)
    }
}
