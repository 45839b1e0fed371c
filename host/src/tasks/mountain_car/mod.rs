//! Control: drive the underpowered car to the goal under hard limits on speed, position and action.

pub mod attack;
pub mod baselines;
pub mod bounds;
pub mod compare;
pub mod config;
pub mod environment;
pub mod evaluate;
pub mod export;
pub mod head;
pub mod model;
pub mod peers;
pub mod program;
pub mod safe_set;
pub mod slew;
pub mod train;
