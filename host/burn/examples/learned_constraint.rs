//! Constraint that is learned from solutions: points are projected onto a half-space whose row and limit are not known.
//! The layer finds both from pairs of a point and its projection (Amos and Kolter 2017, "OptNet").

use burn::module::Module;
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::{Device, Distribution, Tensor};
use convex_edge::program::{minimize, parameter, variable};
use convex_edge_burn::{ActiveSetLayer, Learned, batched, shared};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (x, p) = (variable("x", 2, 1), parameter("p", 2, 1));
    let (a, b) = (parameter("a", 1, 2), parameter("b", 1, 1));
    let program =
        minimize(0.5 * (&x - &p).sum_squares()).subject_to([(&a * &x).at_most(&b)]).program(&[&p, &a, &b], &[&x])?;
    let device = Device::flex().autodiff();
    let layer = ActiveSetLayer::<f32, 2, 1>::new(program.clone())?;

    // The constraint to find: x0 + 2 x1 <= 1.
    let points = Tensor::<2>::random([256, 2], Distribution::Uniform(-2.0, 2.0), &device);
    let truth = [Tensor::<1>::from_floats([1.0, 2.0], &device), Tensor::<1>::from_floats([1.0], &device)];
    let [row, limit] = truth.map(shared);
    let projected = layer.forward(&[batched(points.clone()), row, limit])?.detach();

    let guess = [("a", Tensor::from_floats([1.0, 0.0], &device)), ("b", Tensor::from_floats([0.0], &device))];
    let mut learned = Learned::new(&program, guess)?;
    let mut adam = AdamConfig::new().init();
    let mut last = f32::INFINITY;
    for step in 0..400 {
        let answer = layer.forward(&learned.arguments(&[batched(points.clone())])?)?;
        let loss = (answer - projected.clone()).powi_scalar(2).mean();
        last = loss.clone().into_scalar();
        if step % 100 == 0 {
            println!("step {step}: mean squared error {last:.1e}");
        }
        let gradients = GradientsParams::from_grads(loss.backward(), &learned);
        learned = adam.step(0.03, learned, gradients);
    }
    let found: Vec<f32> =
        learned.valid().values.iter().flat_map(|it| it.val().to_data().iter::<f32>().collect::<Vec<_>>()).collect();
    println!("mean squared error {last:.1e}; row and limit up to a factor: {found:?}");
    assert!(last < 1e-4 && (found[1] / found[0] - 2.0).abs() < 0.1 && (found[2] / found[0] - 1.0).abs() < 0.1);
    Ok(())
}
