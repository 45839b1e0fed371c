//! Solver state of a batch: problems and workspaces, reused from batch to batch.

use convex_edge_core::heap::boxed;
use convex_edge_core::number::Number;
use convex_edge_core::qp::{Qp, Workspace};
use convex_edge_core::real::Real;
use std::sync::{Arc, Mutex, PoisonError};

/// A problem and its factors.
#[derive(Debug)]
pub(super) struct State<T: Real, const N: usize, const M: usize> {
    pub(super) qp: Qp<T, N, M>,
    pub(super) workspace: Workspace<T, N, M>,
}

impl<T: Number, const N: usize, const M: usize> State<T, N, M> {
    /// A copy of the problem and a fresh workspace, whatever room the stack has.
    pub(super) fn boxed(qp: &Qp<T, N, M>) -> Box<Self> {
        boxed(|| Self { qp: qp.clone(), workspace: Workspace::new() })
    }
}

/// States that no batch holds at present.
pub(super) type Idle<T, const N: usize, const M: usize> = Arc<Mutex<Vec<Box<State<T, N, M>>>>>;

/// States of a batch; they go back when it is dropped.
#[derive(Debug)]
pub(super) struct Held<T: Real, const N: usize, const M: usize> {
    pub(super) states: Vec<Mutex<Box<State<T, N, M>>>>,
    idle: Idle<T, N, M>,
}

impl<T: Number, const N: usize, const M: usize> Held<T, N, M> {
    /// As many as asked for, with the constants of the problem; the others of the problem are whatever they were.
    pub(super) fn take(idle: &Idle<T, N, M>, count: usize, constants: &Qp<T, N, M>) -> Self {
        let mut states = Vec::with_capacity(count);
        {
            let mut idle = idle.lock().unwrap_or_else(PoisonError::into_inner);
            let keep = idle.len().saturating_sub(count);
            states.extend(idle.drain(keep..).map(Mutex::new));
        }
        while states.len() < count {
            states.push(Mutex::new(State::boxed(constants)));
        }
        Self { states, idle: idle.clone() }
    }
}

impl<T: Real, const N: usize, const M: usize> Drop for Held<T, N, M> {
    fn drop(&mut self) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.extend(self.states.drain(..).map(|state| state.into_inner().unwrap_or_else(PoisonError::into_inner)));
    }
}
