//! Probabilities nearest to scores among all that satisfy the conditions. The program is `minimize |p - z|^2 / 2` over
//! a distribution of the allowed classes in each cell and the counts' intervals.
//!
//! The dual has one multiplier a region. Let `t` be the sum of the multipliers of all regions that hold a cell: its
//! probabilities are the projection of `z + t` (`t` on the counted classes alone) onto the simplex, and their counted share
//! rises with t. A region's own multiplier is zero unless a bound binds. So the count of a region whose outer regions' sum is t
//! is that of its own cells and of the regions within it, **cut to its bounds**: a rising, piecewise linear function of t that
//! one pass from the inside evaluates. From the outside in, each region keeps its outer regions' t where its count is within
//! its bounds, and else takes the t at which the count is the bound, found by Newton steps within a bracket. No nested search
//! and no matrix is needed: a tree of bounds (Hochbaum and Hong 1995, "About strongly polynomial time algorithms for quadratic
//! optimization over submodular constraints").
//!
//! Counts are sums of integers in units of 2^-24, exact in any order. The root lies between two numbers of single precision;
//! the rest that is missing there moves the probabilities along their derivative.

use super::answer::Status;
use super::program::{Conditions, Program, Region};
use super::{CELLS, CLASSES, REGIONS, Scores, are_in_range};

/// Largest residual of probabilities that count as the nearest ones.
pub const TOLERANCE: f32 = 1e-5;

/// Units of a count; 127 cells fit in 31 bits.
const ONE: i32 = 1 << 24;
const UNITS: f32 = ONE as f32;

/// A count that is missed by less than this is left to the derivative.
const CLOSE: i32 = 8;

/// Most evaluations for a region; nearly all take fewer than ten.
const MOST_STEPS: u16 = 96;

/// So many Newton steps are followed by a bisection.
const NEWTON_STEPS: u16 = 2;

/// Report of a projection.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Report {
    /// [`Status::Solved`], [`Status::Inaccurate`] or [`Status::OutOfRange`].
    pub status: Status,
    /// Evaluations of a region's count.
    pub evaluations: u16,
    /// Largest residual of the optimality conditions: of a cell's sum, its probabilities beside its multipliers, a count's
    /// bounds, and the smaller one of a region's multiplier and what its count is from the bound; at least the rounding of
    /// the scores.
    pub residual: f32,
}

/// A sum of multipliers: a number and a correction far below its last place.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Shift {
    number: f32,
    rest: f32,
}

/// A region's count in units of [`ONE`], and its slope.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    sum: i32,
    slope: f32,
}

/// Results and working memory of a projection.
#[derive(Debug, Clone)]
pub struct Projection {
    /// The scores less the largest allowed one of their cell.
    scores: Scores,
    probabilities: Scores,
    shifts: [Shift; REGIONS],
    counts: [Count; REGIONS],
}

impl Projection {
    /// A projection of zeros.
    pub const fn zero() -> Self {
        Self {
            scores: [[0.0; CLASSES]; CELLS],
            probabilities: [[0.0; CLASSES]; CELLS],
            shifts: [Shift { number: 0.0, rest: 0.0 }; REGIONS],
            counts: [Count { sum: 0, slope: 0.0 }; REGIONS],
        }
    }

    /// The nearest probabilities, `[cells, classes]`.
    pub fn probabilities(&self) -> &Scores {
        &self.probabilities
    }

    /// Projects scores. Cost: an evaluation of a region is a pass over its cells; on a Cortex-M4F 800,000 instructions in median
    /// for the conditions that are exported by default (`cargo edge hil maps`).
    pub fn project(&mut self, program: &Program, scores: &Scores) -> Report {
        self.probabilities = [[0.0; CLASSES]; CELLS];
        self.shifts = [Shift::default(); REGIONS];
        if !are_in_range(scores) {
            self.scores = [[0.0; CLASSES]; CELLS];
            return Report { status: Status::OutOfRange, evaluations: 0, residual: 0.0 };
        }
        let farthest = self.start(program.conditions(), scores);
        let mut evaluations = 0;
        for (region, bounds) in program.conditions().regions.iter().enumerate().rev() {
            let outer = self.shifts.get(usize::from(bounds.parent)).copied().unwrap_or_default();
            let shift = self.settle(program, region, bounds, outer, farthest, &mut evaluations);
            if let Some(place) = self.shifts.get_mut(region) {
                *place = shift;
            }
        }
        // A score and its shift add up to within the last place of the larger one.
        let rounding = scores.as_flattened().iter().fold(0.0, |most, score| worse(most, *score)) * f32::EPSILON;
        let residual = self.finish(program.conditions()).max(rounding);
        // Written so that NaN is inaccurate.
        let status = if residual <= TOLERANCE { Status::Solved } else { Status::Inaccurate };
        Report { status, evaluations, residual }
    }

