//! Adversaries: policies that try to break the limits.

use convex_edge_core::random::Pcg64;

/// Steps for which a random push is held: long enough to build up speed.
const HELD_STEPS: u32 = 37;

/// A policy that pays no heed to the limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adversary {
    /// Uniform over the action range.
    Uniform,
    /// Full push in the direction of motion.
    Pump,
    /// Full push to the left.
    Left,
    /// Full push to the right.
    Right,
    /// Full push to a random side for some steps.
    Held,
    /// Normal with standard deviation 3: mostly beyond the action range.
    Gaussian,
    /// A hundred times the pump.
    FarBeyond,
    /// Pumps until it is near the wall, then pushes into it.
    Wall,
    /// Pumps up the right hill, then pushes back down from it.
    RollBack,
}

impl Adversary {
    /// Every one.
    pub const ALL: [Self; 9] = [
        Self::Uniform,
        Self::Pump,
        Self::Left,
        Self::Right,
        Self::Held,
        Self::Gaussian,
        Self::FarBeyond,
        Self::Wall,
        Self::RollBack,
    ];

    /// Name in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Uniform => "uniform",
            Self::Pump => "pump",
            Self::Left => "left",
            Self::Right => "right",
            Self::Held => "held",
            Self::Gaussian => "gaussian",
            Self::FarBeyond => "100 x pump",
            Self::Wall => "wall",
            Self::RollBack => "roll back",
        }
    }

    /// What it wants, given what it sees, the steps of the episode so far and what it wanted last.
    pub fn action(self, [position, velocity]: [f32; 2], step: u32, last: f32, random: &mut Pcg64) -> f32 {
        let pump = if velocity >= 0.0 { 1.0 } else { -1.0 };
        match self {
            Self::Uniform => random.uniform(-1.0, 1.0) as f32,
            Self::Pump => pump,
            Self::Left => -1.0,
            Self::Right => 1.0,
            Self::Held if !step.is_multiple_of(HELD_STEPS) => last,
            Self::Held => random.uniform(-1.0, 1.0).signum() as f32,
            Self::Gaussian => 3.0 * normal(random) as f32,
            Self::FarBeyond => 100.0 * pump,
            Self::Wall if position < -0.9 => -1.0,
            Self::Wall => pump,
            Self::RollBack if velocity > 0.0 && position < 0.3 => 1.0,
            Self::RollBack => -1.0,
        }
    }
}

/// Standard normal, by Box and Muller.
fn normal(random: &mut Pcg64) -> f64 {
    let radius = (-2.0 * (1.0 - random.uniform(0.0, 1.0)).ln()).sqrt();
    radius * random.uniform(0.0, std::f64::consts::TAU).cos()
}
