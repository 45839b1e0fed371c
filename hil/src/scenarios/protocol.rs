//! Protocol scenario: checks that the target keeps the protocol when the host or the line breaks it.

use crate::lossy::{Lossy, Rates};
use crate::recording::{Beside, Step};
use crate::target::{Limits, Target, TargetError};
use crate::verdict::Case;
use convex_edge_core::artefact::Artefact;
use convex_edge_core::episode::Scenario;
use convex_edge_core::fault::Fault;
use convex_edge_core::policy::{Decision, Horizon10, decide};
use convex_edge_core::random::Pcg64;
use convex_edge_core::wire::{self, Accumulator, TO_TARGET_FRAME, ToHost, ToTarget};
use std::fmt;
use std::time::{Duration, Instant};

/// Position and velocity at the start of these checks.
const OBSERVATION: [f32; 2] = [-0.5, 0.0];

/// Breaches of the protocol by the target.
#[derive(Debug, thiserror::Error)]
pub enum Breach {
    /// A request failed.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// It did something else.
    #[error("expected {expected}, found {found}")]
    Unexpected {
        /// Behaviour that the protocol requires.
        expected: String,
        /// Behaviour of the target.
        found: String,
    },
}

type Check = fn(&mut Target, &Artefact<'_>) -> Result<(), Breach>;

const CHECKS: [(&str, Check); 16] = [
    ("a hello while armed changes nothing", hello_while_armed),
    ("an observation while disarmed is refused", not_armed),
    ("another schema is refused", wrong_schema),
    ("another artefact is refused", wrong_artefact),
    ("a repeated observation gets the same answer and advances nothing", repeated_sequence),
    ("a gap in the sequence disarms", sequence_gap),
    ("an observation that is not finite disarms", not_finite),
    ("arming again starts over", arming_again),
    ("garbage is counted and survived", garbage),
    ("an over-long frame is counted and survived", over_long_frame),
    ("a truncated frame is counted and survived", truncated_frame),
    ("a frame with one wrong bit is never obeyed", flipped_bits),
    ("a bad line delays right answers and gives no wrong ones", bad_line),
    ("the target disarms when observations stop", observation_timeout),
    ("self-play outside its range is refused", plant_out_of_range),
    ("disarming ends self-play", disarm_ends_self_play),
];

/// Runs every check; only a line that fails for good ends them early.
///
/// # Errors
/// [`TargetError::Link`], where no further check can run.
pub fn run(
    target: &mut Target,
    artefact: &Artefact<'_>,
    mut on_case: impl FnMut(&Case),
) -> Result<Vec<Case>, TargetError> {
    let mut cases = Vec::new();
    for (name, check) in CHECKS {
        let start = Instant::now();
        let failure = match check(target, artefact) {
            Err(Breach::Target(TargetError::Link(error))) => return Err(TargetError::Link(error)),
            result => result.err().map(|breach| breach.to_string()),
        };
        let seconds = start.elapsed().as_secs_f64();
        let case = Case { scenario: "protocol", name: name.to_owned(), seconds, failure };
        on_case(&case);
        cases.push(case);
    }
    target.disarm()?;
    Ok(cases)
}

fn hello_while_armed(target: &mut Target, artefact: &Artefact<'_>) -> Result<(), Breach> {
    target.arm(artefact.crc, 0)?;
    let decisions = first_decisions(artefact);
    same_bits(target.observe(0, OBSERVATION)?, decisions[0])?;
    let hello = target.hello_again()?;
    expect(hello.artefact, Some(artefact.crc))?;
    same_bits(target.observe(1, OBSERVATION)?, decisions[1])
}

fn not_armed(target: &mut Target, _: &Artefact<'_>) -> Result<(), Breach> {
    target.disarm()?;
    refuses(target.observe(0, OBSERVATION), Fault::NotArmed)?;
    refuses(target.self_play(Scenario::nominal(0), |_| {}), Fault::NotArmed)
}

fn wrong_schema(target: &mut Target, artefact: &Artefact<'_>) -> Result<(), Breach> {
    let (expected, found) = (wire::schema(), wire::schema() ^ 1);
    refuses(target.arm_as(found, artefact.crc, 0), Fault::WireSchema { expected, found })?;
    refuses(target.observe(0, OBSERVATION), Fault::NotArmed)
}

fn wrong_artefact(target: &mut Target, artefact: &Artefact<'_>) -> Result<(), Breach> {
    let (expected, found) = (artefact.crc, artefact.crc ^ 1);
    refuses(target.arm(found, 0), Fault::ArtefactMismatch { expected, found })?;
    refuses(target.observe(0, OBSERVATION), Fault::NotArmed)
}

fn repeated_sequence(target: &mut Target, artefact: &Artefact<'_>) -> Result<(), Breach> {
    target.arm(artefact.crc, 0)?;
    let decisions = first_decisions(artefact);
    for sequence in [0, 0, 1, 1, 1, 2] {
        same_bits(target.observe(sequence, OBSERVATION)?, decisions[sequence as usize])?;
    }
    Ok(())
}

fn sequence_gap(target: &mut Target, artefact: &Artefact<'_>) -> Result<(), Breach> {
    target.arm(artefact.crc, 0)?;
    target.observe(0, OBSERVATION)?;
    refuses(target.observe(2, OBSERVATION), Fault::SequenceGap { expected: 1, found: 2 })?;
    refuses(target.observe(1, OBSERVATION), Fault::NotArmed)
}

fn not_finite(target: &mut Target, artefact: &Artefact<'_>) -> Result<(), Breach> {
    for observation in [[f32::NAN, 0.0], [-0.5, f32::NAN], [f32::INFINITY, 0.0], [-0.5, f32::NEG_INFINITY]] {
        target.arm(artefact.crc, 0)?;
        refuses(target.observe(0, observation), Fault::ObservationNotFinite)?;
        refuses(target.observe(0, OBSERVATION), Fault::NotArmed)?;
    }
    Ok(())
}

fn arming_again(target: &mut Target, artefact: &Artefact<'_>) -> Result<(), Breach> {
    let decisions = first_decisions(artefact);
    for _ in 0..2 {
        target.arm(artefact.crc, 0)?;
        same_bits(target.observe(0, OBSERVATION)?, decisions[0])?;
        same_bits(target.observe(1, OBSERVATION)?, decisions[1])?;
    }
    Ok(())
}

fn garbage(target: &mut Target, artefact: &Artefact<'_>) -> Result<(), Breach> {
    let mut random = Pcg64::from_seed(1);
    let bytes: Vec<u8> = (0..400).map(|_| random.next_u64() as u8).chain([0]).collect();
    survives(target, artefact, &bytes)
}

fn over_long_frame(target: &mut Target, artefact: &Artefact<'_>) -> Result<(), Breach> {
    let bytes: Vec<u8> = std::iter::repeat_n(1, 3 * TO_TARGET_FRAME).chain([0]).collect();
    survives(target, artefact, &bytes)
}

fn truncated_frame(target: &mut Target, artefact: &Artefact<'_>) -> Result<(), Breach> {
    let frame = observation_frame()?;
    let pieces = (1..frame.len() - 1).map(|length| [frame.get(..length).unwrap_or_default(), &[0]].concat());
    survives(target, artefact, &pieces.collect::<Vec<_>>().concat())
}

fn flipped_bits(target: &mut Target, artefact: &Artefact<'_>) -> Result<(), Breach> {
    let frame = observation_frame()?;
    let flipped = (0..8 * frame.len()).map(|bit| {
        let mut frame = frame.clone();
        if let Some(byte) = frame.get_mut(bit / 8) {
            *byte ^= 1 << (bit % 8);
        }
        frame.into_iter().chain([0])
    });
    survives(target, artefact, &flipped.flatten().collect::<Vec<_>>())
}

/// The second observation, but another one: had a damaged copy been obeyed, the right one would get its answer.
fn observation_frame() -> Result<Vec<u8>, Breach> {
    let message = ToTarget::Observation { sequence: 1, observation: [-0.6, 0.01] };
    let mut buffer = [0; TO_TARGET_FRAME];
    match wire::encode(&message, &mut buffer) {
        Ok(frame) => Ok(frame.to_vec()),
        Err(error) => Err(unexpected("a frame", error)),
    }
}

/// Bytes that hold no message: each bad frame in them is counted, none is obeyed, control goes on.
fn survives(target: &mut Target, artefact: &Artefact<'_>, bytes: &[u8]) -> Result<(), Breach> {
    target.arm(artefact.crc, 0)?;
    let decisions = first_decisions(artefact);
    same_bits(target.observe(0, OBSERVATION)?, decisions[0])?;
    let before = target.statistics()?;
    target.link.send_bytes(bytes).map_err(TargetError::Link)?;
    same_bits(target.observe(1, OBSERVATION)?, decisions[1])?;
    let after = target.statistics()?;
    expect(after.overruns.wrapping_sub(before.overruns), 0)?;
    expect(after.bad_frames.wrapping_sub(before.bad_frames), bad_frames(bytes))
}

/// Number of bad frames that the target must count.
fn bad_frames(bytes: &[u8]) -> u32 {
    let mut accumulator = Accumulator::<TO_TARGET_FRAME>::new();
    let frames = bytes.iter().filter_map(|byte| accumulator.push::<ToTarget>(*byte));
    frames.map(|frame| u32::from(frame.is_err())).sum()
}

fn bad_line(target: &mut Target, artefact: &Artefact<'_>) -> Result<(), Breach> {
    let before = target.statistics()?.bad_frames.wrapping_add(target.link.bad_frames());
    let limits = target.limits;
    // Asking again early is harmless, and most frames arrive.
    target.limits = Limits { answer: Duration::from_millis(250), ..limits };
    let rates = Rates { drop: 0.001, corrupt: 0.001, duplicate: 0.001 };
    target.link.set_lossy(Some(Lossy::new(rates, 1)));
    let mismatches = steps_over_line(target, artefact, 60);
    target.link.set_lossy(None);
    target.limits = limits;
    expect(mismatches?, 0)?;
    let after = target.statistics()?.bad_frames.wrapping_add(target.link.bad_frames());
    if after == before { Err(unexpected("bad frames to be counted", "none")) } else { Ok(()) }
}

/// Mismatches in the first steps of an episode.
fn steps_over_line(target: &mut Target, artefact: &Artefact<'_>, steps: u32) -> Result<u32, TargetError> {
    target.arm(artefact.crc, 0)?;
    let mut beside = Beside::start(&artefact.parameters, Scenario::nominal(0));
    for sequence in 0..steps {
        let observation = beside.observation();
        let decision = target.observe(sequence, observation)?;
        beside.take(Step { observation, decision, cycles: None });
    }
    Ok(beside.finish().mismatches)
}

fn observation_timeout(target: &mut Target, artefact: &Artefact<'_>) -> Result<(), Breach> {
    let milliseconds = 100;
    target.arm(artefact.crc, milliseconds)?;
    let deadline = Instant::now() + target.limits.answer;
    let fault = loop {
        match target.link.receive(deadline).map_err(TargetError::Link)? {
            Some(ToHost::Fault(fault)) => break Some(fault),
            Some(_) => {}
            None => break None,
        }
    };
    expect(fault, Some(Fault::ObservationTimeout { milliseconds }))?;
    refuses(target.observe(0, OBSERVATION), Fault::NotArmed)
}

fn plant_out_of_range(target: &mut Target, artefact: &Artefact<'_>) -> Result<(), Breach> {
    let nominal = Scenario::nominal(0);
    for scale in [0.4, 2.1, -1.0, f32::NAN, f32::INFINITY] {
        for scenario in [Scenario { gravity: scale, ..nominal }, Scenario { power: scale, ..nominal }] {
            target.arm(artefact.crc, 0)?;
            refuses(target.self_play(scenario, |_| {}), Fault::PlantOutOfRange)?;
            refuses(target.self_play(nominal, |_| {}), Fault::NotArmed)?;
        }
    }
    Ok(())
}

fn disarm_ends_self_play(target: &mut Target, artefact: &Artefact<'_>) -> Result<(), Breach> {
    target.arm(artefact.crc, 0)?;
    let Scenario { seed, gravity, power, noise } = Scenario::nominal(0);
    target.link.send(&ToTarget::SelfPlay { seed, gravity, power, noise }).map_err(TargetError::Link)?;
    target.disarm()?;
    // The line keeps the order: what comes before this answer was sent after the disarming.
    target.link.send(&ToTarget::Hello).map_err(TargetError::Link)?;
    let deadline = Instant::now() + target.limits.answer;
    match target.link.receive(deadline).map_err(TargetError::Link)? {
        Some(ToHost::Hello(_)) => refuses(target.observe(0, OBSERVATION), Fault::NotArmed),
        other => Err(unexpected("a hello", other)),
    }
}

/// What the host decides when it sees [`OBSERVATION`] three times.
fn first_decisions(artefact: &Artefact<'_>) -> [Decision; 3] {
    let mut memory = Box::new(Horizon10::new());
    std::array::from_fn(|_| decide(&artefact.parameters, &mut memory, OBSERVATION))
}

fn same_bits(found: Decision, expected: Decision) -> Result<(), Breach> {
    if found.has_same_bits(&expected) { Ok(()) } else { Err(unexpected(expected, found)) }
}

fn refuses<T: fmt::Debug>(result: Result<T, TargetError>, fault: Fault) -> Result<(), Breach> {
    match result {
        Err(TargetError::Fault(found)) => expect(found, fault),
        Err(error) => Err(error.into()),
        Ok(found) => Err(unexpected(fault, found)),
    }
}

fn expect<T: fmt::Debug + PartialEq>(found: T, expected: T) -> Result<(), Breach> {
    if found == expected { Ok(()) } else { Err(unexpected(expected, found)) }
}

fn unexpected(expected: impl fmt::Debug, found: impl fmt::Debug) -> Breach {
    Breach::Unexpected { expected: format!("{expected:?}"), found: format!("{found:?}") }
}
