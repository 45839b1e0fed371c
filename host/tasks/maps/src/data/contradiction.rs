//! Conditions that no map satisfies, named.

use crate::model::polytope::Polytope;
use thiserror::Error;

/// Why no map satisfies some conditions. Leaving out any one of the named conditions removes this contradiction.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Contradiction {
    /// A cell has no tile left.
    #[error("no tile is left for the cell {row},{column}: {words} contradict each other")]
    Tile {
        /// Row of the cell.
        row: usize,
        /// Column of the cell.
        column: usize,
        /// The places of the conditions.
        conditions: Vec<usize>,
        /// The conditions in words.
        words: String,
    },
    /// A count is out of reach.
    #[error("`{asked}` cannot be: there are {fewest} to {most} such tiles{under}")]
    Count {
        /// The condition that counts.
        asked: String,
        /// The fewest such tiles that there can be.
        fewest: usize,
        /// The most such tiles that there can be.
        most: usize,
        /// " under " and the other conditions in words, if there are any.
        under: String,
        /// The places of the conditions.
        conditions: Vec<usize>,
    },
    /// Mirrored tiles come in pairs.
    #[error("`{asked}` cannot be{under}: mirrored tiles come in pairs, so that every such number is {parity}")]
    Parity {
        /// The condition that counts.
        asked: String,
        /// "even" or "odd".
        parity: &'static str,
        /// " under " and the other conditions in words.
        under: String,
        /// The places of the conditions.
        conditions: Vec<usize>,
    },
    /// Several conditions together.
    #[error("{words} contradict each other")]
    Together {
        /// The places of the conditions.
        conditions: Vec<usize>,
        /// The conditions in words.
        words: String,
    },
}

impl Contradiction {
    /// The places of the conditions that contradict each other.
    pub fn conditions(&self) -> &[usize] {
        match self {
            Self::Tile { conditions, .. }
            | Self::Count { conditions, .. }
            | Self::Parity { conditions, .. }
            | Self::Together { conditions, .. } => conditions,
        }
    }

    /// Several conditions together, all of them needed for the contradiction.
    pub(crate) fn together(polytope: &Polytope, conditions: Vec<usize>) -> Self {
        Self::Together { words: polytope.words(&conditions), conditions }
    }
}

/// " under " and the conditions other than the first, if there are any.
pub(crate) fn under(polytope: &Polytope, conditions: &[usize]) -> String {
    match conditions {
        [_, others @ ..] if !others.is_empty() => format!(" under {}", polytope.words(others)),
        _ => String::new(),
    }
}

/// Leaves out one suspect after the other while the rest still contradicts: what stays is needed to the last
/// condition (a deletion filter, Chinneck 1991). One test a suspect.
pub(crate) fn irreducible(suspects: Vec<usize>, contradicts: impl Fn(&[usize]) -> bool) -> Vec<usize> {
    let mut kept = suspects;
    let mut place = kept.len();
    while place > 0 {
        place -= 1;
        let removed = kept.remove(place);
        if !contradicts(&kept) {
            kept.insert(place, removed);
        }
    }
    kept
}
