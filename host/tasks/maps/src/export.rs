//! Export of conditions to a microcontroller: `artefact.bin`, and `artefact.md`, which describes it.

use crate::target::{Asked, Counts, JudgeError};
use convex_edge_core::artefact::{ArtefactError, MAXIMUM_BYTES};
use convex_edge_core::maps::answer::Answer;
use convex_edge_core::maps::artefact::{read, write};
use convex_edge_core::maps::{Memory, Scores};
use convex_edge_runs::store::{StoreError, write_atomically};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Golden vectors: the first of the scores.
const GOLDEN: usize = 8;

/// Errors of an export.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The format refused it.
    #[error("the conditions cannot be exported ({0:?}): ask for less in fewer words")]
    Refused(ArtefactError),
    /// The host's own projection and decoder.
    #[error(transparent)]
    Judge(#[from] JudgeError),
    /// A file.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What was written, and what the target will make of the scores.
#[derive(Debug, Clone, PartialEq)]
pub struct Exported {
    /// The artefact.
    pub path: PathBuf,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its identity.
    pub crc: u32,
    /// Counts of the code that the target runs, compared with the host's own.
    pub counts: Counts,
}

/// Exports conditions into `folder`, with golden vectors out of the scores.
///
/// # Errors
/// [`ExportError`].
pub fn export(asked: &Asked, scores: &[Scores], folder: &Path) -> Result<Exported, ExportError> {
    let bytes = bytes(asked, scores).map_err(ExportError::Refused)?;
    // What a target would do: no artefact leaves that would be refused.
    let artefact = read(&bytes).map_err(ExportError::Refused)?;
    let mut memory = Box::new(Memory::new());
    artefact.self_test(&mut memory).map_err(ExportError::Refused)?;
    let answers: Vec<Answer> = scores
        .iter()
        .map(|scores| {
            memory.scores = *scores;
            memory.solve()
        })
        .collect();
    let counts = Counts::of(asked, scores, &answers)?;
    let (crc, golden) = (artefact.crc, artefact.golden_vectors());
    let exported = Exported { path: folder.join("artefact.bin"), bytes, crc, counts };
    write_atomically(&exported.path, &exported.bytes)?;
    write_atomically(&folder.join("artefact.md"), describe(&exported, asked, golden).as_bytes())?;
    Ok(exported)
}

/// The artefact of conditions, whose golden vectors are the first scores.
///
/// # Errors
/// As [`write()`].
pub fn bytes(asked: &Asked, scores: &[Scores]) -> Result<Vec<u8>, ArtefactError> {
    let (mut memory, mut buffer) = (Box::new(Memory::new()), vec![0; MAXIMUM_BYTES]);
    let golden = scores.get(..GOLDEN).unwrap_or(scores);
    Ok(write(&asked.program, &asked.words, golden, &mut memory, &mut buffer)?.to_vec())
}

fn describe(exported: &Exported, asked: &Asked, golden: usize) -> String {
    let Exported { bytes, crc, counts, .. } = exported;
    let mut text = String::new();
    let mut line = |words: String| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{words}");
    };
    line("# Breakout's maps under conditions\n".into());
    line(format!("`{}`\n", asked.words));
    line("Made by `cargo edge export maps`; `cargo edge hil maps` finds maps with it in QEMU or on a board.\n".into());
    line("| what | value |\n|---|---|".into());
    line(format!("| bytes | {} |", bytes.len()));
    line(format!("| CRC-32 | {crc:08x} |"));
    line(format!("| regions | {} |", asked.program.conditions().regions.len()));
    line(format!("| golden vectors | {golden} |"));
    line(format!("| memory, bytes | {} |", size_of::<Memory>()));
    line(format!("| scores | {} |", counts.maps));
    line(format!("| maps that satisfy all conditions | {} |", counts.valid));
    line(format!("| as good as by the host's decoder | {} |", counts.best));
    line(format!("| projected within the tolerance | {} |", counts.solved));
    line(format!("| largest residual | {:.1e} |", counts.largest_residual));
    line(format!("| largest difference from the host's probabilities | {:.1e} |", counts.farthest));
    line(format!("| evaluations, median and most | {}, {} |", counts.median_evaluations, counts.most_evaluations));
    text
}

#[cfg(test)]
mod tests;
