use super::*;
use crate::board::scripted::ScriptedBoard;
use convex_edge_core::plant::mountain_car::{CONTINUOUS_TIME_LIMIT, Dynamics, MountainCarContinuous};
use convex_edge_core::plant::noise::SensorNoise;
use convex_edge_core::policy::{Cost, Horizon10, Parameters, decide};
use convex_edge_core::safety::{KNOTS, Knot, SafeSet};
use convex_edge_core::wire::{Hello, PROTOCOL_VERSION, schema};
use proptest::prelude::*;

impl ScriptedBoard {
    /// Answer of the application to a message.
    fn ask(&mut self, app: &mut App, message: ToTarget) -> Vec<ToHost> {
        self.queue(message);
        app.tick(self);
        self.sent()
    }

    fn arm(&mut self, app: &mut App, observation_timeout: u16) {
        let artefact = app.artefact.as_ref().unwrap().crc;
        let message = ToTarget::Arm { schema: schema(), artefact, observation_timeout };
        assert_eq!(self.ask(app, message), [ToHost::Armed]);
        assert!(self.armed);
    }

    /// The faults, which must have left the target disarmed.
    fn faults(&mut self, app: &mut App, message: ToTarget) -> Vec<Fault> {
        let sent = self.ask(app, message);
        assert!(!self.armed && app.armed.is_none());
        sent.into_iter().map(|message| if let ToHost::Fault(fault) = message { fault } else { panic!() }).collect()
    }

    /// Lets self-play run to its end, with the host reading as given.
    fn play(&mut self, app: &mut App, mut reads: impl FnMut() -> bool) -> Vec<ToHost> {
        let mut sent = Vec::new();
        for _ in 0..20 * CONTINUOUS_TIME_LIMIT {
            app.tick(self);
            if reads() {
                sent.extend(self.sent());
                if let Some(ToHost::EpisodeEnd { .. }) = sent.last() {
                    return sent;
                }
            }
        }
        panic!("self-play does not end");
    }
}

fn parameters() -> Parameters {
    Parameters {
        cost: Cost { pump: 1.0, push: 1.0, pump_left: 1.0, gate: 1.0, sharpness: 1.0, ..Cost::default() },
        safe_set: SafeSet { knots: [Knot { lower: -0.045, upper: 0.045 }; KNOTS] },
        slew_limit: 0.5,
        slew_softness: 1.0,
        safe_set_softness: 1.0,
        iteration_limit: 60,
    }
}

fn page() -> Vec<u8> {
    let mut page = vec![0; artefact::MAXIMUM_BYTES];
    let observations = [[-0.5, 0.0], [-0.5, 0.001], [-0.49, 0.04]];
    artefact::write(&parameters(), &observations, &mut Horizon10::new(), &mut page).unwrap();
    page
}

fn with_app(test: impl FnOnce(&mut App, &mut ScriptedBoard)) {
    let (page, mut memory, mut board) = (page(), Horizon10::new(), ScriptedBoard::new());
    test(&mut App::new(&page, &mut memory, &mut board), &mut board)
}

