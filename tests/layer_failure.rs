//! Samples without a solution, learned parameters, smoothed gradients, and working sets that are kept.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

#[path = "programs/numbers.rs"]
mod numbers;

use burn::optim::{GradientsParams, SgdConfig};
use burn::tensor::{DType, Device, Tensor, TensorData};
use convex_edge::layer::{ActiveSetLayer, Answer, LayerError, Learned, OnFailure, batched, shared};
use convex_edge::program::{Program, minimize, parameter, variable};
use convex_edge_core::qp::{Settings, Status};
use numbers::numbers;

fn tensor(values: &[f64], shape: [usize; 2]) -> Tensor<2> {
    Tensor::from_data(TensorData::new(values.to_vec(), shape), (&Device::flex().autodiff(), DType::F64))
}

fn values(tensor: &Tensor<2>) -> Vec<f64> {
    tensor.to_data().try_into_vec().unwrap()
}

/// The nearest point to p between two limits of the sum.
fn between() -> Program {
    let (x, p, low, high) =
        (variable("x", 2, 1), parameter("p", 2, 1), parameter("low", 1, 1), parameter("high", 1, 1));
    minimize(0.5 * (&x - &p).sum_squares())
        .subject_to([x.sum().at_least(&low), x.sum().at_most(&high), x.at_most(3.0)])
        .program(&[&p, &low, &high], &[&x])
        .unwrap()
}

/// Three samples of which the second has no feasible point.
fn three(on_failure: OnFailure) -> (Result<Answer, LayerError>, Tensor<2>) {
    let layer = ActiveSetLayer::<f64, 2, 3>::with(between(), Settings::default(), on_failure).unwrap();
    let p = tensor(&[1.0, 1.0, 0.0, 0.0, -2.0, 1.0], [3, 2]).require_grad();
    let (low, high) = (tensor(&[0.0, 2.0, 0.0], [3, 1]), tensor(&[1.0, 1.0, 1.0], [3, 1]));
    (layer.solve(&[batched(p.clone()), batched(low), batched(high)], None), p)
}

#[test]
fn an_unsolved_sample_is_an_error_by_default() {
    let error = three(OnFailure::Error).0.unwrap_err();
    assert_eq!(error, LayerError::Unsolved { sample: 1, status: Status::Infeasible });
    assert!(error.to_string().contains("OnFailure"));
}

#[test]
fn or_zero_without_a_gradient_and_with_its_status() {
    let (answer, p) = three(OnFailure::Zero);
    let answer = answer.unwrap();
    assert_eq!(
        answer.samples.iter().map(|sample| sample.status).collect::<Vec<_>>(),
        [Status::Solved, Status::Infeasible, Status::Solved]
    );
    assert_eq!(values(&answer.values), [0.5, 0.5, 0.0, 0.0, -1.5, 1.5]);
    let gradients = answer.values.sum().backward();
    assert_eq!(values(&p.grad(&gradients).unwrap()), [0.0; 6]);
}

#[test]
fn or_the_solution_of_the_softened_program_with_its_gradient() {
    let (answer, p) = three(OnFailure::Soften { softness: 1e-6 });
    let answer = answer.unwrap();
    assert!(answer.samples[1].softened && !answer.samples[0].softened);
    let x = values(&answer.values);
    // Both limits of the sum are violated by the same.
    assert!((x[2] - 0.75).abs() < 1e-5 && (x[3] - 0.75).abs() < 1e-5, "{x:?}");
    let gradients = answer.values.slice([1..2, 0..1]).sum().backward();
    let gradient = values(&p.grad(&gradients).unwrap());
    assert!((gradient[2] - 0.5).abs() < 1e-5 && (gradient[3] + 0.5).abs() < 1e-5, "{gradient:?}");
}

#[test]
fn arguments_that_do_not_fit_are_refused() {
    let layer = ActiveSetLayer::<f64, 2, 3>::new(between()).unwrap();
    let (p, low) = (tensor(&[0.0; 4], [2, 2]), tensor(&[0.0; 2], [2, 1]));
    let refused = |arguments: &[_]| layer.forward(arguments).unwrap_err();
    assert!(matches!(refused(&[batched(p.clone())]), LayerError::Arguments { given: 1, wanted: 3 }));
    let wrong = refused(&[batched(low.clone()), batched(low.clone()), batched(low.clone())]);
    assert!(matches!(wrong, LayerError::Entries { given: 1, wanted: 2, .. }));
    let other = tensor(&[0.0; 3], [3, 1]);
    let wrong = refused(&[batched(p.clone()), batched(low.clone()), batched(other)]);
    assert_eq!(wrong, LayerError::Batch { first: 2, second: 3 });
    let single = Tensor::<2>::zeros([2, 2], &Device::flex());
    assert!(matches!(refused(&[batched(single), batched(low.clone()), batched(low)]), LayerError::Precision { .. }));
    assert!(ActiveSetLayer::<f64, 3, 3>::new(between()).unwrap_err().to_string().contains("::<_, 2, 3>"));
}

