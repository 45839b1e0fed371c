//! How a solve ended.

use postcard_schema::Schema;
use serde::{Deserialize, Serialize};

/// How a solve ended. Only [`Status::Solved`] comes with a point that passed the KKT test in the original data;
/// with every other status the numbers are for diagnosis, and a controller takes its fallback.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, Schema)]
pub enum Status {
    /// Stationarity, feasibility, signs and complementarity hold in the original data to the tolerance.
    Solved,
    /// The cap on iterations struck first; raise it or start warm. [`super::anytime`] has the best feasible point so far.
    IterationLimit,
    /// No point satisfies the hard rows; the Farkas certificate was checked in the original data.
    Infeasible,
    /// A NaN in the data, an infinity where a number is needed, or an overflow on the way.
    NotFinite,
    /// The Hessian is not symmetric or not positive semidefinite in this precision.
    NotConvex,
    /// The working set is optimal but the KKT test fails even after refinement: too ill-conditioned for this
    /// precision. Also the state of a workspace before its first solve.
    #[default]
    Inaccurate,
    /// The objective falls for ever along a direction that the hard rows allow; this was checked in the original data.
    Unbounded,
    /// The deadline passed first; [`super::anytime`] has the best feasible point so far.
    DeadlinePassed,
}
