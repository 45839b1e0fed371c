//! The families of problems, each generated the same in every run.

pub(crate) mod condensed;
mod double_integrator;
mod mass_spring;
mod pendulum;
mod quadrotor;
mod random;
mod sudoku;

use super::family::Family;
use convex_edge_core::random::Pcg64;

/// The names, in the order of the table.
pub const NAMES: [&str; 16] = [
    "mpc",
    "double-integrator",
    "random-10",
    "random-32",
    "random-64",
    "random-100",
    "n4-box",
    "n12-m60",
    "box-100",
    "sequence-32",
    "sequence-100",
    "lipmwalk",
    "whlipbal",
    "quadrotor",
    "quadrotor-states",
    "sudoku",
];

/// The family of this name; `None` where there is none, or where the reference failed while it was generated.
pub fn generate(name: &str) -> Option<Family> {
    match name {
        "mpc" => mass_spring::generate("mpc"),
        "double-integrator" => double_integrator::generate("double-integrator"),
        "random-10" => Some(random::independent("random-10", 10, 20, 128)),
        "random-32" => Some(random::independent("random-32", 32, 64, 40)),
        "random-64" => Some(random::independent("random-64", 64, 128, 30)),
        "random-100" => Some(random::independent("random-100", 100, 200, 20)),
        "n4-box" => Some(random::boxes("n4-box", 4, 200)),
        "n12-m60" => Some(random::few_active("n12-m60", 12, 60, 100)),
        "box-100" => Some(random::boxes("box-100", 100, 20)),
        "sequence-32" => Some(random::sequence("sequence-32", 32, 64, 100)),
        "sequence-100" => Some(random::sequence("sequence-100", 100, 200, 50)),
        "lipmwalk" => pendulum::walking("lipmwalk"),
        "whlipbal" => pendulum::balancing("whlipbal"),
        "quadrotor" => quadrotor::generate("quadrotor", false),
        "quadrotor-states" => quadrotor::generate("quadrotor-states", true),
        "sudoku" => Some(sudoku::generate("sudoku")),
        _ => None,
    }
}

/// Nearly a standard normal: the sum of twelve uniform numbers, so that the bits need no transcendental function.
fn nearly_normal(random: &mut Pcg64) -> f64 {
    (0..12).map(|_| random.uniform(0.0, 1.0)).sum::<f64>() - 6.0
}

#[cfg(test)]
mod tests;
