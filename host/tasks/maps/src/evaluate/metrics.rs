//! Metrics of generated maps: resemblance to real ones, and novelty.

use crate::data::map::Map;
use serde::{Deserialize, Serialize};

/// Weight of a pattern that one side lacks (Lucas and Volz 2019).
const SMALLEST: f64 = 1e-6;

/// Metrics of generated maps.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fidelity {
    /// Divergence of the 2 x 2 patterns, 0 for equal frequencies.
    pub patterns_2x2: f64,
    /// Divergence of the 3 x 3 patterns.
    pub patterns_3x3: f64,
    /// Accuracy of telling generated from real maps by the nearest neighbour, 0 to 1; 0.5 where they cannot be told.
    pub two_sample: f64,
    /// Share of different maps.
    pub unique: f64,
    /// Share of maps that are none of the training maps.
    pub novel: f64,
    /// Median distance to the nearest training map, in cells.
    pub nearest: f64,
    /// Mean distance between two generated maps, as a share of the cells.
    pub diversity: f64,
}

/// Judges generated maps by held-out real ones and the training maps. The two-sample accuracy is that of equally many of both,
/// at equal intervals of the longer list. Cost: 0.1 s for 256 generated and 10 000 training maps.
pub fn fidelity(generated: &[Map], held_out: &[Map], train: &[Map]) -> Fidelity {
    let mut nearest: Vec<usize> = generated.iter().filter_map(|map| nearest_distance(map, train)).collect();
    nearest.sort_unstable();
    let share = |count: usize| count as f64 / generated.len().max(1) as f64;
    let equally = generated.len().min(held_out.len());
    let different = generated.iter().collect::<std::collections::HashSet<_>>().len();
    Fidelity {
        patterns_2x2: pattern_divergence(generated, held_out, 2),
        patterns_3x3: pattern_divergence(generated, held_out, 3),
        two_sample: two_sample_accuracy(&spread(generated, equally), &spread(held_out, equally)),
        unique: share(different),
        novel: share(nearest.iter().filter(|&&distance| distance > 0).count()),
        nearest: median(&nearest),
        diversity: diversity(generated),
    }
}

/// So many of the maps at equal intervals, at most all.
fn spread(maps: &[Map], count: usize) -> Vec<Map> {
    (0..count.min(maps.len())).filter_map(|place| maps.get(place * maps.len() / count).cloned()).collect()
}

/// The tile-pattern Kullback-Leibler divergence of Lucas and Volz (2019), mean of both directions, for square windows of
/// up to 4 x 4 tiles of classes below 16. Infinite without a window on either side.
pub fn pattern_divergence(a: &[Map], b: &[Map], side: usize) -> f64 {
    let (a, b) = (patterns(a, side), patterns(b, side));
    if a.is_empty() || b.is_empty() {
        return f64::INFINITY;
    }
    0.5 * one_way(&a, &b) + 0.5 * one_way(&b, &a)
}

/// The patterns of all windows and how often each occurs, ascending.
fn patterns(maps: &[Map], side: usize) -> Vec<(u64, f64)> {
    let mut all = Vec::new();
    for map in maps {
        let (rows, columns) = ((map.height + 1).saturating_sub(side), (map.width + 1).saturating_sub(side));
        for (row, column) in (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))) {
            let window = (0..side * side).map(|place| (row + place / side) * map.width + column + place % side);
            all.push(window.fold(0, |pattern, cell| pattern << 4 | u64::from(map.tiles[cell])));
        }
    }
    all.sort_unstable();
    all.chunk_by(|a, b| a == b).map(|same| (same[0], same.len() as f64)).collect()
}

fn one_way(a: &[(u64, f64)], b: &[(u64, f64)]) -> f64 {
    let total = |patterns: &[(u64, f64)]| patterns.iter().map(|pattern| pattern.1).sum::<f64>();
    let (in_a, in_b) = (total(a) + SMALLEST, total(b) + SMALLEST);
    let term = |&(pattern, count): &(u64, f64)| {
        let other = b.binary_search_by_key(&pattern, |pattern| pattern.0).map_or(0.0, |place| b[place].1);
        let (p, q) = ((count + SMALLEST) / in_a, (other + SMALLEST) / in_b);
        p * (p / q).ln()
    };
    a.iter().map(term).sum()
}

