//! `cargo edge hil mountain-car`: protocol, control loop and self-play of a target, step by step.

use crate::connect::{ConnectError, with_target};
use crate::hil::Options;
use crate::target::TargetOptionsError;
use convex_edge_core::artefact::{self, Artefact, ArtefactError};
use convex_edge_hil::process::ProcessError;
use convex_edge_hil::recording::Recording;
use convex_edge_hil::scenarios::{closed_loop, protocol, self_play};
use convex_edge_hil::target::Target;
use convex_edge_hil::verdict::{Case, json_lines, junit};
use convex_edge_mountain_car::evaluate::episodes::{CORNERS, scenarios};
use convex_edge_mountain_car::target::drive::DriveError;
use convex_edge_runs::store::{StoreError, write_atomically};
use std::path::PathBuf;
use std::time::Instant;

/// Errors of the command.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The files.
    #[error(transparent)]
    Target(#[from] TargetOptionsError),
    /// There is no target.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The artefact file.
    #[error("the artefact {} is refused ({reason:?}); export it again with `cargo edge export mountain-car`", path.display())]
    Artefact {
        /// Path of the file.
        path: PathBuf,
        /// First fault found in the file.
        reason: ArtefactError,
    },
    /// The verdict's file.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Some check failed.
    #[error("{failed} of {checks} checks failed; see above")]
    Failed {
        /// Number of failed checks.
        failed: usize,
        /// Number of checks that ran.
        checks: usize,
    },
}

/// Runs protocol, closed-loop and self-play checks and prints the verdict.
///
/// # Errors
/// [`CommandError`].
pub(crate) fn run(options: &Options) -> Result<(), CommandError> {
    let episodes = options.episodes.unwrap_or(5);
    let board = options.target.board()?;
    let path = options.target.artefact()?;
    let missing = |_| ConnectError::from(DriveError::from(ProcessError::ArtefactMissing(path.clone())));
    let bytes = std::fs::read(&path).map_err(missing)?;
    let artefact = artefact::read(&bytes).map_err(|reason| CommandError::Artefact { path: path.clone(), reason })?;
    let mut show = |case: &Case| {
        if !options.json {
            let failure = case.failure.as_deref().unwrap_or("ok");
            println!("{:>8.2} s  {:<12}{:<66}{failure}", case.seconds, case.scenario, case.name);
        }
    };
    let work = |target: &mut Target, _| check(target, &artefact, episodes, &mut show).map_err(ConnectError::from);
    let cases = with_target(options, &board, &path, false, work)?;
    if options.json {
        print!("{}", json_lines(&cases));
    }
    if let Some(file) = &options.junit {
        write_atomically(file, junit(&board.name, &cases).as_bytes())?;
    }
    let failed = cases.iter().filter(|case| case.failure.is_some()).count();
    if failed == 0 { Ok(()) } else { Err(CommandError::Failed { failed, checks: cases.len() }) }
}

fn check(
    target: &mut Target,
    artefact: &Artefact<'_>,
    episodes: u64,
    show: &mut impl FnMut(&Case),
) -> Result<Vec<Case>, DriveError> {
    let mut cases = protocol::run(target, artefact, &mut *show)?;
    let mut since = Instant::now();
    let mut judge = |scenario: &'static str, recording: Recording| {
        let played = recording.scenario;
        let noise = if played.noise { ", noise" } else { "" };
        let name = format!("seed {}, gravity {:.2}, power {:.2}{noise}", played.seed, played.gravity, played.power);
        let seconds = since.elapsed().as_secs_f64();
        let case = Case { scenario, name, seconds, failure: recording.failure() };
        since = Instant::now();
        show(&case);
        cases.push(case);
    };
    let nominal = scenarios(0, episodes, (1.0, 1.0), false);
    closed_loop::run(target, artefact, &nominal, |recording| judge("closed loop", recording))?;
    self_play::run(target, artefact, &nominal, |recording| judge("self-play", recording))?;
    for corner in CORNERS {
        let corner = scenarios(1000, episodes.div_ceil(4), corner, true);
        self_play::run(target, artefact, &corner, |recording| judge("self-play", recording))?;
    }
    Ok(cases)
}
