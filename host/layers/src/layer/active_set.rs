//! Solutions of a batch by the active-set solver that the microcontroller runs too.

use super::adjoint::Solutions;
use super::batch::{Argument, Batch, Source};
use super::margin::{output_weights, parts};
use super::softening::{Softened, soften};
use super::state::{Held, Idle, State};
use super::{Gradients, LayerError, OnFailure};
use crate::program::{Program, numbers};
use convex_edge_core::number::Number;
use convex_edge_core::program::{CONSTANT, Term, set_entries};
use convex_edge_core::qp::{Active, Qp, Settings, Solution, Status, solve_updated, solve_warm};
use nalgebra::SVector;
use rayon::prelude::*;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Samples that share a workspace where matrices are shared. Fixed, so that sums do not depend on the machine.
const CHUNK: usize = 32;

/// Fewest samples that a thread takes at once: handing them over costs about as much as solving a small one.
pub(super) const SHORTEST_TASK: usize = 8;

/// A sample before its solve.
const UNSEEN: Sample =
    Sample { status: Status::IterationLimit, softened: false, iterations: 0, margin: 0.0, dependent: false };

/// A program of N variables and M constraints as a layer, in `f32` or `f64`; see the crate's example.
#[derive(Debug, Clone)]
pub struct ActiveSetLayer<T: Number, const N: usize, const M: usize> {
    pub(super) inner: Arc<Inner<T, N, M>>,
}

/// The layer's own: what every batch reads.
#[derive(Debug)]
pub(super) struct Inner<T: Number, const N: usize, const M: usize> {
    pub(super) program: Program,
    pub(super) constants: Box<Qp<T, N, M>>,
    pub(super) maps: Maps<T>,
    /// Index in the solution of each output.
    pub(super) outputs: Vec<usize>,
    /// Constraints whose bounds, where they are equal, other parameters may part.
    pub(super) parts: [bool; M],
    /// Of the combination of outputs by which margins are measured.
    pub(super) output_weights: SVector<T, N>,
    settings: Settings<T>,
    on_failure: OnFailure,
    /// 0 for the exact gradient.
    pub(super) smoothing: f64,
    idle: Idle<T, N, M>,
    /// Working sets of the last solve of each index of a data set.
    cache: Mutex<HashMap<usize, Vec<Active>>>,
}

/// Terms with parameters, in the layer's numbers.
#[derive(Debug)]
pub(super) struct Maps<T> {
    pub(super) hessian: Vec<Term<T>>,
    pub(super) linear: Vec<Term<T>>,
    pub(super) rows: Vec<Term<T>>,
    /// The same once more, for the way back.
    pub(super) row_runs: Vec<Run<T>>,
    pub(super) lower: Vec<Term<T>>,
    pub(super) upper: Vec<Term<T>>,
}

/// Terms of neighbouring entries of a row that are neighbouring parameters, all with one coefficient.
#[derive(Debug)]
pub(super) struct Run<T> {
    pub(super) row: usize,
    /// Column of the first entry.
    pub(super) column: usize,
    /// Parameter of the first entry.
    pub(super) parameter: usize,
    pub(super) length: usize,
    pub(super) coefficient: T,
}

fn runs<T: Number>(terms: &[Term<T>]) -> Vec<Run<T>> {
    let mut runs: Vec<Run<T>> = Vec::new();
    for term in terms.iter().filter(|term| term.parameter != CONSTANT) {
        let (row, column, parameter) = (term.row.into(), usize::from(term.column), usize::from(term.parameter));
        match runs.last_mut() {
            Some(run)
                if (run.row, run.column + run.length, run.parameter + run.length) == (row, column, parameter)
                    && run.coefficient == term.coefficient =>
            {
                run.length += 1;
            }
            _ => runs.push(Run { row, column, parameter, length: 1, coefficient: term.coefficient }),
        }
    }
    runs
}

/// Report on one sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// How its solve ended; of the softened program where `softened`.
    pub status: Status,
    /// Whether the value is that of the softened program: the sample itself was not solved.
    pub softened: bool,
    /// Changes of the working set.
    pub iterations: u32,
    /// Distance from the nearest kink of the outputs, where the derivative depends on the side from which it is looked at,
    /// with each variable in units of its curvature, by each constraint alone: for `1/2 |x - p|^2` and one constraint
    /// it is how far p has to move. 0 at a kink and where the data do not determine the outputs; infinite without any kink.
    /// Below about 1e-5 in `f64` the gradient is one of several: that of the working set in which this solve ended. See
    /// [`convex_edge_core::qp::Workspace::margin`].
    pub margin: f64,
    /// Whether equalities depend on each other, so that the gradient with respect to their data is one of several.
    pub dependent: bool,
}

