//! Reachability and paths: cuts are added until the best map has nothing that is cut off.
//!
//! Let S be a set of cells, and N its neighbours. If a target lies in S and another one outside S and N, or all must be
//! connected with the outside, then some cell of N can be crossed: `sum of open(N) >= target(i) + target(j) - 1`, and
//! `>= target(i)` where the other one is sure; `>= 1` where the ends of a path are inside and outside. Every map whose
//! targets are connected satisfies all of these, and every other map breaks one.

use super::mixed_integer::{self, Inequality};
use super::{Choice, Decoder, Failure};
use crate::data::game::Reachability;
use crate::data::map::{Map, contains};
use crate::data::regions::{label, main_region, neighbours};
use crate::model::polytope::Count;
use std::time::{Duration, Instant};

/// Cuts for one region that is cut off are added for so many of its targets, and for so many sets around it.
const MOST_TARGETS: usize = 16;
const MOST_LAYERS: usize = 8;

/// The best classes of the orbits for weights `[orbits, 16]`.
pub(super) fn best(
    decoder: &Decoder,
    rule: &Reachability,
    weights: &[i64],
    limit: Duration,
) -> Result<Choice, Failure> {
    let started = Instant::now();
    let mut cuts: Vec<Inequality> = Vec::new();
    let (mut choice, mut is_optimal) = decoder.unconnected(weights, limit)?;
    loop {
        let cuts_of = Cuts::new(decoder, rule, decoder.map(&choice));
        let asked = if decoder.polytope.reachability.is_some() { cuts_of.of_targets() } else { Vec::new() };
        let added: Vec<Inequality> = asked.into_iter().chain(cuts_of.of_paths()).collect();
        if added.is_empty() {
            return Ok((choice, is_optimal));
        }
        cuts.extend(added);
        let left = limit.saturating_sub(started.elapsed());
        if left.is_zero() {
            return Err(Failure::TimedOut);
        }
        (choice, is_optimal) = mixed_integer::best(&decoder.reduction, weights, &cuts, left)?;
    }
}

/// Data of the cuts.
struct Cuts<'a> {
    decoder: &'a Decoder,
    rule: &'a Reachability,
    map: Map,
    /// The orbit of each cell, unless it is decided.
    orbits: Vec<Option<usize>>,
    /// Targets that every map has at least.
    fewest: usize,
}

impl<'a> Cuts<'a> {
    fn new(decoder: &'a Decoder, rule: &'a Reachability, map: Map) -> Self {
        let mut orbits = vec![None; map.cells()];
        for (place, orbit) in decoder.reduction.orbits.iter().enumerate() {
            orbit.cells().iter().for_each(|&cell| orbits[cell] = Some(place));
        }
        let is_decided = |&&(_, class): &&(usize, u8)| contains(rule.targets, class);
        let decided = decoder.reduction.decided.iter().filter(is_decided).count();
        let of_targets = |count: &&Count| count.classes & !rule.targets == 0;
        let counted = decoder.polytope.counts.iter().filter(of_targets).map(|count| count.least).max();
        Self { decoder, rule, map, orbits, fewest: decided.max(counted.unwrap_or(0)) }
    }

    /// Inequalities of the paths that the map breaks; none where one can get everywhere that is asked for.
    fn of_paths(&self) -> Vec<Inequality> {
        let (labels, _) = label(&self.map, self.rule);
        let mut cuts = Vec::new();
        for &[from, to] in &self.decoder.polytope.paths {
            if labels[from] == labels[to] {
                continue;
            }
            // Region 0 may be the outside, which has more neighbours than those in the map: from the other end, then.
            let (start, end) = if labels[from] == Some(0) { (to, from) } else { (from, to) };
            let mut inside: Vec<bool> = labels.iter().map(|&label| label == labels[start]).collect();
            for _ in 0..MOST_LAYERS {
                let around = self.around(&inside);
                if around.iter().all(|&cell| !contains(self.rule.passable, self.map.tiles[cell])) {
                    let mut cut = Inequality { entries: Vec::new(), least: 1.0 };
                    around.iter().for_each(|&cell| self.add(&mut cut, cell, self.rule.passable, 1.0));
                    cuts.push(cut);
                }
                if around.is_empty() || around.iter().any(|&cell| cell == end || self.is_at_border(cell)) {
                    break;
                }
                around.into_iter().for_each(|cell| inside[cell] = true);
            }
        }
        cuts
    }

