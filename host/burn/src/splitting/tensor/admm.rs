//! Over-relaxed ADMM on a batch.

use super::super::affine_set::AffineSet;
use super::super::conditioning::Conditioned;
use super::super::outcome::{
    LOOK_EVERY, NOT_FINITE, Norms, Outcome, Program, Ray, Residuals, Separation, Status, gradient_bound, is_exact,
    is_infeasible, is_solved, is_stationary, judge, next_step,
};
use super::super::settings::{Settings, SplittingError};
use super::super::solve::{Solution, State, check, nothing};
use super::super::warm_start;
use super::{column, dots, read, rows};
use burn::tensor::{DType, Tensor, TensorData};

/// [`super::super::solve()`] by tensor operations, whatever the device.
///
/// Cost: about twenty passes over `[batch, n]` per iteration in addition to the projection, the residuals brought to
/// the host every ten iterations, and the scores once.
///
/// # Errors
///
/// As [`super::super::solve()`].
pub fn solve(
    set: &dyn AffineSet,
    scores: &Tensor<2>,
    settings: &Settings,
    start: Option<&State>,
) -> Result<Solution, SplittingError> {
    check(set, scores, settings, start)?;
    if scores.dims()[0] == 0 {
        return Ok(nothing(scores));
    }
    let mut batch = Batch::new(set, &scores.clone().without_autodiff(), settings)?;
    let (z, u) = batch.start(start)?;
    batch.iterate(z, u)
}

/// A batch of programs.
struct Batch<'a> {
    set: &'a dyn AffineSet,
    settings: &'a Settings,
    point: Tensor<2>,
    /// Scores along the set's directions, in units.
    pull: Tensor<2>,
    /// Conditioned scores of the samples that need them.
    conditioned: Vec<Option<Conditioned>>,
    programs: Vec<Program>,
    /// Outcome of each sample, once it is done.
    outcomes: Vec<Option<Outcome>>,
    steps: Vec<f64>,
    /// Iteration since which a sample's scores are what they are.
    since: Vec<usize>,
    is_far: Vec<bool>,
    /// Whether the answer is the origin, which no iterate is.
    at_origin: Vec<bool>,
}

/// Of an iteration: the points in set and box, the prices by the step, and the box point's change.
struct Iterate {
    x: Tensor<2>,
    z: Tensor<2>,
    u: Tensor<2>,
    change: Tensor<2>,
}

impl<'a> Batch<'a> {
    fn new(set: &'a dyn AffineSet, scores: &Tensor<2>, settings: &'a Settings) -> Result<Self, SplittingError> {
        let [batch, n] = scores.dims();
        let rounding = if scores.dtype() == DType::F64 { f64::EPSILON } else { f64::from(f32::EPSILON) };
        let point = set.nearest_to_origin(scores).expand([batch, n]);
        let sizes = read(dots(&point, &point).sqrt())?;
        let values = read(scores.clone())?;
        let samples = || values.chunks_exact(n);
        let finite: Vec<bool> = samples().map(|scores| scores.iter().all(|score| score.is_finite())).collect();
        let conditioned = samples().zip(&sizes).zip(&finite).map(|((scores, &size), finite)| {
            Conditioned::of(set, scores, settings.curvature, size).filter(|_| *finite)
        });
        let mut it = Self {
            set,
            settings,
            point,
            pull: scores.clone(),
            conditioned: conditioned.collect(),
            programs: Vec::new(),
            outcomes: finite.iter().map(|finite| (!finite).then_some(NOT_FINITE)).collect(),
            steps: Vec::new(),
            since: vec![0; batch],
            is_far: vec![false; batch],
            at_origin: vec![false; batch],
        };
        it.set_programs(scores, &sizes, rounding)?;
        it.steps = it.programs.iter().map(|program| program.first_step).collect();
        Ok(it)
    }

