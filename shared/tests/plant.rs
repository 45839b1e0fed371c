//! Plants as their users rely on them; the package system-tests compares them with the real Gymnasium.

#[path = "../../tests/control/gymnasium/replay.rs"]
mod replay;

use convex_edge_core::plant::mountain_car::{
    CONTINUOUS_GOAL, CONTINUOUS_TIME_LIMIT, DISCRETE_TIME_LIMIT, Dynamics, MountainCar, MountainCarContinuous,
    POSITION_MAX, POSITION_MIN, Push, SPEED_MAX,
};
use convex_edge_core::plant::noise::{POSITION_NOISE, SensorNoise, VELOCITY_NOISE};
use convex_edge_core::random::Pcg64;
use proptest::prelude::*;

#[test]
fn a_sample_of_gymnasium_has_the_same_bits() {
    let sample = replay::replay(include_bytes!("../../tests/control/gymnasium/sample.bin")).unwrap();
    assert_eq!(sample.different, 0, "{:?}", sample.first_difference);
    assert!(sample.continuous >= 150 && sample.discrete >= 50 && sample.resets >= 5, "{sample:?}");
    assert!(sample.at_wall > 0 && sample.beyond_limits > 0 && sample.ends[1] > 0, "{sample:?}");
}

#[test]
fn the_random_stream_is_numpys() {
    // numpy.random.default_rng(seed).bit_generator.random_raw(2)
    let streams = [
        (0, [0xa30f_ebcf_d9c2_825f, 0x4510_bdf8_82d9_d721]),
        (1, [0x8306_bdf3_7922_e4ff, 0xf351_96bb_c152_a866]),
        (u64::from(u32::MAX), [0x407f_5fa9_30d8_fd9f, 0x3814_b22e_b968_4802]),
        (1 << 32, [0xe3c5_ebe2_85ac_1625, 0x8ea0_9968_fe31_dbcc]),
        ((1 << 40) + 7, [0xd46e_9e20_34de_21aa, 0x415b_adc9_9c08_7675]),
        (u64::MAX, [0xae16_3a7a_8c47_568f, 0xd866_59f5_f338_2359]),
    ];
    for (seed, expected) in streams {
        let mut stream = Pcg64::from_seed(seed);
        assert_eq!([stream.next_u64(), stream.next_u64()], expected, "seed {seed}");
    }
}

#[test]
fn the_discrete_time_limit_truncates_a_car_that_does_nothing() {
    let mut car = MountainCar::new();
    for step in 1..=2 * DISCRETE_TIME_LIMIT {
        let outcome = car.step(Push::None);
        assert_eq!((outcome.terminated, outcome.truncated), (false, step >= DISCRETE_TIME_LIMIT));
        assert_eq!(outcome.reward, -1.0);
    }
}

proptest! {
    #[test]
    fn any_finite_push_keeps_the_car_on_the_track(
        seed: u64,
        gravity in 0.5..2.0_f32,
        power in 0.5..2.0_f32,
        actions in prop::collection::vec(prop_oneof![-1.0..1.0_f32, -1e3..1e3_f32, -f32::MAX..f32::MAX], 1..1100),
    ) {
        let mut car = MountainCarContinuous::new(Dynamics::scaled(gravity, power));
        let [start, rest] = car.reset(seed);
        prop_assert!((-0.6..=-0.4).contains(&start) && rest == 0.0);
        for (step, action) in (1..).zip(actions) {
            let outcome = car.step(action);
            let [position, velocity] = outcome.observation;
            prop_assert!((POSITION_MIN as f32..=POSITION_MAX as f32).contains(&position));
            prop_assert!(velocity.abs() <= SPEED_MAX as f32);
            prop_assert!(position > POSITION_MIN as f32 || velocity >= 0.0);
            prop_assert_eq!(outcome.terminated, position >= CONTINUOUS_GOAL as f32 && velocity >= 0.0);
            prop_assert_eq!(outcome.truncated, step >= CONTINUOUS_TIME_LIMIT);
            let bonus = if outcome.terminated { 100.0 } else { 0.0 };
            prop_assert_eq!(outcome.reward, bonus - f64::from(action).powi(2) * 0.1);
        }
    }

    #[test]
    fn a_push_beyond_the_limits_moves_as_the_limit_up_to_rounding(seed: u64, excess in 1.0..1e6_f32, sign: bool) {
        let limit = if sign { 1.0 } else { -1.0 };
        let outcome = |action| {
            let mut car = MountainCarContinuous::new(Dynamics::default());
            car.reset(seed);
            car.step(action).observation
        };
        let ([position, velocity], [limit_position, limit_velocity]) = (outcome(limit * excess), outcome(limit));
        prop_assert!((position - limit_position).abs() <= 1e-7 && (velocity - limit_velocity).abs() <= 1e-9);
    }

    #[test]
    fn an_episode_depends_on_its_seed_alone(seed: u64, other: u64, actions in prop::collection::vec(-1.5..1.5_f32, 1..50)) {
        let mut fresh = MountainCarContinuous::new(Dynamics::default());
        let mut used = fresh.clone();
        used.reset(other);
        actions.iter().for_each(|&action| { used.step(action); });
        prop_assert_eq!(fresh.reset(seed), used.reset(seed));
        for action in actions {
            prop_assert_eq!(fresh.step(action), used.step(action));
        }
    }

    #[test]
    fn a_push_that_is_not_a_number_is_forgotten_by_the_next_reset(seed: u64) {
        let mut car = MountainCarContinuous::new(Dynamics::default());
        let start = car.reset(seed);
        let outcome = car.step(f32::NAN);
        prop_assert!(outcome.observation.iter().all(|value| value.is_nan()) && outcome.reward.is_nan());
        prop_assert!(!car.step(0.0).terminated);
        prop_assert_eq!(car.reset(seed), start);
        prop_assert!(car.step(0.0).observation.iter().all(|value| value.is_finite()));
    }

    #[test]
    fn noise_is_bounded_and_reproducible(seed: u64, position in -1.2..0.6_f32, velocity in -0.07..0.07_f32) {
        let mut noise = SensorNoise::new(seed);
        let mut again = SensorNoise::new(seed);
        let mut errors = vec![];
        for _ in 0..20 {
            let measured = noise.perturb([position, velocity]);
            prop_assert_eq!(measured, again.perturb([position, velocity]));
            let error = f64::from(measured[0]) - f64::from(position);
            prop_assert!(error.abs() <= POSITION_NOISE + f64::from(f32::EPSILON));
            prop_assert!((f64::from(measured[1]) - f64::from(velocity)).abs() <= VELOCITY_NOISE + 1e-8);
            errors.push(error);
        }
        prop_assert!(errors.iter().any(|error| *error != errors[0]), "noise must change from step to step");
    }

    #[test]
    fn uniform_numbers_stay_in_their_interval(seed: u64, low in -1e3..1e3_f64, width in 0.0..1e3_f64) {
        let mut stream = Pcg64::from_seed(seed);
        for _ in 0..20 {
            prop_assert!((low..=low + width).contains(&stream.uniform(low, low + width)));
        }
    }
}

#[test]
fn unscaled_dynamics_are_gymnasiums() {
    assert_eq!(Dynamics::scaled(1.0, 1.0), Dynamics::default());
}
