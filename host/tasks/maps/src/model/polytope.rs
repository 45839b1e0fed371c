//! Conditions as a polytope of class probabilities.

pub mod integrality;
pub(crate) mod laminar;

use crate::data::condition::{Condition, list};
use crate::data::game::{Game, Reachability};
use thiserror::Error;

/// Class probabilities `p [cells, classes]` with `p >= 0`, the sum 1 in every cell, 0 for classes that are not allowed,
/// and counts within bounds; its integral points are the maps that satisfy the conditions.
///
/// Reachability and paths are no part of the polytope; only [`crate::model::decode`] knows them.
#[derive(Debug, Clone, PartialEq)]
pub struct Polytope {
    /// Rows of the map.
    pub height: usize,
    /// Columns of the map.
    pub width: usize,
    /// Number of classes.
    pub classes: usize,
    /// Conditions that it was made of.
    pub conditions: Vec<Condition>,
    /// Tiles that [`Condition::LikeTheGame`] allows, `[cells]`.
    pub template: Option<Vec<u16>>,
    /// The classes that each cell may have, `[cells]`, bit k for class k.
    pub allowed: Vec<u16>,
    /// The counts.
    pub counts: Vec<Count>,
    /// Whether `p` of a cell is that of its mirror image.
    pub is_symmetric: bool,
    /// Cells and tiles that must be reachable.
    pub reachability: Option<Reachability>,
    /// The two cells of each path.
    pub paths: Vec<[usize; 2]>,
    /// What can be crossed in the game; `None` where it knows no such thing.
    pub crossing: Option<Reachability>,
}

/// Bounds of a sum: `least <= sum of p over cells and classes <= most`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// The classes, bit k for class k.
    pub classes: u16,
    /// The cells, ascending.
    pub cells: Vec<usize>,
    /// Lower bound.
    pub least: usize,
    /// Upper bound, at most the number of cells.
    pub most: usize,
    /// Its place among the conditions.
    pub condition: usize,
}

/// Errors of conditions that make no polytope.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PolytopeError {
    /// `like the game` without example maps of the game.
    #[error("`like the game` needs the game's maps: give a template for each of the {cells} cells")]
    Template {
        /// Number of cells.
        cells: usize,
    },
    /// A game without anything to reach.
    #[error("`reachable` and `path` mean nothing in this game: leave them out")]
    Reachability,
    /// A game that is too large or empty.
    #[error("{cells} cells of {classes} classes: a map has at least one cell and 1 to 16 classes")]
    Size {
        /// Number of cells.
        cells: usize,
        /// Number of classes.
        classes: usize,
    },
}

impl Polytope {
    /// The polytope of conditions. `template` is what [`Condition::LikeTheGame`] allows, `[cells]`.
    ///
    /// # Errors
    /// [`PolytopeError`]. Conditions that contradict each other are no error here: projection and decoding say so.
    pub fn new(game: &Game, template: Option<&[u16]>, conditions: &[Condition]) -> Result<Self, PolytopeError> {
        let (cells, classes) = (game.cells(), game.classes());
        if cells == 0 || !(1..=crate::data::game::MOST_CLASSES).contains(&classes) {
            return Err(PolytopeError::Size { cells, classes });
        }
        let needs_template = conditions.contains(&Condition::LikeTheGame);
        if needs_template && template.is_none_or(|template| template.len() != cells) {
            return Err(PolytopeError::Template { cells });
        }
        let is_connected = |condition: &Condition| matches!(condition, Condition::Reachable | Condition::Path { .. });
        if conditions.iter().any(is_connected) && game.reachability.is_none() {
            return Err(PolytopeError::Reachability);
        }
        let empty = Self {
            height: game.height,
            width: game.width,
            classes,
            conditions: Vec::new(),
            template: template.map(<[u16]>::to_vec),
            allowed: vec![((1_u32 << classes) - 1) as u16; cells],
            counts: Vec::new(),
            is_symmetric: false,
            reachability: None,
            paths: Vec::new(),
            crossing: game.reachability,
        };
        Ok(empty.with(conditions.to_vec()))
    }

    /// The polytope of some of the conditions.
    pub(crate) fn of(&self, conditions: &[usize]) -> Self {
        let whole = ((1_u32 << self.classes) - 1) as u16;
        let empty = Self {
            conditions: Vec::new(),
            template: self.template.clone(),
            allowed: vec![whole; self.cells()],
            counts: Vec::new(),
            is_symmetric: false,
            reachability: None,
            paths: Vec::new(),
            ..*self
        };
        empty.with(conditions.iter().map(|&index| self.conditions[index].clone()).collect())
    }

    fn with(mut self, conditions: Vec<Condition>) -> Self {
        for (index, condition) in conditions.iter().enumerate() {
            match condition {
                Condition::Count { tiles, region, least, most } => {
                    let cells = region.cells(self.height, self.width);
                    let most = most.unwrap_or(cells.len()).min(cells.len());
                    let count = Count { classes: tiles.classes, cells, least: *least, most, condition: index };
                    self.counts.push(count);
                }
                Condition::Symmetric => self.is_symmetric = true,
                Condition::Reachable => self.reachability = self.crossing,
                &Condition::Path { from, to } => {
                    let ends = [from, to].map(|(row, column)| row * self.width + column);
                    ends.iter().for_each(|&cell| self.allowed[cell] &= self.allowed_by(condition, cell));
                    self.paths.push(ends);
                }
                Condition::Only { .. } | Condition::No { .. } | Condition::LikeTheGame => {
                    for cell in 0..self.cells() {
                        self.allowed[cell] &= self.allowed_by(condition, cell);
                    }
                }
            }
        }
        Self { conditions, ..self }
    }

    /// The classes that a single condition leaves to a cell.
    pub(crate) fn allowed_by(&self, condition: &Condition, cell: usize) -> u16 {
        let (row, column) = (cell / self.width, cell % self.width);
        match condition {
            Condition::Only { tiles, region } if region.contains(row, column) => tiles.classes,
            Condition::No { tiles, region } if region.contains(row, column) => !tiles.classes,
            Condition::Path { from, to } if [*from, *to].contains(&(row, column)) => {
                self.crossing.map_or(u16::MAX, |rule| rule.passable)
            }
            Condition::LikeTheGame => self.template.as_ref().map_or(u16::MAX, |template| template[cell]),
            _ => u16::MAX,
        }
    }

    /// Whether something must be connected, which no polytope can express.
    pub fn is_connected(&self) -> bool {
        self.reachability.is_some() || !self.paths.is_empty()
    }

    /// Number of cells.
    pub fn cells(&self) -> usize {
        self.height * self.width
    }

    /// The mirror image of a cell.
    pub fn mirrored(&self, cell: usize) -> usize {
        cell / self.width * self.width + (self.width - 1 - cell % self.width)
    }

    /// Some of its conditions in words, by their places.
    pub fn words(&self, conditions: &[usize]) -> String {
        list(conditions.iter().filter_map(|&index| self.conditions.get(index)))
    }
}
