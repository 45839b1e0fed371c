//! Gradient check of a layer against finite differences, on random programs all of whose data are parameters.

use burn::tensor::{DType, Device, Tensor, TensorData};
use convex_edge::program::{Program, ProgramError, minimize, parameter, variable};
use convex_edge_burn::{ActiveSetLayer, Answer, LayerError, OnFailure, batched};
use convex_edge_core::qp::{Qp, Settings, Status};
use convex_edge_core::random::Pcg64;
use convex_edge_runs::promise::Promise;
use convex_edge_verify::problems::{Recipe, feasible, normal};
use serde::Serialize;

/// Variables and constraints of the random programs.
const N: usize = 6;
const M: usize = 10;

/// Programs that are solved at once.
const BATCH: u64 = 256;

/// Closer to a degenerate point than this, the gradient is flagged as one of several.
pub const MARGIN: f64 = 1e-5;
/// What may be left of the adjoint system before the gradient is flagged as none.
pub const RESIDUAL: f64 = 1e-7;

/// A gradient is wrong where a directional derivative differs by more than this, relative to the size of its terms.
const WRONG: f64 = 1e-5;

/// Counts of the check.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Gradients {
    /// Programs.
    pub programs: u64,
    /// Those that were solved and not flagged, and whose finite differences agree with each other.
    pub judged: u64,
    /// Those flagged by margin or residual.
    pub flagged: u64,
    /// Those that were not solved, with a status that says so.
    pub unsolved: u64,
    /// Those neither flagged nor judged, since finite differences of all step lengths disagree.
    pub undecided: u64,
    /// Judged and wrong.
    pub wrong: u64,
    /// Largest error of a directional derivative with margin above 0.001, relative to the size of its terms.
    pub largest_error: f64,
}

