//! Outcome of a sample: the tests that end its iterations, and its status.

use super::conditioning::Conditioned;
use super::settings::Settings;

/// Iterations between two looks at the residuals, which cost as much as half an iteration.
pub(super) const LOOK_EVERY: usize = 10;

/// Iterations within which the step may change.
const ADAPTED: usize = 200;

/// Largest factor between the step and the first one.
const FARTHEST: f64 = 100.0;

/// The same where all that is known of a solution is that it is far away.
const FARTHEST_OF_ALL: f64 = 1e12;

/// Largest factor between the first step and the program's own scale, the curvature or the scores by the set's size.
const FIRST: f64 = 1e3;

/// Largest entry, as a multiple of the largest one seen, for which a hyperplane is worth a closer look.
const REACH: f64 = 100.0;

/// Largest gradient that is left, in tolerances, by the norm of its terms.
const GRADIENT: f64 = 2.0;

/// Largest gradient that is left at the origin, in roundings of its terms.
const ORIGIN: f64 = 4.0;

/// Largest error of an answer with curvature, in tolerances, by its norm; and with conditioned scores, whose own norm
/// says little.
const ANSWER: f64 = 160.0;
const CONDITIONED_ANSWER: f64 = 30.0;

/// Largest violation of a condition, in tolerances, by its own scale.
const CONDITION: f64 = 12.0;

/// Status of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// The answer is right to the tolerance; see [`Settings::tolerance`].
    Solved,
    /// The iterations ran out first.
    IterationLimit,
    /// A hyperplane separates the affine set from the box. Without an upper bound: from all of the box within 3e4 (single
    /// precision) or 1e9 (double) times the norm of the set's point nearest to the origin.
    Infeasible,
    /// The scores hold a NaN or an infinity, or the iterates left the range of the numbers. The answer is zeros.
    NotFinite,
}

/// Status of a sample with the numbers behind it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcome {
    /// Status of the sample.
    pub status: Status,
    /// Iterations until then, a multiple of ten or the limit.
    pub iterations: usize,
    /// Distance between the answer, which is in the box, and a point of the affine set, relative to the larger norm.
    pub primal: f64,
    /// Change of the answer's price in the last iteration, relative to the norms of the gradient's terms.
    pub dual: f64,
    /// Largest violation of one of the set's conditions (a cell's sum, a class's total, an equation) relative to its own
    /// scale; infinite where the sample is not solved.
    pub violation: f64,
}

/// One sample's program as it is iterated, in the units of its conditioned scores.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Program {
    pub curvature: f64,
    /// Norm of the set's point nearest to the origin.
    pub point: f64,
    /// Norm of the scores' part along the set's directions.
    pub pull: f64,
    /// Norm of the scores.
    pub scores: f64,
    /// Norm of the scores above 0: what pulls away from the origin.
    pub positive: f64,
    /// Smallest score above 0, infinity where there is none.
    pub least: f64,
    /// Step of the first iterations.
    pub first_step: f64,
    /// Whether the scores are not the given ones.
    pub is_conditioned: bool,
    /// The precision's rounding.
    pub rounding: f64,
}

impl Program {
    /// With a first step no further than a thousandfold from the program's own scale.
    pub(super) fn new(
        settings: &Settings,
        conditioned: Option<&Conditioned>,
        rounding: f64,
        [point, pull, scores, positive, least]: [f64; 5],
    ) -> Self {
        let (unit, is_conditioned) = (conditioned.map_or(1.0, |it| it.unit), conditioned.is_some());
        let (curvature, step) = (settings.curvature / unit, settings.step / unit);
        let own = curvature.max(if point > 0.0 { pull / point } else { 0.0 });
        let is_usable = own > 0.0 && own < f64::INFINITY;
        let first_step = if is_usable { step.clamp(own / FIRST, own * FIRST) } else { step };
        Self { curvature, point, pull, scores, positive, least, first_step, is_conditioned, rounding }
    }
}

