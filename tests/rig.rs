//! What the target tests stand on: an artefact, and a started target that holds it.

use convex_edge::demo::drive;
use convex_edge::tasks::mountain_car::config::Config;
use convex_edge::tasks::mountain_car::{model, safe_set};
use convex_edge_core::artefact::{self, MAXIMUM_BYTES};
use convex_edge_core::episode::{Episode, Scenario};
use convex_edge_core::policy::Horizon10;
use convex_edge_hil::board;
use convex_edge_hil::process::Process;
use convex_edge_hil::target::Target;
use std::path::Path;

/// A started target; what it runs ends with it.
pub struct Rig {
    pub target: Target,
    pub process: Process,
    _folder: tempfile::TempDir,
}

/// The published policy before training: what is learned changes numbers, not what the target does with them. The
/// golden vectors are the first steps of an episode.
pub fn artefact() -> Vec<u8> {
    let config = Config::load(None).unwrap();
    let safe_set = safe_set::tables(&config.safe_set).unwrap();
    let parameters = model::parameters(&config.policy, &safe_set, &config.training.initial_weights);
    let mut memory = Box::new(Horizon10::new());
    let mut episode = Episode::start(&Scenario::nominal(0));
    let observations: Vec<_> = (0..100).map(|_| episode.step(&parameters, &mut memory).observation).collect();
    let mut buffer = vec![0; MAXIMUM_BYTES];
    artefact::write(&parameters, &observations, &mut memory, &mut buffer).unwrap().to_vec()
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
