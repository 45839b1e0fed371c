//! Conditioned scores: the same program in numbers that its precision can hold.
//!
//! A solution does not change where scores move along the set's normals, nor where the score of a variable at 0 rises
//! while the variable stays there. So a score far below the others is raised, and the answer shows whether that was
//! right: every raised variable has to be 0. If one is not, the scores are raised less and the iterations go on.

use super::affine_set::AffineSet;
use super::outcome::unit;

/// How far below the largest score others count, in units of the curvature times the norm of the set's nearest point.
const DEPTH: f64 = 300.0;

/// Without curvature: ratio of two neighbouring differences from the largest score that makes the larger one, and all
/// beyond, count as far.
const SPREAD: f64 = 1e6;

/// How far they count, as a multiple of the smaller one.
const BEYOND: f64 = 10.0;

/// How much further down scores count where a raised variable is not 0.
const DEEPER: f64 = 1e3;

/// Scores and curvature between this and its inverse keep their unit.
const LARGEST: f64 = 1e9;

/// Largest score that is left before others are subtracted from it.
const RANGE: f64 = 1e120;

/// A common offset of the scores this many times their differences is subtracted.
const OFFSET: f64 = 100.0;

/// One sample's scores, conditioned.
#[derive(Debug, Clone)]
pub(super) struct Conditioned {
    /// Less multiples of the set's normals, in units.
    scores: Vec<f64>,
    /// Power of two that scores, curvature and step are divided by.
    pub(super) unit: f64,
    /// Largest score.
    top: f64,
    /// Scores further below count as if they were this far.
    depth: f64,
}

/// Range of the scores, and whether their units or a common offset alone ask for conditioning.
fn range_of<T: Copy + Into<f64>>(scores: &[T], curvature: f64) -> (f64, bool) {
    let extremes = |(low, high): (f64, f64), score: &T| {
        let score = (*score).into();
        (if score < low { score } else { low }, if score > high { score } else { high })
    };
    let (low, high) = scores.iter().fold((f64::INFINITY, f64::NEG_INFINITY), extremes);
    let (largest, range) = (high.abs().max(low.abs()), high - low);
    let unit = largest.max(curvature);
    let is_far = unit > 0.0 && !(1.0 / LARGEST..=LARGEST).contains(&unit);
    (range, is_far || largest > OFFSET * range)
}

impl Conditioned {
    /// Of scores that need it; `size` is the norm of the set's nearest point. Cost where none is needed: a pass or two.
    pub(super) fn of<T: Copy + Into<f64>>(
        set: &dyn AffineSet,
        scores: &[T],
        curvature: f64,
        size: f64,
    ) -> Option<Self> {
        // A cone has no size: only the scores' own units count.
        let (range, is_needed) = range_of(scores, if size > 0.0 { curvature } else { 0.0 });
        let is_suspect = is_needed
            || if curvature > 0.0 && size > 0.0 {
                range > DEPTH * curvature * size
            } else {
                let differences = scores.windows(2).map(|pair| (pair[1].into() - pair[0].into()).abs());
                let smaller = |least, next| if next > 0.0 && next < least { next } else { least };
                differences.fold(f64::INFINITY, smaller) * SPREAD < range
            };
        if !is_suspect {
            return None;
        }
        let conditioned = Self::new(set, scores.iter().map(|&score| score.into()).collect(), curvature, size);
        (is_needed || conditioned.raised().any(|raised| raised)).then_some(conditioned)
    }

    fn new(set: &dyn AffineSet, mut scores: Vec<f64>, curvature: f64, size: f64) -> Self {
        let largest = scores.iter().fold(curvature, |largest, score| largest.max(score.abs()));
        // Differences of scores must not overflow.
        let range = if largest > RANGE { unit(largest) / RANGE } else { 1.0 };
        let curvature = curvature / range;
        scores.iter_mut().for_each(|score| *score /= range);
        set.center(&mut scores);
        let top = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let depth = if curvature > 0.0 && size > 0.0 {
            DEPTH * curvature * size
        } else {
            let mut differences: Vec<f64> = scores.iter().map(|score| top - score).filter(|it| *it > 0.0).collect();
            differences.sort_by(f64::total_cmp);
            let gap = differences.windows(2).find(|pair| pair[1] > SPREAD * pair[0]);
            gap.map_or(f64::INFINITY, |pair| BEYOND * pair[0])
        };
        let mut conditioned = Self { scores, unit: range, top, depth };
        let least = if size > 0.0 { curvature } else { 0.0 };
        let unit = unit(conditioned.values().fold(least, |largest, score| largest.max(score.abs())));
        conditioned.scores.iter_mut().for_each(|score| *score /= unit);
        Self { unit: range * unit, top: top / unit, depth: depth / unit, ..conditioned }
    }

    /// The scores to iterate with.
    pub(super) fn values(&self) -> impl Iterator<Item = f64> {
        self.scores.iter().map(|score| score.max(self.top - self.depth))
    }

    /// Flags of the scores that are raised.
    pub(super) fn raised(&self) -> impl Iterator<Item = bool> {
        self.scores.iter().map(|score| *score < self.top - self.depth)
    }

    /// Raises the scores less.
    pub(super) fn deepen(&mut self) {
        self.depth *= DEEPER;
    }

    /// How much lower the prices are than with the scores as they were, in the scores' own unit.
    pub(super) fn lowered(&self) -> impl Iterator<Item = f64> {
        self.scores.iter().zip(self.values()).map(|(score, value)| (value - score) * self.unit)
    }
}
