//! The suites of conditions that generators are judged by, each drawn from a held-out map.

mod infeasible;

use crate::data::condition::{Condition, Region};
use crate::data::game::{Game, Tiles};
use crate::data::map::{Map, members, template};
use crate::data::regions::{cut_off, label};
use convex_edge_core::random::Pcg64;
use serde::{Deserialize, Serialize};
use std::fmt::{self, Display};

pub use infeasible::Kind;

/// A suite. All but the last ask for what some map satisfies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Suite {
    /// C1: the map's tiles in so many of 100 cells.
    Fixed(u8),
    /// C2: as many main tiles as the map has.
    Count,
    /// C2: a number of main tiles that no training map has, where there is one.
    CountOutside,
    /// C3: like the game.
    Template,
    /// C4: the number of tiles of every class in every row.
    Rows,
    /// C5: the number of main tiles in every row and every column.
    RowsAndColumns,
    /// C6: symmetric, with about as many main tiles as the map has.
    Symmetric,
    /// C7: reachable, with as many main tiles as the map has and its tiles in a tenth of the cells.
    Reachable,
    /// C7: a path between two cells of the map that have one, with the map's tiles in a twentieth of the cells.
    Path,
    /// C8: like the game, with tiles drawn at random in a tenth of the cells and any number of main tiles.
    Placements,
    /// C9: what no map satisfies.
    Infeasible,
}

/// Statistics of a game that suites are drawn from.
#[derive(Debug, Clone)]
pub struct Source {
    game: Game,
    template: Vec<u16>,
    /// Fewest and most main tiles of a training map.
    range: (usize, usize),
}

impl Suite {
    /// All of them, C1 at 0, 5, 10, 20 and 40 %.
    pub fn all() -> Vec<Self> {
        let fixed = [0, 5, 10, 20, 40].map(Self::Fixed);
        let others = [
            Self::Count,
            Self::CountOutside,
            Self::Template,
            Self::Rows,
            Self::RowsAndColumns,
            Self::Symmetric,
            Self::Reachable,
            Self::Path,
            Self::Placements,
            Self::Infeasible,
        ];
        fixed.into_iter().chain(others).collect()
    }
}

impl Display for Suite {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(percent) => write!(formatter, "C1 {percent} % of the tiles"),
            Self::Count => formatter.write_str("C2 count"),
            Self::CountOutside => formatter.write_str("C2 count outside the data"),
            Self::Template => formatter.write_str("C3 like the game"),
            Self::Rows => formatter.write_str("C4 counts of each row"),
            Self::RowsAndColumns => formatter.write_str("C5 rows and columns"),
            Self::Symmetric => formatter.write_str("C6 symmetric"),
            Self::Reachable => formatter.write_str("C7 reachable"),
            Self::Path => formatter.write_str("C7 path"),
            Self::Placements => formatter.write_str("C8 placements"),
            Self::Infeasible => formatter.write_str("C9 infeasible"),
        }
    }
}

impl Source {
    /// Statistics of a game from its training maps.
    pub fn new(game: &Game, train: &[Map]) -> Self {
        let counts = train.iter().map(|map| map.count(game.main.classes));
        let range = (counts.clone().min().unwrap_or(0), counts.max().unwrap_or(game.cells()));
        Self { game: game.clone(), template: template(train), range }
    }

    /// Tiles that [`Condition::LikeTheGame`] allows.
    pub fn template(&self) -> &[u16] {
        &self.template
    }

