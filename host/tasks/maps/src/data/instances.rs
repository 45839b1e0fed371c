//! Small random problems with a known solution, for tests.

use crate::data::condition::{Condition, Region};
use crate::data::game::Game;
use crate::data::map::Map;
use crate::model::polytope::Polytope;
use convex_edge_core::random::Pcg64;

/// A number below `end`.
pub fn below(random: &mut Pcg64, end: usize) -> usize {
    (random.uniform(0.0, end as f64) as usize).min(end - 1)
}

/// A small game and a map of it; symmetric ones have an even width.
pub fn map(random: &mut Pcg64, is_symmetric: bool) -> (Game, Map) {
    let mut game = Game::ms_pacman();
    game.height = 1 + below(random, 4);
    game.width = if is_symmetric { 2 + 2 * below(random, 2) } else { 1 + below(random, 5) };
    let mut tiles: Vec<u8> = (0..game.cells()).map(|_| below(random, 4) as u8).collect();
    if is_symmetric {
        let width = game.width;
        (0..game.cells())
            .for_each(|cell| tiles[cell] = tiles[cell.min(cell / width * width + width - 1 - cell % width)]);
    }
    (game.clone(), Map { height: game.height, width: game.width, tiles })
}

/// A region of a map of this size.
pub fn region(random: &mut Pcg64, game: &Game) -> Region {
    let mut range = |size: usize| {
        let (a, b) = (below(random, size), below(random, size));
        (below(random, 2) == 0).then_some((a.min(b), a.max(b)))
    };
    Region { rows: range(game.height), columns: range(game.width) }
}

/// A condition of the map: so many as it has, or about so many; or what a cell is or is not.
pub fn condition(random: &mut Pcg64, game: &Game, map: &Map, is_exact: bool) -> Condition {
    let names = game.names();
    let tiles = |random: &mut Pcg64| game.find(names[below(random, names.len())]).unwrap();
    match below(random, 4) {
        0 => {
            let cell = below(random, map.cells());
            let tiles = game.find(&game.tiles[usize::from(map.tiles[cell])].name).unwrap();
            Condition::Only { tiles, region: Region::cell(cell / map.width, cell % map.width) }
        }
        _ => {
            let (tiles, region) = (tiles(random), region(random, game));
            let cells = region.cells(map.height, map.width);
            let count = cells.iter().filter(|&&cell| tiles.classes & (1 << map.tiles[cell]) != 0).count();
            let (fewer, more) = if is_exact { (0, 0) } else { (below(random, 3), below(random, 3)) };
            Condition::Count { tiles, region, least: count.saturating_sub(fewer), most: Some(count + more) }
        }
    }
}

/// A game, conditions that its map satisfies, and that map.
pub fn feasible(seed: u64) -> (Game, Polytope, Map) {
    let random = &mut Pcg64::from_seed(seed);
    let is_symmetric = below(random, 4) == 0;
    let (game, map) = map(random, is_symmetric);
    let is_exact = is_symmetric || below(random, 2) == 0;
    let mut conditions: Vec<Condition> =
        (0..below(random, 7)).map(|_| condition(random, &game, &map, is_exact)).collect();
    conditions.extend(is_symmetric.then_some(Condition::Symmetric));
    let polytope = Polytope::new(&game, None, &conditions).unwrap();
    (game, polytope, map)
}

/// Scores about a map's indicators, or anywhere, `[cells, classes]`.
pub fn scores(random: &mut Pcg64, map: &Map) -> Vec<f32> {
    let (noise, signal) = ([0.1, 1.0, 10.0][below(random, 3)], below(random, 2) as f64);
    let indicators = map.indicators(4).into_iter();
    indicators.map(|indicator| (signal * f64::from(indicator) + random.uniform(-noise, noise)) as f32).collect()
}
