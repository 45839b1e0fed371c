//! Gradients of the parameters from those of the solutions.

use super::active_set::{Inner, SHORTEST_TASK, Solved};
use super::batch::{Batch, Source};
use super::smoothed::Relaxed;
use super::softening::Side;
use super::state::{Held, State};
use convex_edge_core::number::Number;
use convex_edge_core::program::set_entries;
use convex_edge_core::qp::Status;
use nalgebra::{DMatrix, DVector, SVector};
use rayon::prelude::*;
use std::sync::{Arc, PoisonError};

/// A solved batch, as the backward pass needs it.
#[derive(Debug)]
pub(super) struct Solutions<T: Number, const N: usize, const M: usize> {
    pub(super) layer: Arc<Inner<T, N, M>>,
    pub(super) values: Batch<T>,
    /// Factors, one for each chunk of samples.
    pub(super) held: Held<T, N, M>,
    pub(super) chunk: usize,
    pub(super) solved: Vec<Solved<T, N, M>>,
}

/// Gradients of a loss with respect to the parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct Gradients<T> {
    /// Those of the shared arguments, one after the other: sums over the batch.
    pub shared: Vec<T>,
    /// Those of the other arguments: of each sample one after the other.
    pub batched: Vec<T>,
    /// What is left of each sample's adjoint system, relative to the gradient. Where it is not small, the solution does not
    /// depend smoothly on the parameters, and the gradient means nothing.
    pub residuals: Vec<f64>,
    sources: Vec<Source>,
}

impl<T: Number> Gradients<T> {
    /// Those of one argument, in its shape; nothing where there is no such argument.
    pub fn of_argument(&self, index: usize) -> Option<Vec<T>> {
        let source = self.sources.get(index)?;
        let place = source.start..source.start + source.length;
        if source.is_shared {
            return self.shared.get(place).map(<[T]>::to_vec);
        }
        let width: usize = self.sources.iter().filter(|it| !it.is_shared).map(|it| it.length).sum();
        let rows = self.batched.chunks_exact(width.max(1));
        Some(rows.flat_map(|row| row.get(place.clone()).unwrap_or_default().iter().copied()).collect())
    }
}

impl<T: Number, const N: usize, const M: usize> Solutions<T, N, M> {
    /// Gradients of the arguments from the gradient with respect to the values.
    pub(super) fn backward(&self, gradient: &[T]) -> Gradients<T> {
        let outputs = self.layer.outputs.len();
        let (batch, width, shared_length) = (self.solved.len(), self.values.width(), self.values.shared.len());
        let chunks = self.held.states.len();
        let length = self.layer.program.parameter_length();
        // Rows are never empty, so that they can be cut into chunks.
        let (row, shared_row) = (width.max(1), shared_length.max(1));
        let mut batched = vec![T::ZERO; batch * row];
        let mut shared = vec![T::ZERO; chunks * shared_row];
        let mut residuals = vec![0.0; batch];
        let parts = batched
            .par_chunks_mut(row * self.chunk)
            .zip(shared.par_chunks_mut(shared_row))
            .zip(residuals.par_chunks_mut(self.chunk))
            .zip(&self.held.states)
            .enumerate();
        parts.with_min_len(SHORTEST_TASK.div_ceil(self.chunk)).for_each_init(
            || (vec![T::ZERO; length], self.values.room(length)),
            |(theta, room), (index, (((batched, shared), residuals), state))| {
                let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
                let samples = batched.chunks_mut(row).zip(residuals).enumerate();
                for (i, (batched, residual)) in samples {
                    let sample = index * self.chunk + i;
                    let gradient = gradient.get(sample * outputs..(sample + 1) * outputs).unwrap_or_default();
                    let mut gradient_of = |theta: &mut [T]| match self.layer.smoothing > 0.0 {
                        true => self.smoothed(&state, (sample, room), gradient, theta),
                        false => self.sample(&mut state, (sample, room), gradient, theta),
                    };
                    if shared_length == 0 {
                        *residual = gradient_of(batched);
                    } else {
                        theta.fill(T::ZERO);
                        *residual = gradient_of(theta);
                        self.spread(theta, batched, shared);
                    }
                }
            },
        );
        // In the order of the chunks, whichever thread was first.
        let mut sums = vec![T::ZERO; shared_length];
        for part in shared.chunks(shared_row) {
            for (sum, value) in sums.iter_mut().zip(part) {
                *sum += *value;
            }
        }
        batched.truncate(batch * width);
        Gradients { shared: sums, batched, residuals, sources: self.values.sources.clone() }
    }
}

