//! The map with the largest sum of scores among all that satisfy the conditions: exactly, with a proof.
//!
//! | conditions | way |
//! |---|---|
//! | no counts | the best class of each cell |
//! | [`Integrality::Nested`], [`Integrality::TwoFamilies`] | minimum-cost flow in integers, optimal by theorem |
//! | [`Integrality::NotProven`] | branch and bound on the linear relaxation, within a time limit |
//! | reachability, paths | the same, with cuts added until nothing is cut off |
//!
//! Branch and bound is that of the crate microlp, which is all Rust, so that cargo alone builds the project; HiGHS would
//! need cmake and a C++ compiler. The 128 row and column counts of all four classes of a 14 x 18 map take it 2 to 50
//! milliseconds. No well-maintained crate of Rust alone solves minimum-cost flows, hence the one here.
//!
//! Every map is checked against the words of its conditions before it is given out.

mod circulation;
mod flow;
mod mixed_integer;
mod reachable;

use crate::data::condition::Condition;
use crate::data::condition::verify::violations;
use crate::data::contradiction::{Contradiction, irreducible};
use crate::data::map::{Map, members};
use crate::model::polytope::Polytope;
use crate::model::polytope::integrality::{Integrality, Structure, structure};
use crate::model::reduction::Reduction;
use std::time::{Duration, Instant};
use thiserror::Error;

/// Time that a map may take where no theorem makes its decoding quick.
pub const LIMIT: Duration = Duration::from_secs(5);

/// Time for leaving out conditions that a contradiction of paths does not need.
const EXPLAINING: Duration = Duration::from_secs(1);

/// A decoded map.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded {
    /// The map; it satisfies all conditions.
    pub map: Map,
    /// Sum of its tiles' scores.
    pub score: f64,
    /// Whether no map that satisfies the conditions has a larger score, but for `cells 2^-40` of the largest one's
    /// size; `false` where the time ran out before that was known.
    pub is_optimal: bool,
}

/// Errors of decoding.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum DecodeError {
    /// No map satisfies the conditions.
    #[error(transparent)]
    Contradiction(#[from] Contradiction),
    /// The time ran out before a map was found.
    #[error("no map was found within {limit:?}, nor that there is none: allow more time or ask for less")]
    TimedOut {
        /// The time that was allowed.
        limit: Duration,
    },
    /// There is not one score for each class of each cell.
    #[error("{given} scores for a map of {needed}: give one for each class of each cell, the class fastest")]
    Size {
        /// Number of scores given.
        given: usize,
        /// Number of scores that the map needs.
        needed: usize,
    },
    /// A score is NaN or infinite.
    #[error("score {place} is {score}: give finite scores")]
    NotFinite {
        /// Its place.
        place: usize,
        /// Value of the score.
        score: f32,
    },
    /// The solver's map failed its check, which is an error of this program.
    #[error("the map that was found fails its check, which is an error of this program: {first}")]
    Check {
        /// The first condition that is broken, in words.
        first: String,
    },
    /// The solver of mixed-integer programs failed, which is an error of this program.
    #[error("the mixed-integer program was not solved, which is an error of this program: {reason}")]
    Solver {
        /// Message of the solver.
        reason: String,
    },
}

/// Decodes scores under one set of conditions.
#[derive(Debug, Clone)]
pub struct Decoder {
    polytope: Polytope,
    reduction: Reduction,
    structure: Structure,
}

/// The classes of the orbits, and whether they are proven to be the best.
type Choice = (Vec<u8>, bool);

/// Failures of a search.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Failure {
    /// There are none, because of some of these rows.
    Infeasible(Vec<usize>),
    /// It is not known.
    TimedOut,
    /// The solver broke.
    Solver(String),
}

impl Decoder {
    /// Prepares the conditions. Cost: some microseconds for one count, a millisecond for 100; up to a second where paths or
    /// reachability contradict other conditions, to name no more of them than needed.
    ///
    /// # Errors
    /// [`Contradiction`] where one shows without solving anything.
    pub fn new(polytope: &Polytope) -> Result<Self, Contradiction> {
        Self::prepared(polytope).map_err(|found| with_fewer(polytope, found))
    }

    fn prepared(polytope: &Polytope) -> Result<Self, Contradiction> {
        let reduction = Reduction::new(polytope)?;
        let structure = structure(&reduction);
        Ok(Self { polytope: polytope.clone(), reduction, structure })
    }

    /// Theorem that makes the map optimal.
    pub fn integrality(&self) -> Integrality {
        match self.structure {
            _ if self.polytope.is_connected() => Integrality::NotProven,
            _ if self.reduction.rows.is_empty() => Integrality::Cells,
            Structure::Nested { .. } => Integrality::Nested,
            Structure::TwoFamilies { .. } => Integrality::TwoFamilies,
            Structure::Unproven => Integrality::NotProven,
        }
    }