/// Errors of the check itself.
#[derive(Debug, thiserror::Error)]
pub enum GradientError {
    /// The layer.
    #[error(transparent)]
    Layer(#[from] LayerError),
    /// The random program.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// A tensor.
    #[error("a gradient is missing; report this with the seed")]
    NoGradient,
}

/// Promises on the counts.
pub fn promises(gradients: &Gradients) -> Vec<Promise> {
    vec![
        Promise::at_most("wrong gradients, not flagged", gradients.wrong as f64, "programs", 0.0),
        Promise::at_most("gradient error, not degenerate", gradients.largest_error, "relative", 1e-7),
    ]
}

/// Counts over many programs, from the seed on; `progress` is called after each batch.
///
/// # Errors
/// The layer refuses its arguments: a fault of this check.
pub fn check(seed: u64, count: u64, progress: &dyn Fn(u64)) -> Result<Gradients, GradientError> {
    // Finite differences need solutions that are closer than a user needs them.
    let settings = Settings { tolerance: 1e-13, ..Settings::default() };
    let layer = ActiveSetLayer::<f64, N, M>::with(program()?, settings, OnFailure::Zero)?;
    let mut total = Gradients::default();
    let mut first = 0;
    while first < count {
        let batch = BATCH.min(count - first);
        total.add(&check_batch(&layer, seed + first, batch)?);
        progress(batch);
        first += batch;
    }
    Ok(total)
}

fn program() -> Result<Program, ProgramError> {
    let (x, p, q) = (variable("x", N, 1), parameter("P", N, N).semidefinite(), parameter("q", N, 1));
    let (a, lower, upper) = (parameter("A", M, N), parameter("l", M, 1), parameter("u", M, 1));
    let constraints = [(&a * &x).between(&lower, &upper)];
    minimize(0.5 * x.quad_form(&p) + q.dot(&x)).subject_to(constraints).program(&[&p, &q, &a, &lower, &upper], &[&x])
}

/// Entries of the parameters, one after the other.
const LENGTHS: [usize; 5] = [N * N, N, M * N, M, M];

/// Values of all parameters for one program, and a direction in which they change.
struct Drawn {
    values: Vec<f64>,
    direction: Vec<f64>,
}

fn draw(seed: u64) -> Drawn {
    let random = &mut Pcg64::from_seed(seed ^ 0x6772_6164);
    let kind = seed % 4;
    let recipe = Recipe {
        condition: random.uniform(0.0, 3.0),
        equalities: if kind == 1 { 3 } else { 0 },
        tight: if kind == 2 { 0.5 } else { 0.0 },
        dependent: if kind == 3 { 0.3 } else { 0.0 },
        ..Recipe::plain(seed)
    };
    let qp: Qp<f64, N, M> = feasible(recipe);
    let mut values = Vec::new();
    (0..N * N).for_each(|index| values.push(qp.hessian[(index / N, index % N)]));
    values.extend(qp.linear.iter());
    (0..M * N).for_each(|index| values.push(qp.rows[(index / N, index % N)]));
    values.extend(qp.lower.iter());
    values.extend(qp.upper.iter());
    let mut direction = Vec::new();
    for (part, length) in parts(&values) {
        let finite = part.iter().filter(|value| value.is_finite());
        let size = finite.fold(0.0, |size: f64, value| size.max(value.abs()));
        (0..length).for_each(|_| direction.push(size * normal(random)));
    }
    for i in 0..N {
        for j in 0..i {
            direction[i * N + j] = direction[j * N + i];
        }
    }
    let (lower, upper) = (N * N + N + M * N, N * N + N + M * N + M);
    for i in 0..M {
        if values[lower + i] == values[upper + i] {
            direction[upper + i] = direction[lower + i];
        }
        for side in [lower + i, upper + i] {
            if values[side].is_infinite() {
                direction[side] = 0.0;
            }
        }
    }
    Drawn { values, direction }
}

fn parts(values: &[f64]) -> impl Iterator<Item = (&[f64], usize)> {
    let mut start = 0;
    LENGTHS.into_iter().map(move |length| {
        let part = values.get(start..start + length).unwrap_or_default();
        start += length;
        (part, length)
    })
}

fn check_batch(layer: &ActiveSetLayer<f64, N, M>, seed: u64, batch: u64) -> Result<Gradients, GradientError> {
    let drawn: Vec<Drawn> = (seed..seed + batch).map(draw).collect();
    let device = Device::flex().autodiff();
    let count = drawn.len();
    let arguments = |step: f64| {
        let mut starts = 0;
        let tensors: Vec<Tensor<2>> = LENGTHS
            .iter()
            .map(|&length| {
                let mut data = Vec::with_capacity(count * length);
                for drawn in &drawn {
                    let range = starts..starts + length;
                    data.extend(range.map(|index| drawn.values[index] + step * drawn.direction[index]));
                }
                starts += length;
                Tensor::from_data(TensorData::new(data, [count, length]), (&device, DType::F64))
            })
            .collect();
        tensors
    };
    let solve = |tensors: &[Tensor<2>]| -> Result<Answer, LayerError> {
        let arguments: Vec<_> = tensors.iter().map(|tensor| batched(tensor.clone())).collect();
        layer.solve(&arguments, None)
    };
    let weights: Vec<f64> = {
        let random = &mut Pcg64::from_seed(seed ^ 0x7765_6967);
        (0..count * N).map(|_| normal(random)).collect()
    };
    let loss_of = |answer: &Answer| -> Result<Vec<f64>, GradientError> {
        let values: Vec<f64> = answer.values.to_data().try_into_vec().map_err(|_| GradientError::NoGradient)?;
        let sums = values.chunks(N).zip(weights.chunks(N));
        Ok(sums.map(|(x, weights)| x.iter().zip(weights).map(|(x, w)| x * w).sum()).collect())
    };
    let tensors: Vec<Tensor<2>> = arguments(0.0).into_iter().map(Tensor::require_grad).collect();
    let answer = solve(&tensors)?;
    let weight = Tensor::<2>::from_data(TensorData::new(weights.clone(), [count, N]), (&device, DType::F64));
    let gradients = (answer.values.clone() * weight).sum().backward();
    let residuals = answer.gradient_residuals();
    let mut derivative = vec![0.0; count];
    let mut size = vec![0.0_f64; count];
    let mut start = 0;
    for (tensor, length) in tensors.iter().zip(LENGTHS) {
        let gradient = tensor.grad(&gradients).ok_or(GradientError::NoGradient)?;
        let gradient: Vec<f64> = gradient.to_data().try_into_vec().map_err(|_| GradientError::NoGradient)?;
        for (sample, gradient) in gradient.chunks(length).enumerate() {
            for (&gradient, &direction) in gradient.iter().zip(&drawn[sample].direction[start..]) {
                derivative[sample] += gradient * direction;
                size[sample] += (gradient * direction).abs();
            }
        }
        start += length;
    }
    let at = |step: f64| -> Result<Vec<f64>, GradientError> { loss_of(&solve(&arguments(step))?) };
    let mut differences = Vec::new();
    for step in [1e-4, 1e-5, 1e-6, 1e-7] {
        // The central difference of fourth order.
        let (far, near) = ((at(2.0 * step)?, at(-2.0 * step)?), (at(step)?, at(-step)?));
        let difference = |i: usize| (8.0 * (near.0[i] - near.1[i]) - (far.0[i] - far.1[i])) / (12.0 * step);
        differences.push((0..count).map(difference).collect::<Vec<f64>>());
    }
    let mut total = Gradients { programs: batch, ..Gradients::default() };
    for (i, sample) in answer.samples.iter().enumerate() {
        let scale = size[i].max(weights[i * N..(i + 1) * N].iter().fold(0.0, |sum, w| sum + w.abs()));
        if sample.status != Status::Solved {
            total.unsolved += 1;
            continue;
        }
        let several = sample.margin < MARGIN || sample.dependent;
        if several || residuals.get(i).is_none_or(|&residual| !(residual < RESIDUAL)) {
            total.flagged += 1;
            continue;
        }
        let agreement = |pair: &[Vec<f64>]| (pair[0][i] - pair[1][i]).abs() / scale;
        let best = differences.windows(2).min_by(|a, b| agreement(a).total_cmp(&agreement(b)));
        let Some(best) = best.filter(|pair| agreement(pair) < 0.1 * WRONG) else {
            total.undecided += 1;
            continue;
        };
        let error_of = |difference: &Vec<f64>| (difference[i] - derivative[i]).abs() / scale;
        let error = best.iter().map(error_of).fold(f64::MAX, f64::min);
        total.judged += 1;
        total.wrong += u64::from(error > WRONG);
        if sample.margin > 1e-3 {
            // The step that suits the program best.
            let least = differences.iter().map(error_of).fold(f64::MAX, f64::min);
            total.largest_error = total.largest_error.max(least);
        }
    }
    Ok(total)
}

impl Gradients {
    /// Takes other programs' counts in.
    pub fn add(&mut self, other: &Self) {
        self.programs += other.programs;
        self.judged += other.judged;
        self.flagged += other.flagged;
        self.unsolved += other.unsolved;
        self.undecided += other.undecided;
        self.wrong += other.wrong;
        self.largest_error = self.largest_error.max(other.largest_error);
    }
}
