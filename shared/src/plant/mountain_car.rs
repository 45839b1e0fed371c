//! Gymnasium 1.4's MountainCarContinuous-v0 and MountainCar-v0 under NumPy 2, bit for bit.
//!
//! The bits hang on details that look like accidents: after a reset the continuous car is in f64, from its first
//! step on in f32; a push within the limits is rounded twice, one beyond them once; the reward charges the action
//! as it was asked for, not as it was applied. The discrete car stays in f64 and only shows itself in f32.
//! A test replays trajectories of the real Gymnasium.
//!
//! libm's cosine differs from glibc's in the last bit for 0.08 % of the angles. In the moving continuous car that
//! never shows: every f32 angle was tried with Gymnasium's gravity. The discrete car's f64 state can differ in its
//! last bit, which its f32 observation hides but for a freak of rounding.

use crate::math::cos_f64;
use crate::random::Pcg64;
use core::ops::{Add, Neg};

/// Gymnasium's gravity: velocity lost to the steepest slope, per step.
pub const GRAVITY: f64 = 0.0025;

/// Gymnasium's power: velocity gained by a full push, per step.
pub const POWER: f64 = 0.0015;

/// The wall: the car stops here.
pub const POSITION_MIN: f64 = -1.2;

/// The right end of the track; the car is held here but keeps its velocity.
pub const POSITION_MAX: f64 = 0.6;

/// Largest speed, position per step.
pub const SPEED_MAX: f64 = 0.07;

/// Where the continuous car has arrived, unless it rolls back.
pub const CONTINUOUS_GOAL: f64 = 0.45;

/// Where the discrete car has arrived, unless it rolls back.
pub const DISCRETE_GOAL: f64 = 0.5;

/// Steps after which an episode of the continuous car is truncated.
pub const CONTINUOUS_TIME_LIMIT: u32 = 999;

/// Steps after which an episode of the discrete car is truncated.
pub const DISCRETE_TIME_LIMIT: u32 = 200;

/// A reset puts the car at rest, uniformly between these positions.
const START: (f64, f64) = (-0.6, -0.4);

/// Position of the car before its first reset.
const UNSEEDED_START: f64 = -0.5;

const CONTINUOUS_F64: Track<f64> =
    Track { start: POSITION_MIN, end: POSITION_MAX, speed: SPEED_MAX, goal: CONTINUOUS_GOAL };
const CONTINUOUS_F32: Track<f32> = Track {
    start: POSITION_MIN as f32,
    end: POSITION_MAX as f32,
    speed: SPEED_MAX as f32,
    goal: CONTINUOUS_GOAL as f32,
};
const DISCRETE_F64: Track<f64> =
    Track { start: POSITION_MIN, end: POSITION_MAX, speed: SPEED_MAX, goal: DISCRETE_GOAL };

/// What moves the continuous car: each step adds `power * action - gravity * cos(3 * position)` to its velocity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dynamics {
    /// Velocity lost to the steepest slope, per step.
    pub gravity: f64,
    /// Velocity gained by a full push, per step.
    pub power: f64,
}

impl Dynamics {
    /// Gymnasium's, times the given factors; 1 gives exactly Gymnasium's.
    pub fn scaled(gravity: f32, power: f32) -> Self {
        let nominal = Self::default();
        Self { gravity: nominal.gravity * f64::from(gravity), power: nominal.power * f64::from(power) }
    }
}

impl Default for Dynamics {
    fn default() -> Self {
        Self { gravity: GRAVITY, power: POWER }
    }
}

/// Outcome of a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcome {
    /// Position, -1.2 to 0.6, and velocity, -0.07 to 0.07.
    pub observation: [f32; 2],
    /// Reward of this step.
    pub reward: f64,
    /// The car is at the goal.
    pub terminated: bool,
    /// The time limit is reached; the car may be at the goal as well.
    pub truncated: bool,
}

/// MountainCarContinuous-v0.
///
/// After the end of an episode nothing stops: as in Gymnasium, which leaves it undefined, the car rolls on by the
/// same rules, and `truncated` stays true from the time limit to the next reset.
#[derive(Debug, Clone, PartialEq)]
pub struct MountainCarContinuous {
    dynamics: Dynamics,
    state: State,
    steps: u32,
}

/// NumPy keeps the reset in f64 and every later state in f32.
#[derive(Debug, Clone, Copy, PartialEq)]
enum State {
    AtRest { position: f64 },
    Moving { position: f32, velocity: f32 },
}

impl MountainCarContinuous {
    /// A car at rest at -0.5; episodes start with [`reset`](Self::reset).
    pub const fn new(dynamics: Dynamics) -> Self {
        Self { dynamics, state: State::AtRest { position: UNSEEDED_START }, steps: 0 }
    }

