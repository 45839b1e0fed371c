//! Values of a parameter: for each sample of a batch its own, or the same for all.

use burn::tensor::Tensor;

/// Values of one parameter.
#[derive(Debug, Clone)]
pub struct Argument {
    /// 1 or batch size, by the parameter's entries.
    pub(super) values: Tensor<2>,
    pub(super) is_shared: bool,
}

/// The same values for all samples: `[rows, columns]`, or `[rows]` of a vector. What only such parameters touch, the
/// factors of matrices above all, is computed once for the batch.
pub fn shared<const D: usize>(values: Tensor<D>) -> Argument {
    let length = values.shape().num_elements();
    Argument { values: values.reshape([1, length]), is_shared: true }
}

/// Values for each sample: `[batch, rows, columns]`, or `[batch, rows]` of a vector.
pub fn batched<const D: usize>(values: Tensor<D>) -> Argument {
    let sizes = values.dims();
    let batch = sizes.first().copied().unwrap_or(1);
    // Not by division: an empty batch has entries too.
    let length = sizes.iter().skip(1).product();
    Argument { values: values.reshape([batch, length]), is_shared: false }
}
