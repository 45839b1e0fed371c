//! Baselines of MountainCar under limits, and their comparison over seeds.

pub mod baselines;
pub mod compare;
pub mod comparison_page;
mod curves;
pub mod head;
pub mod peers;
pub mod terminal_value;
