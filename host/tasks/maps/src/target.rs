//! Target of the maps task: conditions and scores for a microcontroller, and the judgement of its answers.

use crate::data::condition::Condition;
use crate::data::condition::parse::{ParseError, parse};
use crate::data::condition::verify::violations;
use crate::data::contradiction::Contradiction;
use crate::data::game::Game;
use crate::data::map::{Map, template};
use crate::data::packed::{PackedError, embedded};
use crate::model::decode::{DecodeError, Decoder};
use crate::model::polytope::laminar::{Set, forest};
use crate::model::polytope::{Count, Polytope, PolytopeError};
use crate::model::projection::{ProjectionError, Projector};
use convex_edge_core::maps::answer::{Answer, Status};
use convex_edge_core::maps::program::{Conditions, OUTSIDE, Program, ProgramError, Region};
use convex_edge_core::maps::{CELLS, CLASSES, HEIGHT, Memory, REGIONS, Scores, WIDTH};
use convex_edge_core::random::Pcg64;
use serde::Serialize;
use std::time::Duration;
use thiserror::Error;

/// Default conditions: every bound binds for some of the [`scores`].
pub const CONDITIONS: &str = "like the game; exactly 60 brick; between 32 and 36 brick in rows 0-2; exactly 9 red; \
                              between 3 and 5 brick in rows 3-4 columns 4-9; at least 8 brick in row 5; \
                              no brick at 2,3; olive at 3,16";

/// Added to a seed for the scores of the golden vectors, which are none of a comparison's.
pub const GOLDEN_SEED: u64 = 1 << 32;

/// Decoding is exact in no time for what is exported.
const LIMIT: Duration = Duration::from_secs(1);

/// Errors of conditions that cannot be exported.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ConditionsError {
    /// The words.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// The conditions contradict each other.
    #[error(transparent)]
    Contradiction(#[from] Contradiction),
    /// They make no polytope.
    #[error(transparent)]
    Polytope(#[from] PolytopeError),
    /// A condition that the form has no place for.
    #[error(
        "`{words}` cannot run on a microcontroller, which knows tiles of cells and counts of {counted}s: leave it out"
    )]
    Kind {
        /// The condition.
        words: String,
        /// Tiles that are counted, in words.
        counted: String,
    },
    /// A count of other classes than the ones that are counted.
    #[error("`{words}` does not count {counted}s where it looks: ask for {counted}s, or add `like the game`")]
    Classes {
        /// The condition.
        words: String,
        /// Tiles that are counted, in words.
        counted: String,
    },
    /// Regions of two counts overlap, and neither holds the other.
    #[error("the regions of {words} overlap: a microcontroller counts in nested or separate ones alone")]
    Crossing {
        /// The conditions.
        words: String,
    },
    /// Too many counts.
    #[error("{found} counts: a microcontroller takes {REGIONS} at most")]
    Regions {
        /// Number of counts.
        found: usize,
    },
    /// The game's maps.
    #[error("the maps that come with the program cannot be read: {0}")]
    Maps(String),
    /// What was made of the words is refused, which is an error of this program.
    #[error("the conditions were not understood as they were meant, which is an error of this program: {0:?}")]
    Program(ProgramError),
}

impl From<PackedError> for ConditionsError {
    fn from(error: PackedError) -> Self {
        Self::Maps(error.to_string())
    }
}

/// Conditions for both sides.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Conditions in words.
    pub words: String,
    /// Polytope for this computer's projection and decoder.
    pub polytope: Polytope,
    /// Program for a microcontroller.
    pub program: Program,
}

/// What a text asks of Breakout's maps.
///
/// # Errors
/// [`ConditionsError`].
pub fn asked(text: &str) -> Result<Asked, ConditionsError> {
    let collection = embedded(Game::breakout())?;
    let conditions = parse(text, &collection.game)?;
    let template = template(&collection.train.maps);
    let polytope = Polytope::new(&collection.game, Some(&template), &conditions)?;
    let words: Vec<String> = conditions.iter().map(ToString::to_string).collect();
    let program = program(&polytope, &collection.game)?;
    Ok(Asked { words: words.join("; "), polytope, program })
}