/// Norms of one sample's iterate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Norms {
    /// Norm of the point in the affine set.
    pub affine: f64,
    /// Norm of the point in the box.
    pub bounded: f64,
    /// Norm of their difference.
    pub gap: f64,
    /// Norm of the box point's change in the last iteration.
    pub change: f64,
    /// Norm of the scaled prices u.
    pub prices: f64,
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
}

/// The negative part v of w, which no point of a box without upper bound has a positive product with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Ray {
    /// `<v, p>`.
    pub set: f64,
    /// Norm of the part of v along the set's directions.
    pub along: f64,
}

/// An answer's own residuals, from the answer and its prices alone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Residuals {
    /// Distance from the set.
    pub distance: f64,
    /// Norm of the gradient along the set's directions, prices included, without what a price of a variable at its bound
    /// may take up.
    pub gradient: f64,
    /// Largest violation of a condition, relative to its scale.
    pub violation: f64,
}

/// Judges an iterate by its residuals (Boyd et al. 2011, section 3.3.1) and by the hyperplane that an infeasible
/// sample's gap converges to (Banjac et al. 2019, "Infeasibility detection in the alternating direction method of
/// multipliers for convex optimization", section 4). Solved and infeasible are candidates, to be tested by
/// [`is_solved`] and [`is_infeasible`].
pub(super) fn judge(
    norms: &Norms,
    separation: &Separation,
    settings: &Settings,
    program: &Program,
    step: f64,
    iterations: usize,
) -> Outcome {
    let relative = |value: f64, scale: f64| if value == 0.0 { 0.0 } else { value / scale };
    let primal = relative(norms.gap, norms.affine.max(norms.bounded));
    let terms = program.pull.max(program.curvature * norms.bounded).max(step * norms.prices);
    let dual = relative(step * norms.change, terms);
    // Where nothing pulls, what is left of a change is rounding.
    let settled = dual <= settings.tolerance || norms.change <= 4.0 * program.rounding * norms.bounded;
    let reach = if settings.upper < f64::INFINITY { settings.upper } else { REACH * separation.largest.max(1.0) };
    let margin = separation.set - reach * separation.positive;
    let noise = 1e-3 * separation.norm * program.point.max(separation.norm);
    let separated = margin > noise && separation.norm > settings.tolerance * norms.affine.max(norms.bounded);
    let sums = norms.affine + norms.bounded + norms.gap + norms.change + norms.prices;
    // An infeasible sample goes on until its box point rests: it is then the closest one.
    let status = if !sums.is_finite() {
        Status::NotFinite
    } else if primal <= settings.tolerance && settled {
        Status::Solved
    } else if separated && (norms.change <= settings.tolerance * norms.bounded || iterations == settings.iterations) {
        Status::Infeasible
    } else {
        Status::IterationLimit
    };
    Outcome { status, iterations, primal, dual, violation: f64::INFINITY }
}

/// Largest gradient of a solved answer.
fn gradient_limit(norms: &Norms, settings: &Settings, program: &Program) -> f64 {
    let size = norms.bounded.max(program.point);
    let by_terms = GRADIENT * settings.tolerance * program.pull.max(program.curvature * norms.bounded);
    // Without curvature no gradient tells how far the answer is off; at the origin it has no norm.
    if size == 0.0 {
        // Where no score is above 0, no point of the box is better than the origin.
        let pulled = GRADIENT * settings.tolerance * program.positive;
        return if program.positive > 0.0 { by_terms.min(pulled) } else { f64::INFINITY };
    }
    if program.curvature == 0.0 {
        return by_terms;
    }
    let answer = if program.is_conditioned { CONDITIONED_ANSWER } else { ANSWER };
    by_terms.min(answer * settings.tolerance * program.curvature * size)
}

/// Largest gradient that rounding may hide.
fn rounding_of(norms: &Norms, program: &Program, step: f64) -> f64 {
    program.rounding * (program.scores + step * norms.prices + program.curvature * norms.bounded)
}

/// The gradient that the last iteration's residuals leave at most, up to rounding: by the optimality of the set's point,
/// `curvature (x - z) + step (z - z') + step (1 - relaxation)(x - z')`, z' the box point before.
pub(super) fn gradient_bound(norms: &Norms, settings: &Settings, program: &Program, step: f64) -> f64 {
    let relaxed = (1.0 - settings.relaxation).abs() * (norms.gap + norms.change);
    program.curvature * norms.gap + step * (norms.change + relaxed)
}