fn state() -> impl Strategy<Value = [f32; 2]> {
    (-1.2_f32..0.6, -0.07_f32..0.07).prop_map(|(position, velocity)| [position, velocity])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn noise_on_the_line_never_arms_and_is_counted(noise in proptest::collection::vec(any::<u8>(), 0..2000)) {
        with_app(|app, board| {
            board.incoming.extend(&noise);
            board.incoming.push_back(0);
            while !board.incoming.is_empty() {
                app.tick(board);
                assert!(!board.armed);
            }
            let frames = noise.split(|&byte| byte == 0).filter(|frame| !frame.is_empty()).count() as u32;
            let counted = app.conversation.statistics(board);
            assert_eq!(counted.frames + counted.bad_frames, frames);
            // And the next message gets through.
            assert_eq!(board.ask(app, ToTarget::Disarm).last(), Some(&ToHost::Disarmed));
        });
    }

    #[test]
    fn a_damaged_artefact_cannot_be_armed(position in 0.0..1.0, damage in 1_u8..) {
        let mut page = page();
        let length = page.iter().rposition(|&byte| byte != 0).unwrap() + 1;
        page[(position * length as f64) as usize] ^= damage;
        let (mut memory, mut board) = (Horizon10::new(), ScriptedBoard::new());
        let mut app = App::new(&page, &mut memory, &mut board);
        let hello = board.ask(&mut app, ToTarget::Hello);
        assert!(matches!(hello[..], [ToHost::Hello(Hello { artefact: None, .. })]));
        let arm = ToTarget::Arm { schema: schema(), artefact: 0, observation_timeout: 0 };
        let faults = board.faults(&mut app, arm);
        assert!(matches!(faults[..], [Fault::Artefact(_)]), "{faults:?}");
    }

    #[test]
    fn observations_are_answered_with_the_policys_decisions_and_repeated_ones_advance_nothing(
        states in proptest::collection::vec((state(), 1..4), 1..40),
    ) {
        with_app(|app, board| {
            // Twice: arming starts from the beginning.
            for _ in 0..2 {
                board.arm(app, 0);
                let mut memory = Horizon10::new();
                for (&(observation, times), sequence) in states.iter().zip(0..) {
                    let expected = decide(&parameters(), &mut memory, observation);
                    for _ in 0..times {
                        let sent = board.ask(app, ToTarget::Observation { sequence, observation });
                        let [ToHost::Action { sequence: found, decision }] = sent[..] else { panic!("{sent:?}") };
                        assert_eq!(found, sequence);
                        assert!(decision.has_same_bits(&expected));
                    }
                }
            }
        });
    }

    #[test]
    fn a_gap_disarms(steps in 0_u32..5, found: u32) {
        prop_assume!(found != steps && (steps == 0 || found != steps - 1));
        with_app(|app, board| {
            board.arm(app, 0);
            for sequence in 0..steps {
                board.ask(app, ToTarget::Observation { sequence, observation: [-0.5, 0.0] });
            }
            let observation = ToTarget::Observation { sequence: found, observation: [-0.5, 0.0] };
            assert_eq!(board.faults(app, observation), [Fault::SequenceGap { expected: steps, found }]);
            assert_eq!(board.faults(app, observation), [Fault::NotArmed]);
        });
    }

    #[test]
    fn the_time_out_disarms_at_its_tick_and_not_before(timeout in 1_u16.., steps in 0_u32..4) {
        with_app(|app, board| {
            board.arm(app, timeout);
            for sequence in 0..steps {
                board.ticks = board.ticks.wrapping_add(u32::from(timeout) - 1);
                let sent = board.ask(app, ToTarget::Observation { sequence, observation: [-0.5, 0.0] });
                assert!(matches!(sent[..], [ToHost::Action { .. }]));
            }
            board.ticks = board.ticks.wrapping_add(u32::from(timeout) - 1);
            app.tick(board);
            assert!(board.armed);
            board.ticks = board.ticks.wrapping_add(1);
            app.tick(board);
            assert!(!board.armed);
            assert_eq!(board.sent(), [ToHost::Fault(Fault::ObservationTimeout { milliseconds: timeout })]);
        });
    }

    #[test]
    fn self_play_is_the_plant_under_the_policy_however_slowly_the_host_reads(
        seed: u64, gravity in 0.5_f32..=2.0, power in 0.5_f32..=2.0, noise: bool, capacity in 1..4_usize,
    ) {
        with_app(|app, board| {
            board.capacity = 2 * TO_HOST_FRAME * capacity;
            board.arm(app, 1);
            board.queue(ToTarget::SelfPlay { seed, gravity, power, noise });
            let mut tick = 0;
            let sent = board.play(app, || { tick += 1; tick % 7 == 0 });
            assert_eq!(app.conversation.statistics(board).dropped, 0);

            let mut memory = Horizon10::new();
            let mut plant = MountainCarContinuous::new(Dynamics::scaled(gravity, power));
            let mut sensor = noise.then(|| SensorNoise::new(seed));
            let mut sense = |state| sensor.as_mut().map_or(state, |sensor| sensor.perturb(state));
            let (mut seen, mut total) = (sense(plant.reset(seed)), 0.0);
            for (message, step) in sent.iter().zip(0..) {
                match *message {
                    ToHost::Telemetry(Telemetry { sequence, observation, decision, .. }) => {
                        assert_eq!((sequence, observation), (step, seen));
                        assert!(decision.has_same_bits(&decide(&parameters(), &mut memory, seen)));
                        let outcome = plant.step(decision.action);
                        seen = sense(outcome.observation);
                        total += outcome.reward;
                        assert_eq!(outcome.terminated || outcome.truncated, step as usize + 2 == sent.len());
                    }
                    ToHost::EpisodeEnd { seed: of, steps, episode_return, .. } => {
                        assert_eq!((of, steps, episode_return.to_bits()), (seed, step, total.to_bits()));
                    }
                    other => panic!("{other:?}"),
                }
            }
            assert!(board.armed);
        });
    }
}