/// A count as bounds of the counted classes over cells that may have them and others.
struct Bounded {
    cells: Set,
    least: usize,
    most: usize,
    condition: usize,
}

/// Conditions in the form that a microcontroller computes with.
fn program(polytope: &Polytope, game: &Game) -> Result<Program, ConditionsError> {
    let counted = game.main.name.clone();
    let words = |condition: usize| polytope.conditions.get(condition).map(ToString::to_string).unwrap_or_default();
    for (index, condition) in polytope.conditions.iter().enumerate() {
        if matches!(condition, Condition::Symmetric | Condition::Reachable) {
            return Err(ConditionsError::Kind { words: words(index), counted });
        }
    }
    let decoder = Decoder::new(polytope)?;
    let mut rows = Vec::new();
    for count in &polytope.counts {
        let row = bounded(count, polytope, game.main.classes);
        rows.extend(
            row.map_err(|()| ConditionsError::Classes { words: words(count.condition), counted: counted.clone() })?,
        );
    }
    if rows.len() > REGIONS {
        return Err(ConditionsError::Regions { found: rows.len() });
    }
    for (place, row) in rows.iter().enumerate() {
        if let Some(other) = rows[..place].iter().find(|other| other.cells.crosses(&row.cells)) {
            return Err(ConditionsError::Crossing { words: polytope.words(&[other.condition, row.condition]) });
        }
    }
    // From the inside, as the form wants them.
    rows.sort_by_key(|row| row.cells.len());
    let sets: Vec<Set> = rows.iter().map(|row| row.cells.clone()).collect();
    let forest = forest(&sets, CELLS);
    let number = |set: Option<usize>| set.map_or(OUTSIDE, |set| set as u8);
    let region = |(row, parent): (&Bounded, &Option<usize>)| Region {
        parent: number(*parent),
        least: row.least as u8,
        most: row.most as u8,
    };
    let mut conditions = Conditions {
        counted: game.main.classes as u8,
        allowed: [0; CELLS],
        smallest: [OUTSIDE; CELLS],
        regions: rows.iter().zip(&forest.parents).map(region).collect(),
    };
    conditions.allowed.iter_mut().zip(&polytope.allowed).for_each(|(to, from)| *to = *from as u8);
    conditions.smallest.iter_mut().zip(&forest.smallest).for_each(|(to, from)| *to = number(*from));
    Program::new(conditions).map_err(|refused| match decoder.decode(&[0.0; CELLS * CLASSES], LIMIT) {
        // In words, where the other side finds a contradiction too.
        Err(DecodeError::Contradiction(contradiction)) => contradiction.into(),
        _ => ConditionsError::Program(refused),
    })
}

/// `None` for a count that cannot be broken, an error for one of other classes. A cell that has a counted tile for certain
/// lowers the bounds; one where exactly the other tiles are counted is counted from above.
fn bounded(count: &Count, polytope: &Polytope, classes: u16) -> Result<Option<Bounded>, ()> {
    let (mut sure, mut members, mut others) = (0, Vec::new(), Vec::new());
    for &cell in &count.cells {
        let allowed = polytope.allowed[cell];
        let inside = allowed & count.classes;
        match inside {
            0 => {}
            _ if inside == allowed => sure += 1,
            _ if inside == allowed & classes => members.push(cell),
            _ if inside == allowed & !classes => others.push(cell),
            _ => return Err(()),
        }
    }
    let (mut least, mut most) = (count.least.saturating_sub(sure), count.most.saturating_sub(sure));
    if !others.is_empty() {
        if !members.is_empty() {
            return Err(());
        }
        (least, most) = (others.len().saturating_sub(most), others.len().saturating_sub(least));
        members = others;
    }
    let size = members.len();
    let row = Bounded { cells: Set::new(members), least, most: most.min(size), condition: count.condition };
    Ok((least > 0 || most < size).then_some(row))
}