/// The layer's values and how each was reached.
#[derive(Debug)]
pub struct Answer<T: Number, const N: usize, const M: usize> {
    /// `[batch, outputs]` by rows, in the order of the program's outputs, entries by rows.
    pub values: Vec<T>,
    /// Reports by sample.
    pub samples: Vec<Sample>,
    solutions: Solutions<T, N, M>,
}

impl<T: Number, const N: usize, const M: usize> Answer<T, N, M> {
    /// Gradients of a loss with respect to the parameters, from those with respect to the values, `[batch, outputs]` by rows.
    /// The factors of the solves serve again: cost of a [`Workspace::sensitivity`] a sample.
    ///
    /// # Errors
    /// [`LayerError::Gradient`] where the length is another one.
    ///
    /// [`Workspace::sensitivity`]: convex_edge_core::qp::Workspace::sensitivity
    pub fn backward(&self, gradient: &[T]) -> Result<Gradients<T>, LayerError> {
        let (given, wanted) = (gradient.len(), self.values.len());
        if given != wanted {
            return Err(LayerError::Gradient { given, wanted });
        }
        Ok(self.solutions.backward(gradient))
    }
}

impl<T: Number, const N: usize, const M: usize> ActiveSetLayer<T, N, M> {
    /// Unsolved samples are an error; [`Settings::default`].
    ///
    /// # Errors
    /// [`crate::program::ProgramError::Sizes`] where N and M are not those of the program.
    pub fn new(program: Program) -> Result<Self, LayerError> {
        Self::with(program, Settings::default(), OnFailure::Error)
    }

    /// With limits of a solve, and what stands in place of a solution that there is not.
    ///
    /// # Errors
    /// [`crate::program::ProgramError::Sizes`] where N and M are not those of the program.
    pub fn with(program: Program, settings: Settings<T>, on_failure: OnFailure) -> Result<Self, LayerError> {
        Self::smoothed(program, settings, on_failure, 0.0)
    }

    /// The same, with the gradient of a relaxed program: products of slacks and duals are `smoothing` in place of 0, in the
    /// objective's units, at least 0; 0 is the exact gradient. Solutions are the exact ones. It sees constraints that are
    /// nearly active. Where one constraint is at its kink, it is the mean of both sides, in whatever units the program is
    /// written; where several are at once, it lies between theirs. It costs two dense factorizations a sample.
    ///
    /// # Errors
    /// [`crate::program::ProgramError::Sizes`] where N and M are not those of the program; [`LayerError::Smoothing`] and
    /// [`LayerError::Softness`] for numbers out of range.
    pub fn smoothed(
        program: Program,
        settings: Settings<T>,
        on_failure: OnFailure,
        smoothing: f64,
    ) -> Result<Self, LayerError> {
        if !(0.0..f64::INFINITY).contains(&smoothing) {
            return Err(LayerError::Smoothing { value: smoothing });
        }
        if let OnFailure::Soften { softness } = on_failure
            && !(softness > 0.0 && softness < f64::INFINITY)
        {
            return Err(LayerError::Softness { value: softness });
        }
        let constants = program.constants()?;
        let rows: Vec<Term<T>> = numbers(&program.rows.parametric).collect();
        let maps = Maps {
            hessian: numbers(&program.hessian.parametric).collect(),
            linear: numbers(&program.linear.parametric).collect(),
            row_runs: runs(&rows),
            rows,
            lower: numbers(&program.lower.parametric).collect(),
            upper: numbers(&program.upper.parametric).collect(),
        };
        let outputs: Vec<usize> = program.output_entries().collect();
        let output_weights = output_weights(&outputs);
        let parts = parts(&constants, &maps);
        let (idle, cache) = (Idle::default(), Mutex::default());
        Ok(Self {
            inner: Arc::new(Inner {
                program,
                constants,
                maps,
                outputs,
                parts,
                output_weights,
                settings,
                on_failure,
                smoothing,
                idle,
                cache,
            }),
        })
    }