    /// Takes the scores over; gives the size of a shift beyond which no cell changes any more.
    fn start(&mut self, conditions: &Conditions, scores: &Scores) -> f32 {
        let mut farthest = 0.0_f32;
        for ((own, scores), &allowed) in self.scores.iter_mut().zip(scores).zip(&conditions.allowed) {
            let largest = |classes: u8| {
                let of = |(class, &score): (usize, &f32)| if has(classes, class) { score } else { f32::NEG_INFINITY };
                scores.iter().enumerate().map(of).fold(f32::NEG_INFINITY, f32::max)
            };
            let [counted, other] = [largest(allowed & conditions.counted), largest(allowed & !conditions.counted)];
            let most = counted.max(other);
            *own = scores.map(|score| score - most);
            let apart = (counted - other).abs();
            if apart < f32::INFINITY {
                farthest = farthest.max(apart);
            }
        }
        farthest + 2.0
    }

    /// The shift of a region's cells, given that of the smallest region that holds it.
    fn settle(
        &mut self,
        program: &Program,
        region: usize,
        bounds: &Region,
        outer: Shift,
        farthest: f32,
        evaluations: &mut u16,
    ) -> Shift {
        let mut here = outer.number;
        let mut count = self.count(program, region, here);
        *evaluations = evaluations.saturating_add(1);
        let moved = count.sum.saturating_add((outer.rest * count.slope * UNITS) as i32);
        let [least, most] = units(bounds);
        let bound = if moved < least {
            least
        } else if moved > most {
            most
        } else {
            return outer;
        };
        let (mut low, mut high) = if moved < least { (here, farthest) } else { (-farthest, here) };
        for step in 1..=MOST_STEPS {
            let missing = bound.saturating_sub(count.sum);
            let ahead = missing as f32 / (UNITS * count.slope);
            if missing == 0 || count.slope > 0.0 && (missing.abs() <= CLOSE || here + ahead == here) {
                break;
            }
            let newton = here + ahead;
            let is_newton = count.slope > 0.0 && newton > low && newton < high && step % (NEWTON_STEPS + 1) != 0;
            let next = if is_newton { newton } else { low + 0.5 * (high - low) };
            // Nothing lies between them.
            if next == here || !(next > low && next < high) {
                break;
            }
            here = next;
            count = self.count(program, region, here);
            *evaluations = evaluations.saturating_add(1);
            if count.sum < bound {
                low = here;
            } else {
                high = here;
            }
        }
        let missing = bound.saturating_sub(count.sum) as f32 / UNITS;
        Shift { number: here, rest: if count.slope > 0.0 { missing / count.slope } else { 0.0 } }
    }

    /// A region's count, uncut, where its outer regions' shift is this; those of the regions within it are left cut.
    fn count(&mut self, program: &Program, region: usize, shift: f32) -> Count {
        let Conditions { counted, allowed, smallest, regions } = program.conditions();
        self.counts = [Count::default(); REGIONS];
        for ((scores, &allowed), &inner) in self.scores.iter().zip(allowed).zip(smallest) {
            if !program.holds(region, inner) {
                continue;
            }
            if let Some(count) = self.counts.get_mut(usize::from(inner)) {
                let [share, slope] = share(&simplex(scores, allowed, *counted, shift), *counted);
                count.sum += (share * UNITS + 0.5) as i32;
                count.slope += slope;
            }
        }
        for (inner, bounds) in regions.iter().enumerate().take(region) {
            let Some(&count) = self.counts.get(inner).filter(|_| program.holds(region, inner as u8)) else { continue };
            let [least, most] = units(bounds);
            let sum = count.sum.max(least).min(most);
            let slope = if sum == count.sum && least < most { count.slope } else { 0.0 };
            if let Some(outer) = self.counts.get_mut(usize::from(bounds.parent)) {
                outer.sum += sum;
                outer.slope += slope;
            }
        }
        self.counts.get(region).copied().unwrap_or_default()
    }

