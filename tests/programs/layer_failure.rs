//! Samples without a solution, learned parameters, smoothed gradients, and working sets that are kept.

use crate::numbers::numbers;
use burn::optim::{GradientsParams, SgdConfig};
use burn::tensor::{DType, Device, Tensor, TensorData};
use convex_edge::program::{Program, minimize, parameter, variable};
use convex_edge_burn::{ActiveSetLayer, Answer, LayerError, Learned, OnFailure, batched, shared};
use convex_edge_core::qp::{Settings, Status};

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

/// x and the gradients of p, l and u where `1/2 (x - p)^2` is minimized between l and u, softened.
fn reversed(p: f64, [l, u]: [f64; 2], softness: f64, smoothing: f64) -> (Answer, [f64; 4]) {
    let (x, by, low, high) =
        (variable("x", 1, 1), parameter("p", 1, 1), parameter("low", 1, 1), parameter("high", 1, 1));
    let program = minimize(0.5 * (&x - &by).sum_squares()).subject_to([x.between(&low, &high)]);
    let program = program.program(&[&by, &low, &high], &[&x]).unwrap();
    let on_failure = OnFailure::Soften { softness };
    let layer = ActiveSetLayer::<f64, 1, 1>::smoothed(program, Settings::default(), on_failure, smoothing).unwrap();
    let given = [p, l, u].map(|value| tensor(&[value], [1, 1]).require_grad());
    let answer = layer.solve(&given.clone().map(batched), None).unwrap();
    let gradients = answer.values.clone().sum().backward();
    let of = given.map(|tensor| values(&tensor.grad(&gradients).unwrap())[0]);
    let x = values(&answer.values)[0];
    (answer, [x, of[0], of[1], of[2]])
}

#[test]
fn reversed_bounds_are_priced_on_both_sides_between_them_and_on_one_beyond() {
    for smoothing in [0.0, 1e-12] {
        let is = |found: [f64; 4], wanted: [f64; 4]| {
            let near = found.iter().zip(wanted).all(|(found, wanted)| (found - wanted).abs() < 1e-5);
            assert!(near, "{found:?} {wanted:?} {smoothing}");
        };
        let third = 1.0 / 3.0;
        let (answer, found) = reversed(0.5, [1.0, 0.0], 1.0, smoothing);
        is(found, [0.5, third, third, third]);
        // Kinks where p is -1 and 2.
        assert!(answer.samples[0].softened && (answer.samples[0].margin - 1.5).abs() < 1e-9);
        is(reversed(10.0, [1.0, 0.0], 10.0, smoothing).1, [100.0 / 11.0, 10.0 / 11.0, 0.0, 1.0 / 11.0]);
        is(reversed(-9.0, [1.0, 0.0], 10.0, smoothing).1, [-89.0 / 11.0, 10.0 / 11.0, 1.0 / 11.0, 0.0]);
    }
    // Right beside the point where the price of one bound ends, by finite differences.
    for p in [1.05, 1.15, -0.15, -0.05] {
        let at = |p: f64, l: f64, u: f64| reversed(p, [l, u], 10.0, 0.0).1;
        let (found, h) = (at(p, 1.0, 0.0), 1e-6);
        let difference = |a: [f64; 4], b: [f64; 4]| (a[0] - b[0]) / (2.0 * h);
        let wanted = [
            difference(at(p + h, 1.0, 0.0), at(p - h, 1.0, 0.0)),
            difference(at(p, 1.0 + h, 0.0), at(p, 1.0 - h, 0.0)),
            difference(at(p, 1.0, h), at(p, 1.0, -h)),
        ];
        assert!(found[1..].iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-6), "{p}: {found:?} {wanted:?}");
    }
}

