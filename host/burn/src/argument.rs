//! Values of a parameter as a tensor: for each sample of a batch its own, or the same for all.

use burn::tensor::Tensor;
use convex_edge::layer::Shape;

/// Values of one parameter.
#[derive(Debug, Clone)]
pub struct Argument {
    /// 1 or batch size, by the parameter's entries.
    pub(crate) values: Tensor<2>,
    pub(crate) shape: Shape,
}

/// The same values for all samples: `[rows, columns]`, or `[rows]` of a vector. What only such parameters touch, the
/// factors of matrices above all, is computed once for the batch. A list of all entries, by rows, will do for a matrix.
pub fn shared<const D: usize>(values: Tensor<D>) -> Argument {
    let shape = Shape::shared(&values.dims());
    Argument { values: values.reshape([1, shape.entries()]), shape }
}

/// Values for each sample: `[batch, rows, columns]`, or `[batch, rows]` of a vector. A list of all entries, by rows, will do
/// for a matrix.
pub fn batched<const D: usize>(values: Tensor<D>) -> Argument {
    let sizes = values.dims();
    let shape = Shape::batched(&sizes);
    // Not by division: an empty batch has entries too.
    Argument { values: values.reshape([sizes.first().copied().unwrap_or(1), shape.entries()]), shape }
}
