//! Conditions that no theorem covers: branch and bound on the linear relaxation.

use super::{Choice, Failure};
use crate::data::map::members;
use crate::model::reduction::Reduction;
use microlp::{ComparisonOp, Error, OptimizationDirection, Problem, SolutionStatus, SolveOutcome, Variable};
use std::collections::BTreeMap;
use std::time::Duration;

/// `sum of entries >= least` over pairs of an orbit and classes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Inequality {
    /// Orbits, classes and their factor.
    pub entries: Vec<(usize, u16, f64)>,
    /// Lower bound.
    pub least: f64,
}

/// The best classes of the orbits for weights `[orbits, 16]`.
pub(super) fn best(
    reduction: &Reduction,
    weights: &[i64],
    inequalities: &[Inequality],
    limit: Duration,
) -> Result<Choice, Failure> {
    let (mut problem, variables) = program(reduction, weights, inequalities);
    problem.set_time_limit(limit);
    match problem.solve() {
        Ok(SolveOutcome::Solution(solution)) => {
            let value = |orbit: usize, class: u8| {
                variables[16 * orbit + usize::from(class)].map_or(0.0, |variable| solution.var_value(variable))
            };
            let class = |orbit: usize| {
                let classes = members(reduction.orbits[orbit].allowed);
                classes.max_by(|&a, &b| value(orbit, a).total_cmp(&value(orbit, b))).unwrap_or(0)
            };
            let is_optimal = solution.status() == SolutionStatus::Optimal;
            Ok(((0..reduction.orbits.len()).map(class).collect(), is_optimal))
        }
        Ok(SolveOutcome::Interrupted(_)) => Err(Failure::TimedOut),
        Err(Error::Infeasible) => Err(Failure::Infeasible((0..reduction.rows.len()).collect())),
        Err(error) => Err(Failure::Solver(error.to_string())),
    }
}

/// One variable for each class of each orbit, the orbits' sums, the rows and further inequalities.
fn program(reduction: &Reduction, weights: &[i64], inequalities: &[Inequality]) -> (Problem, Vec<Option<Variable>>) {
    let mut problem = Problem::new(OptimizationDirection::Maximize);
    let largest = weights.iter().fold(1, |largest, weight| weight.abs().max(largest)) as f64;
    let mut variables = vec![None; 16 * reduction.orbits.len()];
    for (orbit, of) in reduction.orbits.iter().enumerate() {
        let mut sum = Vec::new();
        for class in members(of.allowed) {
            let place = 16 * orbit + usize::from(class);
            let variable = problem.add_binary_var(weights[place] as f64 / largest);
            variables[place] = Some(variable);
            sum.push((variable, 1.0));
        }
        problem.add_constraint(sum, ComparisonOp::Eq, 1.0);
    }
    let terms = |orbit: usize, classes: u16, factor: f64| {
        let variables = &variables;
        members(classes).filter_map(move |class| Some((variables[16 * orbit + usize::from(class)]?, factor)))
    };
    for row in &reduction.rows {
        let of = |&(orbit, weight): &(usize, usize)| terms(orbit, row.classes, weight as f64);
        let sum: Vec<(Variable, f64)> = row.members.iter().flat_map(of).collect();
        if row.least == row.most {
            problem.add_constraint(sum, ComparisonOp::Eq, row.least as f64);
        } else {
            problem.add_constraint(sum.clone(), ComparisonOp::Ge, row.least as f64);
            problem.add_constraint(sum, ComparisonOp::Le, row.most as f64);
        }
    }
    for inequality in inequalities {
        // A pair may occur twice, by mirrored cells.
        let mut sum = BTreeMap::new();
        for &(orbit, classes, factor) in &inequality.entries {
            let pairs = members(classes).map(|class| 16 * orbit + usize::from(class));
            pairs.for_each(|place| *sum.entry(place).or_insert(0.0) += factor);
        }
        let sum = sum.into_iter().filter_map(|(place, factor)| Some((variables[place]?, factor)));
        problem.add_constraint(sum.collect::<Vec<_>>(), ComparisonOp::Ge, inequality.least);
    }
    (problem, variables)
}
