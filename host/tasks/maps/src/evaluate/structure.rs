//! Structural rules of the real games that no condition states, and the share of generated maps that obey them.

use crate::data::game::Game;
use crate::data::map::{Map, contains, template};
use crate::data::regions::cut_off;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// A rule that every real map of a game obeys, but for one of 300 of Breakout, where a ball slipped past along the side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// Breakout: every removed brick's place is connected with the space above or below the wall, corners included. Ms.
    /// Pac-Man: all pellets and power pills are reachable from each other.
    Reachable,
    /// Ms. Pac-Man: the walls are their own mirror image.
    SymmetricWalls,
    /// Ms. Pac-Man: the walls are those of one of the mazes.
    KnownMaze,
    /// Space Invaders: pieces of shields only where a whole shield has them.
    Shields,
    /// Space Invaders: invaders only in the places of their formation, each kind in its row.
    Formation,
}

/// The rules of a game, with the data from real maps that they need.
#[derive(Debug, Clone)]
pub struct Structure {
    game: Game,
    rules: Vec<Rule>,
    template: Vec<u16>,
    mazes: HashSet<Vec<bool>>,
}

/// The class of Ms. Pac-Man's walls, and of Space Invaders' shields.
const WALL: u8 = 0;
const SHIELD: u8 = 7;

impl Structure {
    /// The rules of a game, none for others than the three that come with the program. `maps` are real ones, which show
    /// all mazes, shields and places.
    pub fn new(game: &Game, maps: &[Map]) -> Self {
        let rules = match game.name.as_str() {
            "breakout" => vec![Rule::Reachable],
            "ms-pacman" => vec![Rule::Reachable, Rule::SymmetricWalls, Rule::KnownMaze],
            "space-invaders" => vec![Rule::Shields, Rule::Formation],
            _ => Vec::new(),
        };
        let mazes = if rules.contains(&Rule::KnownMaze) { maps.iter().map(walls).collect() } else { HashSet::new() };
        Self { game: game.clone(), rules, template: template(maps), mazes }
    }

    /// The rules.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Whether a map obeys a rule.
    pub fn holds(&self, rule: Rule, map: &Map) -> bool {
        // Of the tiles of some classes, all lie where real maps have them.
        let as_seen = |classes: u16| {
            let mut cells = map.tiles.iter().zip(&self.template);
            cells.all(|(&tile, &seen)| !contains(classes, tile) || contains(seen, tile))
        };
        match rule {
            Rule::Reachable => self.game.reachability.is_none_or(|rule| cut_off(map, &rule).is_empty()),
            Rule::SymmetricWalls => {
                let walls = walls(map);
                walls.chunks(map.width.max(1)).all(|row| row.iter().eq(row.iter().rev()))
            }
            Rule::KnownMaze => self.mazes.contains(&walls(map)),
            Rule::Shields => as_seen(1 << SHIELD),
            Rule::Formation => as_seen(!(1 << SHIELD | 1)),
        }
    }

    /// The share of maps that obey each rule, 0 to 1; and of those that obey all.
    pub fn shares(&self, maps: &[Map]) -> (Vec<(Rule, f64)>, f64) {
        let share = |holds: &dyn Fn(&Map) -> bool| {
            maps.iter().filter(|map| holds(map)).count() as f64 / maps.len().max(1) as f64
        };
        let each = self.rules.iter().map(|&rule| (rule, share(&|map| self.holds(rule, map))));
        (each.collect(), share(&|map| self.rules.iter().all(|&rule| self.holds(rule, map))))
    }
}

fn walls(map: &Map) -> Vec<bool> {
    map.tiles.iter().map(|&tile| tile == WALL).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::packed::embedded;

    #[test]
    fn real_maps_obey_the_rules() {
        for game in Game::all() {
            let collection = embedded(game.clone()).unwrap();
            let structure = Structure::new(&game, &collection.train.maps);
            for part in [&collection.train, &collection.validation, &collection.test] {
                let (each, all) = structure.shares(&part.maps);
                let least = if game.name == "breakout" { 0.98 } else { 1.0 };
                assert!(all >= least, "{} {each:?}", game.name);
            }
        }
    }

    #[test]
    fn broken_rules_are_seen() {
        let game = Game { height: 2, width: 4, ..Game::ms_pacman() };
        let map = |tiles: [u8; 8]| Map { height: 2, width: 4, tiles: tiles.to_vec() };
        let structure = Structure::new(&game, &[map([1, 0, 0, 2, 2, 1, 1, 3]), map([0, 2, 2, 0, 0, 2, 2, 0])]);
        let holds = |map: &Map| structure.rules().iter().map(|&rule| structure.holds(rule, map)).collect::<Vec<_>>();
        assert_eq!(holds(&map([2, 0, 0, 1, 3, 1, 1, 1])), [true, true, true]);
        assert_eq!(holds(&map([2, 0, 0, 1, 0, 2, 2, 0])), [false, true, false]);
        assert_eq!(holds(&map([2, 0, 2, 1, 3, 1, 1, 1])), [true, false, false]);
        assert_eq!(structure.shares(&[map([2, 0, 0, 1, 3, 1, 1, 1]), map([2, 0, 2, 1, 3, 1, 1, 1])]).1, 0.5);
        let game = Game { height: 2, width: 4, ..Game::space_invaders() };
        let structure = Structure::new(&game, &[map([1, 0, 1, 0, 7, 7, 0, 0])]);
        let holds = |map: &Map| structure.rules().iter().map(|&rule| structure.holds(rule, map)).collect::<Vec<_>>();
        assert_eq!(holds(&map([0, 0, 1, 0, 0, 7, 0, 0])), [true, true]);
        assert_eq!(holds(&map([0, 1, 0, 0, 0, 7, 7, 0])), [false, false]);
    }
}
