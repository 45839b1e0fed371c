//! Episodes of a demonstration, on the target and on the host.

use super::summary::{Comparison, Corner};
use crate::evaluate::episodes::{CORNERS, EpisodeResult, play_all, scenarios, summarize};
use convex_edge_core::artefact::Artefact;
use convex_edge_core::episode::Scenario;
use convex_edge_core::policy::{HORIZON, Parameters, ROWS};
use convex_edge_hil::board::Board;
use convex_edge_hil::link::{Link, LinkError};
use convex_edge_hil::process::{Process, ProcessError};
use convex_edge_hil::qemu::instructions;
use convex_edge_hil::recording::{Recording, Summary as Counted};
use convex_edge_hil::scenarios::{closed_loop, self_play};
use convex_edge_hil::target::{Limits, Target, TargetError};
use convex_edge_runs::interrupt;
use std::path::Path;

/// Episodes with the plant on the host; their seeds begin at 0.
pub const CLOSED_LOOP: u64 = 20;
/// Episodes with the plant on the target; their seeds follow.
pub const SELF_PLAY: u64 = 300;
/// Episodes at each corner of the model error with the plant on the target.
pub const CORNER_SELF_PLAY: u64 = 25;
/// Episodes at each corner on the host.
pub const CORNER_HOST: u64 = 200;
/// Episodes whose instructions are counted.
pub const COUNTED: u64 = 4;
/// Seed of the first episode at a corner.
const CORNER_SEED: u64 = 1000;

/// A started target; what it runs ends with it.
pub struct Rig {
    /// Connection to the target.
    pub target: Target,
    /// Keeps the emulator, or the firmware as a process, alive.
    pub process: Process,
}

/// Errors of a drive.
#[derive(Debug, thiserror::Error)]
pub enum DriveError {
    /// It did not start.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// The line.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// The target.
    #[error(transparent)]
    Target(#[from] TargetError),
}

/// Starts a board's firmware with an artefact, in QEMU or as a process, and shakes hands.
///
/// # Errors
/// [`DriveError`].
pub fn start(board: &Board, firmware: &Path, artefact: &Path, counting: bool) -> Result<Rig, DriveError> {
    let process = Process::start(board, firmware, artefact, counting, &interrupt::REQUESTED)?;
    let link = Link::open(process.port(), board.baud, &interrupt::REQUESTED)?;
    Ok(Rig { target: Target::connect(link, Limits::default())?, process })
}

/// Episodes that a target played.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Driven {
    /// With the plant on the host.
    pub closed_loop: Vec<Recording>,
    /// With the plant on the target.
    pub self_play: Vec<Recording>,
    /// With the plant on the target, at the corners of the model error, with sensor noise.
    pub corners: Vec<Recording>,
}

/// Number of episodes that [`drive`] plays.
pub const fn episodes() -> u64 {
    CLOSED_LOOP + SELF_PLAY + CORNERS.len() as u64 * CORNER_SELF_PLAY
}

/// Plays all episodes of a demonstration; `progress` hears of each.
///
/// # Errors
/// [`TargetError`].
pub fn drive(target: &mut Target, artefact: &Artefact<'_>, progress: &dyn Fn()) -> Result<Driven, TargetError> {
    let mut driven = Driven::default();
    let keep = |into: &mut Vec<Recording>, recording| {
        into.push(recording);
        progress();
    };
    let nominal = |first, episodes| scenarios(first, episodes, (1.0, 1.0), false);
    closed_loop::run(target, artefact, &nominal(0, CLOSED_LOOP), |r| keep(&mut driven.closed_loop, r))?;
    self_play::run(target, artefact, &nominal(CLOSED_LOOP, SELF_PLAY), |r| keep(&mut driven.self_play, r))?;
    for corner in CORNERS {
        let corner = scenarios(CORNER_SEED, CORNER_SELF_PLAY, corner, true);
        self_play::run(target, artefact, &corner, |r| keep(&mut driven.corners, r))?;
    }
    Ok(driven)
}

/// Median and largest number of instructions of a decision on a target that QEMU counts.
///
/// # Errors
/// [`TargetError`].
pub fn count(target: &mut Target, artefact: &Artefact<'_>) -> Result<(u32, u32), TargetError> {
    let mut recordings = Vec::new();
    let nominal = scenarios(0, COUNTED, (1.0, 1.0), false);
    self_play::run(target, artefact, &nominal, |recording| recordings.push(recording))?;
    let counted = Counted::of(&recordings);
    Ok((instructions(counted.cycles_p50.unwrap_or(0)), instructions(counted.cycles_max.unwrap_or(0))))
}

/// The corners of the model error, with noise: many episodes on the host, and those of the target.
pub fn corners(parameters: &Parameters, driven: &Driven, target: &str) -> Vec<Corner> {
    let corner = |(gravity, power), played_on: &str, results: &[EpisodeResult]| Corner {
        gravity,
        power,
        played_on: played_on.to_owned(),
        result: summarize(results),
    };
    CORNERS
        .into_iter()
        .flat_map(|plant| {
            let host = play_all::<HORIZON, ROWS>(parameters, &scenarios(CORNER_SEED, CORNER_HOST, plant, true));
            let at = |recording: &&Recording| (recording.scenario.gravity, recording.scenario.power) == plant;
            let on_target: Vec<_> = driven.corners.iter().filter(at).map(result).collect();
            [corner(plant, "host", &host), corner(plant, target, &on_target)]
        })
        .collect()
}

/// The shipped policy and the one that looks a single step ahead, on the host.
pub fn comparisons(parameters: &Parameters) -> Vec<Comparison> {
    let comparison = |policy: String, plant: &str, results: &[EpisodeResult]| Comparison {
        policy,
        plant: plant.to_owned(),
        result: summarize(results),
    };
    let nominal = scenarios(0, CLOSED_LOOP + SELF_PLAY, (1.0, 1.0), false);
    let corners: Vec<Scenario> =
        CORNERS.into_iter().flat_map(|plant| scenarios(CORNER_SEED, CORNER_HOST, plant, true)).collect();
    [("nominal", &nominal), ("corners, noise", &corners)]
        .into_iter()
        .flat_map(|(plant, scenarios)| {
            let one = play_all::<1, 3>(parameters, scenarios);
            let all = play_all::<HORIZON, ROWS>(parameters, scenarios);
            [
                comparison(format!("horizon {HORIZON}"), plant, &all),
                comparison("horizon 1, same weights".to_owned(), plant, &one),
            ]
        })
        .collect()
}

/// A target's episode in the figures of the host's evaluation.
pub fn result(recording: &Recording) -> EpisodeResult {
    let &Recording { scenario, episode_return, solved, violations, .. } = recording;
    let furthest = f32::NEG_INFINITY;
    let mut result =
        EpisodeResult { seed: scenario.seed, episode_return, solved, violations, furthest, ..EpisodeResult::default() };
    for step in &recording.steps {
        result.count(&step.decision, step.observation[0]);
    }
    result
}
