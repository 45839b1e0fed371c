//! Training through a layer: a linear model predicts gains, and a program turns them into shares of a budget. The loss
//! compares these shares with the best ones.

use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::{Device, Distribution, Tensor};
use convex_edge::program::{Program, ProgramError, minimize, parameter, variable};
use convex_edge_burn::{ActiveSetLayer, batched};

const ASSETS: usize = 4;
const FEATURES: usize = 3;

/// Shares that sum to 1, none negative, of most gain at little risk.
fn shares() -> Result<Program, ProgramError> {
    let (w, gains) = (variable("w", ASSETS, 1), parameter("gains", ASSETS, 1));
    minimize(0.5 * w.sum_squares() - gains.dot(&w))
        .subject_to([w.at_least(0.0), w.sum().equals(1.0)])
        .program(&[&gains], &[&w])
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let device = Device::flex().autodiff();
    let layer = ActiveSetLayer::<f32, ASSETS, 5>::new(shares()?)?;
    // Features and the gains that they cause.
    let truth = Tensor::<2>::random([FEATURES, ASSETS], Distribution::Uniform(-1.0, 1.0), &device);
    let features = Tensor::<2>::random([256, FEATURES], Distribution::Uniform(-1.0, 1.0), &device);
    let gains = features.clone().matmul(truth);
    let best = layer.forward(&[batched(gains.clone())])?;
    let value = |w: Tensor<2>| (gains.clone() * w.clone() - w.clone() * w * 0.5).sum_dim(1);

    let mut model: Linear = LinearConfig::new(FEATURES, ASSETS).init(&device);
    let mut adam = AdamConfig::new().init();
    let mut regrets = Vec::new();
    for step in 0..200 {
        let w = layer.forward(&[batched(model.forward(features.clone()))])?;
        let regret = (value(best.clone()) - value(w)).mean();
        regrets.push(regret.clone().into_scalar::<f32>());
        if step % 50 == 0 {
            println!("step {step}: mean regret {:.4}", regrets[step]);
        }
        let gradients = GradientsParams::from_grads(regret.backward(), &model);
        model = adam.step(0.05, model, gradients);
    }
    let (first, last) = (regrets[0], regrets[regrets.len() - 1]);
    println!("mean regret {first:.4} before, {last:.4} after; {} parameters", model.num_params());
    assert!(last < 0.05 * first);
    Ok(())
}
