//! Control: drive the underpowered car to the goal under hard limits on speed, position and action.

pub mod attack;
pub mod bounds;
pub mod cli;
pub mod config;
pub mod demo;
pub mod discrete;
pub mod discrete_train;
pub mod environment;
pub mod evaluate;
pub mod export;
pub mod fitness;
pub mod model;
pub mod program;
pub mod record;
pub mod report;
pub mod robustness;
pub mod safe_set;
pub mod slew;
pub mod train;
pub mod transition;
