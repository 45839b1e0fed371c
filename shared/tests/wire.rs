//! Frames carry every message, and nothing that is damaged becomes a message.

use convex_edge_core::fault::Fault;
use convex_edge_core::maps::answer::{self, Answer, PackedMap};
use convex_edge_core::policy::{ActiveConstraints, Decision};
use convex_edge_core::qp::Status;
use convex_edge_core::sudoku::layer::{self, Solution};
use convex_edge_core::wire::{
    Accumulator, CHUNK, CycleCounter, Decoded, FrameError, Hello, SCORES, Solved, Statistics, TO_HOST_FRAME,
    TO_TARGET_FRAME, Telemetry, ToHost, ToTarget, encode,
};
use proptest::prelude::*;

fn to_target() -> impl Strategy<Value = ToTarget> {
    let number = || -1e6_f32..1e6;
    prop_oneof![
        Just(ToTarget::Hello),
        Just(ToTarget::Disarm),
        Just(ToTarget::Statistics),
        any::<(u32, u32, u16)>().prop_map(|(schema, artefact, observation_timeout)| ToTarget::Arm {
            schema,
            artefact,
            observation_timeout
        }),
        (any::<u32>(), number(), number())
            .prop_map(|(sequence, x, v)| ToTarget::Observation { sequence, observation: [x, v] }),
        any::<(u8, [u8; CHUNK])>().prop_map(|(chunk, pixels)| ToTarget::Pixels { chunk, pixels }),
        (any::<u8>(), proptest::array::uniform::<_, SCORES>(number()))
            .prop_map(|(part, scores)| ToTarget::Scores { part, scores }),
        any::<(u32, u32)>().prop_map(|(sequence, checksum)| ToTarget::Solve { sequence, checksum }),
        (any::<u64>(), number(), number(), any::<bool>())
            .prop_map(|(seed, gravity, power, noise)| ToTarget::SelfPlay { seed, gravity, power, noise }),
    ]
}

fn decision() -> Decision {
    Decision {
        action: f32::MAX,
        status: Status::Inaccurate,
        iterations: u8::MAX,
        active: ActiveConstraints { limits: u8::MAX, slew: u8::MAX, safe_set: u8::MAX },
        margin: f32::MIN,
        intervened: true,
    }
}

/// The longest message of each kind: integers are coded in as many bytes as they need.
fn longest() -> [ToHost; 10] {
    let most = u32::MAX;
    let hello = Hello {
        protocol: u16::MAX,
        schema: most,
        artefact: Some(most),
        board: [0xff; 16],
        tick_rate: most,
        stack_free: Some(most),
        cycle_counter: CycleCounter::SysTick,
    };
    let solution = Solution { grid: [4; 16], status: layer::Status::NotFinite, iterations: u16::MAX, checksum: most };
    let answer = Answer {
        map: PackedMap([[0x66; 9]; 6]),
        status: answer::Status::BreaksConditions,
        evaluations: u16::MAX,
        residual: f32::MAX,
        checksum: most,
    };
    let statistics = Statistics { frames: most, bad_frames: most, overruns: most, dropped: most, ticks: most };
    let telemetry = Telemetry { sequence: most, observation: [f32::MAX; 2], decision: decision(), cycles: Some(most) };
    [
        ToHost::Hello(hello),
        ToHost::Armed,
        ToHost::Action { sequence: most, decision: decision() },
        ToHost::Telemetry(telemetry),
        ToHost::EpisodeEnd { seed: u64::MAX, steps: most, episode_return: f64::MAX, solved: true },
        ToHost::Solved(Solved { sequence: most, solution, cycles: Some([most; 2]) }),
        ToHost::Decoded(Decoded { sequence: most, answer, cycles: Some([most; 2]) }),
        ToHost::PartsDiffer { sequence: most },
        ToHost::Statistics(statistics),
        ToHost::Fault(Fault::HardFault { program_counter: most, status: most, address: most }),
    ]
}

