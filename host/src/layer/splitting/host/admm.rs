//! Over-relaxed ADMM, one sample after the other on each core.

use super::super::affine_set::{AffineSet, HostProjection};
use super::super::outcome::{LOOK_EVERY, NOT_FINITE, Norms, Outcome, Separation, Status, judge, next_step};
use super::super::settings::{Settings, SplittingError};
use super::super::solve::{Solution, State, check};
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
        |scratch, (sample, ((bounded, prices), scores))| {
            projection.nearest_to_origin(sample, &mut scratch.point);
            if cold {
                bounded.copy_from_slice(&scratch.point);
                bounded.iter_mut().for_each(|z| *z = z.clamp(0.0, settings.upper as f32));
            }
            solve_one(projection, scores, settings, bounded, prices, scratch)
        },
    );
    let outcomes: Vec<Outcome> = outcomes.collect();
    let (bounded, prices) = (write(bounded, scores), write(prices, scores));
    Ok(Solution { x: bounded.clone(), outcomes, state: State { bounded, prices } })
}

/// Vectors of one sample that nobody asks for afterwards.
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

    /// Sets the constant part of the set's point for a step, and gives the share of its variable part.
    fn weigh(&mut self, curvature: f64, step: f64) -> f32 {
        let weight = 1.0 / (curvature + step);
        let terms = self.pull.iter().zip(&self.point);
        self.constant.iter_mut().zip(terms).for_each(|(constant, (pull, p))| *constant = pull * weight as f32 + p);
        (step * weight) as f32
    }
}

/// Iterates `z` and the prices, which are divided by the step on the way, to a verdict.
fn solve_one(
    projection: &dyn HostProjection,
    scores: &[f32],
    settings: &Settings,
    z: &mut [f32],
    prices: &mut [f32],
    scratch: &mut Scratch,
) -> Outcome {
    if !scores.iter().all(|score| score.is_finite()) {
        z.fill(0.0);
        prices.fill(0.0);
        return NOT_FINITE;
    }
    let (upper, relaxation) = (settings.upper as f32, settings.relaxation as f32);
    let mut step = settings.step;
    scratch.pull.copy_from_slice(scores);
    projection.project_direction(&mut scratch.pull);
    let mut share = scratch.weigh(settings.curvature, step);
    let u = prices;
    u.iter_mut().for_each(|u| *u /= step as f32);
    let mut outcome = NOT_FINITE;
    for iteration in 1..=settings.iterations {
        let looks = iteration % LOOK_EVERY == 0 || iteration == settings.iterations;
        scratch.x.iter_mut().zip(&*z).zip(&*u).for_each(|((x, z), u)| *x = z - u);
        projection.project_direction(&mut scratch.x);
        if looks {
            scratch.change.copy_from_slice(z);
        }
        let points = scratch.x.iter_mut().zip(&scratch.constant);
        for (((x, constant), z), u) in points.zip(&mut *z).zip(&mut *u) {
            *x = *x * share + constant;
            let relaxed = *x * relaxation + *z * (1.0 - relaxation) + *u;
            *z = relaxed.max(0.0).min(upper);
            *u = relaxed - *z;
        }
        if looks {
            let (norms, separation) = look(projection, z, u, scratch);
            outcome = judge(&norms, &separation, settings, step, iteration, f64::from(f32::EPSILON));
            if outcome.status != Status::IterationLimit {
                break;
            }
            let next = next_step(step, &outcome, settings);
            if next != step {
                u.iter_mut().for_each(|u| *u *= (step / next) as f32);
                share = scratch.weigh(settings.curvature, next);
                step = next;
            }
        }
    }
    // Prices without end: no start for anything.
    let factor = if outcome.status == Status::Infeasible { 0.0 } else { step as f32 };
    u.iter_mut().for_each(|u| *u *= factor);
    outcome
}

/// What the judgement needs; `change` holds the box point of the iteration before.
fn look(projection: &dyn HostProjection, z: &[f32], u: &[f32], scratch: &mut Scratch) -> (Norms, Separation) {
    let Scratch { point, pull, x, change, gap, normal, .. } = scratch;
    change.iter_mut().zip(z).for_each(|(change, z)| *change = z - *change);
    gap.iter_mut().zip(&*x).zip(z).for_each(|((gap, x), z)| *gap = x - z);
    normal.copy_from_slice(gap);
    projection.project_direction(normal);
    normal.iter_mut().zip(&*gap).for_each(|(normal, gap)| *normal = gap - *normal);
    let norms = Norms {
        affine: norm(x),
        bounded: norm(z),
        gap: norm(gap),
        change: norm(change),
        prices: norm(u),
        scores: norm(pull),
    };
    let separation = Separation {
        norm: norm(normal),
        set: dot(normal, point),
        positive: normal.iter().map(|w| f64::from(w.max(0.0))).sum(),
        largest: z.iter().fold(0.0, |largest, z| f64::from(z.max(largest as f32))),
        point: norm(point),
    };
    (norms, separation)
}
