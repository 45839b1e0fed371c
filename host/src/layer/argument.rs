//! Values of a parameter: for each sample of a batch its own, or the same for all.

use burn::tensor::Tensor;

/// Values of one parameter.
#[derive(Debug, Clone)]
pub struct Argument {
    /// 1 or batch size, by the parameter's entries.
    pub(super) values: Tensor<2>,
    pub(super) is_shared: bool,
    /// Sizes of one sample's values as they were given.
    pub(super) sizes: Vec<usize>,
}

impl Argument {
    /// Whether the values of one sample are a matrix of other sizes, though of as many entries; sizes of 1 apart, and not a list
    /// of all entries.
    pub(super) fn is_misshapen(&self, rows: usize, columns: usize) -> bool {
        let without_ones = |sizes: &[usize]| sizes.iter().copied().filter(|&size| size != 1).collect::<Vec<_>>();
        let sizes = without_ones(&self.sizes);
        sizes.len() > 1 && sizes != without_ones(&[rows, columns])
    }
}

/// The same values for all samples: `[rows, columns]`, or `[rows]` of a vector. What only such parameters touch, the
/// factors of matrices above all, is computed once for the batch. A list of all entries, by rows, will do for a matrix.
pub fn shared<const D: usize>(values: Tensor<D>) -> Argument {
    let length = values.shape().num_elements();
    let sizes = values.dims().to_vec();
    Argument { values: values.reshape([1, length]), is_shared: true, sizes }
}

/// Values for each sample: `[batch, rows, columns]`, or `[batch, rows]` of a vector. A list of all entries, by rows, will do
/// for a matrix.
pub fn batched<const D: usize>(values: Tensor<D>) -> Argument {
    let sizes = values.dims();
    let batch = sizes.first().copied().unwrap_or(1);
    // Not by division: an empty batch has entries too.
    let length = sizes.iter().skip(1).product();
    let of_sample = sizes.get(1..).unwrap_or_default().to_vec();
    Argument { values: values.reshape([batch, length]), is_shared: false, sizes: of_sample }
}
