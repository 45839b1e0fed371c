//! Figures over many rollouts, the same for every bound.

use serde::Serialize;

/// One episode.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Rollout {
    /// Sum of rewards.
    pub episode_return: f64,
    /// Steps until the goal or the time limit.
    pub steps: u32,
    /// Whether the goal was reached.
    pub solved: bool,
    /// Steps that exceeded a limit of the constraint set.
    pub violations: u32,
}

/// Figures over episodes; all zero for none.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Figures {
    /// Number of episodes.
    pub episodes: usize,
    /// Number of episodes that reached the goal.
    pub solved: usize,
    /// Mean of the returns.
    pub mean_return: f64,
    /// Smallest return.
    pub min_return: f64,
    /// Standard deviation of the returns over the starts.
    pub deviation: f64,
    /// Mean of the steps.
    pub mean_steps: f64,
    /// Steps that exceeded a limit of the constraint set, of all episodes.
    pub violations: u64,
}

impl Figures {
    /// Sums up.
    pub fn of(rollouts: &[Rollout]) -> Self {
        let count = rollouts.len().max(1) as f64;
        let mean_return = rollouts.iter().map(|rollout| rollout.episode_return).sum::<f64>() / count;
        let squares = rollouts.iter().map(|rollout| (rollout.episode_return - mean_return).powi(2));
        Self {
            episodes: rollouts.len(),
            solved: rollouts.iter().filter(|rollout| rollout.solved).count(),
            mean_return,
            min_return: rollouts.iter().map(|rollout| rollout.episode_return).reduce(f64::min).unwrap_or(0.0),
            deviation: (squares.sum::<f64>() / count).sqrt(),
            mean_steps: rollouts.iter().map(|rollout| f64::from(rollout.steps)).sum::<f64>() / count,
            violations: rollouts.iter().map(|rollout| u64::from(rollout.violations)).sum(),
        }
    }
}