#[test]
fn many_reversed_rows_meet_the_optimality_of_their_prices() {
    let (x, p, low, high) =
        (variable("x", 4, 1), parameter("p", 4, 1), parameter("low", 6, 1), parameter("high", 6, 1));
    let rows = numbers(31, 24);
    let a = convex_edge::program::constant(6, 4, &rows);
    let program = minimize(0.5 * (&x - &p).sum_squares()).subject_to([(a * &x).between(&low, &high)]);
    let program = program.program(&[&p, &low, &high], &[&x]).unwrap();
    let softness = 0.3;
    let on_failure = OnFailure::Soften { softness };
    let layer = ActiveSetLayer::<f64, 4, 6>::with(program, Settings::default(), on_failure).unwrap();
    let count = 200;
    let given: Vec<Vec<f64>> = [(41, 4), (42, 6), (43, 6)].map(|(seed, n)| numbers(seed, count * n)).into();
    let scaled: Vec<f64> = given[0].iter().map(|p| 3.0 * p).collect();
    let arguments = [
        batched(tensor(&scaled, [count, 4])),
        batched(tensor(&given[1], [count, 6])),
        batched(tensor(&given[2], [count, 6])),
    ];
    let answer = layer.solve(&arguments, None).unwrap();
    let mut softened = 0;
    for (i, sample) in answer.samples.iter().enumerate().filter(|(_, sample)| sample.softened) {
        assert_eq!(sample.status, Status::Solved);
        softened += 1;
        let x = &values(&answer.values)[4 * i..4 * i + 4];
        let mut gradient: Vec<f64> = (0..4).map(|j| x[j] - scaled[4 * i + j]).collect();
        for (k, row) in rows.chunks(4).enumerate() {
            let value: f64 = row.iter().zip(x).map(|(a, x)| a * x).sum();
            let (low, high) = (given[1][6 * i + k], given[2][6 * i + k]);
            let force = ((value - high).max(0.0) - (low - value).max(0.0)) / softness;
            gradient.iter_mut().zip(row).for_each(|(g, a)| *g += a * force);
        }
        assert!(gradient.iter().all(|g| g.abs() < 1e-7), "{gradient:?}");
    }
    assert!(softened > 100, "{softened}");
}

#[test]
fn a_smoothed_gradient_is_the_mean_of_both_sides_at_a_kink_in_any_unit() {
    let (x, p) = (variable("x", 1, 1), parameter("p", 1, 1));
    let gradient = |program: Program, p: f64, smoothing: f64| {
        let layer =
            ActiveSetLayer::<f64, 1, 1>::smoothed(program, Settings::default(), OnFailure::Error, smoothing).unwrap();
        let p = tensor(&[p], [1, 1]).require_grad();
        let gradients = layer.forward(&[batched(p.clone())]).unwrap().sum().backward();
        values(&p.grad(&gradients).unwrap())[0]
    };
    for h in [1e-6, 0.01, 1.0, 100.0, 1e6] {
        for row in [1e-3, 1.0, 1e3] {
            let problem = minimize((0.5 * h) * (&x - &p).sum_squares()).subject_to([(row * &x).at_most(0.0)]);
            let found = gradient(problem.program(&[&p], &[&x]).unwrap(), 0.0, 1e-10);
            assert!((found - 0.5).abs() < 1e-6, "{found} for {h}, {row}");
        }
    }
    let soft = minimize((&x - &p).sum_squares()).subject_to([x.at_most(1.0).soft(0.5)]);
    let found = gradient(soft.program(&[&p], &[&x]).unwrap(), 1.0, 1e-10);
    assert!((found - 0.75).abs() < 1e-6, "{found}: between 1 and the half that its price leaves");
    let soft = minimize(0.5 * (&x - &p).sum_squares()).subject_to([x.between(0.0, 0.0).soft(1.0)]);
    let found = gradient(soft.program(&[&p], &[&x]).unwrap(), 1.0, 1e-10);
    assert!((found - 0.5).abs() < 1e-6, "{found}");
}

