//! The method on slices: single precision, the samples over all cores, one sample's iterations in the first-level cache.

mod admm;
mod face;

pub use admm::solve;
pub(super) use face::project;

use super::settings::SplittingError;
use burn::tensor::{Tensor, TensorData};

fn read(tensor: &Tensor<2>) -> Result<Vec<f32>, SplittingError> {
    tensor.try_to_vec_as::<f32>().map_err(|error| SplittingError::Device(error.to_string()))
}

fn write(values: Vec<f32>, like: &Tensor<2>) -> Tensor<2> {
    Tensor::from_data(TensorData::new(values, like.shape()), &like.device())
}

/// Sum of products in double precision, in eight lanes that a processor adds at once.
fn dot(a: &[f32], b: &[f32]) -> f64 {
    let (a_lanes, a_rest) = a.as_chunks::<8>();
    let (b_lanes, b_rest) = b.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for (a, b) in a_lanes.iter().zip(b_lanes) {
        sums.iter_mut().zip(a.iter().zip(b)).for_each(|(sum, (a, b))| *sum += f64::from(*a) * f64::from(*b));
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
    sums.iter().sum::<f64>() + rest
}

fn norm(x: &[f32]) -> f64 {
    dot(x, x).sqrt()
}
