//! The maps that come with the program, from the packed files that `data/README.md` describes.

use crate::data::collection::{Collection, Split};
use crate::data::game::Game;
use crate::data::map::Map;
use flate2::read::ZlibDecoder;
use std::io::Read;
use thiserror::Error;

const MAGIC: &[u8] = b"CVXMAPS1";

/// Bytes of the header: magic, height, width, classes, bits, flag of labels, three numbers of maps.
const HEADER: usize = 27;

/// Errors of a packed file.
#[derive(Debug, Error)]
pub enum PackedError {
    /// The game does not come with maps.
    #[error("no maps of {game} come with the program: they are of breakout, ms-pacman and space-invaders")]
    Game {
        /// Name of the game.
        game: String,
    },
    /// The stream is broken.
    #[error("the packed maps cannot be unpacked")]
    Stream(#[from] std::io::Error),
    /// The bytes are something else.
    #[error("these are no packed maps: they do not start with CVXMAPS1")]
    Magic,
    /// The maps are of another game.
    #[error("packed maps of {height} x {width} cells and {classes} classes are not of {game}")]
    Shape {
        /// Rows.
        height: usize,
        /// Columns.
        width: usize,
        /// Classes.
        classes: usize,
        /// The game that was asked for.
        game: String,
    },
    /// The length does not fit the header.
    #[error("packed maps have {given} bytes where their header says {needed}")]
    Length {
        /// Bytes there are.
        given: usize,
        /// Bytes there should be.
        needed: usize,
    },
    /// A tile is of no class.
    #[error("map {map} has a tile of class {class}, of {classes} classes")]
    Tile {
        /// The map.
        map: usize,
        /// The tile's class.
        class: u8,
        /// Number of classes.
        classes: usize,
    },
}

/// The maps of a game that come with the program. Cost: some 10 milliseconds.
///
/// # Errors
/// [`PackedError::Game`] for other games.
pub fn embedded(game: Game) -> Result<Collection, PackedError> {
    let bytes: &[u8] = match game.name.as_str() {
        "breakout" => include_bytes!("breakout.maps"),
        "ms-pacman" => include_bytes!("ms_pacman.maps"),
        "space-invaders" => include_bytes!("space_invaders.maps"),
        _ => return Err(PackedError::Game { game: game.name }),
    };
    unpack(bytes, game)
}

/// The maps of a packed file.
///
/// # Errors
/// [`PackedError`].
pub fn unpack(bytes: &[u8], game: Game) -> Result<Collection, PackedError> {
    let mut raw = Vec::new();
    ZlibDecoder::new(bytes).read_to_end(&mut raw)?;
    if !raw.starts_with(MAGIC) {
        return Err(PackedError::Magic);
    }
    let Some((header, body)) = raw.split_at_checked(HEADER) else {
        return Err(PackedError::Length { given: raw.len(), needed: HEADER });
    };
    let number = |place: usize, bytes: usize| {
        header[place..place + bytes].iter().rev().fold(0, |number, &byte| number << 8 | usize::from(byte))
    };
    let (height, width, classes, bits) = (number(8, 2), number(10, 2), number(12, 1), number(13, 1));
    if (height, width, classes) != (game.height, game.width, game.classes()) || !(1..=8).contains(&bits) {
        return Err(PackedError::Shape { height, width, classes, game: game.name });
    }
    let counts = [number(15, 4), number(19, 4), number(23, 4)];
    let total: usize = counts.iter().sum();
    let labels = if number(14, 1) == 1 { total } else { 0 };
    let size = (height * width * bits).div_ceil(8);
    let needed = HEADER + labels + total * size;
    if raw.len() != needed {
        return Err(PackedError::Length { given: raw.len(), needed });
    }
    let (labels, packed) = body.split_at(labels);
    let mut maps = Vec::with_capacity(total);
    for (place, packed) in packed.chunks_exact(size).enumerate() {
        let bit = |bit: usize| packed[bit / 8] >> (bit % 8) & 1;
        let tile = |cell: usize| (0..bits).map(|place| bit(cell * bits + place) << place).sum();
        let tiles: Vec<u8> = (0..height * width).map(tile).collect();
        if let Some(&class) = tiles.iter().find(|tile| usize::from(**tile) >= classes) {
            return Err(PackedError::Tile { map: place, class, classes });
        }
        maps.push(Map { height, width, tiles });
    }
    let mut maps = maps.into_iter();
    let mut labels = labels.iter().copied();
    let [train, validation, test] = counts.map(|count| Split {
        maps: maps.by_ref().take(count).collect(),
        labels: labels.by_ref().take(count).collect(),
    });
    Ok(Collection { game, train, validation, test })
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::ZlibEncoder;
    use std::collections::HashSet;
    use std::io::Write;

    fn packed(raw: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(raw).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn the_maps_that_come_with_the_program_are_different_and_of_all_parts() {
        for game in Game::all() {
            let collection = embedded(game.clone()).unwrap();
            let parts = [&collection.train, &collection.validation, &collection.test];
            let all: HashSet<&Map> = parts.iter().flat_map(|part| &part.maps).collect();
            assert_eq!(all.len(), parts.iter().map(|part| part.maps.len()).sum::<usize>());
            for part in parts {
                assert!(part.maps.len() >= 20, "{}", game.name);
                let labels = if game.name == "ms-pacman" { part.maps.len() } else { 0 };
                assert_eq!(part.labels.len(), labels);
            }
        }
    }

    #[test]
    fn tiles_are_read_from_the_lowest_bits_on() {
        let game = Game { height: 1, width: 3, ..Game::ms_pacman() };
        let mut raw = MAGIC.to_vec();
        raw.extend([1, 0, 3, 0, 4, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 7, 9, 0b00_11_01_10, 0b00_00_10_01]);
        let collection = unpack(&packed(&raw), game.clone()).unwrap();
        assert_eq!((collection.train.maps[0].tiles.as_slice(), collection.train.labels[0]), (&[2, 1, 3][..], 7));
        assert_eq!((collection.test.maps[0].tiles.as_slice(), collection.test.labels[0]), (&[1, 2, 0][..], 9));
        assert!(collection.validation.maps.is_empty());
        let refused = |raw: &[u8], game: Game| unpack(&packed(raw), game).unwrap_err();
        assert!(matches!(refused(&raw, Game::breakout()), PackedError::Shape { height: 1, width: 3, classes: 4, .. }));
        raw.pop();
        assert!(matches!(refused(&raw, game.clone()), PackedError::Length { given: 30, needed: 31 }));
        assert!(matches!(refused(b"anything", game.clone()), PackedError::Magic));
        assert!(matches!(unpack(b"anything", game.clone()), Err(PackedError::Stream(_))));
        let other = Game { name: "chess".into(), ..game };
        assert!(matches!(embedded(other), Err(PackedError::Game { .. })));
    }
}
