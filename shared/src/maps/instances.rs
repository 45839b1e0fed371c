//! Random conditions with a map that satisfies them, for tests.

extern crate std;

use super::program::{Conditions, OUTSIDE, Region};
use super::{CELLS, CLASSES, Map, REGIONS, Scores};
use crate::random::Pcg64;
use std::vec::Vec;

/// A number below `end`.
pub fn below(random: &mut Pcg64, end: usize) -> usize {
    (random.uniform(0.0, end as f64) as usize).min(end - 1)
}

/// Conditions under which so many cells have a choice, at most of three classes where they are few, and a map that
/// satisfies them. Some bounds are equal, some leave room.
pub fn conditions(random: &mut Pcg64, choices: usize) -> (Conditions, Map) {
    let map: Map = core::array::from_fn(|_| below(random, CLASSES) as u8);
    let counted = below(random, 128) as u8;
    let mut allowed = map.map(|tile| 1 << tile);
    for _ in 0..choices {
        let cell = below(random, CELLS);
        allowed[cell] |= match choices {
            CELLS => below(random, 128) as u8,
            _ => (1 << below(random, CLASSES)) | (1 << below(random, CLASSES)),
        };
    }
    let count = below(random, if choices == CELLS { REGIONS + 1 } else { 6 });
    let mut regions = heapless::Vec::<Region, REGIONS>::new();
    for region in 0..count {
        let later = count - region - 1;
        let parent =
            if later == 0 || below(random, 4) == 0 { OUTSIDE } else { (region + 1 + below(random, later)) as u8 };
        regions.push(Region { parent, least: 0, most: 0 }).unwrap();
    }
    let mut smallest = [OUTSIDE; CELLS];
    for region in smallest.iter_mut().filter(|_| count > 0) {
        *region = if below(random, 8) == 0 { OUTSIDE } else { below(random, count) as u8 };
    }
    let mut counts = [0; REGIONS];
    for (&tile, &region) in map.iter().zip(&smallest).filter(|&(_, &region)| region != OUTSIDE) {
        counts[usize::from(region)] += counted >> tile & 1;
    }
    for region in 0..count {
        let Region { parent, least, most } = &mut regions[region];
        if let Some(sum) = (*parent != OUTSIDE).then_some(usize::from(*parent)) {
            counts[sum] += counts[region];
        }
        let slack = [0, 0, 2, 40][below(random, 4)];
        (*least, *most) = (
            counts[region].saturating_sub(below(random, slack + 1) as u8),
            counts[region] + below(random, slack + 1) as u8,
        );
    }
    (Conditions { counted, allowed, smallest, regions }, map)
}

/// Scores about a map's indicators, or anywhere; some have few bits, so that many are equal.
pub fn scores(random: &mut Pcg64, map: &Map) -> Scores {
    let (noise, signal) = ([0.1, 1.0, 10.0][below(random, 3)], below(random, 2) as f64);
    let is_coarse = below(random, 4) == 0;
    let mut scores = [[0.0; CLASSES]; CELLS];
    for (scores, &tile) in scores.iter_mut().zip(map) {
        for (class, score) in scores.iter_mut().enumerate() {
            let indicator = if class == usize::from(tile) { signal } else { 0.0 };
            let value = indicator + random.uniform(-noise, noise);
            *score = (if is_coarse { (4.0 * value).round() / 4.0 } else { value }) as f32;
        }
    }
    scores
}

/// The cells of each region.
pub fn members(conditions: &Conditions) -> Vec<Vec<usize>> {
    let mut members = std::vec![Vec::new(); conditions.regions.len()];
    for (cell, &region) in conditions.smallest.iter().enumerate() {
        let mut inner = region;
        while inner != OUTSIDE {
            members[usize::from(inner)].push(cell);
            inner = conditions.regions[usize::from(inner)].parent;
        }
    }
    members
}
