//! Safety monitor under every policy, on every plant and sensor that the safe set was made for.

use convex_edge_core::episode::{Episode, Scenario};
use convex_edge_core::random::Pcg64;
use convex_edge_core::safety::SafeSet;
use convex_edge_mountain_car::evaluate::attack::plants::PLANTS as STUDY;
use convex_edge_mountain_car::evaluate::attack::policies::Adversary as Attacker;
use convex_edge_mountain_car::evaluate::attack::{Filter, attack, control};
use convex_edge_mountain_car::model::safe_set::tables;
use convex_edge_mountain_car::train::settings::Config;

/// What would like to break the limits: given position and velocity, step and a source of chance, any number.
type Adversary = fn([f32; 2], u32, &mut Pcg64) -> f32;

const ADVERSARIES: [(&str, Adversary); 9] = [
    ("uniform", |_, _, random| random.uniform(-1.0, 1.0) as f32),
    ("pump", |[_, v], _, _| if v >= 0.0 { 1.0 } else { -1.0 }),
    ("left", |_, _, _| -1.0),
    ("right", |_, _, _| 1.0),
    ("held for 37 steps", |_, step, _| if (step / 37).is_multiple_of(2) { 1.0 } else { -1.0 }),
    ("far beyond the limits", |[_, v], _, _| if v >= 0.0 { 1e30 } else { f32::NEG_INFINITY }),
    ("not a number", |_, _, _| f32::NAN),
    ("into the wall", |[x, v], _, _| if x < -0.9 || v < 0.0 { -1.0 } else { 1.0 }),
    ("rolls back from the hill", |[x, v], _, _| if v > 0.0 && x < 0.3 { 1.0 } else { -1.0 }),
];

/// Plants at the centre and the corners of the model error.
const PLANTS: [(f32, f32); 5] = [(1.0, 1.0), (0.95, 0.95), (0.95, 1.05), (1.05, 0.95), (1.05, 1.05)];

/// Steps that broke a limit, and all steps, of an adversary behind a monitor or without one.
fn violations(safe_set: Option<&SafeSet>, adversary: usize) -> (u32, u32) {
    let (mut violations, mut steps) = (0, 0);
    let mut random = Pcg64::from_seed(adversary as u64);
    for (plant, (gravity, power)) in PLANTS.into_iter().enumerate() {
        for seed in 0..24 {
            let scenario = Scenario { seed: 100 * plant as u64 + seed, gravity, power, noise: seed % 3 != 0 };
            let mut episode = Episode::start(&scenario);
            while !episode.over {
                let observation = episode.observe();
                let wish = ADVERSARIES[adversary].1(observation, episode.steps, &mut random);
                let action = match safe_set {
                    Some(safe_set) => safe_set.actions(observation).nearest(wish),
                    None => wish.clamp(-1.0, 1.0),
                };
                episode.apply(action);
            }
            violations += episode.violations;
            steps += episode.steps;
        }
    }
    (violations, steps)
}

#[test]
fn no_adversary_gets_past_the_monitor() {
    let safe_set = tables(&Config::load(None).unwrap().safe_set).unwrap();
    let mut total = 0;
    for (index, (name, _)) in ADVERSARIES.iter().enumerate() {
        let (broken, steps) = violations(Some(&safe_set), index);
        assert_eq!(broken, 0, "{name}: {broken} of {steps} steps");
        total += steps;
    }
    assert!(total >= 500_000, "{total} steps");
}

#[test]
fn the_adversaries_are_dangerous() {
    for name in ["pump", "held for 37 steps", "into the wall"] {
        let index = ADVERSARIES.iter().position(|(known, _)| *known == name).unwrap();
        assert!(violations(None, index).0 > 100, "{name} breaks nothing even without the monitor");
    }
}

#[test]
fn the_first_limits_to_give_are_not_the_monitors() {
    // Even a safe set that leaves no velocity at all yields an action within the limits.
    let empty = SafeSet::default();
    for observation in [[-0.5, 0.03], [-1.2, -0.07], [0.6, 0.07], [f32::NAN, 0.0], [0.0, f32::INFINITY]] {
        let action = empty.actions(observation).nearest(0.0);
        assert!((-1.0..=1.0).contains(&action), "{observation:?} gives {action}");
    }
}

#[test]
fn no_adversary_gets_past_the_filter_of_any_plant_of_the_study() {
    const STEPS: u64 = 20_000;
    for plant in &STUDY {
        let filter = Filter::of(plant).unwrap();
        for adversary in Attacker::ALL {
            let counts = attack(plant, &filter, adversary, STEPS);
            assert_eq!(counts.violations(), 0, "{}, {}: {counts:?}", plant.name, adversary.name());
            assert_eq!(counts.steps, STEPS);
        }
    }
    assert!(control(STEPS).speed_violations > STEPS / 4, "the pump is harmless without a filter");
}
