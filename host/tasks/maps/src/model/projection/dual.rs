//! The dual problem: what the cells answer to multipliers of the counts.

use super::simplex;
use crate::data::map::members;
use crate::model::reduction::{Orbit, Reduction};

/// A sum over entries, `least <= sum <= most`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub least: f64,
    pub most: f64,
}

impl Bounds {
    /// Slope of the bound's term in the dual, for a multiplier as it grows or falls through `multiplier`.
    pub fn slope(&self, multiplier: f64, grows: bool) -> f64 {
        if multiplier > 0.0 || (multiplier == 0.0 && grows) { self.least } else { self.most }
    }

    /// How far a sum is from what its multiplier asks for; 0 where neither bound binds.
    pub fn missing(&self, multiplier: f64, sum: f64) -> f64 {
        if self.least == self.most || multiplier > 0.0 {
            self.least - sum
        } else if multiplier < 0.0 {
            self.most - sum
        } else {
            (self.least - sum).max(0.0) + (self.most - sum).min(0.0)
        }
    }

    /// Whether both bounds are one.
    pub fn is_equality(&self) -> bool {
        self.least == self.most
    }
}

/// The problem without its scores. A slot is a class that an orbit may have; slots in the same counts share a list.
#[derive(Debug, Clone)]
pub(super) struct Dual {
    orbits: Vec<Orbit>,
    /// First slot of each orbit, and the number of slots.
    pub starts: Vec<usize>,
    /// Class of each slot.
    classes: Vec<u8>,
    /// The list of each slot; list 0 is empty.
    pub lists: Vec<usize>,
    /// Rows and how much of a row's unit one cell of an orbit counts.
    pub members: Vec<Vec<(usize, f64)>>,
    /// Number of cells of each orbit.
    pub sizes: Vec<f64>,
    pub bounds: Vec<Bounds>,
    counts: Vec<usize>,
}

/// Scores of the slots.
#[derive(Debug, Clone)]
pub(super) struct Scores(Vec<f64>);

impl Scores {
    /// Difference between the largest and the smallest one, 0 of none.
    pub fn spread(&self) -> f64 {
        let largest = self.0.iter().fold(f64::NEG_INFINITY, |largest, &score| largest.max(score));
        let smallest = self.0.iter().fold(f64::INFINITY, |smallest, &score| smallest.min(score));
        (largest - smallest).max(0.0)
    }

    /// A multiple of them.
    pub fn scaled(&self, factor: f64) -> Self {
        Self(self.0.iter().map(|score| factor * score).collect())
    }
}

/// Answer of the cells to multipliers of the counts.
#[derive(Debug, Clone, Default)]
pub(super) struct Answer {
    /// Probability of each slot.
    pub probabilities: Vec<f64>,
    /// Support of each orbit: bits of its slots.
    pub supports: Vec<u16>,
    /// The sum of each row.
    pub sums: Vec<f64>,
    shifts: Vec<f64>,
    masses: Vec<f64>,
}

impl Dual {
    pub fn new(reduction: &Reduction) -> Self {
        let orbits = reduction.orbits.clone();
        let mut starts = vec![0];
        let mut classes = Vec::new();
        for orbit in &orbits {
            classes.extend(members(orbit.allowed));
            starts.push(classes.len());
        }
        let mut own: Vec<Vec<(usize, f64)>> = vec![Vec::new(); classes.len()];
        for (row, of) in reduction.rows.iter().enumerate() {
            for &(orbit, weight) in &of.members {
                let share = weight as f64 / orbits[orbit].size as f64;
                let slots = starts[orbit]..starts[orbit + 1];
                slots
                    .filter(|&slot| of.classes & (1 << classes[slot]) != 0)
                    .for_each(|slot| own[slot].push((row, share)));
            }
        }
        let mut members: Vec<Vec<(usize, f64)>> = vec![Vec::new()];
        let mut known = std::collections::HashMap::new();
        let key = |list: &[(usize, f64)]| list.iter().map(|(row, share)| (*row, share.to_bits())).collect::<Vec<_>>();
        known.insert(Vec::new(), 0);
        let lists = own.into_iter().map(|list| {
            *known.entry(key(&list)).or_insert_with(|| {
                members.push(list);
                members.len() - 1
            })
        });
        let lists = lists.collect();
        Self {
            sizes: orbits.iter().map(|orbit| orbit.size as f64).collect(),
            bounds: reduction
                .rows
                .iter()
                .map(|row| Bounds { least: row.least as f64, most: row.most as f64 })
                .collect(),
            counts: reduction.rows.iter().map(|row| row.count).collect(),
            orbits,
            starts,
            classes,
            lists,
            members,
        }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.bounds.len()
    }

    /// The place of a row among the polytope's counts.
    pub fn count(&self, row: usize) -> usize {
        self.counts[row]
    }

    /// Means of scores `[cells, classes]` over the cells of each orbit.
    pub fn with_scores(&self, scores: &[f32], classes: usize) -> Scores {
        Scores(self.gather(scores, classes, |sum, size| sum / size))
    }