    /// The scores to iterate with, along the set's directions, and the numbers of each program.
    fn set_programs(&mut self, scores: &Tensor<2>, sizes: &[f64], rounding: f64) -> Result<(), SplittingError> {
        let zeros: Vec<bool> = self.outcomes.iter().map(|it| *it == Some(NOT_FINITE)).collect();
        let mut used = scores.clone().mask_fill(rows(&zeros, scores), 0.0);
        let chosen: Vec<bool> = self.conditioned.iter().map(Option::is_some).collect();
        let any = chosen.contains(&true);
        if any {
            used = used.mask_where(rows(&chosen, scores), self.of_conditioned(|it| it.values().collect()));
        }
        let norms = read(norm(&used))?;
        // Needed of cones alone.
        let (positive, least) = match sizes.contains(&0.0) {
            true => {
                let above = used.clone().mask_fill(used.clone().lower_equal_scalar(0.0), f64::INFINITY);
                (read(norm(&used.clone().clamp_min(0.0)))?, read(above.min_dim(1))?)
            }
            false => (vec![0.0; sizes.len()], vec![f64::INFINITY; sizes.len()]),
        };
        self.pull = self.set.project_direction(used);
        if any {
            // What rounding leaves of the normals is as large as that of the largest score.
            let again = self.set.project_direction(self.pull.clone());
            self.pull = self.pull.clone().mask_where(rows(&chosen, scores), again);
        }
        let pulls = read(dots(&self.pull, &self.pull).sqrt())?;
        self.programs = (0..sizes.len())
            .map(|i| {
                Program::new(
                    self.settings,
                    self.conditioned[i].as_ref(),
                    rounding,
                    [sizes[i], pulls[i], norms[i], positive[i], least[i]],
                )
            })
            .collect();
        Ok(())
    }

    fn unit(&self, sample: usize) -> f64 {
        self.conditioned[sample].as_ref().map_or(1.0, |conditioned| conditioned.unit)
    }

    /// Rows of the conditioned samples, zeros for the others.
    fn of_conditioned(&self, row: impl Fn(&Conditioned) -> Vec<f64>) -> Tensor<2> {
        let [batch, n] = self.point.dims();
        let rows = self.conditioned.iter().flat_map(|it| it.as_ref().map_or_else(|| vec![0.0; n], &row));
        let data = TensorData::new(rows.collect::<Vec<f64>>(), [batch, n]);
        Tensor::from_data(data, (&self.point.device(), self.point.dtype()))
    }

    fn any_conditioned(&self) -> bool {
        self.conditioned.iter().any(Option::is_some)
    }

    /// First box point and scaled prices: the state's where it is a good start, else cold ones.
    fn start(&self, start: Option<&State>) -> Result<(Tensor<2>, Tensor<2>), SplittingError> {
        let (z, u) = (bound(self.point.clone(), self.settings), self.point.zeros_like());
        let Some(state) = start else { return Ok((z, u)) };
        let (point, mut prices) = (state.bounded.clone().without_autodiff(), state.prices.clone().without_autodiff());
        if self.any_conditioned() {
            let units: Vec<f64> = (0..self.steps.len()).map(|i| self.unit(i)).collect();
            let lowered = self.of_conditioned(|it| it.lowered().collect());
            prices = (prices + lowered) / column(&units, &self.point);
        }
        let norms = read(Tensor::cat(vec![norm(&point), norm(&prices)], 1))?;
        let norms = norms.chunks_exact(2).zip(&self.programs);
        let bad: Vec<bool> = norms.map(|(it, program)| !warm_start::is_good(it[0], it[1], program)).collect();
        let prices = prices / column(&self.steps, &self.point);
        if !bad.contains(&true) {
            return Ok((point, prices));
        }
        Ok((point.mask_where(rows(&bad, &z), z), prices.mask_where(rows(&bad, &u), u)))
    }

