//! Control: drive the underpowered car to the goal under hard limits on speed, position and action.

pub mod attack;
pub mod baselines;
pub mod bounds;
pub mod compare;
pub mod config;
pub mod discrete;
pub mod discrete_train;
pub mod environment;
pub mod evaluate;
pub mod export;
pub mod fitness;
pub mod head;
pub mod model;
pub mod peers;
pub mod program;
pub mod record;
pub mod robustness;
pub mod safe_set;
pub mod slew;
pub mod terminal_value;
pub mod train;
pub mod transition;
