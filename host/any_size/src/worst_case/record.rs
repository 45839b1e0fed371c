//! Record of one precision and start: statuses, iterations, and the point with most iterations.

use super::solver::Solve;
use convex_edge_core::qp::{Status, operations};
use convex_edge_verify::case::Precision;
use convex_edge_verify::run::Start;
use serde::Serialize;

/// Number of solves by status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Statuses {
    /// Solved.
    pub solved: u64,
    /// Infeasible, with its certificate.
    pub infeasible: u64,
    /// Unbounded, with its direction.
    pub unbounded: u64,
    /// Without an answer.
    pub flagged: u64,
}

/// Point with the most iterations.
#[derive(Debug, Clone, PartialEq)]
pub struct Worst {
    /// Changes of the working set.
    pub iterations: u32,
    /// Parameters at that point.
    pub parameter: Vec<f64>,
    /// Where the solve before was, from which a warm one starts; nothing at the first.
    pub from: Option<Vec<f64>>,
}

/// Everything that was seen of one precision and start.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Number type.
    pub precision: Precision,
    /// Start of the solves.
    pub start: Start,
    /// Number of solves by status.
    pub statuses: Statuses,
    /// Iterations of each.
    pub iterations: Vec<u32>,
    /// The first of those with the most iterations; nothing before the first solve.
    pub worst: Option<Worst>,
    /// Most constraints in the working set at the end of a solve.
    pub working_set: usize,
}

/// A record in numbers for the table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// Number type.
    pub precision: Precision,
    /// Start of the solves.
    pub start: Start,
    /// Number of solves.
    pub samples: usize,
    /// Number of solves by status.
    pub statuses: Statuses,
    /// Iterations of a solve, median.
    pub median_iterations: u32,
    /// Iterations of a solve, maximum over the samples.
    pub sampled_max_iterations: u32,
    /// Parameters at that point.
    pub parameter: Vec<f64>,
    /// Parameters of the solve before it.
    pub from: Option<Vec<f64>>,
    /// Most constraints in the working set at the end of a solve.
    pub working_set: usize,
    /// Cap on iterations in the closed form.
    pub cap: u32,
    /// Its upper bound on multiplications and divisions of a whole solve that keeps to that cap.
    pub multiplications_bound: u64,
    /// Multiplications and divisions of one ordinary iteration with that working set.
    pub multiplications_of_an_iteration: u64,
}

impl Record {
    /// Nothing seen yet.
    pub(super) fn new(precision: Precision, start: Start) -> Self {
        let (statuses, iterations, worst, working_set) = (Statuses::default(), Vec::new(), None, 0);
        Self { precision, start, statuses, iterations, worst, working_set }
    }

    /// Adds a solve.
    pub(super) fn note(&mut self, solve: Solve, parameter: &[f64], from: Option<&[f64]>) {
        let count = match solve.status {
            Status::Solved => &mut self.statuses.solved,
            Status::Infeasible => &mut self.statuses.infeasible,
            Status::Unbounded => &mut self.statuses.unbounded,
            _ => &mut self.statuses.flagged,
        };
        *count += 1;
        self.iterations.push(solve.iterations);
        self.working_set = self.working_set.max(solve.working_set);
        if self.worst.as_ref().is_none_or(|worst| solve.iterations > worst.iterations) {
            let (parameter, from) = (parameter.to_vec(), from.map(<[f64]>::to_vec));
            self.worst = Some(Worst { iterations: solve.iterations, parameter, from });
        }
    }

    /// The numbers for a program of this size; nothing where nothing was solved.
    pub fn summary(&self, variables: usize, constraints: usize) -> Option<Summary> {
        let mut iterations = self.iterations.clone();
        iterations.sort_unstable();
        let worst = self.worst.as_ref()?;
        // The closed form takes the working set to be no larger than the cap, but a warm start's may be.
        let cap = match self.start {
            Start::Cold => worst.iterations,
            Start::Warm => worst.iterations.saturating_add(u32::try_from(self.working_set).unwrap_or(u32::MAX)),
        };
        Some(Summary {
            precision: self.precision,
            start: self.start,
            samples: iterations.len(),
            statuses: self.statuses,
            median_iterations: *iterations.get(iterations.len().saturating_sub(1) / 2)?,
            sampled_max_iterations: worst.iterations,
            parameter: worst.parameter.clone(),
            from: worst.from.clone().filter(|_| self.start == Start::Warm),
            working_set: self.working_set,
            cap,
            multiplications_bound: operations::worst_case(variables, constraints, cap),
            multiplications_of_an_iteration: operations::iteration(constraints, self.working_set),
        })
    }
}
