//! Best reachable returns with full knowledge of the plant: dynamic programs on grids, judged by exact rollouts.
//!
//! A grid's cost-to-go is only an estimate, so no number here is a certified upper bound. The rollouts drive the exact
//! plant, so each is a return that can be reached. Finer grids reach more: without a slew limit the published ones are
//! fine enough (the study's 301 positions instead of 361 change less than 0.002), with one they are not.

pub mod continuous;
pub mod discrete;
pub mod grid;
pub mod promises;
pub mod rollouts;
pub mod slew_limited;

use crate::model::safe_set::{NO_MARGINS, SafeSetError};
use crate::model::slew;
use continuous::{CostToGo, FREE, LIMITED};
use convex_edge_core::plant::mountain_car::{CONTINUOUS_TIME_LIMIT, DISCRETE_TIME_LIMIT};
use discrete::StepsToGo;
use grid::Size;
use rayon::prelude::*;
use rollouts::{Figures, Rollout};
use serde::Serialize;
use slew_limited::SlewCostToGo;

/// Gymnasium's seeds that the rollouts start from, from 0 on.
pub const EPISODES: u64 = 1000;

/// Environment and limits of an optimum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Problem {
    /// MountainCarContinuous-v0 as it is.
    Free,
    /// The same with |v| <= 0.045, x >= -1.15, |a| <= 1.
    Limited,
    /// The same with the action's change limited to 0.2 a step, too.
    SlewLimited,
    /// MountainCar-v0.
    Discrete,
}

impl Problem {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Free, Self::Limited, Self::SlewLimited, Self::Discrete];

    /// Name in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Limited => "limits",
            Self::SlewLimited => "limits, slew",
            Self::Discrete => "discrete",
        }
    }

    /// Whether there is something to violate.
    pub const fn has_limits(self) -> bool {
        matches!(self, Self::Limited | Self::SlewLimited)
    }

    /// Most rounds that its dynamic program takes.
    pub const fn rounds(self) -> u32 {
        match self {
            Self::Free | Self::Limited | Self::SlewLimited => CONTINUOUS_TIME_LIMIT,
            Self::Discrete => discrete::ROUNDS_PER_STEP * DISCRETE_TIME_LIMIT,
        }
    }
}

/// How fine the grids are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Fineness {
    /// Seconds; some hundredths below the published numbers, more in the discrete environment
    Coarse,
    /// The grids of the published numbers: minutes, and 2 GB of memory
    Published,
}

impl Fineness {
    /// The grid of a problem.
    pub const fn size(self, problem: Problem) -> Size {
        let (positions, velocities) = match (self, problem) {
            (Self::Coarse, Problem::Free | Problem::Limited) => (121, 97),
            (Self::Coarse, Problem::SlewLimited) => (61, 47),
            (Self::Coarse, Problem::Discrete) => (181, 141),
            (Self::Published, Problem::Free | Problem::Limited) => (361, 281),
            (Self::Published, Problem::SlewLimited) => (161, 129),
            (Self::Published, Problem::Discrete) => (721, 561),
        };
        Size { positions, velocities }
    }
}

/// An optimum, as near as a grid gets to it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Bound {
    /// Environment and limits.
    pub problem: Problem,
    /// Points of the grid.
    pub size: Size,
    /// Figures over its rollouts.
    #[serde(flatten)]
    pub figures: Figures,
    /// Time of the computation, s.
    pub seconds: f64,
}

/// Errors of a bound.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum BoundError {
    /// `on_round` returned false.
    #[error("stopped before the rollouts; the same command starts again")]
    Stopped,
    /// The slew kernel.
    #[error(transparent)]
    SafeSet(#[from] SafeSetError),
}

/// Solves a problem on its grid and drives the exact plant from each seed; `on_round` is called after each round of
/// the dynamic program, and ends it by returning false.
///
/// # Errors
/// [`BoundError`].
pub fn bound(problem: Problem, fineness: Fineness, on_round: &dyn Fn() -> bool) -> Result<Bound, BoundError> {
    let started = std::time::Instant::now();
    let size = fineness.size(problem);
    let rollouts = match problem {
        Problem::Free | Problem::Limited => {
            let limits = if problem == Problem::Free { FREE } else { LIMITED };
            let program = CostToGo::solve(limits, size, on_round).ok_or(BoundError::Stopped)?;
            from_all_seeds(|seed| program.rollout(seed))
        }
        Problem::SlewLimited => {
            let safe_set = slew::tables(&NO_MARGINS)?;
            let program = SlewCostToGo::solve(size, on_round).ok_or(BoundError::Stopped)?;
            from_all_seeds(|seed| program.rollout(&safe_set, seed))
        }
        Problem::Discrete => {
            let program = StepsToGo::solve(size, on_round).ok_or(BoundError::Stopped)?;
            from_all_seeds(|seed| program.rollout(seed))
        }
    };
    Ok(Bound { problem, size, figures: Figures::of(&rollouts), seconds: started.elapsed().as_secs_f64() })
}

fn from_all_seeds(rollout: impl Fn(u64) -> Rollout + Sync + Send) -> Vec<Rollout> {
    (0..EPISODES).into_par_iter().map(rollout).collect()
}
