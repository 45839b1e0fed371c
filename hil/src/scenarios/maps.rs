//! Map scenario: the target's Breakout maps, compared with the host's.

use crate::target::{Target, TargetError};
use convex_edge_core::artefact::ArtefactError;
use convex_edge_core::maps::answer::Answer;
use convex_edge_core::maps::artefact::MapsArtefact;
use convex_edge_core::maps::{Memory, Scores};
use convex_edge_core::wire::Decoded;

/// A map that was found on both sides.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Beside {
    /// Answer of the target.
    pub target: Decoded,
    /// Answer of this process.
    pub host: Answer,
}

impl Beside {
    /// Whether both have the same bits: map, status, residual, and the projection's scores,
    /// probabilities and multipliers.
    pub fn is_same(&self) -> bool {
        self.target.answer == self.host
    }
}

/// Errors that prevent a comparison with the target.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MapsError {
    /// The target.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// This process does not reproduce the artefact's golden vectors.
    #[error("this computer does not give the artefact's own answers ({0:?}): export it again")]
    SelfTest(ArtefactError),
}

/// Finds the maps of scores on the target, which holds the artefact, and hands each over with what this process makes of it.
///
/// # Errors
/// [`MapsError`]; an answer with other bits is none.
pub fn run(
    target: &mut Target,
    artefact: &MapsArtefact<'_>,
    scores: &[Scores],
    mut on_map: impl FnMut(Beside),
) -> Result<(), MapsError> {
    let mut memory = Box::new(Memory::new());
    artefact.self_test(&mut memory).map_err(MapsError::SelfTest)?;
    target.arm(artefact.crc, 0)?;
    for (sequence, scores) in (0..).zip(scores) {
        let answer = target.decode_map(sequence, scores)?;
        memory.scores = *scores;
        on_map(Beside { target: answer, host: memory.solve() });
    }
    Ok(target.disarm()?)
}
