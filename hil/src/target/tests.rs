//! Tests of requests: a thread plays the target, on the other end of a pseudo-terminal.

use super::*;
use convex_edge_core::policy::{ActiveConstraints, Decision};
use convex_edge_core::qp::Status;
use convex_edge_core::sudoku::layer::{self, Solution};
use convex_edge_core::wire::{Accumulator, CycleCounter, TO_HOST_FRAME, TO_TARGET_FRAME, encode};
use serialport::TTYPort;
use std::io::{ErrorKind, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::spawn;

static CALM: AtomicBool = AtomicBool::new(false);

const QUICK: Limits = Limits {
    hello: Duration::from_millis(20),
    answer: Duration::from_millis(200),
    overall: Duration::from_millis(600),
};

const PATIENT: Limits = Limits { overall: Duration::from_secs(20), ..QUICK };

fn hello() -> Hello {
    Hello {
        protocol: PROTOCOL_VERSION,
        schema: wire::schema(),
        artefact: Some(7),
        board: *b"pretended\0\0\0\0\0\0\0",
        tick_rate: 1000,
        stack_free: None,
        cycle_counter: CycleCounter::None,
    }
}

fn decision(action: f32) -> Decision {
    let active = ActiveConstraints::default();
    Decision { action, status: Status::Solved, iterations: 1, active, margin: 0.5, intervened: false }
}

/// A line to a target that answers each message by the given function; it ends with the line.
fn pretend(mut answer: impl FnMut(ToTarget) -> Vec<ToHost> + Send + 'static) -> Link {
    let (mut target_side, host_side) = TTYPort::pair().unwrap();
    spawn(move || {
        let mut accumulator = Accumulator::<TO_TARGET_FRAME>::new();
        let mut buffer = [0; 256];
        loop {
            let length = match target_side.read(&mut buffer) {
                Ok(length) => length,
                Err(error) if error.kind() == ErrorKind::TimedOut => continue,
                Err(_) => return,
            };
            for byte in &buffer[..length] {
                let Some(Ok(message)) = accumulator.push(*byte) else { continue };
                for message in answer(message) {
                    let mut frame = [0; TO_HOST_FRAME];
                    target_side.write_all(encode(&message, &mut frame).unwrap()).unwrap();
                }
            }
        }
    });
    Link::new(Box::new(host_side), &CALM)
}

fn refusal(answer: impl FnMut(ToTarget) -> Vec<ToHost> + Send + 'static) -> TargetError {
    Target::connect(pretend(answer), QUICK).err().unwrap()
}

#[test]
fn hello_is_repeated_until_it_is_answered() {
    let mut hellos = 0;
    let link = pretend(move |message| {
        assert_eq!(message, ToTarget::Hello);
        hellos += 1;
        if hellos < 3 { vec![] } else { vec![ToHost::Hello(hello())] }
    });
    let target = Target::connect(link, PATIENT).unwrap();
    assert_eq!(*target.hello(), hello());
    assert_eq!(target.board(), "pretended");
}

#[test]
fn another_protocol_or_schema_is_refused_by_name() {
    let error = refusal(|_| vec![ToHost::Hello(Hello { protocol: PROTOCOL_VERSION + 1, ..hello() })]);
    assert!(matches!(error, TargetError::Protocol { found } if found == PROTOCOL_VERSION + 1), "{error}");
    let error = refusal(|_| vec![ToHost::Hello(Hello { schema: wire::schema() ^ 4, ..hello() })]);
    assert!(matches!(error, TargetError::Schema { found, .. } if found == wire::schema() ^ 4), "{error}");
}

#[test]
fn silence_is_an_error_that_says_what_to_look_at() {
    let message = refusal(|_| vec![]).to_string();
    assert!(message.contains("does not answer hello within 0.6 s (0 unreadable frames came)"), "{message}");
}

#[test]
fn a_target_that_only_complains_is_quoted() {
    let fault = Fault::HardFault { program_counter: 0x0800_1234, status: 0x8200, address: 0x4001_3828 };
    let error = refusal(move |_| vec![ToHost::Fault(fault)]);
    assert!(matches!(error, TargetError::Fault(found) if found == fault), "{error}");
    assert!(error.to_string().contains("0x08001234"), "{error}");
}

#[test]
fn an_unanswered_observation_is_repeated_and_late_answers_are_passed_over() {
    let mut seen = Vec::new();
    let link = pretend(move |message| match message {
        ToTarget::Observation { sequence, .. } => {
            seen.push(sequence);
            let action = |sequence| ToHost::Action { sequence, decision: decision(sequence as f32) };
            match seen.iter().filter(|&&before| before == sequence).count() {
                1 => vec![],
                // The answer before once more, as if it had been under way.
                _ => vec![action(sequence.wrapping_sub(1)), action(sequence)],
            }
        }
        _ => vec![ToHost::Hello(hello())],
    });
    let mut target = Target::connect(link, PATIENT).unwrap();
    for sequence in 0..3 {
        assert_eq!(target.observe(sequence, [0.0, 0.0]).unwrap(), decision(sequence as f32));
    }
}

#[test]
fn a_board_whose_parts_get_lost_is_sent_again_until_it_is_whole() {
    let images: Images = core::array::from_fn(|cell| core::array::from_fn(|pixel| (16 * cell + pixel) as u8));
    let (mut held, mut parts) = ([0; 1024], 0);
    let link = pretend(move |message| match message {
        ToTarget::Hello => vec![ToHost::Hello(hello())],
        ToTarget::Pixels { chunk, pixels } => {
            parts += 1;
            // The first two rounds lose the same part.
            if parts != 5 && parts != 64 + 5 {
                held[16 * usize::from(chunk)..][..16].copy_from_slice(&pixels);
            }
            vec![]
        }
        ToTarget::Solve { sequence, checksum } if checksum == crc32(&held) => {
            let solution = Solution { grid: [1; 16], status: layer::Status::Proven, iterations: parts, checksum };
            vec![ToHost::Solved(Solved { sequence, solution, cycles: None })]
        }
        ToTarget::Solve { sequence, .. } => vec![ToHost::PartsDiffer { sequence }],
        _ => vec![],
    });
    let mut target = Target::connect(link, PATIENT).unwrap();
    assert_eq!(target.solve_sudoku(3, &images).unwrap().solution.iterations, 3 * 64);
}

#[test]
fn a_fault_ends_the_request() {
    let link = pretend(|message| match message {
        ToTarget::Hello => vec![ToHost::Hello(hello())],
        _ => vec![ToHost::Fault(Fault::NotArmed)],
    });
    let mut target = Target::connect(link, PATIENT).unwrap();
    assert!(matches!(target.observe(0, [0.0, 0.0]), Err(TargetError::Fault(Fault::NotArmed))));
}

fn play(sequences: &'static [u32], steps: u32) -> (usize, Result<EpisodeEnd, TargetError>) {
    let link = pretend(move |message| match message {
        ToTarget::SelfPlay { seed, .. } => {
            let telemetry = |&sequence| {
                ToHost::Telemetry(Telemetry {
                    sequence,
                    observation: [0.0, 0.0],
                    decision: decision(0.0),
                    cycles: None,
                })
            };
            let end = ToHost::EpisodeEnd { seed, steps, episode_return: 1.5, solved: true };
            sequences.iter().map(telemetry).chain([end]).collect()
        }
        _ => vec![ToHost::Hello(hello())],
    });
    let mut target = Target::connect(link, QUICK).unwrap();
    let mut taken = 0;
    let end = target.self_play(Scenario::nominal(3), |_| taken += 1);
    (taken, end)
}

#[test]
fn self_play_hands_over_every_step_and_the_end() {
    let (taken, end) = play(&[0, 1, 2], 3);
    assert_eq!(taken, 3);
    assert_eq!(end.unwrap(), EpisodeEnd { steps: 3, episode_return: 1.5, solved: true });
}

#[test]
fn a_lost_step_of_self_play_is_an_error() {
    let (taken, end) = play(&[0, 2], 3);
    assert_eq!(taken, 1);
    assert!(matches!(end, Err(TargetError::TelemetryGap { expected: 1, found: 2 })));
    assert!(matches!(play(&[0, 1], 3).1, Err(TargetError::TelemetryGap { expected: 2, found: 3 })));
}

#[test]
fn a_closed_line_and_an_interrupt_are_told() {
    let (target_side, host_side) = TTYPort::pair().unwrap();
    let link = Link::new(Box::new(host_side), &CALM);
    drop(target_side);
    let error = Target::connect(link, PATIENT).err().unwrap();
    assert!(matches!(error, TargetError::Link(LinkError::Closed | LinkError::Port(_))), "{error}");

    static RAISED: AtomicBool = AtomicBool::new(false);
    let (_target_side, host_side) = TTYPort::pair().unwrap();
    let link = Link::new(Box::new(host_side), &RAISED);
    let waiting = spawn(move || Target::connect(link, PATIENT).err());
    RAISED.store(true, Ordering::Relaxed);
    let error = waiting.join().unwrap();
    assert!(matches!(error, Some(TargetError::Link(LinkError::Interrupted))));
}

#[test]
fn a_port_that_is_not_there_is_named() {
    let message = Link::open("/dev/no-such-port", 115_200, &CALM).err().unwrap().to_string();
    assert!(message.contains("/dev/no-such-port"), "{message}");
}
