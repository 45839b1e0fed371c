//! Answer to a map's scores: the tiles, their status, and a checksum that host and target compare.

use super::{HEIGHT, Map, WIDTH};
use postcard_schema::Schema;
use serde::{Deserialize, Serialize};

/// Status of the probabilities and the map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub enum Status {
    /// The probabilities are the nearest ones up to [`super::projection::TOLERANCE`]; the map is the best one.
    Solved,
    /// The map is the best one; the probabilities have a larger residual, as with scores of 100.
    Inaccurate,
    /// A score is NaN, infinite, or larger than [`super::MOST_SCORE`]; all tiles are 0.
    OutOfRange,
    /// The map breaks a condition, which is an error of this program.
    BreaksConditions,
}

/// Answer to a map's scores.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Schema)]
pub struct Answer {
    /// The map.
    pub map: PackedMap,
    /// Status of the probabilities and the map.
    pub status: Status,
    /// Evaluations of a region's count in the projection.
    pub evaluations: u16,
    /// Largest residual of the projection's optimality conditions.
    pub residual: f32,
    /// CRC-32 over the bits of scores, probabilities and multipliers.
    pub checksum: u32,
}

/// A map, two tiles in a byte, the left one in its lower half.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub struct PackedMap(pub [[u8; WIDTH / 2]; HEIGHT]);

impl PackedMap {
    /// Packs a map.
    pub fn new(map: &Map) -> Self {
        let mut packed = [[0; _]; HEIGHT];
        for (byte, &[left, right]) in packed.as_flattened_mut().iter_mut().zip(map.as_chunks().0) {
            *byte = (left & 0xf) | (right << 4);
        }
        Self(packed)
    }

    /// The tiles along the rows.
    pub fn tiles(&self) -> Map {
        let mut map = [0; _];
        for (tiles, byte) in map.as_chunks_mut().0.iter_mut().zip(self.0.as_flattened()) {
            *tiles = [byte & 0xf, byte >> 4];
        }
        map
    }
}
