//! Safety of decisions: a number, within the limits, safe, whatever the parameters, the observation and the solver's
//! fate.

use convex_edge_core::policy::{Cost, Horizon1, Horizon10, Parameters, decide};
use convex_edge_core::qp::Status;
use convex_edge_core::safety::{Fallback, Knot, SafeSet, fallback};
use proptest::prelude::*;

const ANY: std::ops::Range<f32> = -2.0..2.0;

/// Any number at all now and then.
fn wild(usual: std::ops::Range<f32>) -> impl Strategy<Value = f32> {
    prop_oneof![20 => usual, 1 => proptest::num::f32::ANY]
}

prop_compose! {
    fn parameters()(
        weights in prop::array::uniform13(wild(ANY)),
        lower in wild(-0.06..0.0),
        upper in wild(0.0..0.06),
        softness in prop::array::uniform3(wild(0.01..10.0)),
        iteration_limit in 0..60_u32,
    ) -> Parameters {
        Parameters {
            cost: Cost::from_weights(weights),
            safe_set: SafeSet { knots: [Knot { lower, upper }; 32] },
            slew_limit: softness[0],
            slew_softness: softness[1],
            safe_set_softness: softness[2],
            iteration_limit,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_action_is_safe(
        parameters in parameters(),
        observations in prop::collection::vec((wild(-1.2..0.6), wild(-0.07..0.07)), 1..6),
    ) {
        let (mut ten, mut one) = (Horizon10::new(), Horizon1::new());
        for (position, velocity) in observations {
            let observation = [position, velocity];
            let safe = parameters.safe_set.actions(observation);
            for decision in [decide(&parameters, &mut ten, observation), decide(&parameters, &mut one, observation)] {
                prop_assert!((-1.0..=1.0).contains(&decision.action), "{decision:?}");
                prop_assert_eq!(safe.nearest(decision.action), decision.action, "{:?} of {:?}", decision, safe);
            }
        }
    }
}

/// A policy that wants to go full to the right.
fn eager() -> Parameters {
    Parameters {
        cost: Cost { pump: 3.0, pump_left: -3.0, sharpness: 1.0, gate: 9.0, ..Cost::default() },
        safe_set: SafeSet { knots: [Knot { lower: -0.045, upper: 0.045 }; 32] },
        slew_limit: 0.25,
        slew_softness: 10.0,
        safe_set_softness: 0.01,
        iteration_limit: 100,
    }
}

#[test]
fn at_the_cap_the_one_step_optimum_acts() {
    let observation = [-0.5, 0.0449];
    let solved = decide(&eager(), &mut Horizon10::new(), observation);
    assert_eq!(solved.status, Status::Solved);
    assert!(solved.iterations > 0 && solved.active.safe_set > 0, "{solved:?}");
    let capped = decide(&Parameters { iteration_limit: 0, ..eager() }, &mut Horizon10::new(), observation);
    assert_eq!(capped.status, Status::IterationLimit);
    // It wants more than is safe, so the end of the safe interval is the optimum of one step.
    assert_eq!(capped.action, eager().safe_set.actions(observation).upper);
}

#[test]
fn a_cost_that_is_no_number_coasts() {
    let mut parameters = eager();
    parameters.cost.pump = f32::NAN;
    let decision = decide(&parameters, &mut Horizon10::new(), [-0.5, 0.01]);
    assert_eq!((decision.status, decision.action), (Status::NotFinite, 0.0));
}

#[test]
fn every_status_but_solved_has_a_fallback() {
    let all = [
        Status::Solved,
        Status::IterationLimit,
        Status::Infeasible,
        Status::NotFinite,
        Status::NotConvex,
        Status::Inaccurate,
        Status::Unbounded,
        Status::DeadlinePassed,
    ];
    for status in all {
        assert_eq!(fallback(status) == Fallback::None, status == Status::Solved, "{status:?}");
    }
}