    /// The program.
    pub fn program(&self) -> &Program {
        &self.inner.program
    }

    /// The program as an artefact for the target, with the solves for these parameters as golden vectors.
    ///
    /// # Errors
    /// [`crate::program::ProgramError::Artefact`] where it is larger than its place in flash.
    pub fn export(&self, examples: &[Vec<f32>]) -> Result<Vec<u8>, LayerError> {
        Ok(self.inner.program.export::<N, M>(examples)?)
    }

    /// The solutions with the status of each; arguments in the order of the program's parameters. With the samples' indices in
    /// a data set, each solve starts from the working set in which the last one of the same index ended.
    ///
    /// # Errors
    /// Arguments that do not fit; a sample that was not solved, where that is an error.
    pub fn solve(
        &self,
        arguments: &[Argument<'_, T>],
        indices: Option<&[usize]>,
    ) -> Result<Answer<T, N, M>, LayerError> {
        self.solve_batch(Batch::new(&self.inner.program, arguments)?, indices)
    }

    /// The same for values that are laid out already.
    ///
    /// # Errors
    /// As [`ActiveSetLayer::solve`].
    pub fn solve_batch(&self, values: Batch<T>, indices: Option<&[usize]>) -> Result<Answer<T, N, M>, LayerError> {
        let inner = &self.inner;
        let batch = values.size;
        if let Some(indices) = indices.filter(|indices| indices.len() != batch) {
            return Err(LayerError::Batch { first: batch, second: indices.len() });
        }
        let starts: Vec<Vec<Active>> = match indices {
            Some(indices) => {
                let cache = inner.cache.lock().unwrap_or_else(PoisonError::into_inner);
                indices.iter().map(|index| cache.get(index).cloned().unwrap_or_default()).collect()
            }
            None => vec![Vec::new(); batch],
        };
        let solutions = inner.solve_all(values, starts);
        if let Some(indices) = indices {
            let mut cache = inner.cache.lock().unwrap_or_else(PoisonError::into_inner);
            for (&index, solved) in indices.iter().zip(&solutions.solved) {
                let working_set = solved.active.iter().map(|&(active, _)| active).collect();
                cache.insert(index, working_set);
            }
        }
        let samples: Vec<Sample> = solutions.solved.iter().map(|solved| solved.sample).collect();
        if let (OnFailure::Error, Some(sample)) =
            (inner.on_failure, samples.iter().position(|sample| sample.status != Status::Solved))
        {
            return Err(LayerError::Unsolved { sample, status: samples[sample].status });
        }
        let mut data = Vec::with_capacity(batch * inner.outputs.len());
        for solved in &solutions.solved {
            data.extend(inner.outputs.iter().map(|&index| solved.x.get(index).copied().unwrap_or(T::ZERO)));
        }
        Ok(Answer { values: data, samples, solutions })
    }
}

/// Data of one sample for the backward pass.
#[derive(Debug)]
pub(super) struct Solved<T: Number, const N: usize, const M: usize> {
    pub(super) sample: Sample,
    /// Zeros where there is no solution.
    pub(super) x: [T; N],
    /// Working set with its duals.
    pub(super) active: Vec<(Active, T)>,
    /// The softened program, where that is what was solved.
    pub(super) softened: Option<Mutex<Softened<T, N, M>>>,
}

impl<T: Number, const N: usize, const M: usize> Inner<T, N, M> {
    /// Whether the matrices are the same for the whole batch.
    fn has_shared_matrices(&self, values: &Batch<T>) -> bool {
        let is_shared = |term: &Term<T>| {
            let parameter = usize::from(term.parameter);
            let holds = |source: &&Source| (source.offset..source.offset + source.length).contains(&parameter);
            values.sources.iter().find(holds).is_none_or(|source| source.is_shared)
        };
        self.maps.hessian.iter().chain(&self.maps.rows).all(is_shared)
    }

