//! The policy's quadratic programs are feasible by construction: every one of them has to be solved.

use convex_edge_core::policy::{Cost, HORIZON, Memory, Parameters, ROWS, decide};
use convex_edge_core::qp::Status;
use convex_edge_core::random::Pcg64;
use convex_edge_core::safety::{KNOTS, Knot, SafeSet};

/// Near what training finds, each weight moved by up to `spread`, or by that share.
fn parameters(random: &mut Pcg64, spread: f64) -> Parameters {
    let mut near = |value: f32| value * random.uniform(1.0 - spread, 1.0 + spread) as f32;
    let cost = Cost {
        pump: near(0.07),
        pump_energy: near(0.05),
        gate: near(0.73),
        sharpness: near(1.05),
        push: near(0.9),
        push_position: near(0.3),
        push_curvature: near(-0.2),
        push_energy: near(0.3),
        push_slope: near(0.2),
        pump_left: near(0.07),
        pump_left_energy: near(0.05),
        pump_left_gate: near(0.1),
        kick: near(0.14),
    };
    Parameters {
        cost,
        safe_set: SafeSet { knots: [Knot { lower: -0.045, upper: 0.045 }; KNOTS] },
        slew_limit: 0.25,
        slew_softness: 10.0,
        safe_set_softness: 0.01,
        iteration_limit: 100,
    }
}

/// Decides on `count` observations, a new one each time: every warm start comes from an unrelated state.
fn decide_everywhere<const N: usize, const R: usize>(seed: u64, spread: f64, count: usize) {
    let random = &mut Pcg64::from_seed(seed);
    let mut memory = Memory::<N, R>::new();
    for i in 0..count {
        let parameters = parameters(random, spread);
        if i % 100 == 0 {
            memory.reset();
        }
        let observation = [random.uniform(-1.2, 0.6) as f32, random.uniform(-0.07, 0.07) as f32];
        let decision = decide(&parameters, &mut memory, observation);
        assert_eq!(decision.status, Status::Solved, "{observation:?} {parameters:?}");
        assert!(!decision.intervened && decision.margin >= 0.0, "{decision:?} at {observation:?}");
    }
}

#[test]
fn every_decision_near_the_learned_weights_is_solved() {
    decide_everywhere::<HORIZON, ROWS>(1, 0.5, 20_000);
    decide_everywhere::<1, 3>(2, 0.5, 20_000);
}

#[test]
fn every_decision_with_wild_weights_is_solved() {
    decide_everywhere::<HORIZON, ROWS>(3, 20.0, 20_000);
}

/// States that follow each other, as in a loop; the observation follows the decision.
#[test]
fn every_decision_along_a_path_is_solved() {
    use convex_edge_core::plant::mountain_car::{Dynamics, MountainCarContinuous};
    let random = &mut Pcg64::from_seed(4);
    let mut memory = Memory::<HORIZON, ROWS>::new();
    for seed in 0..20 {
        let parameters = parameters(random, 0.5);
        let mut plant = MountainCarContinuous::new(Dynamics::default());
        let mut observation = plant.reset(seed);
        memory.reset();
        for _ in 0..500 {
            let decision = decide(&parameters, &mut memory, observation);
            assert_eq!(decision.status, Status::Solved, "{observation:?} {parameters:?}");
            let outcome = plant.step(decision.action);
            observation = outcome.observation;
            if outcome.terminated {
                break;
            }
        }
    }
}
