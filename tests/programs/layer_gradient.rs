//! Gradients of layers against finite differences, for every function and constraint of a program, and for random ones.

use crate::catalogue::all;
use crate::numbers::numbers;
use crate::solved::solved;
use burn::tensor::{DType, Device, Tensor, TensorData};
use convex_edge::program::{constant, minimize, parameter, variable};
use convex_edge_burn::{ActiveSetLayer, batched};
use convex_edge_burn_verify::{gradients, gradients_kinks};

#[test]
fn gradients_are_those_of_finite_differences() {
    let mut largest: f64 = 0.0;
    for (index, case) in all().iter().enumerate() {
        let weights = numbers(100 + index as u64, case.program.output_length());
        let at_start = solved(case, &case.values, &weights);
        assert!(at_start.sample.margin > 1e-4, "{}: {:?} is degenerate", case.name, at_start.sample);
        assert!(at_start.residual < 1e-10, "{}: {}", case.name, at_start.residual);
        for direction in 0..3 {
            let step: Vec<Vec<f64>> = case
                .values
                .iter()
                .enumerate()
                .map(|(i, values)| {
                    let mut step = numbers(1000 * direction + i as u64, values.len());
                    if case.name == "quad_form_parameter" && i == 0 {
                        step[2] = step[1];
                    }
                    step
                })
                .collect();
            let loss = |h: f64| {
                let moved = case.values.iter().zip(&step);
                let moved: Vec<Vec<f64>> =
                    moved.map(|(values, step)| values.iter().zip(step).map(|(v, s)| v + h * s).collect()).collect();
                let values = solved(case, &moved, &weights).values;
                values.iter().zip(&weights).map(|(x, w)| x * w).sum::<f64>()
            };
            let h = 1e-5;
            let difference = (8.0 * (loss(h) - loss(-h)) - (loss(2.0 * h) - loss(-2.0 * h))) / (12.0 * h);
            let terms = at_start.gradients.iter().flatten().zip(step.iter().flatten());
            let (mut derivative, mut size) = (0.0, weights.iter().fold(0.0, |sum: f64, w| sum + w.abs()));
            for (gradient, step) in terms {
                derivative += gradient * step;
                size += (gradient * step).abs();
            }
            let error = (difference - derivative).abs() / size;
            assert!(error < 1e-7, "{}: {difference} by differences, {derivative} by the layer", case.name);
            largest = largest.max(error);
        }
    }
    println!("largest relative error {largest:.1e}");
}

/// Samples that share their matrices share a workspace, which must not take one's equalities for another's.
#[test]
fn equalities_of_one_sample_are_not_those_of_another() {
    const N: usize = 20;
    let (x, p) = (variable("x", N, 1), parameter("p", N, 1));
    let (lower, upper) = (parameter("lower", 3, 1), parameter("upper", 3, 1));
    let rows = constant(3, N, &numbers(7, 3 * N));
    let nearest = minimize(0.5 * (&x - &p).sum_squares()).subject_to([(rows * &x).between(&lower, &upper)]);
    let program = nearest.program(&[&p, &lower, &upper], &[&x]).unwrap();
    let layer = ActiveSetLayer::<f64, N, 3>::new(program).unwrap();
    let device = Device::flex().autodiff();
    let gradients = |samples: &[usize]| {
        let tensor = |width: usize, of: &dyn Fn(usize) -> Vec<f64>| {
            let values: Vec<f64> = samples.iter().flat_map(|&sample| of(sample)).collect();
            let data = TensorData::new(values, [samples.len(), width]);
            Tensor::<2>::from_data(data, (&device, DType::F64)).require_grad()
        };
        // The first has three equalities, the second two others and a row that is not active, the third none.
        let low = [[0.5, -0.25, 1.0], [-50.0, 0.75, 0.5], [-50.0, -50.0, -50.0]];
        let high = [[0.5, -0.25, 1.0], [50.0, 0.75, 0.5], [-2.0, 50.0, 50.0]];
        let p = tensor(N, &|sample| numbers(30 + sample as u64, N));
        let lower = tensor(3, &|sample| low[sample].to_vec());
        let upper = tensor(3, &|sample| high[sample].to_vec());
        let x = layer.forward(&[batched(p.clone()), batched(lower.clone()), batched(upper.clone())]).unwrap();
        let weights = Tensor::from_data(TensorData::new(numbers(50, N), [1, N]), (&device, DType::F64));
        let found = (x * weights).sum().backward();
        let rows = |tensor: &Tensor<2>, width: usize| {
            let values: Vec<f64> = tensor.grad(&found).unwrap().to_data().iter::<f64>().collect();
            values.chunks(width).map(<[f64]>::to_vec).collect::<Vec<_>>()
        };
        // Either side of an equality may have its derivative.
        let sums = rows(&lower, 3).into_iter().zip(rows(&upper, 3));
        let sums: Vec<Vec<f64>> = sums.map(|(l, u)| l.iter().zip(&u).map(|(l, u)| l + u).collect()).collect();
        (rows(&p, N), sums)
    };
    for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2]] {
        let (of_p, of_bounds) = gradients(&order);
        for (place, &sample) in order.iter().enumerate() {
            let (alone, bounds_alone) = gradients(&[sample]);
            let pairs = of_p[place].iter().zip(&alone[0]).chain(of_bounds[place].iter().zip(&bounds_alone[0]));
            for (together, alone) in pairs {
                assert!((together - alone).abs() < 1e-9, "{order:?}, sample {sample}: {together} for {alone}");
            }
        }
    }
}

#[test]
fn gradients_of_random_programs_are_right_or_flagged() {
    let found = gradients::check(0, 3000, &|_| {}).unwrap();
    println!("{found:?}");
    assert_eq!(found.wrong, 0, "{found:?}");
    assert!(found.largest_error < 1e-7, "{found:?}");
    assert!(found.judged > 2000 && found.undecided < 30, "{found:?}");
}

#[test]
fn margins_are_those_of_kinks_and_ties() {
    let found = gradients_kinks::check(0, 2000, &|_| {}).unwrap();
    for family in &found {
        println!("{:<26}{:?}", family.family, family.counts);
    }
    let promises = gradients_kinks::promises(&found);
    promises.iter().for_each(|promise| println!("{promise}"));
    let total = gradients_kinks::total(&found);
    assert!(promises.iter().all(|promise| promise.holds), "{total:?}");
    // The promises are about something: nearly all programs are solved and have finite differences.
    assert!(total.smooth > 900 && total.unsolved < 60 && total.undecided < 15, "{total:?}");
}
