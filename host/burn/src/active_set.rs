//! The layer of [`convex_edge::layer`] with tensors as arguments and values.

use crate::argument::Argument;
use crate::host_operation::{Derivative, attach};
use burn::tensor::{DType, Element, Tensor, TensorData};
use convex_edge::layer::{self, Batch, Gradients, LayerError, Layout, OnFailure, Sample, Shape};
use convex_edge::program::Program;
use convex_edge_core::number::Number;
use convex_edge_core::qp::Settings;
use std::sync::{Arc, Mutex, PoisonError};

/// A program of N variables and M constraints as a layer, in `f32` or `f64`.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use convex_edge::program::{minimize, parameter, variable};
/// use convex_edge_burn::{ActiveSetLayer, batched};
/// // The nearest point of the simplex.
/// let (x, p) = (variable("x", 3, 1), parameter("p", 3, 1));
/// let nearest = minimize(0.5 * (&x - &p).sum_squares()).subject_to([x.at_least(0.0), x.sum().equals(1.0)]);
/// let layer = ActiveSetLayer::<f32, 3, 4>::new(nearest.program(&[&p], &[&x])?)?;
/// let device = Device::flex().autodiff();
/// let p = Tensor::<2>::from_floats([[1.0, 0.5, -1.0], [0.0, 0.0, 3.0]], &device).require_grad();
/// let x = layer.forward(&[batched(p.clone())])?;
/// let is = |found: Tensor<2>, wanted: [f32; 6]| {
///     found.to_data().iter::<f32>().zip(wanted).all(|(found, wanted)| (found - wanted).abs() < 1e-6)
/// };
/// assert!(is(x.clone(), [0.75, 0.25, 0.0, 0.0, 0.0, 1.0]));
/// let gradients = x.slice([0..1, 0..1]).sum().backward();
/// assert!(is(p.grad(&gradients).unwrap(), [0.5, -0.5, 0.0, 0.0, 0.0, 0.0]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct ActiveSetLayer<T: Number, const N: usize, const M: usize> {
    layer: layer::ActiveSetLayer<T, N, M>,
}

/// The layer's values and how each was reached.
#[derive(Debug)]
pub struct Answer {
    /// `[batch, outputs]`, in the order of the program's outputs, entries by rows.
    pub values: Tensor<2>,
    /// By sample.
    pub samples: Vec<Sample>,
    residuals: Arc<Mutex<Vec<f64>>>,
}

