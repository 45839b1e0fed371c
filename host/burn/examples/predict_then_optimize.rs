//! Predict, then optimize, by the Fenchel-Young loss: a model scores items, two of five may be chosen, and training sees the
//! best choices only. Nothing is differentiated through the choice.

use burn::nn::{Linear, LinearConfig};
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::{Device, Distribution, Tensor};
use convex_edge_burn::splitting::{Dense, OnFailure, Settings, fenchel_young, solve};
use nalgebra::{DMatrix, DVector};

const ITEMS: usize = 5;
const FEATURES: usize = 4;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let device = Device::flex().autodiff();
    // Shares of items between 0 and 1 that sum to 2.
    let set = Dense::from_equations(&DMatrix::from_element(1, ITEMS, 1.0), &DVector::from_element(1, 2.0), &device)?;
    let settings = Settings { upper: 1.0, curvature: 0.1, ..Settings::default() };
    // A linear program has the best choice itself.
    let choice = Settings { curvature: 0.0, ..settings };

    let features = Tensor::<2>::random([256, FEATURES], Distribution::Uniform(-1.0, 1.0), &device);
    let truth = Tensor::<2>::random([FEATURES, ITEMS], Distribution::Uniform(-1.0, 1.0), &device);
    let worth = features.clone().matmul(truth).detach();
    let best = solve(&set, &worth, &choice, None)?.x;

    let mut model: Linear = LinearConfig::new(FEATURES, ITEMS).init(&device);
    let mut adam = AdamConfig::new().init();
    let missed = |model: &Linear| -> Result<f32, Box<dyn std::error::Error>> {
        let chosen = solve(&set, &model.forward(features.clone()), &choice, None)?.x;
        let worth = worth.clone().without_autodiff();
        Ok(((best.clone() - chosen) * worth).sum_dim(1).mean().into_scalar())
    };
    let before = missed(&model)?;
    for step in 0..150 {
        let scores = model.forward(features.clone());
        let loss = fenchel_young(&set, &scores, &best, &settings, None, OnFailure::Error)?.loss.mean();
        if step % 50 == 0 {
            println!("step {step}: loss {:.4}", loss.clone().into_scalar::<f32>());
        }
        let gradients = GradientsParams::from_grads(loss.backward(), &model);
        model = adam.step(0.05, model, gradients);
    }
    let after = missed(&model)?;
    println!("worth that the choices miss: {before:.4} before, {after:.4} after");
    assert!(after < 0.1 * before);
    Ok(())
}
