//! Programs and layers: their rules, their gradients against finite differences and cvxpylayers, their failures.

mod catalogue;
mod constraints;
mod cvxpylayers;
mod export;
mod layer_failure;
mod layer_gradient;
mod layer_large;
mod layer_margin;
mod numbers;
#[path = "../python.rs"]
mod python;
mod rules;
mod solved;
