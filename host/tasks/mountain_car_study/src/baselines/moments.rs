//! Running mean and variance of observations and returns, as Stable-Baselines3's `VecNormalize` keeps them.

/// Largest magnitude of a normalized value.
const LARGEST: f64 = 10.0;
/// Keeps a constant from being divided by 0.
const SMALLEST_VARIANCE: f64 = 1e-8;

/// Mean and variance of what was seen so far.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moments {
    mean: f64,
    variance: f64,
    count: f64,
}

impl Default for Moments {
    fn default() -> Self {
        Self { mean: 0.0, variance: 1.0, count: 1e-4 }
    }
}

impl Moments {
    /// Takes one more value in.
    pub fn update(&mut self, value: f64) {
        let total = self.count + 1.0;
        let difference = value - self.mean;
        self.mean += difference / total;
        self.variance = (self.variance * self.count + difference * difference * self.count / total) / total;
        self.count = total;
    }

    /// A value as standard deviations from the mean, -10 to 10.
    pub fn standardize(&self, value: f64) -> f64 {
        self.scale(value - self.mean)
    }

    /// A value in standard deviations, -10 to 10.
    pub fn scale(&self, value: f64) -> f64 {
        (value / (self.variance + SMALLEST_VARIANCE).sqrt()).clamp(-LARGEST, LARGEST)
    }
}

/// An observation as the network sees it.
pub fn standardize(moments: &[Moments; 2], [position, velocity]: [f32; 2]) -> [f32; 2] {
    let [of_position, of_velocity] = moments;
    [of_position.standardize(position.into()) as f32, of_velocity.standardize(velocity.into()) as f32]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_moments_are_those_of_all_values() {
        let values = [1.0, 4.0, -2.0, 8.0, 3.0];
        let mut moments = Moments::default();
        values.iter().for_each(|&value| moments.update(value));
        let mean = values.iter().sum::<f64>() / 5.0;
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / 5.0;
        assert!((moments.mean - mean).abs() < 1e-3 && (moments.variance - variance).abs() < 1e-2);
        assert_eq!(moments.standardize(1e9), 10.0);
    }
}
