//! Resemblance of real maps to each other: the reference for generated ones.

use crate::data::collection::Collection;
use crate::data::map::Map;
use crate::evaluate::metrics::{Fidelity, fidelity};
use crate::evaluate::structure::{Rule, Structure};
use convex_edge_core::random::Pcg64;
use convex_edge_statistics::Estimate;
use serde::{Deserialize, Serialize};

/// Draws of as many maps as a method makes.
const DRAWS: u64 = 3;

/// Added to a draw's number.
const DRAW_SEED: u64 = 1 << 35;

/// Real maps in the place of generated ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Real {
    /// Collection.
    pub collection: String,
    /// Whether these maps are held-out ones, beside the other held-out maps, or training maps.
    pub is_held_out: bool,
    /// Share that obeys each rule.
    pub rules: Vec<(Rule, Estimate)>,
    /// Divergence of patterns of 2 x 2 tiles from (other) held-out maps.
    pub patterns_2x2: Estimate,
    /// The same of 3 x 3.
    pub patterns_3x3: Estimate,
    /// How well a nearest neighbour tells them from (other) held-out maps.
    pub two_sample: Estimate,
    /// Tiles that differ from the nearest training map, median; 0 for training maps.
    pub nearest: Estimate,
    /// Mean share of tiles that two of them differ in.
    pub diversity: Estimate,
}

/// Judges draws of `samples` real maps of a collection as a method's maps are: held-out maps, then training maps.
pub fn real(name: &str, collection: &Collection, samples: usize) -> [Real; 2] {
    let all: Vec<Map> = collection.train.maps.iter().chain(&collection.test.maps).cloned().collect();
    let structure = Structure::new(&collection.game, &all);
    [true, false].map(|is_held_out| {
        let from = if is_held_out { &collection.test.maps } else { &collection.train.maps };
        let judged = (0..DRAWS).map(|draw| {
            let (drawn, left) = drawn(from, samples, draw);
            let beside = if is_held_out { left } else { collection.test.maps.clone() };
            (structure.shares(&drawn).0, fidelity(&drawn, &beside, &collection.train.maps))
        });
        let judged: Vec<(Vec<(Rule, f64)>, Fidelity)> = judged.collect();
        let of = |value: fn(&Fidelity) -> f64| {
            Estimate::of(&judged.iter().map(|(_, fidelity)| value(fidelity)).collect::<Vec<_>>())
        };
        let rule = |(place, rule): (usize, &Rule)| {
            (*rule, Estimate::of(&judged.iter().map(|(rules, _)| rules[place].1).collect::<Vec<_>>()))
        };
        Real {
            collection: name.to_owned(),
            is_held_out,
            rules: structure.rules().iter().enumerate().map(rule).collect(),
            patterns_2x2: of(|fidelity| fidelity.patterns_2x2),
            patterns_3x3: of(|fidelity| fidelity.patterns_3x3),
            two_sample: of(|fidelity| fidelity.two_sample),
            nearest: of(|fidelity| fidelity.nearest),
            diversity: of(|fidelity| fidelity.diversity),
        }
    })
}

/// So many of the maps, at most half, and the others.
fn drawn(maps: &[Map], samples: usize, draw: u64) -> (Vec<Map>, Vec<Map>) {
    let random = &mut Pcg64::from_seed(DRAW_SEED + draw);
    let mut keyed: Vec<(u64, &Map)> = maps.iter().map(|map| (random.next_u64(), map)).collect();
    keyed.sort_by_key(|(key, _)| *key);
    let mut drawn: Vec<Map> = keyed.into_iter().map(|(_, map)| map.clone()).collect();
    let left = drawn.split_off(samples.min(drawn.len() / 2));
    (drawn, left)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::game::Game;
    use crate::data::packed::{PackedError, embedded};

    #[test]
    fn real_maps_obey_their_rules_and_resemble_each_other() -> Result<(), PackedError> {
        let [held_out, train] = real("ms-pacman", &embedded(Game::ms_pacman())?, 64);
        assert!(held_out.rules.iter().chain(&train.rules).all(|(_, share)| share.mean == 1.0));
        assert!(held_out.patterns_2x2.mean < 0.02 && held_out.nearest.mean > 0.0 && train.nearest.mean == 0.0);
        Ok(())
    }
}
