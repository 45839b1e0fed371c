//! Program of a map: conditions, the test that some map satisfies them, and the test of one map; all in integers.

use super::{CELLS, CLASSES, Map, REGIONS};

/// Value of [`Region::parent`] and [`Conditions::smallest`] that names no region.
pub const OUTSIDE: u8 = 0xff;

const CLASS_BITS: u8 = (1 << CLASSES) - 1;

/// Bounds of the number of counted tiles in a region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region {
    /// The smallest region that holds this one, a later one; [`OUTSIDE`] where there is none.
    pub parent: u8,
    /// At least so many.
    pub least: u8,
    /// At most so many.
    pub most: u8,
}

/// What is asked of a map: tiles that cells may have, and numbers of tiles of one kind in regions that are pairwise
/// nested or disjoint, which the form itself sees to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conditions {
    /// The classes that are counted, bit k for class k.
    pub counted: u8,
    /// The classes that each cell may have, bit k for class k.
    pub allowed: [u8; CELLS],
    /// The smallest region that holds each cell; [`OUTSIDE`] where there is none.
    pub smallest: [u8; CELLS],
    /// The regions, each before those that hold it.
    pub regions: heapless::Vec<Region, REGIONS>,
}

/// Errors of conditions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProgramError {
    /// A cell may have no class; allow it one.
    NoTile {
        /// The cell.
        cell: u8,
    },
    /// A cell may have a class that there is not, or lies in a region that there is not.
    Cell {
        /// The cell.
        cell: u8,
    },
    /// A region comes after one that holds it; number the regions from the inside.
    Order {
        /// The region.
        region: u8,
    },
    /// A region's bounds are out of reach, given its cells' classes and the regions within it.
    Contradiction {
        /// The region.
        region: u8,
        /// The fewest counted tiles that it can have.
        fewest: u8,
        /// The most.
        most: u8,
    },
}

/// Conditions that some map satisfies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    conditions: Conditions,
    /// The regions within each region and itself, bit r for region r.
    within: [u32; REGIONS],
}

impl Program {
    /// Of conditions. A region's possible numbers are those from a sum over its cells and the regions in it to another, cut
    /// to its bounds, and all between are possible; so there is a map if and only if no cut leaves nothing.
    ///
    /// # Errors
    /// [`ProgramError`] of the first cell or innermost region that has one.
    pub fn new(conditions: Conditions) -> Result<Self, ProgramError> {
        let Conditions { counted, allowed, smallest, regions } = &conditions;
        let mut within = [0_u32; REGIONS];
        let mut ranges = [(0_u8, 0_u8); REGIONS];
        for ((cell, &allowed), &region) in (0..).zip(allowed).zip(smallest) {
            if allowed == 0 {
                return Err(ProgramError::NoTile { cell });
            }
            let exists = region == OUTSIDE || usize::from(region) < regions.len();
            if allowed & !CLASS_BITS != 0 || !exists {
                return Err(ProgramError::Cell { cell });
            }
            if let Some((fewest, most)) = ranges.get_mut(usize::from(region)) {
                *fewest += u8::from(allowed & !counted == 0);
                *most += u8::from(allowed & counted != 0);
            }
        }
        for (region, &Region { parent, least, most }) in (0_u8..).zip(regions) {
            let exists = parent == OUTSIDE || usize::from(parent) < regions.len();
            if parent <= region || !exists {
                return Err(ProgramError::Order { region });
            }
            let own = usize::from(region);
            let (Some(&(fewest, highest)), Some(inner)) = (ranges.get(own), within.get_mut(own)) else { continue };
            let range = (fewest.max(least), highest.min(most));
            if range.0 > range.1 {
                return Err(ProgramError::Contradiction { region, fewest, most: highest });
            }
            *inner |= 1 << region;
            let inner = *inner;
            if let (Some(outer), Some(sum)) = (within.get_mut(usize::from(parent)), ranges.get_mut(usize::from(parent)))
            {
                *outer |= inner;
                *sum = (sum.0 + range.0, sum.1 + range.1);
            }
        }
        Ok(Self { conditions, within })
    }

    /// Conditions that no map satisfies, of zeros.
    pub(super) const fn empty() -> Self {
        let conditions =
            Conditions { counted: 0, allowed: [0; CELLS], smallest: [0; CELLS], regions: heapless::Vec::new() };
        Self { conditions, within: [0; REGIONS] }
    }

    /// Conditions that it was made of.
    pub fn conditions(&self) -> &Conditions {
        &self.conditions
    }

    /// Whether a region holds the region of this number.
    pub(super) fn holds(&self, region: usize, inner: u8) -> bool {
        let within = self.within.get(region).copied().unwrap_or(0);
        within.checked_shr(u32::from(inner)).is_some_and(|bits| bits & 1 != 0)
    }

    /// Whether a map has only allowed tiles, and as many as asked for. Cost: a pass over the cells.
    pub fn satisfies(&self, map: &Map) -> bool {
        let Conditions { counted, allowed, smallest, regions } = &self.conditions;
        let mut counts = [0_u8; REGIONS];
        for ((&tile, &allowed), &region) in map.iter().zip(allowed).zip(smallest) {
            let class = 1_u8.checked_shl(u32::from(tile)).unwrap_or(0);
            if class & allowed == 0 {
                return false;
            }
            if let Some(count) = counts.get_mut(usize::from(region)) {
                *count += u8::from(class & counted != 0);
            }
        }
        for (region, bounds) in regions.iter().enumerate() {
            let count = counts.get(region).copied().unwrap_or(0);
            if !(bounds.least..=bounds.most).contains(&count) {
                return false;
            }
            if let Some(sum) = counts.get_mut(usize::from(bounds.parent)) {
                *sum += count;
            }
        }
        true
    }
}