    fn solve_all(self: &Arc<Self>, values: Batch<T>, starts: Vec<Vec<Active>>) -> Solutions<T, N, M> {
        let shared_matrices = self.has_shared_matrices(&values);
        let chunk = if shared_matrices { CHUNK } else { 1 };
        let held = Held::take(&self.idle, values.size.div_ceil(chunk), &self.constants);
        let length = self.program.parameter_length();
        let mut solved: Vec<Solved<T, N, M>> = starts.iter().map(|_| Solved::nothing(UNSEEN)).collect();
        let chunks = solved.par_chunks_mut(chunk).zip(starts.par_chunks(chunk)).zip(&held.states).enumerate();
        chunks.with_min_len(SHORTEST_TASK.div_ceil(chunk)).for_each_init(
            || values.room(length),
            |room, (index, ((solved, starts), state))| {
                let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
                for (i, (solved, start)) in solved.iter_mut().zip(starts).enumerate() {
                    let theta = values.of(index * chunk + i, room);
                    *solved = self.solve_one(&mut state, theta, start, shared_matrices && i > 0);
                }
            },
        );
        Solutions { layer: self.clone(), values, held, chunk, solved }
    }

    /// Solves a sample; the matrices are already there if they are those of the sample before.
    fn solve_one(
        &self,
        state: &mut State<T, N, M>,
        theta: &[T],
        start: &[Active],
        same_matrices: bool,
    ) -> Solved<T, N, M> {
        let State { qp, workspace } = state;
        if !same_matrices {
            set_entries(&mut qp.hessian, self.maps.hessian.iter().copied(), theta);
            set_entries(&mut qp.rows, self.maps.rows.iter().copied(), theta);
        }
        set_entries(&mut qp.linear, self.maps.linear.iter().copied(), theta);
        set_entries(&mut qp.lower, self.maps.lower.iter().copied(), theta);
        set_entries(&mut qp.upper, self.maps.upper.iter().copied(), theta);
        workspace.set_working_set(start);
        let solution = if same_matrices {
            workspace.set_vectors(qp);
            solve_updated(qp, workspace, &self.settings)
        } else {
            solve_warm(qp, workspace, &self.settings)
        };
        let status = solution.status;
        let mut solved = Solved::of(&solution);
        if status == Status::Solved {
            solved.sample.dependent = workspace.has_dependent_equalities();
            solved.sample.margin = self.margin(state, &solved, &self.parts);
            return solved;
        }
        match self.on_failure {
            OnFailure::Soften { softness } if !matches!(status, Status::NotFinite | Status::NotConvex) => {
                self.soften(qp, T::rounded(softness)).unwrap_or_else(|| Solved::nothing(solved.sample))
            }
            _ => Solved::nothing(solved.sample),
        }
    }

    /// The solution of the softened program.
    #[cold]
    fn soften(&self, qp: &Qp<T, N, M>, softness: T) -> Option<Solved<T, N, M>> {
        let mut softened = soften(qp, softness, &self.settings)?;
        let State { qp, workspace } = &mut *softened.state;
        // Solved once more, from its own working set: the solution borrows the workspace.
        let mut solved = Solved::of(&solve_warm(qp, workspace, &self.settings));
        let mut parts = self.parts;
        // Those have kinks of their own.
        softened.reversed.iter().for_each(|it| parts[it.row] = false);
        solved.sample.margin = self.margin(&mut softened.state, &solved, &parts).min(softened.margin);
        solved.sample.softened = true;
        solved.softened = Some(Mutex::new(softened));
        Some(solved)
    }
}

impl<T: Number, const N: usize, const M: usize> Solved<T, N, M> {
    /// Dual variables by constraint.
    pub(super) fn duals(&self) -> [T; M] {
        let mut duals = [T::ZERO; M];
        for &(active, dual) in &self.active {
            duals[active.constraint()] = dual;
        }
        duals
    }

    fn of(solution: &Solution<'_, T, N, M>) -> Self {
        let dual = |&active: &Active| {
            let (mut active, dual) = (active, solution.dual.as_slice()[active.constraint()]);
            if dual != T::ZERO {
                // Of bounds that are equal, the one that is pressed against.
                active.upper = dual > T::ZERO;
            }
            (active, dual)
        };
        let (status, iterations) = (solution.status, solution.iterations);
        let sample = Sample { status, softened: false, iterations, margin: 0.0, dependent: false };
        let active = solution.working_set.iter().map(dual).collect();
        Self { sample, x: solution.x.data.0[0], active, softened: None }
    }

    /// Zeros in place of what was not solved.
    fn nothing(sample: Sample) -> Self {
        Self { sample, x: [T::ZERO; N], active: Vec::new(), softened: None }
    }
}