    fn iterate(&mut self, mut z: Tensor<2>, mut u: Tensor<2>) -> Result<Solution, SplittingError> {
        let settings = self.settings;
        let (mut share, mut constant) = self.weigh();
        let (mut bounded, mut prices) = (z.zeros_like(), z.zeros_like());
        for iteration in 1..=settings.iterations {
            let x = self.set.project_direction(z.clone() - u.clone()) * share.clone() + constant.clone();
            let relaxed = x.clone() * settings.relaxation + z.clone() * (1.0 - settings.relaxation) + u;
            let next = bound(relaxed.clone(), settings);
            let change = next.clone() - z;
            u = relaxed - next.clone();
            z = next;
            if iteration % LOOK_EVERY != 0 && iteration != settings.iterations {
                continue;
            }
            let seen = Iterate { x, z, u, change };
            let used = column(&self.steps, &self.point);
            let ended = self.judge(&seen, iteration)?;
            Iterate { z, u, .. } = seen;
            // A sample stops changing once it is done: its answer then depends on no other one.
            if ended.contains(&true) {
                let status = |i: usize| self.outcomes[i].map(|outcome| outcome.status).filter(|_| ended[i]);
                let is_moved = |i: usize| status(i).is_some_and(|it| it != Status::NotFinite) && !self.at_origin[i];
                // Prices without end are no start for anything: they stay zero.
                let is_priced =
                    |i: usize| status(i).is_some_and(|it| !matches!(it, Status::Infeasible | Status::NotFinite));
                let moved: Vec<bool> = (0..ended.len()).map(is_moved).collect();
                let priced: Vec<bool> = (0..ended.len()).map(is_priced).collect();
                bounded = bounded.mask_where(rows(&moved, &z), z.clone());
                prices = prices.mask_where(rows(&priced, &z), u.clone() * used.clone());
                if self.at_origin.contains(&true) {
                    let negative = prices.clone().clamp_max(0.0);
                    prices = prices.mask_where(rows(&self.at_origin, &z), negative);
                }
            }
            u = u * (used / column(&self.steps, &self.point));
            (share, constant) = self.weigh();
            if self.outcomes.iter().all(Option::is_some) {
                break;
            }
        }
        if self.any_conditioned() {
            prices = self.restored(prices);
        }
        let outcomes = self.outcomes.iter().copied().flatten().collect();
        Ok(Solution { x: bounded.clone(), outcomes, state: State { bounded, prices } })
    }

    /// Prices in the scores' units.
    fn restored(&self, prices: Tensor<2>) -> Tensor<2> {
        let units: Vec<f64> = (0..self.steps.len()).map(|i| self.unit(i)).collect();
        let lowered = self.of_conditioned(|it| it.lowered().collect());
        let priced: Vec<bool> = self
            .outcomes
            .iter()
            .map(|it| it.is_some_and(|it| !matches!(it.status, Status::Infeasible | Status::NotFinite)))
            .collect();
        let largest = if prices.dtype() == DType::F64 { f64::MAX } else { f64::from(f32::MAX) };
        let restored = (prices.clone() * column(&units, &prices) - lowered).clamp(-largest, largest);
        prices.clone().mask_where(rows(&priced, &prices), restored)
    }

    /// Share of the variable part of the set's point, `[batch, 1]`, and its constant part, for a step of each sample.
    fn weigh(&self) -> (Tensor<2>, Tensor<2>) {
        let steps = self.steps.iter().zip(&self.programs);
        let weights: Vec<f64> = steps.map(|(step, program)| 1.0 / (program.curvature + step)).collect();
        let shares: Vec<f64> = self.steps.iter().zip(&weights).map(|(step, weight)| step * weight).collect();
        let pull = &self.pull;
        (column(&shares, pull), pull.clone() * column(&weights, pull) + self.point.clone())
    }