    /// Writes the probabilities down; gives their residual.
    fn finish(&mut self, conditions: &Conditions) -> f32 {
        let Conditions { counted, allowed, smallest, regions } = conditions;
        let mut residual = 0.0_f32;
        self.counts = [Count::default(); REGIONS];
        let cells = self.scores.iter().zip(&mut self.probabilities).zip(allowed).zip(smallest);
        for (((scores, probabilities), &allowed), &region) in cells {
            let Shift { number, rest } = self.shifts.get(usize::from(region)).copied().unwrap_or_default();
            let Simplex { values, support, level, size } = simplex(scores, allowed, *counted, number);
            let moved = f32::from((support & counted).count_ones() as u8) / size;
            // What each supported class has above its cell's level: all the same where the projection is exact.
            let (mut total, mut share, mut levels) = (0.0, 0.0, [f32::INFINITY, f32::NEG_INFINITY]);
            let mut beyond = f32::NEG_INFINITY;
            for (class, (value, probability)) in values.iter().zip(probabilities.iter_mut()).enumerate() {
                let (is_counted, is_allowed) = (has(*counted, class), has(allowed, class));
                let along = if is_counted { rest } else { 0.0 };
                let p = if has(support, class) { value - level + (along - moved * rest) } else { 0.0 };
                *probability = if p > 0.0 { p } else { 0.0 };
                total += *probability;
                if is_counted {
                    share += *probability;
                }
                let left = (value - level) - *probability + along;
                if *probability > 0.0 {
                    levels = [levels[0].min(left), levels[1].max(left)];
                } else if is_allowed {
                    beyond = beyond.max(left);
                }
            }
            residual = worse(residual, total - 1.0);
            residual = worse(residual, levels[1] - levels[0]);
            residual = worse(residual, (beyond - levels[0]).max(0.0));
            if let Some(count) = self.counts.get_mut(usize::from(region)) {
                count.sum += (share * UNITS + 0.5) as i32;
            }
        }
        for (region, bounds) in regions.iter().enumerate() {
            let (Some(&Count { sum, .. }), Some(own)) = (self.counts.get(region), self.shifts.get(region)) else {
                break;
            };
            if let Some(outer) = self.counts.get_mut(usize::from(bounds.parent)) {
                outer.sum += sum;
            }
            let outer = self.shifts.get(usize::from(bounds.parent)).copied().unwrap_or_default();
            let price = (own.number - outer.number) + (own.rest - outer.rest);
            let [least, most] = units(bounds);
            let within = sum.max(least).min(most);
            let bound = if price > 0.0 { least } else { most };
            // A multiplier is zero or its bound binds.
            let [broken, free] = [within, bound].map(|nearest| sum.saturating_sub(nearest) as f32 / UNITS);
            residual = worse(worse(residual, broken), free.abs().min(price.abs()));
        }
        residual
    }

    /// CRC-32 over the bits of these scores, the probabilities and the multipliers.
    pub(super) fn checksum(&self, scores: &Scores) -> u32 {
        const CRC: crc::Crc<u32> = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC);
        let mut digest = CRC.digest();
        let values = scores.as_flattened().iter().chain(self.probabilities.as_flattened());
        values.for_each(|value| digest.update(&value.to_le_bytes()));
        for Shift { number, rest } in &self.shifts {
            digest.update(&number.to_le_bytes());
            digest.update(&rest.to_le_bytes());
        }
        digest.finalize()
    }
}