    /// Inequalities of the targets that the map breaks; none where everything is reachable.
    fn of_targets(&self) -> Vec<Inequality> {
        let (labels, regions) = label(&self.map, self.rule);
        let is_target = |cell: usize| contains(self.rule.targets, self.map.tiles[cell]);
        let targets: Vec<usize> = (0..self.map.cells()).filter(|&cell| is_target(cell)).collect();
        let main = main_region(&labels, regions, &targets, self.rule);
        let in_main = |cell: usize| labels[cell] == Some(main);
        let other = targets.iter().copied().find(|&cell| in_main(cell));
        let mut cuts = Vec::new();
        for region in (0..regions).filter(|&region| region != main) {
            let own: Vec<usize> = targets.iter().copied().filter(|&cell| labels[cell] == Some(region)).collect();
            let own: Vec<usize> = own.iter().step_by(own.len().div_ceil(MOST_TARGETS).max(1)).copied().collect();
            let mut inside: Vec<bool> = labels.iter().map(|&label| label == Some(region)).collect();
            for _ in 0..MOST_LAYERS {
                let around = self.around(&inside);
                let is_broken = around.iter().all(|&cell| !contains(self.rule.passable, self.map.tiles[cell]));
                if is_broken {
                    cuts.extend(own.iter().filter_map(|&target| self.cut(target, other, &inside, &around)));
                }
                if around.is_empty() || around.iter().any(|&cell| in_main(cell) || self.is_at_border(cell)) {
                    break;
                }
                around.into_iter().for_each(|cell| inside[cell] = true);
            }
        }
        cuts
    }

    fn is_at_border(&self, cell: usize) -> bool {
        let row = cell / self.map.width;
        self.rule.is_from_outside && (row == 0 || row + 1 == self.map.height)
    }

    /// The neighbours of a set.
    fn around(&self, inside: &[bool]) -> Vec<usize> {
        let (height, width) = (self.map.height, self.map.width);
        let touches = |cell: usize| neighbours(height, width, cell, self.rule).any(|neighbour| inside[neighbour]);
        (0..inside.len()).filter(|&cell| !inside[cell] && touches(cell)).collect()
    }

    /// A target inside asks for a cell around that can be crossed; so sure is another target outside, or it takes part.
    fn cut(&self, target: usize, other: Option<usize>, inside: &[bool], around: &[usize]) -> Option<Inequality> {
        let allowed = |cell: usize| match self.orbits[cell] {
            Some(orbit) => self.decoder.reduction.orbits[orbit].allowed,
            None => 1 << self.map.tiles[cell],
        };
        let possible = (0..inside.len()).filter(|&cell| inside[cell] && allowed(cell) & self.rule.targets != 0).count();
        let is_sure = self.rule.is_from_outside || self.fewest > possible;
        let mut cut = Inequality { entries: Vec::new(), least: 0.0 };
        around.iter().for_each(|&cell| self.add(&mut cut, cell, self.rule.passable, 1.0));
        self.add(&mut cut, target, self.rule.targets, -1.0);
        if !is_sure {
            self.add(&mut cut, other?, self.rule.targets, -1.0);
            cut.least -= 1.0;
        }
        Some(cut)
    }

    /// Adds so many times whether a cell has one of the classes.
    fn add(&self, cut: &mut Inequality, cell: usize, classes: u16, factor: f64) {
        match self.orbits[cell] {
            Some(orbit) => cut.entries.push((orbit, classes, factor)),
            None if contains(classes, self.map.tiles[cell]) => cut.least -= factor,
            None => {}
        }
    }
}
