//! Reads the trajectories that `reference.py` wrote (the format is there) and replays them on the plant.

use convex_edge_core::plant::mountain_car::{Dynamics, MountainCar, MountainCarContinuous, Outcome, Push};

/// A replay and its result.
#[derive(Debug, Default)]
pub struct Replay {
    /// Transitions of MountainCarContinuous-v0.
    pub continuous: usize,
    /// Transitions of MountainCar-v0.
    pub discrete: usize,
    /// Resets of both.
    pub resets: usize,
    /// Transitions that ended neither way, by termination, by truncation, by both at once.
    pub ends: [usize; 4],
    /// Transitions to the left wall.
    pub at_wall: usize,
    /// Transitions to the right end of the track.
    pub at_end: usize,
    /// Transitions at the largest speed.
    pub at_top_speed: usize,
    /// Continuous transitions with a push beyond the limits.
    pub beyond_limits: usize,
    /// Observations, rewards or ends that differ in any bit; a NaN equals a NaN.
    pub different: usize,
    /// Place of the first difference.
    pub first_difference: Option<Difference>,
}

/// A reset (step 0) or transition that differs from Gymnasium's.
#[derive(Debug)]
#[allow(dead_code, reason = "read by Debug when the test fails")]
pub struct Difference {
    seed: u64,
    step: usize,
    action: f32,
    gymnasium: Outcome,
    plant: Outcome,
}

/// Replays every episode of a file; `None` where the file is not whole.
pub fn replay(mut file: &[u8]) -> Option<Replay> {
    let mut replay = Replay::default();
    while !file.is_empty() {
        episode(&mut file, &mut replay)?;
    }
    Some(replay)
}

enum Car {
    Continuous(MountainCarContinuous),
    Discrete(MountainCar),
}

fn episode(file: &mut &[u8], replay: &mut Replay) -> Option<()> {
    let mut car = match take(file).map(u8::from_le_bytes)? {
        0 => Car::Continuous(MountainCarContinuous::new(Dynamics::default())),
        1 => Car::Discrete(MountainCar::new()),
        _ => return None,
    };
    let seed = take(file).map(u64::from_le_bytes)?;
    let started = |observation| Outcome { observation, reward: 0.0, terminated: false, truncated: false };
    let gymnasium = started([float(file)?, float(file)?]);
    let plant = started(match &mut car {
        Car::Continuous(car) => car.reset(seed),
        Car::Discrete(car) => car.reset(seed),
    });
    replay.resets += 1;
    replay.compare(Difference { seed, step: 0, action: 0.0, gymnasium, plant });
    for step in 1..=take(file).map(u32::from_le_bytes)? as usize {
        let action = float(file)?;
        let observation = [float(file)?, float(file)?];
        let reward = take(file).map(f64::from_le_bytes)?;
        let end = take(file).map(u8::from_le_bytes)?;
        let gymnasium = Outcome { observation, reward, terminated: end & 1 != 0, truncated: end & 2 != 0 };
        let plant = match &mut car {
            Car::Continuous(car) => car.step(action),
            Car::Discrete(car) => car.step(push(action)?),
        };
        match car {
            Car::Continuous(_) => replay.continuous += 1,
            Car::Discrete(_) => replay.discrete += 1,
        }
        *replay.ends.get_mut(usize::from(end))? += 1;
        replay.at_wall += usize::from(observation[0] == -1.2);
        replay.at_end += usize::from(observation[0] == 0.6);
        replay.at_top_speed += usize::from(observation[1].abs() == 0.07);
        replay.beyond_limits += usize::from(matches!(car, Car::Continuous(_)) && action.abs() > 1.0);
        replay.compare(Difference { seed, step, action, gymnasium, plant });
    }
    Some(())
}

impl Replay {
    fn compare(&mut self, pair: Difference) {
        let [ours, theirs] = [&pair.plant, &pair.gymnasium].map(|outcome| {
            let [position, velocity] = outcome.observation.map(|value| bits(value.into()));
            (position, velocity, bits(outcome.reward), outcome.terminated, outcome.truncated)
        });
        if ours != theirs {
            self.different += 1;
            self.first_difference.get_or_insert(pair);
        }
    }
}

/// The bits; the same for every NaN, since their sign and payload differ between processors. An f32 may come as f64.
fn bits(value: f64) -> u64 {
    if value.is_nan() { f64::NAN.to_bits() } else { value.to_bits() }
}

fn push(action: f32) -> Option<Push> {
    [(0.0, Push::Left), (1.0, Push::None), (2.0, Push::Right)].into_iter().find(|(a, _)| *a == action).map(|(_, p)| p)
}

fn float(file: &mut &[u8]) -> Option<f32> {
    take(file).map(f32::from_le_bytes)
}

fn take<const BYTES: usize>(file: &mut &[u8]) -> Option<[u8; BYTES]> {
    let (bytes, rest) = file.split_first_chunk()?;
    *file = rest;
    Some(*bytes)
}
