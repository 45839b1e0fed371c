//! `cargo edge hil`: the same checks against QEMU, the firmware as a process, or silicon.

use super::connect::{ConnectError, with_target};
use super::target::{TargetOptions, TargetOptionsError};
use super::task::Deployed;
use super::{hil_maps, hil_sudoku};
use convex_edge_core::artefact::{self, Artefact, ArtefactError};
use convex_edge_hil::process::ProcessError;
use convex_edge_hil::recording::Recording;
use convex_edge_hil::scenarios::{closed_loop, protocol, self_play};
use convex_edge_hil::target::Target;
use convex_edge_hil::verdict::{Case, json_lines, junit};
use convex_edge_mountain_car::demo::drive::DriveError;
use convex_edge_mountain_car::evaluate::{CORNERS, scenarios};
use convex_edge_runs::store::{StoreError, write_atomically};
use std::path::PathBuf;
use std::time::Instant;

/// Options of the command.
#[derive(Debug, clap::Args)]
pub struct Options {
    #[command(flatten)]
    pub target: TargetOptions,
    /// Serial port of a real board, or `auto`; without it, QEMU or a process is started
    #[arg(long, value_name = "PORT")]
    pub port: Option<String>,
    /// Episodes of each kind, 5 where not given; of mountain-car alone
    #[arg(long, value_name = "N")]
    episodes: Option<u64>,
    /// Test boards, 100 where not given; of sudoku alone
    #[arg(long, value_name = "N")]
    pub boards: Option<u16>,
    /// Maps, 100 where not given; of maps alone
    #[arg(long, value_name = "N")]
    pub maps: Option<u16>,
    /// Print one JSON object a check in place of the table
    #[arg(long)]
    pub json: bool,
    /// Write the verdict as JUnit XML too
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

/// Why the checks failed or could not be made.
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
        /// Which.
        path: PathBuf,
        /// Why.
        reason: ArtefactError,
    },
    /// An option of one task with another.
    #[error("{0} is for {1} alone: leave it out or name that task")]
    OtherTask(&'static str, &'static str),
    /// Sudoku.
    #[error(transparent)]
    Sudoku(#[from] hil_sudoku::CommandError),
    /// Maps.
    #[error(transparent)]
    Maps(#[from] hil_maps::CommandError),
    /// The verdict's file.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Some check failed.
    #[error("{failed} of {checks} checks failed; see above")]
    Failed {
        /// How many.
        failed: usize,
        /// Of how many.
        checks: usize,
    },
}

/// Runs protocol, closed-loop and self-play checks and prints the verdict.
pub fn run(options: &Options) -> Result<(), CommandError> {
    let task = options.target.task;
    let of_one_task = [
        ("--episodes", options.episodes.is_some(), Deployed::MountainCar, "mountain-car"),
        ("--junit", options.junit.is_some(), Deployed::MountainCar, "mountain-car"),
        ("--boards", options.boards.is_some(), Deployed::Sudoku, "sudoku"),
        ("--maps", options.maps.is_some(), Deployed::Maps, "maps"),
    ];
    for (option, is_given, of, name) in of_one_task {
        if is_given && task != of {
            return Err(CommandError::OtherTask(option, name));
        }
    }
    match task {
        Deployed::Sudoku => return Ok(hil_sudoku::run(options)?),
        Deployed::Maps => return Ok(hil_maps::run(options)?),
        Deployed::MountainCar => {}
    }
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
