//! A layer of 200 variables and 400 constraints where a thread's stack has two mebibytes.

use burn::tensor::{DType, Device, Tensor, TensorData};
use convex_edge::program::{constant, minimize, parameter, variable};
use convex_edge_burn::{ActiveSetLayer, OnFailure, batched, shared};
use convex_edge_core::qp::{Settings, Status};
use std::thread;

const N: usize = 200;
const M: usize = 400;

/// The nearest point with bounds on all entries, all sums of neighbours below a limit and some of them equal to it.
fn solves() {
    let (x, p, limit) = (variable("x", N, 1), parameter("p", N, 1), parameter("limit", 1, 1));
    let mut sums = vec![0.0; N * N];
    (0..N).for_each(|i| (sums[i * N + i], sums[i * N + (i + 1) % N]) = (1.0, 1.0));
    let rows = constant(N, N, &sums) * &x;
    let nearest = minimize(0.5 * (&x - &p).sum_squares()).subject_to([x.between(0.0, 2.0), rows.at_most(&limit)]);
    let program = nearest.program(&[&p, &limit], &[&x]).unwrap();
    let settings = Settings { iteration_limit: 4000, ..Settings::default() };
    let layer = ActiveSetLayer::<f64, N, M>::with(program, settings, OnFailure::Soften { softness: 1e-3 }).unwrap();
    let device = Device::flex().autodiff();
    let values: Vec<f64> = (0..2 * N).map(|i| (i % 7) as f64).collect();
    let p = Tensor::<2>::from_data(TensorData::new(values, [2, N]), (&device, DType::F64)).require_grad();
    // The second sample's limit cannot be kept.
    let limits = TensorData::new(vec![1.5, -1.0], [2, 1]);
    let limit = Tensor::<2>::from_data(limits, (&device, DType::F64));
    let answer = layer.solve(&[batched(p.clone()), batched(limit)], None).unwrap();
    assert!(answer.samples.iter().all(|sample| sample.status == Status::Solved), "{:?}", answer.samples);
    assert!(answer.samples[1].softened);
    assert!(p.grad(&answer.values.sum().backward()).is_some());
    let limit = Tensor::<1>::from_data(TensorData::new(vec![1.5], [1]), (&device, DType::F64));
    let answer = layer.solve(&[batched(p.clone()), shared(limit)], None).unwrap();
    assert!(answer.samples.iter().all(|sample| sample.status == Status::Solved && !sample.softened));
    assert!(p.grad(&answer.values.sum().backward()).is_some());
}

#[test]
fn two_hundred_by_four_hundred_needs_no_large_stack() {
    thread::Builder::new().stack_size(2 << 20).spawn(solves).unwrap().join().unwrap();
}
