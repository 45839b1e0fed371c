//! Connection of a command to its target: one at a port, or one that the command starts.

use crate::hil::Options;
use crate::target::TargetOptionsError;
use convex_edge_hil::board::Board;
use convex_edge_hil::link::Link;
use convex_edge_hil::port::{PortError, resolve};
use convex_edge_hil::target::{Limits, Target};
use convex_edge_mountain_car::target::drive::{DriveError, Rig, start};
use convex_edge_runs::interrupt;
use convex_edge_setup::{self as setup, Need, SetupError};
use std::path::Path;

/// Errors of the connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The machine lacks something.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// The files.
    #[error(transparent)]
    Target(#[from] TargetOptionsError),
    /// The port.
    #[error(transparent)]
    Port(#[from] PortError),
    /// It did not start, or does not answer.
    #[error(transparent)]
    Drive(#[from] DriveError),
}

/// Unit of a target's cycle counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Cycles of its core, on silicon.
    Cycles,
    /// QEMU counts them where `is_counting` says so; a process counts nothing.
    Instructions,
}

/// Hands the target of the options to `work`: the one at their port, or one in QEMU or as a process, which holds the artefact and
/// ends with the work.
///
/// # Errors
/// [`ConnectError`], and those of the work.
pub(crate) fn with_target<T, E: From<ConnectError>>(
    options: &Options,
    board: &Board,
    artefact: &Path,
    is_counting: bool,
    work: impl FnOnce(&mut Target, Unit) -> Result<T, E>,
) -> Result<T, E> {
    match &options.port {
        Some(port) => work(&mut at(port, board)?, Unit::Cycles),
        None => {
            let Rig { mut target, process } = started(options, board, artefact, is_counting)?;
            let done = work(&mut target, Unit::Instructions);
            drop(process);
            done
        }
    }
}

fn at(port: &str, board: &Board) -> Result<Target, ConnectError> {
    let port = resolve(board, port)?;
    let link = Link::open(&port, board.baud, &interrupt::REQUESTED).map_err(DriveError::from)?;
    Ok(Target::connect(link, Limits::default()).map_err(DriveError::from)?)
}

fn started(options: &Options, board: &Board, artefact: &Path, is_counting: bool) -> Result<Rig, ConnectError> {
    if board.microcontroller.is_some() {
        setup::prepare(&[Need::Demo], None)?;
    }
    Ok(start(board, &options.target.firmware(board)?, artefact, is_counting)?)
}
