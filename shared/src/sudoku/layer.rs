//! Layer that turns a reading into a grid: `maximize <s, x>` over x of at least 0 in the rules' affine set. The method
//! is over-relaxed ADMM (Boyd et al. 2011, section 3.4.3) with a projection in closed form.
//!
//! The same method as the host's splitting layer at curvature 0, in single precision alone. It stops as soon as what it
//! rounds to is proven: for every w orthogonal to the set's directions, `<s, x> = <s - w, x> + <w, p>` on the set, at most
//! the sum of every cell's largest `s - w` plus a constant. The layer's prices are such a w up to rounding.

use super::rules::{NEAREST, obeys, project};
use super::{CELLS, DIGITS, Values};
use crate::math::sqrt_f32;
use postcard_schema::Schema;
use serde::{Deserialize, Serialize};

/// Least score: a digit that a reader all but excludes still has this log-odds against the likeliest one, which keeps the
/// layer's prices, and so its iterations, within bounds; 15 is one in three million, less than any reader is wrong.
pub const LEAST_SCORE: f32 = -15.0;

/// How much more than a proven grid another one may score: above the rounding of the bound, in the scores' units.
pub const GAP: f32 = 1e-3;

/// Iterations after which a board is given up.
pub const MOST_ITERATIONS: u16 = 1000;

/// Iterations between two looks, which cost about as much as one.
const LOOK_EVERY: u16 = 10;
/// Iterations within which the step may change.
const ADAPTED: u16 = 200;
/// Largest factor between the step and the first one, 1.
const FARTHEST: f32 = 100.0;
const RELAXATION: f32 = 1.6;
/// Largest residuals of a point that counts as the solution, relative to the norms of their own terms.
const TOLERANCE: f32 = 1e-3;

/// Status of a grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub enum Status {
    /// It obeys the rules, and none that does scores higher by more than [`GAP`].
    Proven,
    /// It obeys the rules; the layer's solution is a mixture of grids, and another one may score higher.
    Unproven,
    /// The layer's solution is a mixture of grids, and what is likeliest in each cell breaks a rule.
    BreaksRules,
    /// The iterations ran out.
    IterationLimit,
    /// The reading holds a NaN or an infinity; all digits are 0.
    NotFinite,
}

/// Answer of the layer to a board.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub struct Solution {
    /// The likeliest digit of each cell along the rows, 1 to 4.
    pub grid: [u8; CELLS],
    /// Status of the grid.
    pub status: Status,
    /// Iterations, a multiple of ten.
    pub iterations: u16,
    /// CRC-32 over the bits of scores, point and prices at the end: what host and target compare.
    pub checksum: u32,
}

/// State of the method.
#[derive(Debug, Clone)]
pub struct Iterates {
    scores: Values,
    /// The scores along the set's directions.
    pull: Values,
    /// Point in the set.
    affine: Values,
    /// At least 0.
    bounded: Values,
    /// Prices of the bounds, divided by the step.
    prices: Values,
    /// The bounded point of the iteration before; then whatever a look needs.
    spare: Values,
}

const ZERO: Values = [[[0.0; DIGITS]; DIGITS]; DIGITS];

impl Iterates {
    /// Nowhere.
    pub const fn zero() -> Self {
        Self { scores: ZERO, pull: ZERO, affine: ZERO, bounded: ZERO, prices: ZERO, spare: ZERO }
    }

    /// The grid for these logits, from cold. Cost: about 1,500 operations an iteration; nearly all boards take 10 to 40.
    pub fn solve(&mut self, logits: &Values) -> Solution {
        if !flat(logits).iter().all(|logit| logit.is_finite()) {
            *self = Self::zero();
            return self.solution([0; CELLS], Status::NotFinite, 0);
        }
        self.start(logits);
        let mut step = 1.0;
        for iteration in 1..=MOST_ITERATIONS {
            let looks = iteration.is_multiple_of(LOOK_EVERY);
            if looks {
                self.spare = self.bounded;
            }
            self.advance(1.0 / step);
            if !looks {
                continue;
            }
            let residuals = self.residuals(step);
            let grid = self.rounded();
            let is_allowed = obeys(&grid);
            if is_allowed && self.excess(&grid, step) <= GAP {
                return self.solution(grid, Status::Proven, iteration);
            }
            if residuals.are_small() {
                let status = if is_allowed { Status::Unproven } else { Status::BreaksRules };
                return self.solution(grid, status, iteration);
            }
            if iteration <= ADAPTED {
                let next = residuals.next_step(step);
                let factor = step / next;
                flat_mut(&mut self.prices).iter_mut().for_each(|price| *price *= factor);
                step = next;
            }
        }
        let grid = self.rounded();
        self.solution(grid, Status::IterationLimit, MOST_ITERATIONS)
    }

