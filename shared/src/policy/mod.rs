//! Policy of the car: a quadratic program over a horizon, with a learned cost and the safe set as constraints.

mod cost;
mod horizon;

pub use cost::Cost;
pub use horizon::{ActiveConstraints, Decision, Memory, Parameters, decide, decide_within};

/// Steps that the shipped policy looks ahead; also its number of variables.
pub const HORIZON: usize = 10;
/// Two-sided constraints of the shipped policy: action limits, slew limits and safe set, one each a step.
pub const ROWS: usize = 3 * HORIZON;
/// Memory of the shipped policy.
pub type Horizon10 = Memory<HORIZON, ROWS>;
/// Memory of the policy that looks one step ahead, for comparison.
pub type Horizon1 = Memory<1, 3>;
