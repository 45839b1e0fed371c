//! Over-relaxed ADMM, one sample after the other on each core.

use super::super::affine_set::{AffineSet, HostProjection};
use super::super::conditioning::Conditioned;
use super::super::outcome::{
    LOOK_EVERY, NOT_FINITE, Norms, Outcome, Program, Ray, Residuals, Separation, Status, gradient_bound, is_exact,
    is_infeasible, is_solved, is_stationary, judge, next_step,
};
use super::super::settings::{Settings, SplittingError};
use super::super::solve::{Solution, State, check, nothing};
use super::super::warm_start;
use super::{dot, norm, read, write};
use burn::tensor::Tensor;
use rayon::prelude::*;

/// [`super::super::solve()`] on slices, in single precision whatever the tensors' own.
///
/// # Errors
///
/// As [`super::super::solve()`].
pub fn solve(
    set: &dyn AffineSet,
    projection: &dyn HostProjection,
    scores: &Tensor<2>,
    settings: &Settings,
    start: Option<&State>,
) -> Result<Solution, SplittingError> {
    check(set, scores, settings, start)?;
    let [batch, n] = scores.dims();
    if batch == 0 {
        return Ok(nothing(scores));
    }
    let values = read(scores)?;
    let (mut bounded, mut prices) = match start {
        Some(state) => (read(&state.bounded)?, read(&state.prices)?),
        None => (Vec::new(), vec![0.0; batch * n]),
    };
    let cold = start.is_none();
    bounded.resize(batch * n, 0.0);
    let samples = bounded.par_chunks_exact_mut(n).zip(prices.par_chunks_exact_mut(n)).zip(values.par_chunks_exact(n));
    let outcomes = samples.enumerate().map_init(
        || Scratch::new(n),
        |scratch, (sample, ((z, prices), scores))| {
            projection.nearest_to_origin(sample, &mut scratch.point);
            let set = Set { set, projection, sample };
            let outcome = Iterates { set, scores, settings, z, u: prices, scratch }.solve(cold);
            if outcome.status == Status::NotFinite {
                z.fill(0.0);
                prices.fill(0.0);
            }
            outcome
        },
    );
    let outcomes: Vec<Outcome> = outcomes.collect();
    let (bounded, prices) = (write(bounded, scores), write(prices, scores));
    Ok(Solution { x: bounded.clone(), outcomes, state: State { bounded, prices } })
}

/// One sample's set.
struct Set<'a> {
    set: &'a dyn AffineSet,
    projection: &'a dyn HostProjection,
    sample: usize,
}

/// Vectors of one sample that the caller does not see.
struct Scratch {
    point: Vec<f32>,
    pull: Vec<f32>,
    constant: Vec<f32>,
    x: Vec<f32>,
    change: Vec<f32>,
    gap: Vec<f32>,
    normal: Vec<f32>,
}

impl Scratch {
    fn new(n: usize) -> Self {
        let zeros = || vec![0.0; n];
        Self {
            point: zeros(),
            pull: zeros(),
            constant: zeros(),
            x: zeros(),
            change: zeros(),
            gap: zeros(),
            normal: zeros(),
        }
    }

    /// Sets the constant part of the set's point for a step, and returns the share of its variable part.
    fn weigh(&mut self, curvature: f64, step: f64) -> f32 {
        let weight = 1.0 / (curvature + step);
        let terms = self.pull.iter().zip(&self.point);
        self.constant.iter_mut().zip(terms).for_each(|(constant, (pull, p))| *constant = pull * weight as f32 + p);
        (step * weight) as f32
    }
}

/// One sample's iterates: the box point z and the prices, which are divided by the step on the way.
struct Iterates<'a> {
    set: Set<'a>,
    scores: &'a [f32],
    settings: &'a Settings,
    z: &'a mut [f32],
    u: &'a mut [f32],
    scratch: &'a mut Scratch,
}

