//! The mean of the weights of the last steps of a training, which predicts better than the last weights do.
//!
//! Polyak and Juditsky 1992; with exponential weights Tarvainen and Valpola 2017, Song and Ermon 2020 (technique 5).

use burn::module::Module;
use convex_edge_learn::weights::{self, WeightsError};

/// The share of the mean that a step leaves: about the last hundred steps count.
const KEPT: f64 = 0.99;

/// A mean on its way.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Average {
    weights: Vec<f32>,
    steps: u32,
}

impl Average {
    /// Takes a step's network in. After `n` steps at most (1 + n) / (10 + n) of the mean is left, so that where it began is
    /// soon forgotten.
    ///
    /// # Errors
    /// [`WeightsError::Device`]; [`WeightsError::Number`] for a network of another form than the one before.
    pub fn add(&mut self, network: &impl Module) -> Result<(), WeightsError> {
        let new = weights::of(network)?;
        if self.steps == 0 {
            self.weights = new;
        } else if self.weights.len() == new.len() {
            let steps = f64::from(self.steps);
            let kept = KEPT.min((1.0 + steps) / (10.0 + steps)) as f32;
            self.weights.iter_mut().zip(new).for_each(|(mean, new)| *mean = kept * *mean + (1.0 - kept) * new);
        } else {
            return Err(WeightsError::Number { given: new.len(), wanted: self.weights.len() });
        }
        self.steps += 1;
        Ok(())
    }

    /// The network with the mean weights; as it is where nothing was taken in.
    ///
    /// # Errors
    /// [`WeightsError::Number`] for a network of another form.
    pub fn into_network<M: Module>(self, network: M) -> Result<M, WeightsError> {
        if self.steps == 0 {
            return Ok(network);
        }
        weights::with(network, self.weights)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::nn::{Linear, LinearConfig};
    use burn::tensor::Device;

    fn network(inputs: usize, value: f32) -> Linear {
        let empty = LinearConfig::new(inputs, 1).with_bias(false).init(&Device::flex());
        weights::with(empty, vec![value; inputs]).unwrap()
    }

    #[test]
    fn the_last_steps_count_most_and_early_ones_are_left_behind() {
        let mut average = Average::default();
        assert_eq!(weights::of(&average.clone().into_network(network(2, 3.0)).unwrap()).unwrap(), [3.0; 2]);
        average.add(&network(2, 1.0)).unwrap();
        average.add(&network(2, 2.0)).unwrap();
        let kept = 2.0 / 11.0_f32;
        assert!((average.weights[0] - (kept + 2.0 * (1.0 - kept))).abs() < 1e-6);
        (0..2000).for_each(|_| average.add(&network(2, 5.0)).unwrap());
        let mean = weights::of(&average.clone().into_network(network(2, 0.0)).unwrap()).unwrap();
        assert!(mean.iter().all(|weight| (weight - 5.0).abs() < 1e-5));
        assert!(matches!(average.add(&network(3, 1.0)), Err(WeightsError::Number { given: 3, wanted: 2 })));
        assert!(matches!(average.into_network(network(3, 1.0)), Err(WeightsError::Number { given: 2, wanted: 3 })));
    }
}