#[test]
fn a_smoothed_gradient_is_the_mean_at_the_kinks_of_functions_too() {
    let (x, p) = (variable("x", 1, 1), parameter("p", 1, 1));
    for (cost, at) in [(x.abs(), 0.5), (x.pos(), 0.0), (x.pos(), 0.5), (x.norm_inf(), -0.5)] {
        let program = minimize((&x - &p).sum_squares() + cost).program(&[&p], &[&x]).unwrap();
        let layer = ActiveSetLayer::<f64, 2, 2>::smoothed(program, Settings::default(), OnFailure::Error, 1e-10);
        let p = tensor(&[at], [1, 1]).require_grad();
        let gradients = layer.unwrap().forward(&[batched(p.clone())]).unwrap().sum().backward();
        let found = values(&p.grad(&gradients).unwrap())[0];
        assert!((found - 0.5).abs() < 1e-3, "{found} at {at}");
    }
}

#[test]
fn a_transposed_argument_is_refused_and_one_without_entries_is_none() {
    let (x, matrix, nothing) = (variable("x", 3, 1), parameter("A", 2, 3), parameter("nothing", 0, 1));
    let problem = minimize(0.5 * x.sum_squares()).subject_to([(&matrix * &x).at_least(1.0)]);
    let program = problem.program(&[&matrix, &nothing], &[&x]).unwrap();
    let layer = ActiveSetLayer::<f64, 3, 2>::new(program).unwrap();
    let entries = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0];
    let empty = || tensor(&[], [1, 0]).require_grad();
    for is_batched in [true, false] {
        let (right, list) = (tensor(&entries, [2, 3]), tensor(&entries, [1, 6]));
        let turned = tensor(&entries, [3, 2]);
        let (right, list, turned) = match is_batched {
            true => (batched(right.reshape([1, 2, 3])), batched(list), batched(turned.reshape([1, 3, 2]))),
            false => (shared(right), shared(list), shared(turned)),
        };
        for argument in [right, list] {
            for empty in [batched(empty()), shared(empty())] {
                let found = layer.forward(&[argument.clone(), empty]).unwrap();
                assert!(values(&found).iter().zip([1.0, 1.0, 0.0]).all(|(x, wanted)| (x - wanted).abs() < 1e-9));
            }
        }
        assert!(matches!(layer.forward(&[turned, batched(empty())]), Err(LayerError::Shape { .. })));
    }
    let free = minimize((&x - 1.0).sum_squares()).program(&[&nothing], &[&x]).unwrap();
    let layer = ActiveSetLayer::<f64, 3, 0>::new(free).unwrap();
    layer.forward(&[batched(empty())]).unwrap().sum().backward();
    let weight = tensor(&[2.0], [1, 1]).require_grad();
    let gradients = (layer.forward(&[shared(empty())]).unwrap() * weight.clone()).sum().backward();
    assert!((values(&weight.grad(&gradients).unwrap())[0] - 3.0).abs() < 1e-9);
}

#[test]
fn numbers_out_of_range_and_repeated_names_are_refused() {
    for smoothing in [f64::NAN, -1.0, f64::INFINITY] {
        let layer = ActiveSetLayer::<f64, 2, 3>::smoothed(between(), Settings::default(), OnFailure::Zero, smoothing);
        assert!(matches!(layer, Err(LayerError::Smoothing { .. })));
    }
    for softness in [f64::NAN, -1.0, 0.0, f64::INFINITY] {
        let on_failure = OnFailure::Soften { softness };
        let layer = ActiveSetLayer::<f64, 2, 3>::with(between(), Settings::default(), on_failure);
        assert!(matches!(layer, Err(LayerError::Softness { .. })));
    }
    let value = || tensor(&[1.0], [1, 1]).reshape([1]);
    let repeated = Learned::new(&between(), [("low", value()), ("low", value())]);
    assert!(matches!(repeated, Err(LayerError::RepeatedName { name }) if name == "low"));
    let layer = ActiveSetLayer::<f64, 2, 3>::new(between()).unwrap();
    let empty = [batched(tensor(&[], [0, 2])), batched(tensor(&[], [0, 1])), batched(tensor(&[], [0, 1]))];
    assert_eq!(layer.forward(&empty).unwrap().dims(), [0, 2]);
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