/// How often the nearest other map is of the same side (Lopez-Paz and Oquab 2017): 0.5 where two equally large samples
/// are alike, 1 where they are apart. Of several nearest ones, the share of the same side counts.
fn two_sample_accuracy(a: &[Map], b: &[Map]) -> f64 {
    let all: Vec<(&Map, bool)> = a.iter().map(|map| (map, true)).chain(b.iter().map(|map| (map, false))).collect();
    let right = (0..all.len()).map(|place| {
        let (mut least, mut same, mut nearest) = (usize::MAX, 0, 0);
        for other in (0..all.len()).filter(|&other| other != place) {
            let distance = all[place].0.distance(all[other].0);
            if distance < least {
                (least, same, nearest) = (distance, 0, 0);
            }
            if distance == least {
                nearest += 1;
                same += usize::from(all[place].1 == all[other].1);
            }
        }
        same as f64 / f64::from(nearest.max(1))
    });
    right.sum::<f64>() / all.len().max(1) as f64
}

/// Cells in which a map differs from the most similar one; `None` without others.
pub fn nearest_distance(map: &Map, others: &[Map]) -> Option<usize> {
    others.iter().map(|other| map.distance(other)).min()
}

/// Mean distance between two different ones of the maps, as a share of the cells; 0 for fewer than two.
pub fn diversity(maps: &[Map]) -> f64 {
    let pairs = maps.len() * maps.len().saturating_sub(1) / 2;
    let of = |(place, map): (usize, &Map)| maps[..place].iter().map(|other| map.distance(other)).sum::<usize>();
    let total: usize = maps.iter().enumerate().map(of).sum();
    let cells = maps.first().map_or(1, Map::cells);
    total as f64 / (pairs.max(1) * cells.max(1)) as f64
}

/// The median of ascending numbers; 0 of none.
fn median(ascending: &[usize]) -> f64 {
    match ascending.len() {
        0 => 0.0,
        count => 0.5 * (ascending[(count - 1) / 2] + ascending[count / 2]) as f64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(tiles: &[u8]) -> Map {
        Map { height: tiles.len() / 2, width: 2, tiles: tiles.to_vec() }
    }

    #[test]
    fn the_divergence_is_that_of_the_frequencies() {
        let (a, b) = ([map(&[0, 0, 0, 0, 1, 1])], [map(&[0, 0, 0, 0, 0, 0])]);
        // Two patterns, half each, against one alone; what is lacking weighs 1e-6 of 2.
        let expected = 0.5 * (0.5 * 0.5_f64.ln() + 0.5 * 1e6_f64.ln()) + 0.5 * 2.0_f64.ln();
        assert!((pattern_divergence(&a, &b, 2) - expected).abs() < 1e-4);
        assert_eq!(pattern_divergence(&a, &a, 2), 0.0);
        assert_eq!(pattern_divergence(&a, &b, 3), f64::INFINITY);
    }

    #[test]
    fn samples_apart_are_told_and_equal_ones_are_not() {
        let near = |tile: u8| vec![map(&[tile, tile, tile, tile]), map(&[tile, tile, tile, 2])];
        assert_eq!(two_sample_accuracy(&near(0), &near(1)), 1.0);
        // Each map's copy on the other side is nearest.
        assert_eq!(two_sample_accuracy(&near(0), &near(0)), 0.0);
        // Of three maps at one distance, one is of the same side.
        let corner = |place: usize| map(&[0, 1, 2, 3].map(|cell| u8::from(cell == place)));
        assert!((two_sample_accuracy(&[corner(0), corner(1)], &[corner(2), corner(3)]) - 1.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn as_many_maps_of_both_sides_are_told_apart() {
        let maps: Vec<Map> = (0..7).map(|tile| map(&[tile; 4])).collect();
        let tiles = |count| spread(&maps, count).iter().map(|map| map.tiles[0]).collect::<Vec<_>>();
        assert_eq!((tiles(0), tiles(3), tiles(7)), (vec![], vec![0, 2, 4], (0..7).collect()));
        assert_eq!(spread(&maps, 9).len(), 7);
        // Beside all held-out maps the copy of one would be told in eight of nine cases.
        assert_eq!(fidelity(&maps[..1], &maps, &maps).two_sample, 0.0);
    }

    #[test]
    fn what_is_new_and_different_is_counted() {
        let train = [map(&[0, 0, 0, 0]), map(&[1, 1, 1, 1])];
        let generated = [map(&[0, 0, 0, 0]), map(&[0, 0, 0, 2]), map(&[0, 0, 0, 2]), map(&[1, 2, 2, 2])];
        let fidelity = fidelity(&generated, &train, &train);
        assert_eq!((fidelity.unique, fidelity.novel, fidelity.nearest), (0.75, 0.75, 1.0));
        // Distances 1, 1, 4, 0, 3, 3 of six pairs in four cells.
        assert_eq!(fidelity.diversity, 12.0 / 24.0);
        assert_eq!(nearest_distance(&train[0], &[]), None);
        assert_eq!((median(&[]), median(&[1, 2, 4]), median(&[1, 2])), (0.0, 2.0, 1.5));
    }
}
