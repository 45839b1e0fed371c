//! Picture of maps: a square for each tile, violations framed in red.

use crate::data::game::Game;
use crate::data::map::Map;
use convex_edge_runs::png_file::{self, PngError};
use std::path::Path;

/// Pixels of a tile's side.
const TILE: usize = 8;

/// Pixels between maps.
const GAP: usize = 12;

/// Maps in a line of the picture.
const COLUMNS: usize = 4;

const PAPER: [u8; 3] = [255; 3];
const VIOLATION: [u8; 3] = [230, 0, 0];

/// Colour of a class.
fn colour(game: &Game, class: u8) -> [u8; 3] {
    let palette: &[[u8; 3]] = match game.name.as_str() {
        "breakout" => {
            &[[20; 3], [200, 72, 72], [198, 108, 58], [180, 122, 48], [162, 162, 42], [72, 160, 72], [66, 72, 200]]
        }
        "ms-pacman" => &[[228, 111, 111], [0, 28, 136], [240, 220, 190], [255, 200, 0]],
        "space-invaders" => &[
            [12; 3],
            [134, 134, 29],
            [150, 148, 44],
            [165, 160, 60],
            [180, 174, 76],
            [196, 188, 92],
            [210, 202, 108],
            [181, 83, 40],
        ],
        _ => &[],
    };
    let grey = |class: u8| [255 - 255 / game.classes().max(2) as u8 * class; 3];
    palette.get(usize::from(class)).copied().unwrap_or_else(|| grey(class))
}

/// Writes maps side by side as an 8-bit PNG; for each map the cells to be framed.
///
/// # Errors
/// [`PngError::Encode`] for no maps, [`PngError::Store`].
pub fn write(game: &Game, maps: &[(&Map, Vec<usize>)], path: &Path) -> Result<(), PngError> {
    let (height, width) = (game.height * TILE + GAP, game.width * TILE + GAP);
    let columns = maps.len().clamp(1, COLUMNS);
    let (lines, line) = (maps.len().div_ceil(columns), columns * width + GAP);
    let mut pixels = vec![PAPER; (lines * height + if maps.is_empty() { 0 } else { GAP }) * line];
    for (place, (map, framed)) in maps.iter().enumerate() {
        let (top, left) = (place / columns * height + GAP, place % columns * width + GAP);
        for (cell, &class) in map.tiles.iter().enumerate() {
            let (y, x) = (top + cell / game.width * TILE, left + cell % game.width * TILE);
            let is_framed = framed.contains(&cell);
            for (dy, dx) in (0..TILE).flat_map(|dy| (0..TILE).map(move |dx| (dy, dx))) {
                let is_edge = [dy, dx].iter().any(|&at| at < 2 || at + 2 >= TILE);
                let seen = if is_framed && is_edge { VIOLATION } else { colour(game, class) };
                pixels[(y + dy) * line + x + dx] = seen;
            }
        }
    }
    let height = pixels.len() / line;
    png_file::write(path, [line, height], png::ColorType::Rgb, pixels.as_flattened())
}
