//! The map with the largest sum of scores among all that satisfy the conditions: exactly, in integers.
//!
//! A cell that gets a counted tile gets the best of them, else the best of the others; what it gains by counting is the
//! difference. The best sum of gains of n counted tiles within a region is concave in n, since the best n are the best n - 1
//! and one more: of its own cells and the regions within it the largest gains that are left. A region's bounds cut that
//! function's domain: the first `least` cells in the order of gains are taken for certain, those beyond the first `most`
//! never, whatever is asked for outside, and the others stand open in the same order. So one pass over the regions from the
//! inside, with all gains above zero taken at the end, gives the best map. It is the greedy algorithm for laminar bounds
//! (Federgruen and Groenevelt 1986, "The greedy procedure for resource allocation problems"; Hochbaum 1994, "Lower and upper
//! bounds for the allocation problem and other nonlinear optimization problems").

use super::program::{Conditions, Program};
use super::{CELLS, CLASSES, Map, Scores, are_in_range};

/// Bits of the largest score's weight: a score is exact from the 2^-16th part of the largest one on.
const WEIGHT_BITS: u32 = 40;
const MANTISSA_BITS: u32 = 24;

/// Whether a cell gets a counted tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Choice {
    Open,
    Counted,
    Other,
}

/// The best map; zeros where a score is out of range. Of equal gains the first cell's counts first, of equal scores the first
/// class is taken. Cost: 11,664 comparisons and two passes over the cells for each region, 250,000 instructions on a Cortex-M4F.
pub fn decode(program: &Program, scores: &Scores) -> Map {
    let mut map = [0; CELLS];
    if !are_in_range(scores) {
        return map;
    }
    let Conditions { counted, allowed, smallest, regions } = program.conditions();
    let largest = scores.as_flattened().iter().map(|score| exponent(*score)).max().unwrap_or(0);
    let (mut gains, mut choices) = ([0_i64; CELLS], [Choice::Open; CELLS]);
    // The best classes for either choice.
    let mut classes = [[0_u8; 2]; CELLS];
    let cells = scores.iter().zip(allowed).zip(gains.iter_mut().zip(&mut choices)).zip(&mut classes);
    for (((scores, &allowed), (gain, choice)), classes) in cells {
        let best = [best(scores, allowed & counted, largest), best(scores, allowed & !counted, largest)];
        *classes = best.map(|best| best.map_or(0, |best| best.1));
        match best {
            [Some((with, _)), Some((without, _))] => *gain = with - without,
            [Some(_), None] => *choice = Choice::Counted,
            _ => *choice = Choice::Other,
        }
    }
    let order = order(&gains);
    for (region, bounds) in regions.iter().enumerate() {
        let is_inside = |cell: usize| smallest.get(cell).is_some_and(|&inner| program.holds(region, inner));
        let taken = (0..).zip(&choices).filter(|&(cell, choice)| *choice == Choice::Counted && is_inside(cell)).count();
        let needed = usize::from(bounds.least).saturating_sub(taken);
        let room = usize::from(bounds.most).saturating_sub(taken);
        let mut place = 0;
        for &cell in order.iter().filter(|&&cell| is_inside(usize::from(cell))) {
            let Some(choice) = choices.get_mut(usize::from(cell)).filter(|choice| **choice == Choice::Open) else {
                continue;
            };
            if place < needed {
                *choice = Choice::Counted;
            } else if place >= room {
                *choice = Choice::Other;
            }
            place += 1;
        }
    }
    for (((tile, choice), gain), [counted, other]) in map.iter_mut().zip(choices).zip(gains).zip(classes) {
        let is_counted = choice == Choice::Counted || choice == Choice::Open && gain > 0;
        *tile = if is_counted { counted } else { other };
    }
    map
}

/// The largest weight of these classes, and the first class that has it.
fn best(scores: &[f32; CLASSES], classes: u8, largest: u32) -> Option<(i64, u8)> {
    let mut best: Option<(i64, u8)> = None;
    for (class, score) in (0_u8..).zip(scores).filter(|(class, _)| classes & (1 << (class & 7)) != 0) {
        let weight = weight(*score, largest);
        if best.is_none_or(|best| weight > best.0) {
            best = Some((weight, class));
        }
    }
    best
}

