//! Solver of a set's problems: the same calls on both sides.

use super::{ProblemSet, Start, WORD};
use crate::qp::{Qp, Settings, Solution, Workspace, solve, solve_updated, update_bounds, update_linear};
use nalgebra::SVector;

/// A problem, and what solves it. About 10 to 60 kilobytes: put it into a static.
pub struct Solver<const N: usize, const M: usize> {
    qp: Qp<f32, N, M>,
    workspace: Workspace<f32, N, M>,
    start: Start,
    linear: SVector<f32, N>,
    lower: SVector<f32, M>,
    upper: SVector<f32, M>,
    x: SVector<f32, N>,
}

impl<const N: usize, const M: usize> Solver<N, M> {
    /// Bytes of the problem, and of the solver's workspace.
    pub const BYTES: [usize; 2] = [size_of::<Qp<f32, N, M>>(), size_of::<Workspace<f32, N, M>>()];

    /// No problem yet.
    pub const fn new() -> Self {
        let zero = Qp::zero();
        let (linear, lower, upper, x) = (zero.linear, zero.lower, zero.upper, zero.linear);
        Self { qp: Qp::zero(), workspace: Workspace::new(), start: Start::New, linear, lower, upper, x }
    }

    /// Takes what all problems of a set share, and its factors: as after a solve, with an empty working set.
    pub fn prepare(&mut self, set: &ProblemSet<N, M>) {
        self.qp.bounds = set.bounds;
        self.take_matrices(set.problem(0).0);
        self.load(set, 0);
        self.start = Start::New;
        self.solve();
        self.workspace.clear();
        self.start = set.start;
    }

    /// Lays the data of problem `index` ready.
    pub fn load(&mut self, set: &ProblemSet<N, M>, index: usize) {
        let (matrices, vectors) = set.problem(index);
        if set.start == Start::New {
            self.take_matrices(matrices);
        }
        copy(vectors, self.linear.iter_mut().chain(self.lower.iter_mut()).chain(self.upper.iter_mut()));
    }

    fn take_matrices(&mut self, numbers: &[[u8; WORD]]) {
        copy(numbers, self.qp.hessian.iter_mut().chain(self.qp.rows.iter_mut()));
    }

    /// Takes over the vectors laid ready, solves, and copies the point out: what a control cycle costs.
    #[inline(never)]
    pub fn solve(&mut self) -> Solution<'_, f32, N, M> {
        let (qp, workspace, settings) = (&mut self.qp, &mut self.workspace, Settings::default());
        let solution = match self.start {
            Start::New => {
                (qp.linear, qp.lower, qp.upper) = (self.linear, self.lower, self.upper);
                solve(qp, workspace, &settings)
            }
            Start::Cold | Start::Warm => {
                if self.start == Start::Cold {
                    workspace.clear();
                }
                update_linear(qp, workspace, &self.linear);
                update_bounds(qp, workspace, &self.lower, &self.upper);
                solve_updated(qp, workspace, &settings)
            }
        };
        self.x = *solution.x;
        solution
    }
}

impl<const N: usize, const M: usize> Default for Solver<N, M> {
    fn default() -> Self {
        Self::new()
    }
}

fn copy<'a>(from: &[[u8; WORD]], to: impl Iterator<Item = &'a mut f32>) {
    for (to, &from) in to.zip(from) {
        *to = f32::from_le_bytes(from);
    }
}