    /// Scores from logits, and the first iterates.
    fn start(&mut self, logits: &Values) {
        for (scores, logits) in self.scores.as_flattened_mut().iter_mut().zip(logits.as_flattened()) {
            let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            *scores = logits.map(|logit| (logit - largest).max(LEAST_SCORE));
        }
        self.pull = self.scores;
        project(&mut self.pull);
        flat_mut(&mut self.bounded).fill(NEAREST);
        self.prices = ZERO;
    }

    /// One iteration.
    #[inline(never)]
    fn advance(&mut self, pull_share: f32) {
        let Self { pull, affine, bounded, prices, .. } = self;
        for ((x, z), u) in flat_mut(affine).iter_mut().zip(flat(bounded)).zip(flat(prices)) {
            *x = z - u;
        }
        project(affine);
        let points = flat_mut(affine).iter_mut().zip(flat(pull));
        for (((x, pull), z), u) in points.zip(flat_mut(bounded)).zip(flat_mut(prices)) {
            *x += pull * pull_share + NEAREST;
            let relaxed = *x * RELAXATION + *z * (1.0 - RELAXATION) + *u;
            *z = if relaxed > 0.0 { relaxed } else { 0.0 };
            *u = relaxed - *z;
        }
    }

    /// Distances of the iterates from a solution.
    fn residuals(&self, step: f32) -> Residuals {
        let Self { pull, affine, bounded, prices, spare, .. } = self;
        let (affine, bounded) = (flat(affine), flat(bounded));
        let squared = |values: &[f32]| values.iter().map(|value| value * value).sum::<f32>();
        let distance = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f32>();
        let (size, change) = (squared(bounded), distance(bounded, flat(spare)));
        let ratio = |value: f32, scale: f32| if value == 0.0 { 0.0 } else { value / scale };
        let steps = step * step;
        Residuals {
            primal: ratio(distance(affine, bounded), squared(affine).max(size)),
            dual: ratio(steps * change, squared(flat(pull)).max(steps * squared(flat(prices)))),
            // Where nothing pulls, what is left of a change is rounding.
            rests: change <= (4.0 * f32::EPSILON) * (4.0 * f32::EPSILON) * size,
        }
    }

    /// The likeliest digit of each cell, the first of equals.
    fn rounded(&self) -> [u8; CELLS] {
        let mut grid = [0; CELLS];
        for (digit, &[a, b, c, d]) in grid.iter_mut().zip(self.bounded.as_flattened()) {
            let (first, second) = (if b > a { (b, 2) } else { (a, 1) }, if d > c { (d, 4) } else { (c, 3) });
            *digit = if second.0 > first.0 { second.1 } else { first.1 };
        }
        grid
    }

    /// How much more than this grid another one may score.
    fn excess(&mut self, grid: &[u8; CELLS], step: f32) -> f32 {
        let Self { scores, prices, spare, .. } = self;
        // Of all w, the one that leaves the prices, moved into the subspace.
        for ((moved, score), price) in flat_mut(spare).iter_mut().zip(flat(scores)).zip(flat(prices)) {
            *moved = score - price * step;
        }
        project(spare);
        let mut excess = 0.0;
        let cells = spare.as_flattened().iter().zip(prices.as_flattened()).zip(scores.as_flattened()).zip(grid);
        for (((moved, prices), scores), &digit) in cells {
            let mut largest = f32::NEG_INFINITY;
            for (number, ((moved, price), score)) in (1..).zip(moved.iter().zip(prices).zip(scores)) {
                let left = moved + price * step;
                excess += (score - left) * NEAREST - if number == digit { *score } else { 0.0 };
                largest = if left > largest { left } else { largest };
            }
            excess += largest;
        }
        excess
    }

    fn solution(&self, grid: [u8; CELLS], status: Status, iterations: u16) -> Solution {
        const CRC: crc::Crc<u32> = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC);
        let mut digest = CRC.digest();
        for values in [&self.scores, &self.bounded, &self.prices] {
            flat(values).iter().for_each(|value| digest.update(&value.to_le_bytes()));
        }
        Solution { grid, status, iterations, checksum: digest.finalize() }
    }
}