/// Whether the gradient is small enough; without pull and curvature every point is as good as any other.
pub(super) fn is_stationary(norms: &Norms, settings: &Settings, program: &Program, step: f64, gradient: f64) -> bool {
    // The squares of a cone's answer must not vanish.
    let least = if program.rounding < 1e-10 { 1e-140 } else { 1e-15 };
    if program.point == 0.0 && program.pull > 0.0 && program.pull < least * (program.curvature + step) {
        return false;
    }
    let nothing_pulls = program.curvature == 0.0 && program.pull <= 4.0 * program.rounding * program.scores;
    let (limit, rounding) = (gradient_limit(norms, settings, program), rounding_of(norms, program, step));
    // An answer near the origin has no size to be right to: the origin is it only where nothing but rounding is left, which
    // must not hide a score that pulls away.
    let is_at_origin = norms.bounded.max(program.point) == 0.0 && program.positive > 0.0;
    let is_exact = !is_at_origin || gradient <= ORIGIN * rounding && ORIGIN * rounding < program.least;
    nothing_pulls || is_exact && gradient + rounding <= limit
}

/// Whether the iterates are small enough, relative to the answer, for the gap to show the distance from the set.
pub(super) fn is_exact(norms: &Norms, settings: &Settings, program: &Program, step: f64) -> bool {
    let largest = norms.prices + program.pull / (program.curvature + step) + norms.bounded;
    80.0 * program.rounding * largest <= settings.tolerance * norms.bounded.max(program.point)
}

/// Whether an answer with these residuals is right to the tolerance.
pub(super) fn is_solved(
    residuals: &Residuals,
    norms: &Norms,
    settings: &Settings,
    program: &Program,
    step: f64,
) -> bool {
    let size = norms.bounded.max(program.point);
    residuals.distance <= (settings.tolerance + 8.0 * program.rounding) * size
        && residuals.violation <= CONDITION * settings.tolerance + 8.0 * program.rounding
        && is_stationary(norms, settings, program, step, residuals.gradient)
}

/// Whether the box, without an upper bound, has no point of the set within its reach.
pub(super) fn is_infeasible(ray: &Ray, program: &Program) -> bool {
    let reach = if program.rounding < 1e-10 { 1e9 } else { 3e4 };
    ray.set > reach * program.point * ray.along
}

/// Step for the next iterations: moved by the root of the residuals' ratio where one is far ahead of the other
/// (Stellato et al. 2020, "OSQP", section 5.2), in the first 200 only, so that the method still converges. With a closed
/// form for the projection another step costs nothing. `is_far`: all that is known of a solution is that it is far away,
/// so that its prices are large.
pub(super) fn next_step(step: f64, outcome: &Outcome, age: usize, first: f64, is_far: bool) -> f64 {
    let factor = (outcome.primal / outcome.dual).sqrt();
    let (adapted, farthest) = if is_far { (usize::MAX, FARTHEST_OF_ALL) } else { (ADAPTED, FARTHEST) };
    let is_due = age <= adapted && !(factor > 0.5 && factor < 2.0) && !factor.is_nan();
    if !is_due {
        return step;
    }
    (step * factor.clamp(0.2, 5.0)).clamp(first / farthest, first * farthest)
}

/// Of a sample whose scores are not finite: nothing was computed.
pub(super) const NOT_FINITE: Outcome = Outcome {
    status: Status::NotFinite,
    iterations: 0,
    primal: f64::INFINITY,
    dual: f64::INFINITY,
    violation: f64::INFINITY,
};

/// Power of two at most a size: dividing by it rounds nothing. 1 for 0; what is not finite stays so.
pub(super) fn unit(size: f64) -> f64 {
    match size {
        0.0 => 1.0,
        size if size.is_finite() => size.log2().floor().clamp(-1000.0, 1000.0).exp2(),
        size => size,
    }
}
