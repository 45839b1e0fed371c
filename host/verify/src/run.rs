//! Run of a solver on the problems of a family: raw results, problem by problem.

use serde::{Deserialize, Serialize};
use std::fmt::{self, Display};

/// Start of a solve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Start {
    /// All data is new, and nothing is known of the solution.
    Cold,
    /// The problem before differs in its linear term and its bounds only, and was just solved.
    Warm,
}

impl Display for Start {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.pad(match self {
            Self::Cold => "cold",
            Self::Warm => "warm",
        })
    }
}

/// One solver's work on a family; each vector has one entry for each problem.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// The solver, its number type and, where it has no exact answer, its tolerance.
    pub solver: String,
    /// Start of each solve.
    pub start: Start,
    /// Time of the fastest of the repeats, seconds.
    pub seconds: Vec<f64>,
    /// Iterations as the solver counts them.
    pub iterations: Vec<u32>,
    /// Whether the solver reports the problem as solved.
    pub solved: Vec<bool>,
    /// The points.
    pub x: Vec<Vec<f64>>,
}
