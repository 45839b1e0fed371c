//! What the splitting needs to know of an affine set: its point nearest to the origin and the projection onto its
//! directions.

use burn::tensor::Tensor;
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

    /// The same projection on slices, where a closed form makes it worth having.
    fn on_host(&self) -> Option<&dyn HostProjection> {
        None
    }
}

/// An affine set's projection for one sample in single precision, in place.
pub trait HostProjection: Sync {
    /// Writes the point of this sample's set nearest to the origin, n entries.
    fn nearest_to_origin(&self, sample: usize, point: &mut [f32]);

    /// Projects n entries onto the subspace D.
    fn project_direction(&self, direction: &mut [f32]);
}