/// Squares of the residuals, each relative to the larger norm of its terms (Boyd et al. 2011, section 3.3.1).
struct Residuals {
    /// Between the set and the bounds.
    primal: f32,
    /// Residual of the prices.
    dual: f32,
    /// Whether the point has stopped.
    rests: bool,
}

impl Residuals {
    fn are_small(&self) -> bool {
        let most = TOLERANCE * TOLERANCE;
        self.primal <= most && (self.dual <= most || self.rests)
    }

    /// The step moved by the root of the residuals' ratio, where one is far ahead of the other (Stellato et al. 2020,
    /// "OSQP", section 5.2).
    fn next_step(&self, step: f32) -> f32 {
        let factor = sqrt_f32(sqrt_f32(self.primal / self.dual));
        if factor.is_nan() || factor > 0.5 && factor < 2.0 {
            return step;
        }
        (step * factor.clamp(0.2, 5.0)).clamp(1.0 / FARTHEST, FARTHEST)
    }
}

fn flat(values: &Values) -> &[f32] {
    values.as_flattened().as_flattened()
}

fn flat_mut(values: &mut Values) -> &mut [f32] {
    values.as_flattened_mut().as_flattened_mut()
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use proptest::prelude::*;
    use std::vec;
    use std::vec::Vec;

    /// All 288 grids, cell by cell.
    fn grids() -> Vec<[u8; CELLS]> {
        let mut grids = vec![[0; CELLS]];
        for cell in 0..CELLS {
            let fits = |grid: &[u8; CELLS], digit: u8| {
                !(0..cell).any(|other| {
                    let same = |place: fn(usize) -> usize| place(cell) == place(other);
                    let together = same(|c| c / 4) || same(|c| c % 4) || same(|c| c / 8 * 2 + c % 4 / 2);
                    together && grid[other] == digit
                })
            };
            grids = grids
                .iter()
                .flat_map(|grid| (1..=4).filter(|&digit| fits(grid, digit)).map(|digit| (*grid, digit)))
                .map(|(mut grid, digit)| {
                    grid[cell] = digit;
                    grid
                })
                .collect();
        }
        assert_eq!(grids.len(), 288);
        grids
    }

    fn score(grid: &[u8; CELLS], scores: &Values) -> f32 {
        grid.iter().zip(scores.as_flattened()).map(|(&digit, scores)| scores[usize::from(digit) - 1]).sum()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]

        #[test]
        fn what_is_proven_is_the_best_of_all_grids(numbers in prop::collection::vec(-8.0..8.0_f32, 64)) {
            let mut logits = ZERO;
            flat_mut(&mut logits).copy_from_slice(&numbers);
            let mut iterates = Iterates::zero();
            let solution = iterates.solve(&logits);
            prop_assert_ne!(solution.status, Status::IterationLimit);
            prop_assert_eq!(obeys(&solution.grid), matches!(solution.status, Status::Proven | Status::Unproven));
            let best = grids().iter().map(|grid| score(grid, &iterates.scores)).fold(f32::NEG_INFINITY, f32::max);
            if solution.status == Status::Proven {
                prop_assert!(score(&solution.grid, &iterates.scores) >= best - GAP - 1e-4);
            }
            // A cold start leaves nothing of the board before.
            prop_assert_eq!(iterates.solve(&logits), solution);
        }
    }

    #[test]
    fn a_sure_reading_is_its_own_grid_and_a_flat_one_is_none() {
        for grid in grids().into_iter().step_by(17) {
            let mut logits = ZERO;
            for (logits, digit) in logits.as_flattened_mut().iter_mut().zip(grid) {
                logits[usize::from(digit) - 1] = 12.0;
            }
            let solution = Iterates::zero().solve(&logits);
            assert_eq!((solution.grid, solution.status), (grid, Status::Proven));
            assert!(solution.iterations <= 20);
        }
        assert_eq!(Iterates::zero().solve(&ZERO).status, Status::BreaksRules);
    }

    #[test]
    fn a_reading_that_is_not_finite_has_no_grid() {
        for wrong in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let mut logits = ZERO;
            logits[3][2][1] = wrong;
            let solution = Iterates::zero().solve(&logits);
            assert_eq!((solution.grid, solution.status), ([0; CELLS], Status::NotFinite));
        }
    }
}
