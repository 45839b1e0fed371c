//! Export of a trained reader of 4 x 4 boards to a microcontroller: `artefact.bin`, and `artefact.md`, which describes
//! it.

use crate::data::augmentation::Augmentation;
use crate::data::boards::Boards;
use crate::evaluate::decoders::{Decoder, EvaluationError, Figures, evaluate, scores_of};
use crate::model::convolution::ConvolutionError;
use crate::target::{Counts, images};
use crate::train::trainer::Trainer;
use burn::module::Module;
use convex_edge_burn::splitting::{Sudoku, SudokuError};
use convex_edge_core::artefact::{ArtefactError, MAXIMUM_BYTES};
use convex_edge_core::random::Pcg64;
use convex_edge_core::sudoku::artefact::{read, write};
use convex_edge_core::sudoku::layer::{Solution, Status};
use convex_edge_core::sudoku::reader::PARAMETERS;
use convex_edge_core::sudoku::{Images, Memory};
use convex_edge_runs::store::{StoreError, write_atomically};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Golden vectors: so many boards of each status, the first ones.
const GOLDEN: usize = 4;

/// Errors of an export.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The weights or the reading.
    #[error(transparent)]
    Reader(#[from] ConvolutionError),
    /// The rules.
    #[error(transparent)]
    Rules(#[from] SudokuError),
    /// The host's own decoding.
    #[error(transparent)]
    Evaluation(#[from] EvaluationError),
    /// The format refused it.
    #[error("the reader cannot be exported ({0:?}); a target takes `Architecture::small()`, trained to finite weights")]
    Refused(ArtefactError),
    /// A file.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What was written, and what the target will make of the test boards.
#[derive(Debug, Clone, PartialEq)]
pub struct Exported {
    /// The artefact.
    pub path: PathBuf,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its identity.
    pub crc: u32,
    /// Counts by the code that the target runs.
    pub counts: Counts,
    /// Figures of the host's layer, rounded, and with its search.
    pub host: [Figures; 2],
}

/// Exports a reader into `folder`, with golden vectors out of the test boards, on which target's and host's code are
/// compared.
///
/// # Errors
/// [`ExportError`].
pub fn export(trainer: &Trainer, test: &Boards<'_>, folder: &Path) -> Result<Exported, ExportError> {
    let weights = trainer.reader.valid().weights()?;
    let images = images(test);
    let bytes = bytes(&weights, &images).map_err(ExportError::Refused)?;
    // What a target would do: no artefact leaves that would be refused.
    let artefact = read(&bytes).map_err(ExportError::Refused)?;
    let mut memory = Box::new(Memory::new());
    artefact.self_test(&mut memory).map_err(ExportError::Refused)?;
    let counts = Counts::of(test, &solve(&mut memory, &images));
    let rules = Sudoku::new(2)?;
    // Nothing is drawn where nothing is changed.
    let random = &mut Pcg64::from_seed(0);
    let scores = trainer.log_probabilities(test.digits, &test.indices, &Augmentation::NONE, random)?;
    let scores = scores_of(test, &scores, false).map_err(EvaluationError::from)?;
    let host = [evaluate(test, &scores, Decoder::Layer(&rules))?, evaluate(test, &scores, Decoder::Search(&rules))?];
    let (crc, golden) = (artefact.crc, artefact.golden_vectors());
    let exported = Exported { path: folder.join("artefact.bin"), bytes, crc, counts, host };
    write_atomically(&exported.path, &exported.bytes)?;
    write_atomically(&folder.join("artefact.md"), describe(&exported, golden).as_bytes())?;
    Ok(exported)
}

/// The artefact of [`PARAMETERS`] weights, whose golden vectors are the first boards of each status.
///
/// # Errors
/// As [`write()`].
pub fn bytes(weights: &[f32], boards: &[Images]) -> Result<Vec<u8>, ArtefactError> {
    let (mut memory, mut buffer) = (Box::new(Memory::new()), vec![0; MAXIMUM_BYTES]);
    let draft = write(weights, &[], &mut memory, &mut buffer)?.to_vec();
    read(&draft)?.load(&mut memory);
    let mut golden: Vec<Images> = Vec::new();
    let mut met: Vec<Status> = Vec::new();
    for (images, solution) in boards.iter().zip(solve(&mut memory, boards)) {
        if met.iter().filter(|status| **status == solution.status).count() < GOLDEN {
            met.push(solution.status);
            golden.push(*images);
        }
    }
    Ok(write(weights, &golden, &mut memory, &mut buffer)?.to_vec())
}

/// Solutions that the target will return.
fn solve(memory: &mut Memory, boards: &[Images]) -> Vec<Solution> {
    let solve = |images: &Images| {
        memory.read(images);
        memory.solve()
    };
    boards.iter().map(solve).collect()
}

fn describe(exported: &Exported, golden: usize) -> String {
    let Exported { bytes, crc, counts, host: [layer, search], .. } = exported;
    let mut text = String::new();
    let mut line = |words: String| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{words}");
    };
    let percent = |part: usize| 100.0 * part as f64 / counts.boards.max(1) as f64;
    line("# Sudoku of 4 x 4 cells from the images of its cells\n".into());
    line(
        "Made by `cargo edge export sudoku`; `cargo edge hil sudoku` solves boards with it in QEMU or on a board.\n"
            .into(),
    );
    line("| what | value |\n|---|---|".into());
    line(format!("| bytes | {} |", bytes.len()));
    line(format!("| CRC-32 | {crc:08x} |"));
    line(format!("| weights, in single precision | {PARAMETERS} |"));
    line(format!("| golden vectors | {golden} |"));
    line(format!("| memory, bytes | {} |", size_of::<Memory>()));
    line(format!("| test boards | {} |", counts.boards));
    line(format!("| right in every cell | {:.1} % |", percent(counts.right)));
    line(format!("| proven to be the most likely grid | {:.1} % |", percent(counts.proven)));
    line(format!("| proven and yet wrong: so it was read | {:.1} % |", percent(counts.proven_wrong)));
    line(format!("| iterations, median and most | {}, {} |", counts.median_iterations, counts.most_iterations));
    line(format!("| right by the host's layer, rounded | {:.1} % |", 100.0 * layer.share()));
    line(format!("| right by the host's layer with its search | {:.1} % |", 100.0 * search.share()));
    text
}

#[cfg(test)]
mod tests;