    /// Looks at all samples; tells which ended.
    fn judge(&mut self, seen: &Iterate, iteration: usize) -> Result<Vec<bool>, SplittingError> {
        let batch = self.steps.len();
        let looks = self.look(seen)?;
        let judged: Vec<Option<Outcome>> = (0..batch)
            .map(|i| {
                let (norms, separation) = &looks[i];
                let judge = || judge(norms, separation, self.settings, &self.programs[i], self.steps[i], iteration);
                self.outcomes[i].is_none().then(judge)
            })
            .collect();
        let has = |status: Status| judged.iter().flatten().any(|outcome| outcome.status == status);
        let solved = if has(Status::Solved) { Some(self.residuals(seen)?) } else { None };
        let rays = if has(Status::Infeasible) { Some(self.rays(seen)?) } else { None };
        let is_small = |i: usize| {
            let (norms, program) = (&looks[i].0, &self.programs[i]);
            program.point == 0.0 && norms.bounded <= 0.1 * program.pull / (program.curvature + self.steps[i])
        };
        let small: Vec<bool> = (0..batch).map(is_small).collect();
        let origins = if small.contains(&true) { Some(self.gradients(seen, false)?) } else { None };
        let mut ended = vec![false; batch];
        let mut deepened = false;
        for (i, judged) in judged.into_iter().enumerate() {
            let Some(mut outcome) = judged else { continue };
            let (norms, separation) = &looks[i];
            let (settings, program, step) = (self.settings, &self.programs[i], self.steps[i]);
            match outcome.status {
                Status::Solved => {
                    let (mut residuals, raised) = solved.as_ref().map_or((NONE, 0.0), |solved| solved[i]);
                    let bound = gradient_bound(norms, settings, program, step);
                    if is_stationary(norms, settings, program, step, bound) {
                        residuals.gradient = bound;
                    }
                    if is_exact(norms, settings, program, step) {
                        residuals.distance = separation.norm;
                    }
                    if !is_solved(&residuals, norms, settings, program, step) {
                        outcome.status = Status::IterationLimit;
                    } else if raised > 0.0 {
                        if let Some(conditioned) = &mut self.conditioned[i] {
                            conditioned.deepen();
                        }
                        (deepened, self.since[i]) = (true, iteration);
                        outcome.status = Status::IterationLimit;
                    } else {
                        outcome.violation = residuals.violation;
                    }
                }
                Status::Infeasible
                    if settings.upper == f64::INFINITY
                        && !rays.as_ref().is_some_and(|rays| is_infeasible(&rays[i], program)) =>
                {
                    self.is_far[i] = true;
                    outcome.status = Status::IterationLimit;
                }
                Status::IterationLimit if small[i] => {
                    let at_origin = Norms { bounded: 0.0, ..*norms };
                    let gradient = origins.as_ref().map_or(f64::INFINITY, |origins| origins[i]);
                    if is_stationary(&at_origin, settings, program, step, gradient) {
                        outcome = Outcome { status: Status::Solved, violation: 0.0, ..outcome };
                        self.at_origin[i] = true;
                    }
                }
                _ => {}
            }
            if outcome.status != Status::IterationLimit || iteration == settings.iterations {
                self.outcomes[i] = Some(outcome);
                ended[i] = true;
            } else {
                let age = iteration - self.since[i];
                self.steps[i] = next_step(step, &outcome, age, program.first_step, self.is_far[i]);
            }
        }
        if deepened {
            self.refresh()?;
        }
        Ok(ended)
    }

    /// The programs of conditioned samples anew, whose scores are raised less than before.
    fn refresh(&mut self) -> Result<(), SplittingError> {
        let sizes: Vec<f64> = self.programs.iter().map(|program| program.point).collect();
        let rounding = self.programs.first().map_or(f64::EPSILON, |program| program.rounding);
        let before = (self.pull.clone(), self.programs.clone());
        self.set_programs(&before.0, &sizes, rounding)?;
        // The others keep what they have.
        let others: Vec<bool> = self.conditioned.iter().map(Option::is_none).collect();
        self.pull = self.pull.clone().mask_where(rows(&others, &before.0), before.0);
        for (i, program) in before.1.into_iter().enumerate().filter(|(i, _)| others[*i]) {
            self.programs[i] = program;
        }
        Ok(())
    }