/// The cells by falling gains; each finds its place by counting those before it.
fn order(gains: &[i64; CELLS]) -> [u8; CELLS] {
    let mut order = [0; CELLS];
    for (cell, gain) in (0_u8..).zip(gains) {
        let before = (0_u8..).zip(gains).filter(|&(other, of)| of > gain || of == gain && other < cell).count();
        if let Some(place) = order.get_mut(before) {
            *place = cell;
        }
    }
    order
}

/// The biased exponent of a number, that of the smallest normal one for those below it.
fn exponent(score: f32) -> u32 {
    ((score.to_bits() >> 23) & 0xff).max(1)
}

/// A score as an integer, in units of the 2^-40th part of the power of two above the largest one.
fn weight(score: f32, largest: u32) -> i64 {
    let bits = score.to_bits();
    let is_normal = (bits >> 23) & 0xff != 0;
    let mantissa = i64::from(bits & 0x7f_ffff | u32::from(is_normal) << 23) << (WEIGHT_BITS - MANTISSA_BITS);
    let size = mantissa.checked_shr(largest.saturating_sub(exponent(score))).unwrap_or(0);
    if bits >> 31 == 0 { size } else { -size }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::super::instances::{below, conditions, scores};
    use super::super::program::{OUTSIDE, ProgramError};
    use super::*;
    use crate::random::Pcg64;
    use proptest::prelude::*;
    use std::vec;
    use std::vec::Vec;

    /// The scores in units in which they are integers.
    fn value(scores: &Scores, map: &Map) -> f64 {
        map.iter().zip(scores).map(|(&tile, scores)| f64::from(scores[usize::from(tile)])).sum()
    }

    /// The best sum for each number of counted tiles from the root of the regions' tree on, `None` where none is possible:
    /// dynamic programming, without any order of the gains.
    fn by_numbers(conditions: &Conditions, scores: &Scores) -> Option<f64> {
        type Best = Vec<Option<f64>>;
        let sum = |a: &Best, b: &Best| {
            let mut best: Best = vec![None; a.len() + b.len() - 1];
            for (n, a) in a.iter().enumerate() {
                for (m, b) in b.iter().enumerate() {
                    let Some(sum) = a.zip(*b).map(|(a, b)| a + b) else { continue };
                    best[n + m] = Some(best[n + m].map_or(sum, |best| best.max(sum)));
                }
            }
            best
        };
        let mut regions: Vec<Best> = vec![vec![Some(0.0)]; conditions.regions.len() + 1];
        let root = conditions.regions.len();
        for cell in 0..CELLS {
            let of = |classes: u8| {
                let scores = scores[cell].iter().enumerate();
                scores.filter(|(class, _)| classes >> class & 1 == 1).map(|(_, s)| f64::from(*s)).reduce(f64::max)
            };
            let (allowed, region) = (conditions.allowed[cell], conditions.smallest[cell]);
            let own = vec![of(allowed & !conditions.counted), of(allowed & conditions.counted)];
            let region = if region == OUTSIDE { root } else { usize::from(region) };
            regions[region] = sum(&regions[region], &own);
        }
        for (region, bounds) in conditions.regions.iter().enumerate() {
            for (n, best) in regions[region].iter_mut().enumerate() {
                if !(usize::from(bounds.least)..=usize::from(bounds.most)).contains(&n) {
                    *best = None;
                }
            }
            let parent = if bounds.parent == OUTSIDE { root } else { usize::from(bounds.parent) };
            regions[parent] = sum(&regions[parent], &regions[region]);
        }
        regions[root].iter().flatten().copied().reduce(f64::max)
    }

    /// The best sum of all maps that satisfy the conditions, where few cells have a choice.
    fn by_all_maps(conditions: &Conditions, scores: &Scores, satisfies: impl Fn(&Map) -> bool) -> Option<f64> {
        let mut maps: Vec<Map> = vec![[0; CELLS]];
        for (cell, allowed) in conditions.allowed.iter().enumerate() {
            let with = |map: &Map, class: u8| {
                let mut map = *map;
                map[cell] = class;
                map
            };
            let classes = (0..8_u8).filter(|class| allowed >> class & 1 == 1);
            maps = classes.flat_map(|class| maps.iter().map(move |map| with(map, class))).collect();
        }
        maps.iter().filter(|map| satisfies(map)).map(|map| value(scores, map)).reduce(f64::max)
    }

    /// Whether a map has as many tiles as asked for, from the words of the form.
    fn has_counts(conditions: &Conditions, map: &Map) -> bool {
        let is_inside = |region: usize, cell: usize| {
            let mut inner = conditions.smallest[cell];
            while inner != OUTSIDE && usize::from(inner) != region {
                inner = conditions.regions[usize::from(inner)].parent;
            }
            usize::from(inner) == region
        };
        conditions.regions.iter().enumerate().all(|(region, bounds)| {
            let counts = |cell: &usize| is_inside(region, *cell) && conditions.counted >> map[*cell] & 1 == 1;
            let count = (0..CELLS).filter(counts).count();
            (usize::from(bounds.least)..=usize::from(bounds.most)).contains(&count)
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn the_map_is_the_best_of_all_numbers(seed: u64) {
            let random = &mut Pcg64::from_seed(seed);
            let (conditions, map) = conditions(random, CELLS);
            let program = Program::new(conditions.clone()).unwrap();
            prop_assert!(program.satisfies(&map));
            let scores = scores(random, &map);
            let found = decode(&program, &scores);
            prop_assert!(program.satisfies(&found) && has_counts(&conditions, &found));
            let best = by_numbers(&conditions, &scores).unwrap();
            prop_assert!((value(&scores, &found) - best).abs() <= 1e-9 * best.abs().max(1.0));
        }

        #[test]
        fn it_is_the_best_of_all_maps_and_refused_exactly_where_there_is_none(seed: u64) {
            let random = &mut Pcg64::from_seed(seed);
            let (mut conditions, map) = conditions(random, 5);
            // Bounds that no map need meet.
            for region in &mut conditions.regions {
                if below(random, 2) == 0 {
                    region.least = below(random, 4) as u8;
                    region.most = below(random, 6) as u8;
                }
            }
            let scores = scores(random, &map);
            let best = by_all_maps(&conditions, &scores, |map| has_counts(&conditions, map));
            match Program::new(conditions.clone()) {
                Ok(program) => {
                    let found = decode(&program, &scores);
                    prop_assert!(program.satisfies(&found) && has_counts(&conditions, &found));
                    let best = best.unwrap();
                    prop_assert!((value(&scores, &found) - best).abs() <= 1e-9 * best.abs().max(1.0));
                }
                Err(ProgramError::Contradiction { region, fewest, most }) => {
                    prop_assert_eq!(best, None);
                    let bounds = conditions.regions[usize::from(region)];
                    prop_assert!(bounds.least > most || bounds.most < fewest || bounds.least > bounds.most);
                    // The regions within it alone are no contradiction, and it is one with them.
                    let mut freed = conditions.clone();
                    (freed.regions[usize::from(region)].least, freed.regions[usize::from(region)].most) = (0, 255);
                    freed.regions.iter_mut().skip(usize::from(region) + 1).for_each(|outer| (outer.least, outer.most) = (0, 255));
                    prop_assert!(Program::new(freed).is_ok());
                }
                Err(other) => prop_assert!(false, "{:?}", other),
            }
        }

        #[test]
        fn the_verifier_counts_as_the_words_say(seed: u64) {
            let random = &mut Pcg64::from_seed(seed);
            let (conditions, mut map) = conditions(random, 8);
            let program = Program::new(conditions.clone()).unwrap();
            map[below(random, CELLS)] = below(random, 9) as u8;
            let is_allowed = map.iter().zip(&conditions.allowed).all(|(&tile, &allowed)| u32::from(allowed) >> tile & 1 == 1);
            prop_assert_eq!(program.satisfies(&map), is_allowed && has_counts(&conditions, &map));
        }
    }

    #[test]
    fn weights_keep_the_order_and_the_sums_of_scores() {
        let numbers = [-1.0, -0.75, -1e-3, -1e-12, 0.0, f32::MIN_POSITIVE / 8.0, 1e-3, 0.7, 0.70000005, 1.0];
        let weights = numbers.map(|number| weight(number, exponent(1.0)));
        assert!(weights.is_sorted());
        assert_eq!(weights[9], 1 << 39);
        assert_eq!((weights[3], weights[5]), (0, 0));
        assert_eq!(weights[8] - weights[7], 1 << 15);
        assert_eq!(weight(f32::MIN_POSITIVE / 2.0, exponent(0.0)), 1 << 38);
    }

    #[test]
    fn scores_out_of_range_have_no_map() {
        let random = &mut Pcg64::from_seed(1);
        let (conditions, map) = conditions(random, CELLS);
        let program = Program::new(conditions).unwrap();
        for wrong in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 2e6] {
            let mut scores = scores(random, &map);
            scores[40][3] = wrong;
            assert_eq!(decode(&program, &scores), [0; CELLS]);
        }
    }
}