#[test]
fn the_longest_messages_fit_their_frames() {
    for message in longest() {
        let mut frame = [0; TO_HOST_FRAME];
        let frame = encode(&message, &mut frame).unwrap();
        let mut accumulator = Accumulator::<TO_HOST_FRAME>::new();
        let messages: Vec<_> = frame.iter().filter_map(|&byte| accumulator.push::<ToHost>(byte)).collect();
        assert_eq!(messages, [Ok(message)]);
    }
    let longest = [
        ToTarget::Arm { schema: u32::MAX, artefact: u32::MAX, observation_timeout: u16::MAX },
        ToTarget::SelfPlay { seed: u64::MAX, gravity: f32::MAX, power: f32::MAX, noise: true },
        ToTarget::Scores { part: u8::MAX, scores: [f32::MAX; SCORES] },
    ];
    for message in longest {
        assert!(encode(&message, &mut [0; TO_TARGET_FRAME]).is_ok(), "{message:?}");
    }
    assert_eq!(encode(&longest[1], &mut [0; 20]), Err(FrameError::TooLong));
}

#[test]
fn each_fault_of_a_frame_has_its_name() {
    let push = |bytes: &[u8]| {
        let mut accumulator = Accumulator::<TO_TARGET_FRAME>::new();
        bytes.iter().filter_map(|&byte| accumulator.push::<ToTarget>(byte)).collect::<Vec<_>>()
    };
    assert_eq!(push(&[0, 0, 0]), []);
    assert_eq!(push(&[9, 1, 0]), [Err(FrameError::Encoding)]);
    assert_eq!(push(&[2, 7, 0]), [Err(FrameError::Encoding)]);
    assert_eq!(push(&[7, 1, 2, 3, 4, 5, 6, 0]), [Err(FrameError::Crc)]);
    assert_eq!(push(&[[1; 40].as_slice(), &[0]].concat()), [Err(FrameError::TooLong)]);
    let mut frame = [0; TO_TARGET_FRAME];
    let unknown = encode(&200_u8, &mut frame).unwrap();
    assert_eq!(push(unknown), [Err(FrameError::Message)]);
    // A known message with bytes behind it is no known message.
    let mut frame = [0; TO_TARGET_FRAME];
    let longer = encode(&(0_u8, 1_u8), &mut frame).unwrap();
    assert_eq!(push(longer), [Err(FrameError::Message)]);
}

proptest! {
    #[test]
    fn messages_survive_a_line_that_was_noisy_before(
        message in to_target(),
        noise in proptest::collection::vec(any::<u8>(), 0..100),
    ) {
        let mut accumulator = Accumulator::<TO_TARGET_FRAME>::new();
        for byte in noise.into_iter().chain([0]) {
            let _ = accumulator.push::<ToTarget>(byte);
        }
        let mut frame = [0; TO_TARGET_FRAME];
        let frame = encode(&message, &mut frame).unwrap();
        prop_assert_eq!(frame.iter().filter(|&&byte| byte == 0).count(), 1);
        let messages: Vec<_> = frame.iter().filter_map(|&byte| accumulator.push(byte)).collect();
        prop_assert_eq!(messages, [Ok(message)]);
    }

    #[test]
    fn a_flipped_bit_never_makes_another_message(message in to_target(), position in 0_usize..32, bit in 0_u32..8) {
        let mut frame = [0; TO_TARGET_FRAME];
        let mut bytes = encode(&message, &mut frame).unwrap().to_vec();
        let position = position % bytes.len();
        bytes[position] ^= 1_u8 << bit;
        let mut accumulator = Accumulator::<TO_TARGET_FRAME>::new();
        for byte in bytes.into_iter().chain([0]) {
            if let Some(Ok(read)) = accumulator.push::<ToTarget>(byte) {
                prop_assert_eq!(read, message);
            }
        }
    }
}
