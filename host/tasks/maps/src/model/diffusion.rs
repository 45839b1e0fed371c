//! Noise on maps, and the way back: x0 prediction with the cosine schedule.
//!
//! Ho, Jain and Abbeel 2020 (equations 4, 6 and 7); Nichol and Dhariwal 2021 (equation 17).

use convex_edge_core::random::Pcg64;
use convex_edge_runs::cma_es::standard_normal;

/// Steps from noise to a map.
pub const STEPS: usize = 50;

/// The share of a map's own variance that is left after `step` of [`STEPS`], from 1 to nearly 0.
pub fn signal(step: usize) -> f32 {
    const OFFSET: f64 = 0.008;
    let wave = |time: f64| ((time + OFFSET) / (1.0 + OFFSET) * std::f64::consts::FRAC_PI_2).cos().powi(2);
    ((wave(step as f64 / STEPS as f64) / wave(0.0)) as f32).clamp(1e-4, 1.0)
}

/// Noise of variance 1, as many values.
pub fn noise(values: usize, random: &mut Pcg64) -> Vec<f32> {
    (0..values).map(|_| standard_normal(random) as f32).collect()
}

/// A map's values, -1 or 1 for each class of each cell, after `step` steps.
pub fn noisy(clean: &[f32], step: usize, random: &mut Pcg64) -> Vec<f32> {
    let signal = signal(step);
    let (keep, add) = (signal.sqrt(), (1.0 - signal).sqrt());
    clean.iter().map(|value| keep * value + add * standard_normal(random) as f32).collect()
}

/// From the values at `from` to those at `to`, fewer steps, given the clean values that are predicted: a sample of the
/// posterior (equation 7), its mean where `to` is 0.
pub fn denoise(values: &mut [f32], predicted: &[f32], from: usize, to: usize, random: &mut Pcg64) {
    let (before, after) = (signal(from), signal(to));
    let kept = before / after;
    let of_predicted = after.sqrt() * (1.0 - kept) / (1.0 - before);
    let of_values = kept.sqrt() * (1.0 - after) / (1.0 - before);
    let deviation = ((1.0 - kept) * (1.0 - after) / (1.0 - before)).sqrt();
    for (value, predicted) in values.iter_mut().zip(predicted) {
        *value = of_predicted * predicted + of_values * *value;
        if to > 0 {
            *value += deviation * standard_normal(random) as f32;
        }
    }
}