#[test]
fn shared_and_batched_arguments_give_the_same_and_shared_gradients_add_up() {
    let layer = ActiveSetLayer::<f64, 2, 3>::new(between()).unwrap();
    let count = 70;
    let p = tensor(&numbers(1, 2 * count), [count, 2]);
    let one = |values: &[f64]| tensor(values, [1, 1]).require_grad();
    let (low, high) = (one(&[-0.5]), one(&[0.3]));
    let all = |value: f64| tensor(&vec![value; count], [count, 1]).require_grad();
    let (lows, highs) = (all(-0.5), all(0.3));
    let by_shared = layer.forward(&[batched(p.clone()), shared(low.clone()), shared(high.clone())]).unwrap();
    let by_batched = layer.forward(&[batched(p), batched(lows.clone()), batched(highs.clone())]).unwrap();
    assert_eq!(values(&by_shared), values(&by_batched));
    let (a, b) = (by_shared.powf_scalar(2.0).sum().backward(), by_batched.powf_scalar(2.0).sum().backward());
    for (one, all) in [(low, lows), (high, highs)] {
        let sum: f64 = values(&all.grad(&b).unwrap()).iter().sum();
        assert!(sum != 0.0 && (values(&one.grad(&a).unwrap())[0] - sum).abs() < 1e-12);
    }
}

#[test]
fn a_second_epoch_from_kept_working_sets_needs_no_iterations_and_gives_the_same() {
    let layer = ActiveSetLayer::<f64, 2, 3>::new(between()).unwrap();
    let p = tensor(&numbers(7, 40), [20, 2]);
    let one = |value: f64| shared(tensor(&[value], [1, 1]));
    let indices: Vec<usize> = (0..20).rev().collect();
    let solve = || layer.solve(&[batched(p.clone()), one(-0.5), one(0.3)], Some(&indices)).unwrap();
    let (first, second) = (solve(), solve());
    assert!(first.samples.iter().any(|sample| sample.iterations > 0));
    assert!(second.samples.iter().all(|sample| sample.iterations == 0), "{:?}", second.samples);
    for (a, b) in values(&first.values).iter().zip(values(&second.values)) {
        assert!((a - b).abs() < 1e-12);
    }
}

#[test]
fn a_smoothed_gradient_tends_to_the_exact_one_and_sees_what_is_nearly_active() {
    let gradient = |smoothing: f64, p: [f64; 2]| {
        let layer =
            ActiveSetLayer::<f64, 2, 3>::smoothed(between(), Settings::default(), OnFailure::Error, smoothing).unwrap();
        let (p, high) = (tensor(&p, [1, 2]).require_grad(), tensor(&[1.0], [1, 1]).require_grad());
        let x = layer.forward(&[batched(p.clone()), batched(tensor(&[-9.0], [1, 1])), batched(high.clone())]).unwrap();
        let gradients = x.sum().backward();
        [values(&p.grad(&gradients).unwrap()), values(&high.grad(&gradients).unwrap())].concat()
    };
    let (exact, close) = (gradient(0.0, [0.8, 0.9]), gradient(1e-10, [0.8, 0.9]));
    assert!(exact.iter().zip(&close).all(|(a, b)| (a - b).abs() < 1e-6), "{exact:?} {close:?}");
    let (blind, smooth) = (gradient(0.0, [0.49, 0.5]), gradient(1e-3, [0.49, 0.5]));
    assert_eq!(blind[2], 0.0);
    assert!(smooth[2] > 0.05 && smooth[2] < 1.0, "{smooth:?}");
}

#[test]
fn a_limit_is_learned_from_solutions() {
    let device = Device::flex().autodiff();
    let (x, p, limit) = (variable("x", 2, 1), parameter("p", 2, 1), parameter("limit", 1, 1));
    let problem = minimize((&x - &p).sum_squares()).subject_to([x.sum().at_most(&limit)]);
    let program = problem.program(&[&p, &limit], &[&x]).unwrap();
    let mut learned = Learned::new(&program, [("limit", Tensor::from_floats([0.0], &device))]).unwrap();
    let layer = ActiveSetLayer::<f32, 2, 1>::new(program).unwrap();
    let p = Tensor::<2>::from_floats([[1.0, 1.0], [2.0, 0.5], [0.3, 0.1]], &device);
    let forward = |learned: &Learned| layer.forward(&learned.arguments(&[batched(p.clone())]).unwrap()).unwrap();
    let wanted = Tensor::<2>::from_floats([[0.35, 0.35], [1.1, -0.4], [0.3, 0.1]], &device);
    let mut optimizer = SgdConfig::new().init();
    for _ in 0..200 {
        let loss = (forward(&learned) - wanted.clone()).powf_scalar(2.0).sum();
        let gradients = GradientsParams::from_grads(loss.backward(), &learned);
        learned = optimizer.step(0.2, learned, gradients);
    }
    let limit: Vec<f32> = learned.values[0].val().to_data().try_into_vec().unwrap();
    assert!((limit[0] - 0.7).abs() < 1e-3, "{limit:?}");
}