    /// Numbers for the judgement of each sample.
    fn look(&self, seen: &Iterate) -> Result<Vec<(Norms, Separation)>, SplittingError> {
        let Iterate { x, z, u, change } = seen;
        let gap = x.clone() - z.clone();
        let normal = gap.clone() - self.set.project_direction(gap.clone());
        let columns = vec![
            norm(x),
            norm(z),
            norm(&gap),
            norm(change),
            norm(u),
            norm(&normal),
            dots(&normal, &self.point),
            normal.clamp_min(0.0).sum_dim(1),
            z.clone().max_dim(1),
        ];
        let width = columns.len();
        let values = read(Tensor::cat(columns, 1))?;
        let one = |v: &[f64]| {
            let norms = Norms { affine: v[0], bounded: v[1], gap: v[2], change: v[3], prices: v[4] };
            (norms, Separation { norm: v[5], set: v[6], positive: v[7], largest: v[8] })
        };
        Ok(values.chunks_exact(width).map(one).collect())
    }

    /// Residuals of the box points and their prices, and the largest entry whose score was raised.
    fn residuals(&self, seen: &Iterate) -> Result<Vec<(Residuals, f64)>, SplittingError> {
        let z = &seen.z;
        let distance = z.clone() - self.set.project_direction(z.clone()) - self.point.clone();
        let raised = match self.any_conditioned() {
            true => z.clone() * self.of_conditioned(|it| it.raised().map(|it| f64::from(u8::from(it))).collect()),
            false => z.zeros_like(),
        };
        let columns = vec![norm(&distance), self.set.violation(z), raised.max_dim(1)];
        let values = read(Tensor::cat(columns, 1))?;
        let gradients = self.gradients(seen, true)?;
        let one = |(v, &gradient): (&[f64], &f64)| (Residuals { distance: v[0], gradient, violation: v[1] }, v[2]);
        Ok(values.chunks_exact(3).zip(&gradients).map(one).collect())
    }

    /// Norms of `pull - (step u + curvature z)` along the set's directions, without what prices of variables at their
    /// bounds may take up; with the curvature's part, or at the origin.
    fn gradients(&self, seen: &Iterate, curved: bool) -> Result<Vec<f64>, SplittingError> {
        let u = if curved { seen.u.clone() } else { seen.u.clone().clamp_max(0.0) };
        let prices = u * column(&self.steps, &self.point);
        let mut terms = prices.clone();
        if curved {
            let curvatures: Vec<f64> = self.programs.iter().map(|program| program.curvature).collect();
            terms = terms + seen.z.clone() * column(&curvatures, &self.point);
        }
        let left = self.pull.clone() - self.set.project_direction(terms);
        let is_low = if curved { seen.z.clone().lower_equal_scalar(0.0) } else { left.clone().is_finite() };
        let mut taken = is_low.bool_and((left.clone() + prices.clone()).lower_equal_scalar(0.0));
        if curved && self.settings.upper < f64::INFINITY {
            let is_high = seen.z.clone().greater_equal_scalar(self.settings.upper);
            taken = taken.bool_or(is_high.bool_and((left.clone() + prices).greater_equal_scalar(0.0)));
        }
        read(norm(&left.mask_fill(taken, 0.0)))
    }

    /// The rays that may prove that there is no point.
    fn rays(&self, seen: &Iterate) -> Result<Vec<Ray>, SplittingError> {
        let gap = seen.x.clone() - seen.z.clone();
        let ray = (gap.clone() - self.set.project_direction(gap)).clamp_max(0.0);
        let along = norm(&self.set.project_direction(ray.clone()));
        let values = read(Tensor::cat(vec![dots(&ray, &self.point), along], 1))?;
        Ok(values.chunks_exact(2).map(|v| Ray { set: v[0], along: v[1] }).collect())
    }
}

/// Residuals where nothing was computed.
const NONE: Residuals = Residuals { distance: f64::INFINITY, gradient: f64::INFINITY, violation: f64::INFINITY };

fn norm(x: &Tensor<2>) -> Tensor<2> {
    dots(x, x).sqrt()
}

fn bound(x: Tensor<2>, settings: &Settings) -> Tensor<2> {
    if settings.upper < f64::INFINITY { x.clamp(0.0, settings.upper) } else { x.clamp_min(0.0) }
}