#[test]
fn hello_names_the_board_and_the_artefact() {
    with_app(|app, board| {
        let crc = app.artefact.as_ref().unwrap().crc;
        let sent = board.ask(app, ToTarget::Hello);
        let [ToHost::Hello(hello)] = sent[..] else { panic!("{sent:?}") };
        assert_eq!((hello.protocol, hello.schema, hello.artefact), (PROTOCOL_VERSION, schema(), Some(crc)));
        assert_eq!(&hello.board, b"scripted\0\0\0\0\0\0\0\0");
    });
}

#[test]
fn arming_needs_the_same_messages_and_the_same_artefact() {
    with_app(|app, board| {
        let artefact = app.artefact.as_ref().unwrap().crc;
        let (other_schema, other) = (schema() ^ 1, artefact ^ 1);
        let arm = |schema, artefact| ToTarget::Arm { schema, artefact, observation_timeout: 0 };
        board.arm(app, 0);
        let expected = [Fault::WireSchema { expected: schema(), found: other_schema }];
        assert_eq!(board.faults(app, arm(other_schema, artefact)), expected);
        board.arm(app, 0);
        let expected = [Fault::ArtefactMismatch { expected: artefact, found: other }];
        assert_eq!(board.faults(app, arm(schema(), other)), expected);
    });
}

#[test]
fn observations_and_self_play_that_make_no_sense_disarm() {
    let not_finite = [[f32::NAN, 0.0], [0.0, f32::INFINITY], [f32::NEG_INFINITY, f32::NAN]];
    let scales = [(0.49, 1.0), (1.0, 2.01), (f32::NAN, 1.0), (1.0, f32::NEG_INFINITY)];
    with_app(|app, board| {
        for observation in not_finite {
            board.arm(app, 0);
            let message = ToTarget::Observation { sequence: 0, observation };
            assert_eq!(board.faults(app, message), [Fault::ObservationNotFinite]);
        }
        for (gravity, power) in scales {
            let message = ToTarget::SelfPlay { seed: 1, gravity, power, noise: false };
            assert_eq!(board.faults(app, message), [Fault::NotArmed]);
            board.arm(app, 0);
            assert_eq!(board.faults(app, message), [Fault::PlantOutOfRange]);
        }
    });
}

#[test]
fn without_a_time_out_an_armed_target_waits() {
    with_app(|app, board| {
        board.arm(app, 0);
        board.ticks = board.ticks.wrapping_add(u32::MAX / 2);
        app.tick(board);
        assert!(board.armed && board.sent().is_empty());
    });
}

#[test]
fn self_play_answers_questions_and_ends_when_told() {
    with_app(|app, board| {
        let request = ToTarget::SelfPlay { seed: 3, gravity: 1.0, power: 1.0, noise: true };
        let observation = ToTarget::Observation { sequence: 0, observation: [-0.5, 0.01] };
        board.arm(app, 0);
        let undisturbed = board.ask(app, observation);

        board.queue(request);
        let whole = board.play(app, || true);
        let mut sent = board.ask(app, request);
        let hello = board.ask(app, ToTarget::Hello);
        let statistics = board.ask(app, ToTarget::Statistics);
        assert!(matches!(hello[..], [ToHost::Hello(_), ToHost::Telemetry(_)]));
        assert!(matches!(statistics[..], [ToHost::Statistics(_), ToHost::Telemetry(_)]));
        sent.extend([hello[1], statistics[1]]);
        sent.extend(board.play(app, || true));
        assert_eq!(sent, whole);

        // A new request starts over, an observation returns to the control loop, each without a trace.
        board.ask(app, request);
        assert_eq!(board.ask(app, request), whole[..1]);
        assert_eq!(board.ask(app, observation), undisturbed);
        board.ask(app, request);
        assert_eq!(board.ask(app, ToTarget::Disarm), [ToHost::Disarmed]);
        app.tick(board);
        assert!(board.sent().is_empty() && !board.armed);
    });
}
