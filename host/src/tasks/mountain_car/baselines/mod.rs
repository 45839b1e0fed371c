//! What the quadratic programs are compared with: reinforcement learning on burn.

pub mod agent;
pub mod clipping;
pub mod controller;
pub mod evaluation;
pub mod moments;
pub mod network;
pub mod ppo;
pub mod rollout;
