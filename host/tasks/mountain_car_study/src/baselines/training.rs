//! Training progress and errors, the same for all baselines.

use super::policy::Policy;
use convex_edge_burn::LayerError;

/// State of a training for its progress bar.
#[derive(Debug)]
pub struct Progress<'a> {
    /// Steps so far.
    pub steps: usize,
    /// Steps so far that exceeded a limit.
    pub violations: u64,
    /// The policy at this time.
    pub policy: &'a Policy,
}

/// Errors of a training.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// The networks' output is not finite, or the head's program is not sound.
    #[error("training diverged: {0}; make the learning rate smaller")]
    Layer(#[from] LayerError),
    /// Ctrl-C.
    #[error("interrupted; the same command begins this run anew and keeps the finished ones")]
    Interrupted,
}
