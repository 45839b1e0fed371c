//! Mistakes in training maps: a few tiles are replaced by others, which the network learns to correct.
//!
//! A sample's noisy values come from predictions, and a wrongly predicted tile looks like any other. A network that has
//! only seen noise on real maps trusts it (exposure bias). Ning et al. 2023 perturb the input by more noise; here tiles
//! are changed.

use crate::data::map::{Map, contains};
use crate::model::polytope::Polytope;
use convex_edge_core::random::Pcg64;

/// One map of so many is shown with mistakes.
const ONE_OF: u64 = 2;

/// Tiles of it that are drawn, at most.
const MOST: u64 = 3;

/// A map as it is, or in half of the cases with up to three tiles that are others of those that its conditions leave to their
/// cells.
pub fn with_mistakes(map: &Map, conditions: &Polytope, random: &mut Pcg64) -> Map {
    let mut shown = map.clone();
    if !random.next_u64().is_multiple_of(ONE_OF) {
        return shown;
    }
    for _ in 0..1 + random.next_u64() % MOST {
        let cell = (random.next_u64() % map.cells().max(1) as u64) as usize;
        let others = |&class: &u8| contains(conditions.allowed[cell], class) && class != map.tiles[cell];
        let others: Vec<u8> = (0..conditions.classes as u8).filter(others).collect();
        if let Some(&other) = others.get((random.next_u64() % others.len().max(1) as u64) as usize) {
            shown.tiles[cell] = other;
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::condition::parse::parse;
    use crate::data::game::Game;

    #[test]
    fn half_of_the_maps_have_one_to_three_tiles_that_may_be_there() {
        let game = Game::breakout();
        let map = Map { height: game.height, width: game.width, tiles: vec![0; game.cells()] };
        // Columns 0 to 8 may hold bricks of one colour, the others none.
        let conditions = parse("no brick in columns 9-17", &game).unwrap();
        let polytope = Polytope::new(&game, None, &conditions).unwrap();
        let random = &mut Pcg64::from_seed(1);
        let mut counts = [0; 4];
        for _ in 0..2000 {
            let shown = with_mistakes(&map, &polytope, random);
            counts[shown.distance(&map)] += 1;
            assert!((0..map.cells()).all(|cell| contains(polytope.allowed[cell], shown.tiles[cell])));
        }
        // Half of the cells are as they must be: 1/2 + 1/2 (1/2 + 1/4 + 1/8) / 3 of the maps are whole.
        assert!((1200..1385).contains(&counts[0]) && counts[1..].iter().all(|&count| count > 20), "{counts:?}");
    }
}