/// A cell's projection onto its simplex.
struct Simplex {
    /// The shifted scores less the largest allowed one, so that those that matter are near zero.
    values: [f32; CLASSES],
    /// The classes whose probability is not zero.
    support: u8,
    /// Amount that is subtracted from each of them.
    level: f32,
    /// Number of them.
    size: f32,
}

/// Leaves out what lies below the level until nothing does (Michelot 1986), at most as often as there are classes.
#[inline(always)]
fn simplex(scores: &[f32; CLASSES], allowed: u8, counted: u8, shift: f32) -> Simplex {
    let mut values = *scores;
    let mut largest = f32::NEG_INFINITY;
    for (class, value) in values.iter_mut().enumerate() {
        *value += if has(counted, class) { shift } else { 0.0 };
        if has(allowed, class) && *value > largest {
            largest = *value;
        }
    }
    values.iter_mut().for_each(|value| *value -= largest);
    let mut found = Simplex { values, support: allowed, level: 0.0, size: 1.0 };
    for _ in 0..CLASSES {
        let (mut sum, mut size) = (-1.0, 0.0);
        for value in supported(&found) {
            sum += value.1;
            size += 1.0;
        }
        let level = sum / size;
        let left = supported(&found).filter(|value| *value.1 > level).fold(0, |left, (class, _)| left | 1 << class);
        (found.level, found.size) = (level, size);
        if left == found.support || left == 0 {
            break;
        }
        found.support = left;
    }
    found
}

#[inline(always)]
fn supported(simplex: &Simplex) -> impl Iterator<Item = (usize, &f32)> {
    simplex.values.iter().enumerate().filter(|(class, _)| has(simplex.support, *class))
}

/// The sum of a cell's counted probabilities, and how it grows with the shift.
#[inline(always)]
fn share(simplex: &Simplex, counted: u8) -> [f32; 2] {
    let inside = simplex.support & counted;
    // What is certain is exact.
    if inside == 0 || inside == simplex.support {
        return [if inside == 0 { 0.0 } else { 1.0 }, 0.0];
    }
    let counted = supported(simplex).filter(|(class, _)| has(counted, *class));
    let share: f32 = counted.map(|(_, value)| value - simplex.level).sum();
    let with = f32::from(inside.count_ones() as u8);
    [share, with * (simplex.size - with) / simplex.size]
}

fn has(classes: u8, class: usize) -> bool {
    classes & (1 << (class & 7)) != 0
}

/// Bounds in units of [`ONE`]; no count is larger than the number of cells.
fn units(bounds: &Region) -> [i32; 2] {
    [bounds.least, bounds.most].map(|bound| i32::from(bound.min(CELLS as u8)) * ONE)
}

