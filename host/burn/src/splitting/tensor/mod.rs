//! The method as tensor operations: any device, any precision.

mod admm;
mod face;

pub use admm::solve;
pub(super) use face::project;

use super::settings::SplittingError;
use burn::tensor::{Bool, Tensor, TensorData};

/// Products of the rows of two `[batch, n]`, `[batch, 1]`.
fn dots(a: &Tensor<2>, b: &Tensor<2>) -> Tensor<2> {
    (a.clone() * b.clone()).sum_dim(1)
}

/// Values of `[batch, k]` by rows.
pub(super) fn read(tensor: Tensor<2>) -> Result<Vec<f64>, SplittingError> {
    tensor.try_into_vec_as::<f64>().map_err(|error| SplittingError::Device(error.to_string()))
}

/// `[batch, 1]` of a number for each row.
fn column(values: &[f64], like: &Tensor<2>) -> Tensor<2> {
    let data = TensorData::new(values.to_vec(), [values.len(), 1]);
    Tensor::from_data(data, (&like.device(), like.dtype()))
}

/// `[batch, n]` of a flag for each row.
pub(super) fn rows(flags: &[bool], like: &Tensor<2>) -> Tensor<2, Bool> {
    let [batch, n] = like.dims();
    let flags = TensorData::new(flags.to_vec(), [batch, 1]);
    Tensor::<2, Bool>::from_data(flags, &like.device()).expand([batch, n])
}
