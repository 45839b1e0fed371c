//! Export of a trained run to a board: `artefact.bin`, and `artefact.md`, which describes it.

use crate::model::safe_set::SafeSetError;
use crate::train::search::{Run, Trained, policy};
use crate::train::settings::{Config, Filter, Horizon};
use convex_edge_core::artefact::{self, ArtefactError, MAXIMUM_BYTES};
use convex_edge_core::episode::{Episode, Scenario};
use convex_edge_core::policy::{Cost, HORIZON, Horizon10, ROWS};
use convex_edge_core::safety::KNOTS;
use convex_edge_runs::store::{StoreError, read_json, write_atomically};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Golden vectors: the first observations of as many episodes as follow, one after the other.
const GOLDEN_SEEDS: [u64; 3] = [0, 1, 2];
/// Every so many steps of an episode one observation is taken, so that all regimes are met.
const GOLDEN_STRIDE: u32 = 20;

/// Errors of an export.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// There is no trained model.
    #[error("nothing trained for this configuration in {}; run `cargo edge train mountain-car` first", folder.display())]
    NotTrained {
        /// Folder of the run.
        folder: PathBuf,
    },
    /// Boards carry one horizon, and nothing that is not kept safe.
    #[error("a board carries a policy of horizon 10 with policy.filter = \"always\": export another configuration")]
    NotForBoards,
    /// No safe set.
    #[error(transparent)]
    SafeSet(#[from] SafeSetError),
    /// The format refused it.
    #[error("the parameters cannot be exported ({0:?}); train again or report this")]
    Refused(ArtefactError),
    /// A file.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Files that were written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// The artefact.
    pub path: PathBuf,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its identity.
    pub crc: u32,
}

/// Exports the run of a configuration into `folder`.
///
/// # Errors
/// [`ExportError`].
pub fn export(config: &Config, runs: &Path, folder: &Path) -> Result<Exported, ExportError> {
    if config.policy.horizon != Horizon::Ten || config.policy.filter != Filter::Always {
        return Err(ExportError::NotForBoards);
    }
    let run = Run::of(config, runs);
    let trained: Trained =
        read_json(&run.model())?.ok_or_else(|| ExportError::NotTrained { folder: run.folder.clone() })?;
    let parameters = policy(config, &trained)?;
    let mut memory = Box::new(Horizon10::new());
    let mut observations = Vec::new();
    for seed in GOLDEN_SEEDS {
        memory.reset();
        let mut episode = Episode::start(&Scenario { noise: true, ..Scenario::nominal(seed) });
        while !episode.over {
            let step = episode.step(&parameters, &mut memory);
            if episode.steps.is_multiple_of(GOLDEN_STRIDE) {
                observations.push(step.observation);
            }
        }
    }
    let mut buffer = vec![0; MAXIMUM_BYTES];
    let bytes =
        artefact::write(&parameters, &observations, &mut memory, &mut buffer).map_err(ExportError::Refused)?.to_vec();
    // What a target would do: no artefact leaves that would be refused.
    let read = artefact::read(&bytes).map_err(ExportError::Refused)?;
    read.self_test(&mut memory).map_err(ExportError::Refused)?;
    let crc = read.crc;
    let path = folder.join("artefact.bin");
    write_atomically(&path, &bytes)?;
    write_atomically(
        &folder.join("artefact.md"),
        describe(config, &trained, &bytes, crc, observations.len()).as_bytes(),
    )?;
    Ok(Exported { path, bytes, crc })
}

fn describe(config: &Config, trained: &Trained, bytes: &[u8], crc: u32, golden: usize) -> String {
    let mut text = String::new();
    let mut line = |words: String| {
        let _ = writeln!(text, "{words}");
    };
    line("# MountainCar policy\n".into());
    line("Made by `cargo edge export mountain-car` from the run of the configuration below.\n".into());
    line("| what | value |\n|---|---|".into());
    line(format!("| bytes | {} |", bytes.len()));
    line(format!("| CRC-32 | {crc:08x} |"));
    line(format!("| schema | {:08x} |", artefact::schema()));
    line(format!("| horizon, variables, rows | {HORIZON}, {HORIZON}, {ROWS} |"));
    line(format!("| knots of the safe set | {KNOTS} |"));
    line(format!("| golden vectors | {golden} |"));
    line(format!("| validation return | {:.3} |", trained.fitness));
    line(format!("| training time, episodes | {:.0} s, {} |", trained.seconds, trained.episodes));
    line(format!("\nCost ({} weights): {:?}\n", Cost::WEIGHTS, Cost::from_weights(trained.weights.map(|w| w as f32))));
    line(format!("```toml\n{}```", config.identity().0));
    text
}