impl Iterates<'_> {
    /// Iterates to a verdict. NotFinite leaves numbers behind that the caller must clear.
    fn solve(mut self, cold: bool) -> Outcome {
        if !self.scores.iter().all(|score| score.is_finite()) {
            return NOT_FINITE;
        }
        let settings = self.settings;
        let size = norm(&self.scratch.point);
        let mut conditioned = Conditioned::of(self.set.set, self.scores, settings.curvature, size);
        let unit = conditioned.as_ref().map_or(1.0, |conditioned| conditioned.unit);
        let mut program = self.program(conditioned.as_ref(), size);
        self.enter(cold, conditioned.as_ref(), &program);
        let (upper, relaxation) = (settings.upper as f32, settings.relaxation as f32);
        let mut step = program.first_step;
        let mut share = self.scratch.weigh(program.curvature, step);
        self.u.iter_mut().for_each(|u| *u /= step as f32);
        let mut outcome = NOT_FINITE;
        let (mut since, mut is_far) = (0, false);
        for iteration in 1..=settings.iterations {
            let looks = iteration % LOOK_EVERY == 0 || iteration == settings.iterations;
            let Self { set, z, u, scratch, .. } = &mut self;
            scratch.x.iter_mut().zip(z.iter()).zip(u.iter()).for_each(|((x, z), u)| *x = z - u);
            set.projection.project_direction(&mut scratch.x);
            if looks {
                scratch.change.copy_from_slice(z);
            }
            let points = scratch.x.iter_mut().zip(&scratch.constant);
            for (((x, constant), z), u) in points.zip(z.iter_mut()).zip(u.iter_mut()) {
                *x = *x * share + constant;
                let relaxed = *x * relaxation + *z * (1.0 - relaxation) + *u;
                *z = relaxed.max(0.0).min(upper);
                *u = relaxed - *z;
            }
            if !looks {
                continue;
            }
            let (norms, separation) = self.look();
            outcome = judge(&norms, &separation, settings, &program, step, iteration);
            match outcome.status {
                Status::NotFinite => return outcome,
                Status::Solved => {
                    let residuals = self.residuals(&norms, &separation, &program, step);
                    if !is_solved(&residuals, &norms, settings, &program, step) {
                        outcome.status = Status::IterationLimit;
                    } else if conditioned.as_ref().is_some_and(|it| has_raised(it, self.z)) {
                        if let Some(conditioned) = &mut conditioned {
                            conditioned.deepen();
                        }
                        program = self.program(conditioned.as_ref(), size);
                        share = self.scratch.weigh(program.curvature, step);
                        since = iteration;
                        outcome.status = Status::IterationLimit;
                    } else {
                        outcome.violation = residuals.violation;
                    }
                }
                Status::Infeasible if settings.upper == f64::INFINITY && !is_infeasible(&self.ray(), &program) => {
                    is_far = true;
                    outcome.status = Status::IterationLimit;
                }
                Status::IterationLimit if size == 0.0 && self.is_origin(&norms, &program, step) => {
                    self.z.fill(0.0);
                    self.u.iter_mut().for_each(|u| *u = u.min(0.0));
                    outcome = Outcome { status: Status::Solved, violation: 0.0, ..outcome };
                }
                _ => {}
            }
            if outcome.status != Status::IterationLimit {
                break;
            }
            let next = next_step(step, &outcome, iteration - since, program.first_step, is_far);
            if next != step {
                self.u.iter_mut().for_each(|u| *u *= (step / next) as f32);
                share = self.scratch.weigh(program.curvature, next);
                step = next;
            }
        }
        self.leave(conditioned.as_ref(), step * unit, outcome.status);
        outcome
    }

    /// Scores along the set's directions, and the numbers of the program.
    fn program(&mut self, conditioned: Option<&Conditioned>, size: f64) -> Program {
        let pull = &mut self.scratch.pull;
        match conditioned {
            Some(conditioned) => pull.iter_mut().zip(conditioned.values()).for_each(|(pull, s)| *pull = s as f32),
            None => pull.copy_from_slice(self.scores),
        }
        let scores = norm(pull);
        // Needed of cones alone.
        let above = || pull.iter().filter(|s| size == 0.0 && **s > 0.0).map(|s| f64::from(*s));
        let (positive, least) = (above().fold(0.0, f64::hypot), above().fold(f64::INFINITY, f64::min));
        self.set.projection.project_direction(pull);
        if conditioned.is_some() {
            // What rounding leaves of the normals is as large as that of the largest score.
            self.set.projection.project_direction(pull);
        }
        Program::new(self.settings, conditioned, f64::from(f32::EPSILON), [size, norm(pull), scores, positive, least])
    }

    /// Replaces a state that is no good start by a cold one, and brings its prices into the program's units.
    fn enter(&mut self, cold: bool, conditioned: Option<&Conditioned>, program: &Program) {
        if let Some(conditioned) = conditioned.filter(|_| !cold) {
            let unit = conditioned.unit;
            let entries = self.u.iter_mut().zip(conditioned.lowered());
            entries.for_each(|(u, lowered)| *u = ((f64::from(*u) + lowered) / unit) as f32);
        }
        if cold || !warm_start::is_good(norm(self.z), norm(self.u), program) {
            let upper = self.settings.upper as f32;
            self.z.iter_mut().zip(&self.scratch.point).for_each(|(z, p)| *z = p.clamp(0.0, upper));
            self.u.fill(0.0);
        }
    }

    /// Prices in the scores' units.
    fn leave(&mut self, conditioned: Option<&Conditioned>, step: f64, status: Status) {
        // Prices without end are no start for anything.
        let factor = if status == Status::Infeasible { 0.0 } else { step as f32 };
        self.u.iter_mut().for_each(|u| *u *= factor);
        if let Some(conditioned) = conditioned.filter(|_| status != Status::Infeasible) {
            let entries = self.u.iter_mut().zip(conditioned.lowered());
            let limited = |price: f64| price.clamp(f64::from(f32::MIN), f64::from(f32::MAX)) as f32;
            entries.for_each(|(u, lowered)| *u = limited(f64::from(*u) - lowered));
        }
    }

    /// What the judgement needs; `change` holds the box point of the iteration before.
    fn look(&mut self) -> (Norms, Separation) {
        let (z, u) = (&*self.z, &*self.u);
        let Scratch { point, x, change, gap, normal, .. } = &mut *self.scratch;
        change.iter_mut().zip(z).for_each(|(change, z)| *change = z - *change);
        gap.iter_mut().zip(&*x).zip(z).for_each(|((gap, x), z)| *gap = x - z);
        normal.copy_from_slice(gap);
        self.set.projection.project_direction(normal);
        normal.iter_mut().zip(&*gap).for_each(|(normal, gap)| *normal = gap - *normal);
        let norms = Norms { affine: norm(x), bounded: norm(z), gap: norm(gap), change: norm(change), prices: norm(u) };
        let separation = Separation {
            norm: norm(normal),
            set: dot(normal, point),
            positive: normal.iter().map(|w| f64::from(w.max(0.0))).sum(),
            largest: z.iter().fold(0.0, |largest, z| f64::from(z.max(largest as f32))),
        };
        (norms, separation)
    }

    /// Of the box point and its prices; only bounds where those suffice. Overwrites the gap.
    fn residuals(&mut self, norms: &Norms, separation: &Separation, program: &Program, step: f64) -> Residuals {
        let bound = gradient_bound(norms, self.settings, program, step);
        let gradient = match is_stationary(norms, self.settings, program, step, bound) {
            true => bound,
            false => self.gradient(program, step, false),
        };
        let distance = match is_exact(norms, self.settings, program, step) {
            true => separation.norm,
            false => {
                let Scratch { point, gap, .. } = &mut *self.scratch;
                gap.copy_from_slice(self.z);
                self.set.projection.project_direction(gap);
                let entries = gap.iter_mut().zip(self.z.iter()).zip(point.iter());
                entries.for_each(|((gap, z), p)| *gap = z - *gap - p);
                norm(gap)
            }
        };
        let violation = self.set.projection.violation(self.set.sample, self.z);
        Residuals { distance, gradient, violation }
    }

    /// Norm of `pull - (step u + curvature z)` along the set's directions, without what prices of variables at their bounds
    /// may take up; at the origin, where no price is positive, or at z.
    fn gradient(&mut self, program: &Program, step: f64, at_origin: bool) -> f64 {
        let (curvature, step) = (program.curvature as f32, step as f32);
        let at = |(z, u): (&f32, &f32)| if at_origin { (0.0, u.min(0.0) * step) } else { (*z, u * step) };
        let Scratch { pull, gap, .. } = &mut *self.scratch;
        let entries = gap.iter_mut().zip(self.z.iter().zip(self.u.iter()).map(at));
        entries.for_each(|(gap, (z, price))| *gap = price + z * curvature);
        self.set.projection.project_direction(gap);
        let upper = self.settings.upper as f32;
        let entries = gap.iter_mut().zip(pull.iter()).zip(self.z.iter().zip(self.u.iter()).map(at));
        for ((gap, pull), (z, price)) in entries {
            let left = pull - *gap;
            let is_taken = z <= 0.0 && left <= -price || z >= upper && left >= -price;
            *gap = if is_taken { 0.0 } else { left };
        }
        norm(gap)
    }

    /// Whether the origin, a point of the set, is the answer.
    fn is_origin(&mut self, norms: &Norms, program: &Program, step: f64) -> bool {
        if norms.bounded > 0.1 * program.pull / (program.curvature + step) {
            return false;
        }
        let at_origin = Norms { bounded: 0.0, ..*norms };
        let gradient = self.gradient(program, step, true);
        is_stationary(&at_origin, self.settings, program, step, gradient)
    }

    /// The ray that may prove that there is no point; `normal` is the gap's part orthogonal to the set's directions.
    fn ray(&mut self) -> Ray {
        let Scratch { point, gap, normal, .. } = &mut *self.scratch;
        gap.iter_mut().zip(&*normal).for_each(|(v, w)| *v = w.min(0.0));
        let set = dot(gap, point);
        self.set.projection.project_direction(gap);
        Ray { set, along: norm(gap) }
    }
}

/// Whether a variable whose score was raised is not 0.
fn has_raised(conditioned: &Conditioned, z: &[f32]) -> bool {
    conditioned.raised().zip(z).any(|(raised, z)| raised && *z > 0.0)
}