/// Scores as a network may have them: indicators of maps that it was not trained on, under more or less noise.
///
/// # Errors
/// [`ConditionsError::Maps`].
pub fn scores(count: usize, seed: u64) -> Result<Vec<Scores>, ConditionsError> {
    let maps = embedded(Game::breakout())?.test.maps;
    let random = &mut Pcg64::from_seed(seed);
    let of = |map: &Map| {
        let noise = random.uniform(0.1, 1.0);
        let mut scores = [[0.0; CLASSES]; CELLS];
        let indicators = map.indicators(CLASSES);
        for (score, indicator) in scores.as_flattened_mut().iter_mut().zip(indicators) {
            *score = (f64::from(indicator) + random.uniform(-noise, noise)) as f32;
        }
        scores
    };
    // From the whole range of the maps, which come in the order of their games.
    let step = (maps.len() / count.max(1)).max(1);
    Ok(maps.iter().step_by(step).cycle().take(if maps.is_empty() { 0 } else { count }).map(of).collect())
}

/// Errors when answers are judged.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum JudgeError {
    /// The host's projection.
    #[error(transparent)]
    Projection(#[from] ProjectionError),
    /// The host's decoder.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// Conditions that the host finds to contradict each other.
    #[error(transparent)]
    Contradiction(#[from] Contradiction),
}

/// Counts over scores, compared with this computer's own projection and decoder.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Counts {
    /// Maps.
    pub maps: usize,
    /// Maps whose probabilities are the nearest ones, by their residual.
    pub solved: usize,
    /// Maps that satisfy the words of all conditions.
    pub valid: usize,
    /// Maps with as large a sum of scores as the host's decoder finds.
    pub best: usize,
    /// Largest difference from the host's probabilities.
    pub farthest: f32,
    /// Largest residual.
    pub largest_residual: f32,
    /// Evaluations of a region's count, median.
    pub median_evaluations: u16,
    /// Most evaluations.
    pub most_evaluations: u16,
}

impl Counts {
    /// Of these answers to these scores.
    ///
    /// # Errors
    /// [`JudgeError`].
    pub fn of(asked: &Asked, scores: &[Scores], answers: &[Answer]) -> Result<Self, JudgeError> {
        let (projector, decoder) = (Projector::new(&asked.polytope)?, Decoder::new(&asked.polytope)?);
        let mut memory = Box::new(Memory::new());
        memory.load(&asked.program);
        let mut counts = Self { maps: answers.len(), ..Self::default() };
        for (scores, answer) in scores.iter().zip(answers) {
            let map = Map { height: HEIGHT, width: WIDTH, tiles: answer.map.tiles().to_vec() };
            let score = |(&tile, scores): (&u8, &[f32; CLASSES])| scores.get(usize::from(tile)).copied().map(f64::from);
            let total: f64 = map.tiles.iter().zip(scores).filter_map(score).sum();
            let best = decoder.decode(scores.as_flattened(), LIMIT)?;
            // The other sum has another order.
            counts.best += usize::from((total - best.score).abs() <= 1e-9 * best.score.abs().max(1.0));
            counts.valid += usize::from(violations(&map, &asked.polytope).is_empty());
            counts.solved += usize::from(answer.status == Status::Solved);
            counts.largest_residual = counts.largest_residual.max(answer.residual);
            memory.scores = *scores;
            memory.project();
            let own = projector.project(scores.as_flattened(), None)?.probabilities;
            let pairs = memory.probabilities().as_flattened().iter().zip(&own);
            counts.farthest = pairs.map(|(a, b)| (a - b).abs()).fold(counts.farthest, f32::max);
        }
        let mut evaluations: Vec<u16> = answers.iter().map(|answer| answer.evaluations).collect();
        evaluations.sort_unstable();
        let at = |place: usize| evaluations.get(place).copied().unwrap_or(0);
        (counts.median_evaluations, counts.most_evaluations) =
            (at(answers.len() / 2), at(answers.len().saturating_sub(1)));
        Ok(counts)
    }
}

#[cfg(test)]
mod tests;
