//! Baselines of the quadratic programs: reinforcement learning on burn, and random search.

pub mod agent;
pub mod ars;
pub mod clipping;
pub mod controller;
pub mod episodes;
pub mod evaluation;
pub mod moments;
pub mod network;
pub mod policy;
pub mod ppo;
pub mod replay;
pub mod rollout;
pub mod sac;
pub mod squashed;
pub mod stable_baselines3;
pub mod training;
