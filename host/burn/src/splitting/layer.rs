//! The layer: the program in the forward pass, the derivative of its solution in the backward pass.

use super::affine_set::AffineSet;
use super::failure::{OnFailure, kept, only_kept};
use super::outcome::Outcome;
use super::settings::{Settings, SplittingError};
use super::solve::{State, is_on_host, solve};
use super::{host, tensor};
use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind, unary};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, DispatchKindConversion, DispatchTensor, Flex, backend_extension};
use burn::tensor::Tensor;
use std::sync::{Arc, Mutex, PoisonError};

/// Answer of the layer to a batch of scores.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Points in the box, `[batch, n]`, in the autodiff graph of the scores.
    pub x: Tensor<2>,
    /// One for each sample.
    pub outcomes: Vec<Outcome>,
    /// 1 for a sample with an answer, 0 for a row of zeros, `[batch, 1]`; all 1 unless failures are masked.
    pub mask: Tensor<2>,
    /// State for a warm start of the next call.
    pub state: State,
    /// Report of the backward pass, filled once that has run.
    pub derivative: DerivativeReport,
}

/// Outcome of the backward pass.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum DerivativeOutcome {
    /// There was none yet.
    #[default]
    Pending,
    /// Every sample's derivative was found.
    Found,
    /// These samples' was not found within the iterations, or is no finite number; their gradient is zero.
    NotFound(Vec<usize>),
    /// The device gave no values back; all gradients are zero.
    Failed(SplittingError),
}

/// Report of the backward pass, to be read after it.
#[derive(Debug, Clone, Default)]
pub struct DerivativeReport(Arc<Mutex<DerivativeOutcome>>);

impl DerivativeReport {
    /// Outcome of the last backward pass.
    pub fn outcome(&self) -> DerivativeOutcome {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn say(&self, outcome: DerivativeOutcome) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = outcome;
    }
}

/// Solves as [`solve`] does and attaches the derivative of the solution to the scores: on the face of the variables
/// strictly between their bounds, `dx/ds` is `1/eps` times the orthogonal projection onto the set's directions that
/// leave the others alone; closer to a bound than the tolerance times the largest entry counts as at the bound (Amos and
/// Kolter 2017, "OptNet", section 3.1, where the Hessian is a multiple of the unit matrix). Where the tolerance leaves open
/// whether a variable is at its bound, it is the derivative on the answer's face. Cost of the backward pass: a few to some
/// dozens of projections.
///
/// # Errors
///
/// As [`solve`]; where scores that want a gradient meet a curvature of 0; and for unsolved samples as asked for.
pub fn forward(
    set: &Arc<dyn AffineSet>,
    scores: &Tensor<2>,
    settings: &Settings,
    start: Option<&State>,
    on_failure: OnFailure,
) -> Result<Answer, SplittingError> {
    if scores.is_tracked() && settings.curvature == 0.0 {
        return Err(SplittingError::NoCurvature);
    }
    let solution = solve(set.as_ref(), scores, settings, start)?;
    let (flags, mask) = kept(&solution.x, &solution.outcomes, on_failure)?;
    let x = only_kept(solution.x, &flags);
    let report = DerivativeReport::default();
    let x = if scores.is_tracked() && !flags.is_empty() {
        // Within the tolerance of a bound is at the bound. Rows without an answer are zeros, so that none is free.
        let [batch, n] = x.dims();
        let least = x.clone().max_dim(1) * settings.tolerance;
        let mut free = x.clone().greater(least.expand([batch, n])).float().cast(x.dtype());
        if settings.upper < f64::INFINITY {
            let most = settings.upper * (1.0 - settings.tolerance);
            free = free * x.clone().lower_scalar(most).float().cast(x.dtype());
        }
        let derivative = Derivative { set: set.clone(), settings: *settings, free, report: report.clone() };
        let attached = <Dispatch as SolutionOps>::attach(scores.clone().into_dispatch(), x.into_dispatch(), derivative);
        Tensor::from_dispatch(attached)
    } else {
        x
    };
    Ok(Answer { x, outcomes: solution.outcomes, mask, state: solution.state, derivative: report })
}