impl<T: Number, const N: usize, const M: usize> Solutions<T, N, M> {
    /// Gradient of the parameters for one sample; what is left of the adjoint system.
    fn sample(
        &self,
        state: &mut State<T, N, M>,
        (sample, room): (usize, &mut [T]),
        gradient: &[T],
        theta: &mut [T],
    ) -> f64 {
        let Some(solved) = self.solved.get(sample) else { return 0.0 };
        if solved.sample.status != Status::Solved {
            return 0.0;
        }
        let mut of_x = SVector::<T, N>::from_element(T::ZERO);
        for (&index, &value) in self.layer.outputs.iter().zip(gradient) {
            if let Some(entry) = of_x.as_mut_slice().get_mut(index) {
                *entry += value;
            }
        }
        let sensitivity = match &solved.softened {
            Some(state) => {
                let mut softened = state.lock().unwrap_or_else(PoisonError::into_inner);
                let State { qp, workspace } = &mut *softened.state;
                workspace.sensitivity(qp, &of_x)
            }
            None => {
                let State { qp, workspace } = state;
                if self.chunk > 1 {
                    // The workspace's own are the last sample's, whose equalities may be others.
                    (qp.lower, qp.upper) = self.bounds(qp.lower, qp.upper, (sample, room));
                    let working_set: Vec<_> = solved.active.iter().map(|&(active, _)| active).collect();
                    workspace.set_solution(qp, &working_set);
                }
                workspace.sensitivity(qp, &of_x)
            }
        };
        let (mut lower, mut upper) = ([T::ZERO; M], [T::ZERO; M]);
        for &(active, _) in &solved.active {
            let index = active.constraint();
            let side = if active.upper { &mut upper } else { &mut lower };
            side[index] = sensitivity.dual.as_slice()[index];
        }
        if let Some(softened) = &solved.softened {
            let softened = softened.lock().unwrap_or_else(PoisonError::into_inner);
            // What is priced at both bounds follows their mean.
            for it in softened.reversed.iter().filter(|it| it.side == Side::Between) {
                let half = sensitivity.dual.as_slice()[it.row] * T::rounded(0.5);
                (lower[it.row], upper[it.row]) = (half, half);
            }
        }
        self.layer.add_to_parameters((&solved.x, &solved.duals()), sensitivity.x.as_slice(), (&lower, &upper), theta);
        sensitivity.residual.double()
    }

    /// Bounds of one sample, from those of any.
    fn bounds(
        &self,
        mut lower: SVector<T, M>,
        mut upper: SVector<T, M>,
        (sample, room): (usize, &mut [T]),
    ) -> (SVector<T, M>, SVector<T, M>) {
        let maps = &self.layer.maps;
        let values = self.values.of(sample, room);
        set_entries(&mut lower, maps.lower.iter().copied(), values);
        set_entries(&mut upper, maps.upper.iter().copied(), values);
        (lower, upper)
    }