    /// Starts the episode of Gymnasium's `reset(seed=seed)` and gives its first observation: position and velocity.
    pub fn reset(&mut self, seed: u64) -> [f32; 2] {
        let position = start(seed);
        self.state = State::AtRest { position };
        self.steps = 0;
        [position as f32, 0.0]
    }

    /// One step with this push, clipped to -1 to 1; the reward is -0.1 times the square of the push as given, plus
    /// 100 at the goal.
    ///
    /// A NaN does what it does in Gymnasium: state and reward are NaN, the state until the next reset, and the
    /// episode ends at its time limit.
    pub fn step(&mut self, action: f32) -> Outcome {
        let (position, velocity, terminated) = match self.state {
            State::AtRest { position } => {
                let change = self.velocity_change(action, 3.0 * position);
                let (position, velocity, terminated) = CONTINUOUS_F64.advance(position, 0.0, change);
                (position as f32, velocity as f32, terminated)
            }
            State::Moving { position, velocity } => {
                let change = self.velocity_change(action, f64::from(3.0 * position));
                CONTINUOUS_F32.advance(position, velocity, change as f32)
            }
        };
        self.state = State::Moving { position, velocity };
        self.steps = self.steps.saturating_add(1);
        let bonus = if terminated { 100.0 } else { 0.0 };
        // The square of an f32 is exact in f64, so this is pow(action, 2).
        let effort = f64::from(action) * f64::from(action);
        Outcome {
            observation: [position, velocity],
            reward: bonus - effort * 0.1,
            terminated,
            truncated: self.steps >= CONTINUOUS_TIME_LIMIT,
        }
    }

    /// A clipped push is a Python float and is computed in f64, any other stays in f32.
    fn velocity_change(&self, action: f32, angle: f64) -> f64 {
        let Dynamics { gravity, power } = self.dynamics;
        let slope = gravity * cos_f64(angle);
        if action > 1.0 {
            power - slope
        } else if action < -1.0 {
            -power - slope
        } else {
            f64::from(action * power as f32 - slope as f32)
        }
    }
}

/// Actions of the discrete car.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Push {
    /// Gymnasium's action 0.
    Left,
    /// Gymnasium's action 1.
    None,
    /// Gymnasium's action 2.
    Right,
}

/// MountainCar-v0. After the end of an episode it behaves as [`MountainCarContinuous`] does.
#[derive(Debug, Clone, PartialEq)]
pub struct MountainCar {
    position: f64,
    velocity: f64,
    steps: u32,
}

impl MountainCar {
    /// A car at rest at -0.5; episodes start with [`reset`](Self::reset).
    pub const fn new() -> Self {
        Self { position: UNSEEDED_START, velocity: 0.0, steps: 0 }
    }

    /// Starts the episode of Gymnasium's `reset(seed=seed)` and gives its first observation: position and velocity.
    pub fn reset(&mut self, seed: u64) -> [f32; 2] {
        *self = Self { position: start(seed), ..Self::new() };
        [self.position as f32, 0.0]
    }

    /// One step with this push; the reward is -1, whatever happens.
    pub fn step(&mut self, push: Push) -> Outcome {
        let push = match push {
            Push::Left => -0.001,
            Push::None => 0.0,
            Push::Right => 0.001,
        };
        let change = push + cos_f64(3.0 * self.position) * -0.0025;
        let (position, velocity, terminated) = DISCRETE_F64.advance(self.position, self.velocity, change);
        *self = Self { position, velocity, steps: self.steps.saturating_add(1) };
        Outcome {
            observation: [position as f32, velocity as f32],
            reward: -1.0,
            terminated,
            truncated: self.steps >= DISCRETE_TIME_LIMIT,
        }
    }
}

impl Default for MountainCar {
    fn default() -> Self {
        Self::new()
    }
}

fn start(seed: u64) -> f64 {
    let (low, high) = START;
    Pcg64::from_seed(seed).uniform(low, high)
}

/// Where the car can be and how fast, in the precision of its state.
struct Track<T> {
    start: T,
    end: T,
    speed: T,
    goal: T,
}

impl<T: Copy + Default + PartialOrd + Add<Output = T> + Neg<Output = T>> Track<T> {
    /// The new position and velocity, and whether the car has arrived. A NaN passes every limit.
    fn advance(&self, position: T, velocity: T, change: T) -> (T, T, bool) {
        let rest = T::default();
        let velocity = clip(velocity + change, -self.speed, self.speed);
        let position = clip(position + velocity, self.start, self.end);
        let velocity = if position == self.start && velocity < rest { rest } else { velocity };
        (position, velocity, position >= self.goal && velocity >= rest)
    }
}

fn clip<T: PartialOrd>(value: T, low: T, high: T) -> T {
    if value > high {
        high
    } else if value < low {
        low
    } else {
        value
    }
}
