//! Gradients of layers against finite differences, for every function and constraint of a program, and for random ones.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

#[path = "programs/catalogue.rs"]
mod catalogue;
#[path = "programs/numbers.rs"]
mod numbers;
#[path = "programs/solved.rs"]
mod solved;

use catalogue::all;
use convex_edge::check::gradients;
use numbers::numbers;
use solved::solved;

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

#[test]
fn gradients_of_random_programs_are_right_or_flagged() {
    let found = gradients::check(0, 3000, |_| {}).unwrap();
    println!("{found:?}");
    assert_eq!(found.wrong, 0, "{found:?}");
    assert!(found.largest_error < 1e-7, "{found:?}");
    assert!(found.judged > 2000 && found.undecided < 30, "{found:?}");
}