    /// The best map for scores `[cells, classes]`, the class fastest. `limit` is the time for conditions that no theorem
    /// covers; the others need none. Ties are broken the same way every time.
    ///
    /// Cost for 14 x 18 cells of 4 classes, one core: 15 to 45 microseconds with one count, 0.03 to 0.6 milliseconds with
    /// the counts of each class in each row, less the nearer the best tiles are to the conditions; 2 to 50 milliseconds
    /// with rows and columns of all classes.
    ///
    /// # Errors
    /// [`DecodeError`].
    pub fn decode(&self, scores: &[f32], limit: Duration) -> Result<Decoded, DecodeError> {
        let classes = self.polytope.classes;
        let needed = self.polytope.cells() * classes;
        if scores.len() != needed {
            return Err(DecodeError::Size { given: scores.len(), needed });
        }
        if let Some((place, &score)) = scores.iter().enumerate().find(|(_, score)| !score.is_finite()) {
            return Err(DecodeError::NotFinite { place, score });
        }
        let weights = self.weights(scores);
        let (choice, is_optimal) = self.search(&weights, limit).map_err(|failure| self.explain(failure, limit))?;
        let map = self.map(&choice);
        if let Some(broken) = violations(&map, &self.polytope).into_iter().next() {
            return Err(DecodeError::Check { first: broken.text });
        }
        let tiles = map.tiles.iter().zip(scores.chunks_exact(classes));
        let score = tiles.map(|(&tile, scores)| f64::from(scores[usize::from(tile)])).sum();
        Ok(Decoded { map, score, is_optimal })
    }

    /// The best classes of the orbits.
    fn search(&self, weights: &[i64], limit: Duration) -> Result<Choice, Failure> {
        match &self.polytope.crossing {
            Some(rule) if self.polytope.is_connected() => reachable::best(self, rule, weights, limit),
            _ => self.unconnected(weights, limit),
        }
    }

    /// The same, reachability aside.
    fn unconnected(&self, weights: &[i64], limit: Duration) -> Result<Choice, Failure> {
        match &self.structure {
            Structure::Unproven => mixed_integer::best(&self.reduction, weights, &[], limit),
            structure => {
                let choice = flow::best(&self.reduction, structure, weights);
                choice.map(|choice| (choice, true)).map_err(Failure::Infeasible)
            }
        }
    }

    /// Scores as integers, summed over the cells of each orbit: `[orbits, 16]`, class k at k.
    fn weights(&self, scores: &[f32]) -> Vec<i64> {
        let largest = scores.iter().fold(0.0_f32, |largest, score| largest.max(score.abs()));
        // Exact for the largest score: 24 bits of it are given.
        let scale = 2.0_f64.powi(40 - f64::from(largest).max(f64::from(f32::MIN_POSITIVE)).log2().ceil() as i32);
        let mut weights = vec![0; 16 * self.reduction.orbits.len()];
        for (orbit, weights) in self.reduction.orbits.iter().zip(weights.chunks_exact_mut(16)) {
            for class in members(orbit.allowed) {
                let score = |&cell: &usize| scores[cell * self.polytope.classes + usize::from(class)];
                let weight = |cell: &usize| (f64::from(score(cell)) * scale).round() as i64;
                weights[usize::from(class)] = orbit.cells().iter().map(weight).sum();
            }
        }
        weights
    }

    /// The map of some classes of the orbits.
    fn map(&self, choice: &[u8]) -> Map {
        let mut tiles = vec![0; self.polytope.cells()];
        self.reduction.decided.iter().for_each(|&(cell, class)| tiles[cell] = class);
        for (orbit, &class) in self.reduction.orbits.iter().zip(choice) {
            orbit.cells().iter().for_each(|&cell| tiles[cell] = class);
        }
        Map { height: self.polytope.height, width: self.polytope.width, tiles }
    }

    /// A failure in words. The conditions that a contradiction needs are looked for within as much time again.
    fn explain(&self, failure: Failure, limit: Duration) -> DecodeError {
        let rows = match failure {
            Failure::TimedOut => return DecodeError::TimedOut { limit },
            Failure::Solver(reason) => return DecodeError::Solver { reason },
            Failure::Infeasible(_) if self.polytope.is_connected() => (0..self.reduction.rows.len()).collect(),
            Failure::Infeasible(rows) => rows,
        };
        let counted = rows.iter().map(|&row| self.polytope.counts[self.reduction.rows[row].count].condition);
        let is_count = |&index: &usize| matches!(self.polytope.conditions[index], Condition::Count { .. });
        let others = (0..self.polytope.conditions.len()).filter(|index| !is_count(index));
        let mut suspects: Vec<usize> = counted.chain(others).collect();
        suspects.sort_unstable();
        suspects.dedup();
        let started = Instant::now();
        let left = || limit.saturating_sub(started.elapsed());
        let contradicts = |conditions: &[usize]| contradicts(&self.polytope, conditions, left());
        Contradiction::together(&self.polytope, irreducible(suspects, contradicts)).into()
    }
}

/// Whether these conditions have no map; false where that does not show in time.
fn contradicts(polytope: &Polytope, conditions: &[usize], limit: Duration) -> bool {
    match Decoder::prepared(&polytope.of(conditions)) {
        Err(_) => true,
        Ok(part) => {
            let zeros = vec![0; 16 * part.reduction.orbits.len()];
            matches!(part.search(&zeros, limit), Err(Failure::Infeasible(_)))
        }
    }
}

/// A contradiction that showed by the ends of a path alone: the way between them may contradict fewer conditions.
fn with_fewer(polytope: &Polytope, found: Contradiction) -> Contradiction {
    let named = found.conditions();
    let connects = |&index: &usize| matches!(polytope.conditions[index], Condition::Path { .. } | Condition::Reachable);
    if !named.iter().any(connects) {
        return found;
    }
    let started = Instant::now();
    let left = || EXPLAINING.saturating_sub(started.elapsed());
    let fewer = irreducible(named.to_vec(), |rest| contradicts(polytope, rest, left()));
    if fewer.len() < named.len() { Contradiction::together(polytope, fewer) } else { found }
}

#[cfg(test)]
mod tests;
