//! Maps of Breakout that satisfy conditions: the layer's projection and the exact decoding of a network's scores.
//!
//! | module | content |
//! |---|---|
//! | [`program`] | conditions, whether some map satisfies them, and whether a given one does |
//! | [`projection`] | probabilities that satisfy the conditions and are nearest to the scores |
//! | [`decode`] | the map that satisfies the conditions and has the largest sum of scores |
//! | [`answer`] | the target's answer: tiles, status, checksum |
//! | [`artefact`] | conditions as bytes for the target, with scores to test them |

pub mod answer;
pub mod artefact;
pub mod decode;
#[cfg(test)]
mod instances;
pub mod program;
pub mod projection;

use answer::{Answer, PackedMap, Status};
use program::Program;
use projection::{Projection, Report};

/// Rows of a map.
pub const HEIGHT: usize = 6;
/// Columns of a map.
pub const WIDTH: usize = 18;
/// Cells of a map, along the rows.
pub const CELLS: usize = HEIGHT * WIDTH;
/// Classes of tiles: none, and a colour for each row.
pub const CLASSES: usize = 7;
/// Most regions whose tiles are counted.
pub const REGIONS: usize = 32;
/// Largest size of a score; those of a network are about 1.
pub const MOST_SCORE: f32 = 1e6;

/// A number for each class of each cell.
pub type Scores = [[f32; CLASSES]; CELLS];

/// The class of each cell's tile.
pub type Map = [u8; CELLS];

/// Conditions and all that a map needs: put it into a static. All zeros at first, so that it takes no flash.
#[derive(Debug, Clone)]
pub struct Memory {
    program: Program,
    /// Scores for [`Memory::project`] and [`Memory::decode`].
    pub scores: Scores,
    projection: Projection,
}

impl Memory {
    /// Conditions that no map satisfies: [`artefact::MapsArtefact::load`] fills it.
    pub const fn new() -> Self {
        Self { program: Program::empty(), scores: [[0.0; CLASSES]; CELLS], projection: Projection::zero() }
    }

    /// Takes conditions over.
    pub fn load(&mut self, program: &Program) {
        self.program = program.clone();
    }

    /// Projects the scores. Cost: that of [`Projection::project`].
    pub fn project(&mut self) -> Report {
        self.projection.project(&self.program, &self.scores)
    }

    /// The best map for the scores. Cost: that of [`decode::decode`].
    pub fn decode(&self) -> Map {
        decode::decode(&self.program, &self.scores)
    }

    /// Answer from a projection and a decoded map.
    pub fn answer(&self, report: &Report, map: &Map) -> Answer {
        let status = if report.status == Status::OutOfRange || self.program.satisfies(map) {
            report.status
        } else {
            Status::BreaksConditions
        };
        Answer {
            map: PackedMap::new(map),
            status,
            evaluations: report.evaluations,
            residual: report.residual,
            checksum: self.projection.checksum(&self.scores),
        }
    }

    /// All of it.
    pub fn solve(&mut self) -> Answer {
        let report = self.project();
        let map = self.decode();
        self.answer(&report, &map)
    }

    /// Probabilities of the last projection.
    pub fn probabilities(&self) -> &Scores {
        self.projection.probabilities()
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

/// CRC-32 of scores, little endian, the class fastest.
pub fn checksum(scores: &Scores) -> u32 {
    const CRC: crc::Crc<u32> = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC);
    let mut digest = CRC.digest();
    scores.as_flattened().iter().for_each(|score| digest.update(&score.to_le_bytes()));
    digest.finalize()
}

/// Whether all of them are numbers that can be computed with.
fn are_in_range(scores: &Scores) -> bool {
    // Written so that NaN fails.
    scores.as_flattened().iter().all(|score| score.abs() <= MOST_SCORE)
}
