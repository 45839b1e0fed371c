//! A game: the size of its maps, the names of its tiles, and what can be reached in it.

use crate::data::map::Map;

/// Most classes that a game may have: sets of classes are 16 bits.
pub const MOST_CLASSES: usize = 16;

/// A kind of tile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile {
    /// Its name in conditions, of lower-case letters, digits and hyphens.
    pub name: String,
    /// Its character in text.
    pub glyph: char,
}

/// Named classes of tiles: one of them, or a group such as all bricks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tiles {
    /// The name in conditions.
    pub name: String,
    /// The classes, bit k for class k.
    pub classes: u16,
}

/// What "reachable" means in a game: all target tiles lie in one connected region of passable tiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reachability {
    /// Tiles that must be reached; these are passable too.
    pub targets: u16,
    /// Tiles that can be crossed.
    pub passable: u16,
    /// Whether cells that touch by a corner are neighbours as well.
    pub is_diagonal: bool,
    /// Whether the first and the last column are neighbours, as through a tunnel.
    pub wraps: bool,
    /// Whether the region is the one that holds all that lies above the first and below the last row.
    pub is_from_outside: bool,
}

/// A game.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Game {
    /// Its name on the command line.
    pub name: String,
    /// Rows of its maps.
    pub height: usize,
    /// Columns of its maps.
    pub width: usize,
    /// Its classes, at most [`MOST_CLASSES`].
    pub tiles: Vec<Tile>,
    /// Names of several classes.
    pub groups: Vec<Tiles>,
    /// The tiles whose number matters most to a player: bricks, pellets, invaders.
    pub main: Tiles,
    /// What must be reachable; `None` where the game knows no such thing.
    pub reachability: Option<Reachability>,
}

impl Game {
    /// Breakout: 6 rows of 18 bricks. Class 0 is empty, class r + 1 a brick of row r's colour. Reachable: every removed
    /// brick's place is connected with the space above or below the wall, corners included, as the ball takes them.
    pub fn breakout() -> Self {
        let names = ["empty", "red", "orange", "yellow", "olive", "green", "blue"];
        let brick = Tiles { name: "brick".into(), classes: 0b111_1110 };
        let reachability =
            Reachability { targets: 0b1, passable: 0b1, is_diagonal: true, wraps: false, is_from_outside: true };
        Self {
            name: "breakout".into(),
            height: 6,
            width: 18,
            tiles: tiles(&names, ".ROYLGB"),
            groups: vec![brick.clone()],
            main: brick,
            reachability: Some(reachability),
        }
    }

    /// Ms. Pac-Man: 14 x 18 slots of a maze. Reachable: every pellet and power pill from every other one, the tunnels
    /// at the sides included.
    pub fn ms_pacman() -> Self {
        let food = Tiles { name: "food".into(), classes: 0b1100 };
        let open = Tiles { name: "open".into(), classes: 0b1110 };
        let reachability = Reachability {
            targets: food.classes,
            passable: open.classes,
            is_diagonal: false,
            wraps: true,
            is_from_outside: false,
        };
        Self {
            name: "ms-pacman".into(),
            height: 14,
            width: 18,
            tiles: tiles(&["wall", "empty", "pellet", "power"], "# .O"),
            groups: vec![food, open],
            main: Tiles { name: "pellet".into(), classes: 0b100 },
            reachability: Some(reachability),
        }
    }

    /// Space Invaders: 6 rows of up to 6 invaders, class r + 1 in row r, above 9 rows of three shields of class 7.
    pub fn space_invaders() -> Self {
        let names = ["empty", "first", "second", "third", "fourth", "fifth", "sixth", "shield"];
        let invader = Tiles { name: "invader".into(), classes: 0b111_1110 };
        Self {
            name: "space-invaders".into(),
            height: 15,
            width: 24,
            tiles: tiles(&names, ".123456#"),
            groups: vec![invader.clone()],
            main: invader,
            reachability: None,
        }
    }

    /// The three games that come with the program.
    pub fn all() -> [Self; 3] {
        [Self::breakout(), Self::ms_pacman(), Self::space_invaders()]
    }

    /// Number of cells of a map.
    pub fn cells(&self) -> usize {
        self.height * self.width
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.tiles.len()
    }

    /// The tiles of a name: of a class, of a group, or either with an s at its end.
    pub fn find(&self, name: &str) -> Option<Tiles> {
        let one = |name: &str| {
            let class = self.tiles.iter().position(|tile| tile.name == name);
            let tile = class.map(|class| Tiles { name: name.into(), classes: 1 << class });
            tile.or_else(|| self.groups.iter().find(|group| group.name == name).cloned())
        };
        one(name).or_else(|| one(name.strip_suffix('s')?))
    }

    /// All names that [`Game::find`] knows.
    pub fn names(&self) -> Vec<&str> {
        let tiles = self.tiles.iter().map(|tile| tile.name.as_str());
        tiles.chain(self.groups.iter().map(|group| group.name.as_str())).collect()
    }

    /// A map as lines of glyphs.
    pub fn draw(&self, map: &Map) -> String {
        let glyph = |&tile: &u8| self.tiles.get(usize::from(tile)).map_or('?', |tile| tile.glyph);
        let rows = map.tiles.chunks(map.width.max(1)).map(|row| row.iter().map(glyph).collect::<String>() + "\n");
        rows.collect()
    }
}

fn tiles(names: &[&str], glyphs: &str) -> Vec<Tile> {
    names.iter().zip(glyphs.chars()).map(|(&name, glyph)| Tile { name: name.into(), glyph }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_alone_and_in_the_plural() {
        for game in Game::all() {
            assert!(game.classes() <= MOST_CLASSES);
            for name in game.names() {
                assert_eq!(game.find(name).unwrap().name, name);
                assert_eq!(game.find(&format!("{name}s")).unwrap().name, name);
            }
            assert_eq!(game.find("door"), None);
        }
        assert_eq!(Game::ms_pacman().find("open").unwrap().classes, 0b1110);
    }

    #[test]
    fn a_map_is_drawn_by_its_glyphs() {
        let map = Map { height: 2, width: 3, tiles: vec![0, 1, 2, 3, 2, 0] };
        assert_eq!(Game::ms_pacman().draw(&map), "# .\nO.#\n");
    }
}
