//! Weights of the cost, which training finds; with them the configuration becomes a policy.

use crate::train::settings::PolicySettings;
use convex_edge_core::policy::{Cost, Parameters};
use convex_edge_core::safety::SafeSet;

/// The policy's parameters from weights in the order of [`Cost`]'s fields.
pub fn parameters(settings: &PolicySettings, safe_set: &SafeSet, weights: &[f64; Cost::WEIGHTS]) -> Parameters {
    Parameters {
        cost: Cost::from_weights(weights.map(|weight| weight as f32)),
        safe_set: *safe_set,
        slew_limit: settings.slew_limit,
        slew_softness: settings.slew_softness,
        safe_set_softness: settings.safe_set_softness,
        iteration_limit: settings.iteration_limit,
    }
}