    /// Sums over the cells of each orbit, as `finish` leaves them.
    pub fn gather(&self, numbers: &[f32], classes: usize, finish: impl Fn(f64, f64) -> f64) -> Vec<f64> {
        let mut slots = Vec::with_capacity(self.classes.len());
        for (orbit, range) in self.orbits.iter().zip(self.starts.windows(2)) {
            for slot in range[0]..range[1] {
                let number = |&cell: &usize| f64::from(numbers[cell * classes + usize::from(self.classes[slot])]);
                slots.push(finish(orbit.cells().iter().map(number).sum(), orbit.size as f64));
            }
        }
        slots
    }

    /// Numbers of the slots to all cells of their orbits, `[cells, classes]`.
    pub fn scatter(&self, slots: &[f64], numbers: &mut [f32], classes: usize) {
        for (orbit, range) in self.orbits.iter().zip(self.starts.windows(2)) {
            for slot in range[0]..range[1] {
                for &cell in orbit.cells() {
                    numbers[cell * classes + usize::from(self.classes[slot])] = slots[slot] as f32;
                }
            }
        }
    }

    /// Projects every orbit's shifted scores onto its simplex.
    pub fn answer(&self, scores: &Scores, multipliers: &[f64], answer: &mut Answer) {
        self.shift(multipliers, &mut answer.shifts);
        answer.probabilities.resize(self.classes.len(), 0.0);
        answer.supports.resize(self.orbits.len(), 0);
        answer.masses.clear();
        answer.masses.resize(self.members.len(), 0.0);
        let mut shifted = [0.0; 16];
        for (orbit, range) in self.starts.windows(2).enumerate() {
            let (slots, size) = (range[0]..range[1], range[1] - range[0]);
            let lists = &self.lists[slots.clone()];
            for ((shifted, score), list) in shifted.iter_mut().zip(&scores.0[slots.clone()]).zip(lists) {
                *shifted = score + answer.shifts[*list];
            }
            let p = &mut answer.probabilities[slots];
            answer.supports[orbit] = simplex::project(&shifted[..size], p);
            p.iter().zip(lists).for_each(|(p, &list)| answer.masses[list] += self.sizes[orbit] * p);
        }
        answer.sums.clear();
        answer.sums.resize(self.rows(), 0.0);
        for (list, mass) in self.members.iter().zip(&answer.masses) {
            list.iter().for_each(|&(row, share)| answer.sums[row] += share * mass);
        }
    }

    fn shift(&self, multipliers: &[f64], shifts: &mut Vec<f64>) {
        shifts.clear();
        shifts.extend(
            self.members.iter().map(|list| list.iter().map(|&(row, share)| share * multipliers[row]).sum::<f64>()),
        );
    }

    /// `E Q E'` on some rows, `[rows, rows]`: how their sums grow with their multipliers. `places` says which row of
    /// the matrix each row is.
    pub fn curvature(&self, supports: &[u16], places: &[Option<usize>], rows: usize) -> Vec<f64> {
        let mut matrix = vec![0.0; rows * rows];
        let mut sums: Vec<(usize, f64)> = Vec::new();
        for (orbit, &support) in supports.iter().enumerate() {
            if support & support.wrapping_sub(1) == 0 {
                continue;
            }
            sums.clear();
            let size = self.sizes[orbit];
            for slot in members(support) {
                let list = &self.members[self.lists[self.starts[orbit] + usize::from(slot)]];
                let placed = list.iter().filter_map(|&(row, share)| Some((places[row]?, share)));
                for (row, share) in placed.clone() {
                    placed.clone().for_each(|(column, other)| matrix[row * rows + column] += size * share * other);
                    match sums.iter_mut().find(|sum| sum.0 == row) {
                        Some(sum) => sum.1 += share,
                        None => sums.push((row, share)),
                    }
                }
            }
            let size = size / f64::from(support.count_ones());
            for &(row, sum) in &sums {
                sums.iter().for_each(|&(column, other)| matrix[row * rows + column] -= size * sum * other);
            }
        }
        matrix
    }

    /// The dual's value at multipliers, for what the cells answer to them.
    pub fn value(&self, scores: &Scores, multipliers: &[f64], answer: &Answer) -> f64 {
        let distance = |(range, size): (&[usize], &f64)| {
            let slots = range[0]..range[1];
            let pairs = answer.probabilities[slots.clone()].iter().zip(&scores.0[slots]);
            0.5 * size * pairs.map(|(p, z)| (p - z) * (p - z)).sum::<f64>()
        };
        let distance: f64 = self.starts.windows(2).zip(&self.sizes).map(distance).sum();
        let price = |row: usize| multipliers[row] * (self.bounds[row].slope(multipliers[row], true) - answer.sums[row]);
        distance + (0..self.rows()).map(price).sum::<f64>()
    }

    /// What multipliers prove: where positive, no probabilities meet the bounds (a certificate of Farkas).
    pub fn infeasibility(&self, multipliers: &[f64]) -> f64 {
        let mut shifts = Vec::new();
        self.shift(multipliers, &mut shifts);
        let bounds = self.bounds.iter().zip(multipliers);
        let least: f64 = bounds.map(|(bounds, &multiplier)| multiplier * bounds.slope(multiplier, true)).sum();
        let most = self.starts.windows(2).zip(&self.sizes).map(|(range, size)| {
            let best =
                self.lists[range[0]..range[1]].iter().map(|&list| shifts[list]).fold(f64::NEG_INFINITY, f64::max);
            size * best
        });
        least - most.sum::<f64>()
    }
}
