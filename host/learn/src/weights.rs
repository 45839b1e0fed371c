//! Weights of a network as one vector, in the order of its modules.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Tensor, TensorData};

/// Errors of weights for a network.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    /// The device gave no values.
    #[error("the device gave no values ({0}); run on `Device::flex()`")]
    Device(String),
    /// They are more or fewer than the network has.
    #[error("{given} weights for a network of {wanted}; give as many as it has")]
    Number {
        /// Number of weights given.
        given: usize,
        /// Number of weights of the network.
        wanted: usize,
    },
}

/// All weights of a network, in or outside of burn's graph, in the order of its modules.
///
/// # Errors
/// [`WeightsError::Device`].
pub fn of(network: &impl Module) -> Result<Vec<f32>, WeightsError> {
    let mut collected = Collected { weights: Vec::new(), failed: None };
    network.visit(&mut collected);
    collected.failed.map_or(Ok(collected.weights), |error| Err(WeightsError::Device(error)))
}

/// A network of the same form with these weights.
///
/// # Errors
/// [`WeightsError::Number`].
pub fn with<M: Module>(network: M, weights: Vec<f32>) -> Result<M, WeightsError> {
    let (given, wanted) = (weights.len(), network.num_params());
    if given != wanted {
        return Err(WeightsError::Number { given, wanted });
    }
    Ok(network.map(&mut Given { weights: weights.into_iter() }))
}

/// All weights, one parameter after the other.
struct Collected {
    weights: Vec<f32>,
    failed: Option<String>,
}

impl ModuleVisitor for Collected {
    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        match parameter.val().try_to_vec_as::<f32>() {
            Ok(values) => self.weights.extend(values),
            Err(error) => self.failed = Some(error.to_string()),
        }
    }
}

/// Weights for the parameters, of which each takes as many as it has.
struct Given {
    weights: std::vec::IntoIter<f32>,
}

impl ModuleMapper for Given {
    fn map_float<const D: usize>(&mut self, parameter: Param<Tensor<D>>) -> Param<Tensor<D>> {
        parameter.map(|tensor| {
            let values: Vec<f32> = self.weights.by_ref().take(tensor.shape().num_elements()).collect();
            Tensor::from_data(TensorData::new(values, tensor.shape()), &tensor.device())
        })
    }
}