impl Answer {
    /// After the backward pass, by sample: what was left of the adjoint system, relative to the gradient. Where it is not
    /// small, the solution does not depend smoothly on the parameters and the gradient means nothing. Empty before.
    pub fn gradient_residuals(&self) -> Vec<f64> {
        self.residuals.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl<T: Number + Element, const N: usize, const M: usize> ActiveSetLayer<T, N, M> {
    /// Unsolved samples are an error; [`Settings::default`].
    ///
    /// # Errors
    /// [`convex_edge::program::ProgramError::Sizes`] where N and M are not those of the program.
    pub fn new(program: Program) -> Result<Self, LayerError> {
        Ok(Self { layer: layer::ActiveSetLayer::new(program)? })
    }

    /// With limits of a solve, and what takes the place of a solution that there is not.
    ///
    /// # Errors
    /// [`convex_edge::program::ProgramError::Sizes`] where N and M are not those of the program; [`LayerError::Softness`].
    pub fn with(program: Program, settings: Settings<T>, on_failure: OnFailure) -> Result<Self, LayerError> {
        Ok(Self { layer: layer::ActiveSetLayer::with(program, settings, on_failure)? })
    }

    /// With the gradient of a relaxed program; see [`convex_edge::layer::ActiveSetLayer::smoothed`].
    ///
    /// # Errors
    /// As there.
    pub fn smoothed(
        program: Program,
        settings: Settings<T>,
        on_failure: OnFailure,
        smoothing: f64,
    ) -> Result<Self, LayerError> {
        Ok(Self { layer: layer::ActiveSetLayer::smoothed(program, settings, on_failure, smoothing)? })
    }

    /// The program.
    pub fn program(&self) -> &Program {
        self.layer.program()
    }

    /// The program as an artefact for the target, with the solves for these parameters as golden vectors.
    ///
    /// # Errors
    /// [`convex_edge::program::ProgramError::Artefact`] where it is larger than its place in flash.
    pub fn export(&self, examples: &[Vec<f32>]) -> Result<Vec<u8>, LayerError> {
        self.layer.export(examples)
    }

    /// The solutions, `[batch, outputs]`; arguments in the order of the program's parameters.
    ///
    /// # Errors
    /// Arguments that do not fit; a sample that was not solved, where that is an error.
    pub fn forward(&self, arguments: &[Argument]) -> Result<Tensor<2>, LayerError> {
        Ok(self.solve(arguments, None)?.values)
    }

    /// The solutions with the status of each. With the samples' indices in a data set, each solve starts from the working
    /// set in which the last one of the same index ended.
    ///
    /// # Errors
    /// Arguments that do not fit; a sample that was not solved, where that is an error.
    pub fn solve(&self, arguments: &[Argument], indices: Option<&[usize]>) -> Result<Answer, LayerError> {
        let shapes: Vec<Shape> = arguments.iter().map(|argument| argument.shape.clone()).collect();
        let layout = Layout::new(self.program(), &shapes)?;
        arguments.iter().try_for_each(|argument| check_precision::<T>(&argument.values))?;
        let tensors = packed(arguments);
        let mut read = [Vec::new(), Vec::new()];
        for ((tensor, values), length) in tensors.iter().zip(&mut read).zip(layout.lengths()) {
            if length > 0 {
                *values = numbers_of(tensor)?;
            }
        }
        let [shared, batched] = read;
        let answer = self.layer.solve_batch(Batch::packed(layout, shared, batched)?, indices)?;
        let (samples, residuals) = (answer.samples.clone(), Arc::default());
        let shape = [samples.len(), answer.values.len().checked_div(samples.len()).unwrap_or(self.outputs())];
        let data = TensorData::new(answer.values.clone(), shape);
        let backward = Backward { answer, residuals: Arc::clone(&residuals) };
        Ok(Answer { values: attach(tensors, data, Arc::new(backward)), samples, residuals })
    }

    fn outputs(&self) -> usize {
        self.program().output_entries().count()
    }
}

/// Arguments in two tensors: the shared ones, and those of each sample.
fn packed(arguments: &[Argument]) -> [Tensor<2>; 2] {
    let any = arguments.first().map(|argument| argument.values.clone());
    [true, false].map(|shared| {
        let parts = arguments.iter().filter(|argument| argument.shape.is_shared() == shared);
        let mut parts: Vec<Tensor<2>> = parts.map(|argument| argument.values.clone()).collect();
        match (parts.len(), parts.pop()) {
            (1, Some(part)) => part,
            (_, Some(last)) => {
                parts.push(last);
                Tensor::cat(parts, 1)
            }
            // Some tensor of the right device: nothing flows through it.
            (_, None) => any.clone().map_or_else(|| Tensor::zeros([1, 1], &Default::default()), Tensor::detach),
        }
    })
}

/// The way back through the layer.
#[derive(Debug)]
struct Backward<T: Number, const N: usize, const M: usize> {
    answer: layer::Answer<T, N, M>,
    residuals: Arc<Mutex<Vec<f64>>>,
}

impl<T: Number + Element, const N: usize, const M: usize> Derivative for Backward<T, N, M> {
    fn backward(&self, gradient: TensorData, wanted: [bool; 2]) -> [Option<TensorData>; 2] {
        let Ok(gradient) = gradient.try_into_vec::<T>() else { return [None, None] };
        let Ok(Gradients { shared, batched, residuals, .. }) = self.answer.backward(&gradient) else {
            return [None, None];
        };
        let batch = residuals.len();
        *self.residuals.lock().unwrap_or_else(PoisonError::into_inner) = residuals;
        let [first, second] = wanted;
        let (length, width) = (shared.len(), batched.len().checked_div(batch).unwrap_or(0));
        let shared = first.then(|| TensorData::new(shared, [1, length]));
        let batched = second.then(|| TensorData::new(batched, [batch, width]));
        [shared, batched]
    }
}

fn check_precision<T: Element>(tensor: &Tensor<2>) -> Result<(), LayerError> {
    let dtype = tensor.dtype();
    if dtype == T::dtype() {
        return Ok(());
    }
    let wanted = if T::dtype() == DType::F32 { "f32" } else { "f64" };
    Err(LayerError::Precision { given: format!("{dtype:?}"), wanted })
}

/// The numbers in a tensor.
fn numbers_of<T: Number + Element>(tensor: &Tensor<2>) -> Result<Vec<T>, LayerError> {
    let data = tensor.clone().try_into_data();
    let data = data.map_err(|error| LayerError::Unreadable { reason: format!("{error:?}") })?;
    data.try_into_vec().map_err(|error| LayerError::Unreadable { reason: format!("{error:?}") })
}