/// Data of the forward pass for the backward pass.
#[derive(Debug, Clone)]
pub struct Derivative {
    set: Arc<dyn AffineSet>,
    settings: Settings,
    /// 1 for a variable strictly between its bounds, else 0.
    free: Tensor<2>,
    report: DerivativeReport,
}

impl Derivative {
    /// The gradient of the scores for a gradient of the solution.
    fn pull_back(&self, gradient: &Tensor<2>) -> Tensor<2> {
        let set = self.set.as_ref();
        if gradient.dims()[0] == 0 {
            self.report.say(DerivativeOutcome::Found);
            return gradient.clone();
        }
        let result = match set.on_host().filter(|_| is_on_host(gradient)) {
            Some(projection) => host::project(projection, gradient, &self.free, &self.settings),
            None => tensor::project(set, gradient, &self.free, &self.settings),
        };
        match result {
            Ok((direction, residuals)) => {
                // Twice the tolerance: what rounding adds to the residual on the way.
                let limit = 2.0 * self.settings.derivative_tolerance;
                let direction = direction / self.settings.curvature;
                let finite = tensor::read(direction.clone().is_finite().all_dim(1).float()).unwrap_or_default();
                let is_right = |(residual, finite): (&f64, &f64)| *residual <= limit && *finite == 1.0;
                let wrong: Vec<bool> = residuals.iter().zip(&finite).map(|it| !is_right(it)).collect();
                let samples: Vec<usize> = (0..wrong.len()).filter(|&sample| wrong[sample]).collect();
                if samples.is_empty() {
                    self.report.say(DerivativeOutcome::Found);
                    return direction;
                }
                self.report.say(DerivativeOutcome::NotFound(samples));
                direction.mask_fill(tensor::rows(&wrong, gradient), 0.0)
            }
            Err(error) => {
                self.report.say(DerivativeOutcome::Failed(error));
                gradient.zeros_like()
            }
        }
    }
}

/// The solution as an operation of burn's backends.
#[backend_extension(Flex, Cube: cfg(any(feature = "wgpu", feature = "cuda")), Autodiff)]
pub trait SolutionOps: Backend {
    /// The solution, as a function of the scores with this derivative.
    fn attach(scores: FloatTensor<Self>, solution: FloatTensor<Self>, derivative: Derivative) -> FloatTensor<Self>;
}

impl SolutionOps for Flex {
    fn attach(_scores: FloatTensor<Self>, solution: FloatTensor<Self>, _derivative: Derivative) -> FloatTensor<Self> {
        solution
    }
}

#[cfg(any(feature = "wgpu", feature = "cuda"))]
impl SolutionOps for burn::backend::Cube {
    fn attach(_scores: FloatTensor<Self>, solution: FloatTensor<Self>, _derivative: Derivative) -> FloatTensor<Self> {
        solution
    }
}

impl<B: Backend, C: CheckpointStrategy> SolutionOps for Autodiff<B, C>
where
    DispatchTensor: DispatchKindConversion<B>,
{
    fn attach(scores: FloatTensor<Self>, solution: FloatTensor<Self>, derivative: Derivative) -> FloatTensor<Self> {
        let solution = solution.into_primitive();
        match Attached.prepare::<C>([scores.node()]).compute_bound().stateful() {
            OpsKind::Tracked(node) => node.finish(derivative, solution),
            OpsKind::UnTracked(node) => node.finish(solution),
        }
    }
}

#[derive(Debug)]
struct Attached;

impl<B: Backend> Backward<B, 1> for Attached
where
    DispatchTensor: DispatchKindConversion<B>,
{
    type State = Derivative;

    fn backward(self, ops: Ops<Derivative, 1>, gradients: &mut Gradients, _checkpointer: &mut Checkpointer) {
        let derivative = ops.state;
        unary::<B, _>(ops.parents, ops.node, gradients, |gradient| {
            let pulled = derivative.pull_back(&Tensor::from_primitive::<B>(gradient));
            // The same backend that it came from; if not, no gradient is the honest answer.
            match pulled.clone().try_into_primitive::<B>() {
                Ok(primitive) => primitive,
                Err(_) => B::float_zeros(pulled.shape(), &Default::default(), pulled.dtype().into()),
            }
        });
    }
}
