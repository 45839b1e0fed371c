//! Test rig: a started target.

use convex_edge_hil::board;
use convex_edge_hil::process::Process;
use convex_edge_hil::target::Target;
use convex_edge_mountain_car::target::drive;
use std::path::Path;

/// A started target; what it runs ends with it.
pub struct Rig {
    pub target: Target,
    #[allow(dead_code, reason = "not every test looks at it")]
    pub process: Process,
    _folder: tempfile::TempDir,
}

/// Starts a board's firmware with these bytes as its artefact.
pub fn start(board: &str, firmware: &Path, artefact: &[u8], counting: bool) -> Rig {
    let board = board::find(board).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("artefact.bin");
    std::fs::write(&path, artefact).unwrap();
    let drive::Rig { target, process } = drive::start(&board, firmware, &path, counting).unwrap();
    assert_eq!(target.board(), board.name);
    Rig { target, process, _folder: folder }
}
