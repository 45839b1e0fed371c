//! Control: plants against Gymnasium, the monitor, and every solve of a policy.

mod gymnasium;
mod policy_solves;
#[path = "../python.rs"]
mod python;
mod safety;