    /// Conditions of a suite, drawn from a held-out map of the game; `None` where the game has nothing to reach, or its
    /// training maps have every number of main tiles. For the last suite: of the kind that `random` draws.
    pub fn draw(&self, suite: Suite, map: &Map, random: &mut Pcg64) -> Option<Vec<Condition>> {
        let main = &self.game.main;
        Some(match suite {
            Suite::Fixed(percent) => self.fixed(map, percent, random),
            Suite::Count => vec![exactly(main, Region::default(), map.count(main.classes))],
            Suite::CountOutside => {
                let outside: Vec<usize> =
                    (0..=map.cells()).filter(|count| !(self.range.0..=self.range.1).contains(count)).collect();
                vec![exactly(main, Region::default(), *outside.get(below(random, outside.len().max(1)))?)]
            }
            Suite::Template => vec![Condition::LikeTheGame],
            Suite::Rows => {
                let row = |row: usize| self.game.tiles.iter().map(move |tile| (row, &tile.name));
                let named = (0..map.height).flat_map(row).filter_map(|(row, name)| Some((row, self.game.find(name)?)));
                named.map(|(row, tiles)| self.as_in(map, &tiles, Region::row(row))).collect()
            }
            Suite::RowsAndColumns => {
                let rows = (0..map.height).map(Region::row);
                rows.chain((0..map.width).map(Region::column)).map(|region| self.as_in(map, main, region)).collect()
            }
            Suite::Symmetric => {
                let count = map.count(main.classes);
                // Every number is possible only where the middle column has no mirror image.
                let count = if map.width.is_multiple_of(2) { count - count % 2 } else { count };
                vec![Condition::Symmetric, exactly(main, Region::default(), count)]
            }
            Suite::Reachable => {
                let rule = self.game.reachability.as_ref()?;
                // Some real maps are not; their tiles might forbid it.
                let share = if cut_off(map, rule).is_empty() { 10 } else { 0 };
                let mut conditions = self.fixed(map, share, random);
                conditions.extend([Condition::Reachable, exactly(main, Region::default(), map.count(main.classes))]);
                conditions
            }
            Suite::Path => {
                let (labels, _) = label(map, self.game.reachability.as_ref()?);
                let open: Vec<usize> = (0..map.cells()).filter(|&cell| labels[cell].is_some()).collect();
                let from = *open.get(below(random, open.len().max(1)))?;
                let same: Vec<usize> = open.into_iter().filter(|&cell| labels[cell] == labels[from]).collect();
                let to = *same.get(below(random, same.len().max(1)))?;
                let mut conditions = self.fixed(map, 5, random);
                let [from, to] = [from, to].map(|cell| (cell / map.width, cell % map.width));
                conditions.push(Condition::Path { from, to });
                conditions
            }
            Suite::Placements => self.placements(random),
            Suite::Infeasible => {
                let kinds = infeasible::kinds(self);
                infeasible::draw(self, kinds[below(random, kinds.len())], random)
            }
        })
    }

    /// The map's tiles in about so many of 100 cells.
    fn fixed(&self, map: &Map, percent: u8, random: &mut Pcg64) -> Vec<Condition> {
        let mut conditions = Vec::new();
        for (cell, &class) in map.tiles.iter().enumerate() {
            if random.uniform(0.0, 100.0) < f64::from(percent) {
                conditions.extend(self.tile_at(cell, class));
            }
        }
        conditions
    }

    /// Tiles that the game has there, and a number of main tiles that leaves a map.
    fn placements(&self, random: &mut Pcg64) -> Vec<Condition> {
        let main = self.game.main.classes;
        let mut conditions = vec![Condition::LikeTheGame];
        let (mut sure, mut possible) = (0, 0);
        for (cell, &seen) in self.template.iter().enumerate() {
            let classes: Vec<u8> = members(seen).collect();
            let mut allowed = seen;
            if random.uniform(0.0, 1.0) < 0.1 && !classes.is_empty() {
                let class = classes[below(random, classes.len())];
                allowed = 1 << class;
                conditions.extend(self.tile_at(cell, class));
            }
            sure += usize::from(allowed & !main == 0);
            possible += usize::from(allowed & main != 0);
        }
        let count = sure + below(random, possible - sure + 1);
        conditions.push(exactly(&self.game.main, Region::default(), count));
        conditions
    }

    fn tile_at(&self, cell: usize, class: u8) -> Option<Condition> {
        let tiles = self.game.find(&self.game.tiles.get(usize::from(class))?.name)?;
        Some(Condition::Only { tiles, region: Region::cell(cell / self.game.width, cell % self.game.width) })
    }

    /// As many tiles as the map has there.
    fn as_in(&self, map: &Map, tiles: &Tiles, region: Region) -> Condition {
        let cells = region.cells(map.height, map.width).into_iter();
        let count = cells.filter(|&cell| tiles.classes & (1 << map.tiles[cell]) != 0).count();
        exactly(tiles, region, count)
    }
}

fn exactly(tiles: &Tiles, region: Region, count: usize) -> Condition {
    Condition::Count { tiles: tiles.clone(), region, least: count, most: Some(count) }
}

/// A number below `end`, which is at least 1.
fn below(random: &mut Pcg64, end: usize) -> usize {
    (random.uniform(0.0, end as f64) as usize).min(end.saturating_sub(1))
}

#[cfg(test)]
mod tests;
