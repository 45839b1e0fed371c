//! Our active-set layer on a batch.

use super::case::{Case, Values};
use super::epochs::{self, Epochs};
use super::promises::OURS;
use super::row::Run;
use burn::tensor::{Device, Element, Tensor, TensorData};
use convex_edge_burn::{ActiveSetLayer, Argument, LayerError, batched, shared};
use convex_edge_core::number::Number;
use std::time::Instant;

/// Passes before the clock counts.
const WARM_UP: usize = 3;

/// Our layer in both precisions, first the one that others are compared to, and its epochs.
///
/// # Errors
/// The layer refuses the batch, or does not solve it.
pub fn runs(case: &Case, repeats: usize) -> Result<(Vec<Run>, Epochs), LayerError> {
    // Here and not where it is called, so that each size is compiled once.
    let sized = match case.name {
        "random" => both::<10, 20>,
        "mpc" => both::<32, 52>,
        _ => both::<64, 104>,
    };
    sized(case, repeats)
}

fn both<const N: usize, const M: usize>(case: &Case, repeats: usize) -> Result<(Vec<Run>, Epochs), LayerError> {
    let runs = vec![measure::<f64, N, M>(OURS, case, repeats)?, measure::<f32, N, M>("ours f32", case, repeats)?];
    Ok((runs, epochs::measure::<N, M>(case, repeats)?))
}

/// Times forward and backward passes of the layer in one precision; every pass has tensors of its own.
fn measure<T: Number + Element, const N: usize, const M: usize>(
    name: &str,
    case: &Case,
    repeats: usize,
) -> Result<Run, LayerError> {
    let layer = ActiveSetLayer::<T, N, M>::new(case.program.clone())?;
    let mut run = Run { layer: name.to_owned(), ..Run::default() };
    for repeat in 0..WARM_UP + repeats {
        let pass = pass(&layer, &tensors::<T>(&case.arguments), &case.arguments, None)?;
        if repeat < WARM_UP {
            continue;
        }
        run.forward.push(pass.forward);
        run.backward.push(pass.backward);
        if run.x.is_empty() {
            (run.x, run.gradient) = (read(&pass.x)?, read(&gradient(case, &pass)?)?);
        }
    }
    Ok(run)
}

/// One forward and one backward pass.
#[derive(Debug)]
pub(super) struct Pass {
    /// Seconds.
    pub forward: f64,
    /// Seconds.
    pub backward: f64,
    pub x: Tensor<2>,
    /// Gradients of the arguments, in their order.
    pub gradients: Vec<Option<Tensor<2>>>,
    /// Changes of the working set in the mean.
    pub iterations: f64,
}

/// The arguments as leaves of a graph, `[batch or 1, entries]`.
pub(super) fn tensors<T: Number + Element>(arguments: &[Values]) -> Vec<Tensor<2>> {
    let device = Device::flex().autodiff();
    let tensor = |values: &Values| {
        let length = values.shape.iter().product::<usize>();
        let entries: Vec<T> = values.entries.iter().map(|&entry| T::rounded(entry)).collect();
        let shape = [entries.len() / length.max(1), length];
        Tensor::<2>::from_data(TensorData::new(entries, shape), (&device, T::dtype())).require_grad()
    };
    arguments.iter().map(tensor).collect()
}

/// Solves, and differentiates the sum of the squares.
///
/// # Errors
/// The layer refuses the batch, or does not solve it.
pub(super) fn pass<T: Number + Element, const N: usize, const M: usize>(
    layer: &ActiveSetLayer<T, N, M>,
    tensors: &[Tensor<2>],
    values: &[Values],
    indices: Option<&[usize]>,
) -> Result<Pass, LayerError> {
    let begin = Instant::now();
    let argument = |(tensor, values): (&Tensor<2>, &Values)| match values.is_shared {
        true => shared(tensor.clone()),
        false => batched(tensor.clone()),
    };
    let arguments: Vec<Argument> = tensors.iter().zip(values).map(argument).collect();
    let answer = layer.solve(&arguments, indices)?;
    let forward = begin.elapsed().as_secs_f64();
    let begin = Instant::now();
    let gradients = (answer.values.clone() * answer.values.clone()).sum().backward();
    let backward = begin.elapsed().as_secs_f64();
    let iterations: f64 = answer.samples.iter().map(|sample| f64::from(sample.iterations)).sum();
    Ok(Pass {
        forward,
        backward,
        x: answer.values,
        gradients: tensors.iter().map(|tensor| tensor.grad(&gradients)).collect(),
        iterations: iterations / answer.samples.len().max(1) as f64,
    })
}

/// The gradient by which layers are compared.
fn gradient(case: &Case, pass: &Pass) -> Result<Tensor<2>, LayerError> {
    let index = case.arguments.iter().position(|values| values.name == case.compared);
    let gradient = index.and_then(|index| pass.gradients.get(index).cloned().flatten());
    gradient.ok_or_else(|| LayerError::Unreadable { reason: format!("no gradient of {}", case.compared) })
}

fn read(tensor: &Tensor<2>) -> Result<Vec<f64>, LayerError> {
    tensor.try_to_vec_as::<f64>().map_err(|error| LayerError::Unreadable { reason: error.to_string() })
}