    /// The same of the relaxed program; the residual is infinite where its system is singular.
    fn smoothed(
        &self,
        state: &State<T, N, M>,
        (sample, room): (usize, &mut [T]),
        gradient: &[T],
        theta: &mut [T],
    ) -> f64 {
        let Some(solved) = self.solved.get(sample).filter(|solved| solved.sample.status == Status::Solved) else {
            return 0.0;
        };
        // The state's vectors may be another sample's.
        let (low, high) = self.bounds(state.qp.lower, state.qp.upper, (sample, room));
        let softened = solved.softened.as_ref().map(|it| it.lock().unwrap_or_else(PoisonError::into_inner));
        let qp = softened.as_ref().map_or(&state.qp, |softened| &softened.state.qp);
        let mut softness: Vec<f64> = qp.softness.iter().map(|softness| softness.double()).collect();
        // Reversed rows at both bounds, each with its own softness.
        for it in softened.iter().flat_map(|softened| &softened.reversed) {
            softness[it.row] = it.softness.double();
        }
        let mut dual = vec![0.0; M];
        for &(active, value) in &solved.active {
            dual[active.constraint()] = value.double();
        }
        let row =
            |i: usize, j: usize| if i < qp.bounds { f64::from(u8::from(i == j)) } else { qp.rows[(i, j)].double() };
        let relaxed = Relaxed {
            hessian: DMatrix::from_fn(N, N, |i, j| qp.hessian[(i, j)].double()),
            rows: DMatrix::from_fn(M, N, row),
            lower: low.iter().map(|bound| bound.double()).collect(),
            upper: high.iter().map(|bound| bound.double()).collect(),
            is_equality: (0..M).map(|i| low[i] == high[i] && !self.layer.parts[i]).collect(),
            softness,
            x: DVector::from_iterator(N, solved.x.iter().map(|x| x.double())),
            dual,
        };
        let mut of_x = DVector::zeros(N);
        for (&index, &value) in self.layer.outputs.iter().zip(gradient) {
            of_x[index] += value.double();
        }
        let Some(adjoint) = relaxed.adjoint(&of_x, self.layer.smoothing) else { return f64::INFINITY };
        let rounded = |values: &[f64]| values.iter().map(|&value| T::rounded(value)).collect::<Vec<T>>();
        let (lower, upper) = (rounded(&adjoint.lower), rounded(&adjoint.upper));
        let at = (&solved.x, &solved.duals());
        self.layer.add_to_parameters(at, &rounded(&adjoint.point), (&lower, &upper), theta);
        0.0
    }

    /// Adds a sample's gradient to the shared parameters' and writes it to the batched ones'.
    fn spread(&self, theta: &[T], batched: &mut [T], shared: &mut [T]) {
        for source in &self.values.sources {
            let from = theta.get(source.offset..source.offset + source.length).unwrap_or_default();
            if source.is_shared {
                let to = shared.get_mut(source.start..).unwrap_or_default();
                for (sum, &value) in to.iter_mut().zip(from) {
                    *sum += value;
                }
            } else if let Some(to) = batched.get_mut(source.start..source.start + source.length) {
                to.copy_from_slice(from);
            }
        }
    }
}

impl<T: Number, const N: usize, const M: usize> Inner<T, N, M> {
    /// From the adjoint v of the point x with duals y, and those of the bounds, to the gradient of the parameters.
    pub(super) fn add_to_parameters(
        &self,
        (x, y): (&[T; N], &[T; M]),
        v: &[T],
        (lower, upper): (&[T], &[T]),
        theta: &mut [T],
    ) {
        let half = T::rounded(0.5);
        let maps = &self.maps;
        for term in &maps.hessian {
            let (i, j) = (usize::from(term.row), usize::from(term.column));
            add(theta, term.parameter, -(term.coefficient * half) * (v[i] * x[j] + x[i] * v[j]));
        }
        for term in &maps.linear {
            add(theta, term.parameter, -(term.coefficient * v[usize::from(term.row)]));
        }
        for run in &maps.row_runs {
            let (y, w) = (y[run.row], lower[run.row] + upper[run.row]);
            if y == T::ZERO && w == T::ZERO {
                continue;
            }
            let columns = run.column..run.column + run.length;
            let products = v[columns.clone()].iter().zip(&x[columns]).map(|(&v, &x)| y * v + w * x);
            let entries = theta.get_mut(run.parameter..run.parameter + run.length).unwrap_or_default();
            entries.iter_mut().zip(products).for_each(|(entry, product)| *entry += -(run.coefficient * product));
        }
        for (terms, adjoint) in [(&maps.lower, lower), (&maps.upper, upper)] {
            for term in terms {
                add(theta, term.parameter, term.coefficient * adjoint[usize::from(term.row)]);
            }
        }
    }
}

fn add<T: Number>(theta: &mut [T], parameter: u16, value: T) {
    if let Some(entry) = theta.get_mut(usize::from(parameter)) {
        *entry += value;
    }
}
