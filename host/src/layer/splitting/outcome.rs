//! When a sample is done, and what is then said of it.

use super::settings::Settings;

/// Iterations between two looks at the residuals, which cost as much as half an iteration.
pub(super) const LOOK_EVERY: usize = 10;

/// Iterations within which the step may change.
const ADAPTED: usize = 200;

/// Largest factor between the step and the one that was asked for.
const FARTHEST: f64 = 100.0;

/// Largest entry, as a multiple of the largest one seen, for which infeasibility is claimed where there is no bound.
const REACH: f64 = 100.0;

/// What became of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Both residuals are within the tolerance.
    Solved,
    /// The iterations ran out first.
    IterationLimit,
    /// A hyperplane separates the affine set from the box; without an upper bound, from a box of a hundred times the
    /// largest entry seen.
    Infeasible,
    /// The scores hold a NaN or an infinity.
    NotFinite,
}

/// Status of a sample with the numbers behind it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcome {
    /// What became of it.
    pub status: Status,
    /// Iterations until then, a multiple of ten or the limit.
    pub iterations: usize,
    /// Distance between the answer, which is in the box, and a point of the affine set, relative to the larger norm.
    pub primal: f64,
    /// Change of the answer's price in the last iteration, relative to the norms of the gradient's terms.
    pub dual: f64,
}

/// Norms of one sample's iterate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Norms {
    /// Of the point in the affine set.
    pub affine: f64,
    /// Of the point in the box.
    pub bounded: f64,
    /// Of their difference.
    pub gap: f64,
    /// Of the box point's change in the last iteration.
    pub change: f64,
    /// Of the scaled prices u.
    pub prices: f64,
    /// Of the scores' part along the set's directions.
    pub scores: f64,
}

/// What separates the set from the box, from the part w of the gap that is orthogonal to the set's directions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Separation {
    /// Norm of w.
    pub norm: f64,
    /// `<w, p>` for the set's point nearest to the origin, so for all of its points.
    pub set: f64,
    /// Sum of the positive entries of w, the most that `<w, z>` reaches in a box up to 1.
    pub positive: f64,
    /// Largest entry of the box point.
    pub largest: f64,
    /// Norm of p.
    pub point: f64,
}

/// Judges an iterate by its residuals (Boyd et al. 2011, section 3.3.1) and by the hyperplane that an infeasible
/// sample's gap converges to (Banjac et al. 2019, "Infeasibility detection in the alternating direction method of
/// multipliers for convex optimization", section 4). `unit` is the precision's rounding.
pub(super) fn judge(
    norms: &Norms,
    separation: &Separation,
    settings: &Settings,
    step: f64,
    iterations: usize,
    unit: f64,
) -> Outcome {
    let relative = |value: f64, scale: f64| if value == 0.0 { 0.0 } else { value / scale };
    let primal = relative(norms.gap, norms.affine.max(norms.bounded));
    let terms = norms.scores.max(settings.curvature * norms.bounded).max(step * norms.prices);
    let dual = relative(step * norms.change, terms);
    // Where nothing pulls, what is left of a change is rounding.
    let settled = dual <= settings.tolerance || norms.change <= 4.0 * unit * norms.bounded;
    let reach = if settings.upper < f64::INFINITY { settings.upper } else { REACH * separation.largest.max(1.0) };
    let margin = separation.set - reach * separation.positive;
    let noise = 1e-3 * separation.norm * separation.point.max(separation.norm);
    let separated = margin > noise && separation.norm > settings.tolerance * norms.affine.max(norms.bounded);
    // An infeasible sample goes on until its box point rests: it is then the closest one.
    let status = if primal <= settings.tolerance && settled {
        Status::Solved
    } else if separated && (norms.change <= settings.tolerance * norms.bounded || iterations == settings.iterations) {
        Status::Infeasible
    } else {
        Status::IterationLimit
    };
    Outcome { status, iterations, primal, dual }
}

/// Step for the next iterations: moved by the root of the residuals' ratio where one is far ahead of the other
/// (Stellato et al. 2020, "OSQP", section 5.2), at first only, so that the method still converges. With a closed form
/// for the projection another step costs nothing.
pub(super) fn next_step(step: f64, outcome: &Outcome, settings: &Settings) -> f64 {
    let factor = (outcome.primal / outcome.dual).sqrt();
    let is_due = outcome.iterations <= ADAPTED && !(factor > 0.5 && factor < 2.0) && !factor.is_nan();
    if !is_due {
        return step;
    }
    (step * factor.clamp(0.2, 5.0)).clamp(settings.step / FARTHEST, settings.step * FARTHEST)
}

/// Of a sample whose scores are not finite: nothing was computed.
pub(super) const NOT_FINITE: Outcome =
    Outcome { status: Status::NotFinite, iterations: 0, primal: f64::INFINITY, dual: f64::INFINITY };
