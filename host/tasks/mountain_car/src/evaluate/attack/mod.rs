//! Attack on the safety filter by adversaries, on every plant that the filter was made for.
//!
//! Nine adversaries ask for actions, the filter answers with the nearest safe one, the exact plant moves. An episode
//! that ends at the goal or the time limit is followed by the next seed's, until the steps are done.

pub mod plants;
pub mod policies;
pub mod promises;

use crate::data::environment::Environment;
use crate::model::safe_set::{self, SafeSetError};
use crate::model::slew::{self, SLEW_LIMIT, SlewSafeSet};
use convex_edge_core::episode::Scenario;
use convex_edge_core::random::Pcg64;
use convex_edge_core::safety::{ACTION_LIMIT, Interval, POSITION_LIMIT, SPEED_LIMIT, SafeSet};
use plants::Plant;
use policies::Adversary;
use serde::Serialize;

/// The whole range of actions.
const RANGE: Interval = Interval { lower: -ACTION_LIMIT, upper: ACTION_LIMIT };
/// Keeps an adversary's choices apart from resets and noise, which take small seeds.
const STREAM: u64 = u64::from_be_bytes(*b"attack_1");

/// Filter between a policy and the plant.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// Only the action limits: the control that shows that the attack bites.
    None,
    /// The safe set.
    SafeSet(Box<SafeSet>),
    /// The safe set under the slew limit.
    Slew(SlewSafeSet),
}

impl Filter {
    /// The one that a plant is to be driven with.
    ///
    /// # Errors
    /// [`SafeSetError`].
    pub fn of(plant: &Plant) -> Result<Self, SafeSetError> {
        Ok(if plant.slew {
            Self::Slew(slew::tables(&plant.margins)?)
        } else {
            Self::SafeSet(Box::new(safe_set::tables(&plant.margins)?))
        })
    }

    /// The actions that there are after the last one, safe or not.
    fn possible(&self, last: f32) -> Interval {
        match self {
            Self::None | Self::SafeSet(_) => RANGE,
            Self::Slew(_) => slew::reachable(last),
        }
    }

    /// The actions that it lets through.
    fn actions(&self, observation: [f32; 2], last: f32) -> Interval {
        match self {
            Self::None => RANGE,
            Self::SafeSet(safe_set) => safe_set.actions(observation),
            Self::Slew(safe_set) => safe_set.actions(observation, last),
        }
    }
}

/// Counts of an attack.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Counts {
    /// All steps.
    pub steps: u64,
    /// Episodes that ended at the goal or the time limit.
    pub episodes: u64,
    /// Those at the goal.
    pub goals: u64,
    /// Steps after which the speed was too high.
    pub speed_violations: u64,
    /// Steps after which the car was too near to the wall.
    pub position_violations: u64,
    /// Steps whose action was beyond the action limits or, where there is one, the slew limit.
    pub action_violations: u64,
    /// Steps in which fewer actions were safe than possible.
    pub narrowed: u64,
    /// Steps in which another action was applied than the possible one nearest to the adversary's.
    pub moved: u64,
    /// Largest speed.
    pub largest_speed: f32,
    /// Smallest position.
    pub smallest_position: f32,
}

impl Counts {
    /// Those of several attacks.
    pub fn sum<'a>(all: impl IntoIterator<Item = &'a Self>) -> Self {
        all.into_iter().fold(Self::default(), |sum, counts| Self {
            steps: sum.steps + counts.steps,
            episodes: sum.episodes + counts.episodes,
            goals: sum.goals + counts.goals,
            speed_violations: sum.speed_violations + counts.speed_violations,
            position_violations: sum.position_violations + counts.position_violations,
            action_violations: sum.action_violations + counts.action_violations,
            narrowed: sum.narrowed + counts.narrowed,
            moved: sum.moved + counts.moved,
            largest_speed: sum.largest_speed.max(counts.largest_speed),
            smallest_position: sum.smallest_position.min(counts.smallest_position),
        })
    }

    /// Of every kind; a step may count more than once.
    pub fn violations(&self) -> u64 {
        self.speed_violations + self.position_violations + self.action_violations
    }
}

/// Runs an adversary for so many steps.
pub fn attack(plant: &Plant, filter: &Filter, adversary: Adversary, steps: u64) -> Counts {
    let mut random = Pcg64::from_seed(STREAM ^ adversary as u64);
    let mut counts = Counts::default();
    let mut seed = 0;
    while counts.steps < steps {
        let (gravity, power) = plant.corners[seed as usize % plant.corners.len()];
        let scenario = Scenario { seed, gravity, power, noise: plant.noise };
        let mut environment = Environment::start(&scenario, plant.delay);
        let (mut wish, mut last) = (0.0, 0.0);
        while !environment.episode.over && counts.steps < steps {
            let observation = environment.observe();
            wish = adversary.action(observation, environment.episode.steps, wish, &mut random);
            let (possible, safe) = (filter.possible(last), filter.actions(observation, last));
            let action = safe.nearest(wish);
            environment.apply(action);
            let [position, velocity] = environment.episode.state();
            let slew_broken = plant.slew && (action - last).abs() > SLEW_LIMIT;
            counts.steps += 1;
            counts.speed_violations += u64::from(velocity.abs() > SPEED_LIMIT);
            counts.position_violations += u64::from(position < POSITION_LIMIT);
            counts.action_violations += u64::from(action.abs() > ACTION_LIMIT || slew_broken);
            counts.narrowed += u64::from(safe != possible);
            counts.moved += u64::from(action != possible.nearest(wish));
            counts.largest_speed = counts.largest_speed.max(velocity.abs());
            counts.smallest_position = counts.smallest_position.min(position);
            last = action;
        }
        counts.episodes += u64::from(environment.episode.over);
        counts.goals += u64::from(environment.episode.solved);
        seed += 1;
    }
    counts
}

/// The pump on the nominal plant without a filter.
pub fn control(steps: u64) -> Counts {
    attack(&plants::PLANTS[0], &Filter::None, Adversary::Pump, steps)
}