/// The larger residual, NaN where one is.
fn worse(residual: f32, other: f32) -> f32 {
    let other = other.abs();
    if other <= residual { residual } else { other }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::super::instances::{below, conditions, members, scores};
    use super::super::program::{OUTSIDE, Region};
    use super::*;
    use crate::random::Pcg64;
    use proptest::prelude::*;
    use std::vec::Vec;

    /// What is left of the optimality conditions in double precision, which are sufficient: the problem is convex.
    fn residual(conditions: &Conditions, scores: &Scores, projection: &Projection) -> f64 {
        let shift = |region: u8| {
            let shift = projection.shifts.get(usize::from(region)).copied().unwrap_or_default();
            f64::from(shift.number) + f64::from(shift.rest)
        };
        let mut worst = 0.0_f64;
        let mut note = |residual: f64| worst = worst.max(residual.abs());
        for cell in 0..CELLS {
            let p = projection.probabilities[cell].map(f64::from);
            note(p.iter().sum::<f64>() - 1.0);
            let mut levels: Vec<f64> = Vec::new();
            let mut highest = f64::NEG_INFINITY;
            for class in 0..CLASSES {
                let is_counted = has(conditions.counted, class);
                let value =
                    f64::from(scores[cell][class]) + if is_counted { shift(conditions.smallest[cell]) } else { 0.0 };
                note(p[class].min(0.0));
                match has(conditions.allowed[cell], class) {
                    false => note(p[class]),
                    true if p[class] > 0.0 => levels.push(value - p[class]),
                    true => highest = highest.max(value),
                }
            }
            let [low, high] = [f64::min, f64::max].map(|pick| levels.iter().copied().reduce(pick).unwrap());
            note(high - low);
            note((highest - low).max(0.0));
        }
        for (bounds, cells) in conditions.regions.iter().zip(members(conditions)) {
            let region = conditions.regions.iter().position(|other| core::ptr::eq(other, bounds)).unwrap();
            let of = |cell: &usize| {
                let p = projection.probabilities[*cell].iter().enumerate();
                p.filter(|(class, _)| has(conditions.counted, *class)).map(|(_, p)| f64::from(*p)).sum::<f64>()
            };
            let count: f64 = cells.iter().map(of).sum();
            let [least, most] = [bounds.least, bounds.most].map(f64::from);
            note((least - count).max(count - most).max(0.0));
            let price = shift(region as u8) - shift(bounds.parent);
            if price.abs() > 1e-6 {
                note(count - if price > 0.0 { least } else { most });
            }
        }
        worst
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        #[test]
        fn the_nearest_probabilities_meet_the_optimality_conditions(seed: u64) {
            let random = &mut Pcg64::from_seed(seed);
            let choices = if below(random, 4) == 0 { 12 } else { CELLS };
            let (conditions, map) = conditions(random, choices);
            let program = Program::new(conditions.clone()).unwrap();
            let scores = scores(random, &map);
            let mut projection = Projection::zero();
            let report = projection.project(&program, &scores);
            prop_assert_eq!(report.status, Status::Solved, "{:?}", report);
            let residual = residual(&conditions, &scores, &projection);
            prop_assert!(residual <= 2e-5, "{} {:?}", residual, report);
            // What was there before changes nothing.
            let checksum = projection.checksum(&scores);
            prop_assert_eq!(projection.project(&program, &scores), report);
            prop_assert_eq!(projection.checksum(&scores), checksum);
        }

        #[test]
        fn an_inaccurate_answer_says_so(seed: u64, exponent in 0..6_i32) {
            let random = &mut Pcg64::from_seed(seed);
            let (conditions, map) = conditions(random, CELLS);
            let program = Program::new(conditions.clone()).unwrap();
            let mut scores = scores(random, &map);
            scores.as_flattened_mut().iter_mut().for_each(|score| *score *= 10.0_f32.powi(exponent) / 10.0);
            let mut projection = Projection::zero();
            let report = projection.project(&program, &scores);
            let residual = residual(&conditions, &scores, &projection);
            // Counts of the report are sums of shares that are rounded to 2^-24.
            prop_assert!(residual <= 2.0 * f64::from(report.residual) + 1e-5, "{} {:?}", residual, report);
            prop_assert!(report.evaluations < 32 * 40, "{:?}", report);
        }
    }

    #[test]
    fn a_count_between_two_bounds_is_shared_by_its_cells() {
        let mut smallest = [OUTSIDE; CELLS];
        smallest[..4].fill(0);
        smallest[4..8].fill(1);
        let regions = [(1, 1, 1), (OUTSIDE, 3, 8)].map(|(parent, least, most)| Region { parent, least, most });
        let regions = heapless::Vec::from_slice(&regions).unwrap();
        let program = Program::new(Conditions { counted: 0b10, allowed: [0b11; CELLS], smallest, regions }).unwrap();
        let mut projection = Projection::zero();
        let mut scores = [[0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]; CELLS];
        let report = projection.project(&program, &scores);
        assert_eq!(report.status, Status::Solved);
        // 1 of the inner four, 2 of the outer ones, what they like elsewhere.
        let expected = [[0.25; 4], [0.5; 4], [0.25; 4]];
        for (cell, expected) in expected.as_flattened().iter().enumerate() {
            assert!((projection.probabilities[cell][1] - expected).abs() < 1e-6, "{cell}");
            assert!((projection.probabilities[cell][0] + expected - 1.0).abs() < 1e-6, "{cell}");
        }
        scores[3][1] = f32::NAN;
        assert_eq!(projection.project(&program, &scores).status, Status::OutOfRange);
        assert_eq!(projection.probabilities, [[0.0; CLASSES]; CELLS]);
    }
}
