//! Over-relaxed ADMM on a batch.

use super::super::affine_set::AffineSet;
use super::super::outcome::{LOOK_EVERY, NOT_FINITE, Norms, Outcome, Separation, Status, judge, next_step};
use super::super::settings::{Settings, SplittingError};
use super::super::solve::{Solution, State, check};
use super::{dots, read, rows};
use burn::tensor::{DType, Tensor, TensorData};

/// [`super::super::solve()`] by tensor operations, whatever the device.
///
/// Cost: about twenty passes over `[batch, n]` per iteration beside the projection, and the residuals brought to the
/// host every ten iterations.
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
    let [batch, n] = scores.dims();
    let finite = scores.clone().is_finite().all_dim(1);
    let scores = scores.clone().without_autodiff().mask_fill(finite.clone().bool_not().expand([batch, n]), 0.0);
    let finite: Vec<f64> = read(finite.float())?;
    let unit = if scores.dtype() == DType::F64 { f64::EPSILON } else { f64::from(f32::EPSILON) };

    let point = set.nearest_to_origin(&scores).expand([batch, n]);
    let pull = set.project_direction(scores.clone());
    let mut steps = vec![settings.step; batch];
    let (mut share, mut constant) = weigh(&steps, settings, &pull, &point);
    let (mut z, mut u) = match start {
        Some(state) => {
            (state.bounded.clone().without_autodiff(), state.prices.clone().without_autodiff() / settings.step)
        }
        None => (bound(point.clone(), settings), scores.zeros_like()),
    };
    let mut outcomes: Vec<Option<Outcome>> =
        finite.iter().map(|&finite| (finite == 0.0).then_some(NOT_FINITE)).collect();
    let (mut bounded, mut prices) = (scores.zeros_like(), scores.zeros_like());
    for iteration in 1..=settings.iterations {
        let x = set.project_direction(z.clone() - u.clone()) * share.clone() + constant.clone();
        let relaxed = x.clone() * settings.relaxation + z.clone() * (1.0 - settings.relaxation) + u;
        let next = bound(relaxed.clone(), settings);
        let change = next.clone() - z;
        u = relaxed - next.clone();
        z = next;
        if iteration % LOOK_EVERY != 0 && iteration != settings.iterations {
            continue;
        }
        let seen = look(set, &x, &z, &change, &u, &pull, &point)?;
        let (mut ended, mut priced) = (vec![false; batch], vec![false; batch]);
        let used = column(&steps, &scores);
        for (sample, (norms, separation)) in seen.iter().enumerate() {
            let judged = judge(norms, separation, settings, steps[sample], iteration, unit);
            if outcomes[sample].is_some() {
                continue;
            }
            if judged.status != Status::IterationLimit || iteration == settings.iterations {
                outcomes[sample] = Some(judged);
                ended[sample] = true;
                // Prices without end are no start for anything: they stay zero.
                priced[sample] = judged.status != Status::Infeasible;
            } else {
                steps[sample] = next_step(steps[sample], &judged, settings);
            }
        }
        // A sample is kept as it was when it was done: its answer then depends on no other one.
        if ended.contains(&true) {
            bounded = bounded.mask_where(rows(&ended, &z), z.clone());
            prices = prices.mask_where(rows(&priced, &z), u.clone() * used.clone());
        }
        u = u * (used / column(&steps, &scores));
        (share, constant) = weigh(&steps, settings, &pull, &point);
        if outcomes.iter().all(Option::is_some) {
            break;
        }
    }
    let outcomes = outcomes.into_iter().flatten().collect();
    Ok(Solution { x: bounded.clone(), outcomes, state: State { bounded, prices } })
}

/// Share of the variable part of the set's point, `[batch, 1]`, and its constant part, for a step of each sample.
fn weigh(steps: &[f64], settings: &Settings, pull: &Tensor<2>, point: &Tensor<2>) -> (Tensor<2>, Tensor<2>) {
    let weights: Vec<f64> = steps.iter().map(|step| 1.0 / (settings.curvature + step)).collect();
    let shares: Vec<f64> = steps.iter().zip(&weights).map(|(step, weight)| step * weight).collect();
    (column(&shares, pull), pull.clone() * column(&weights, pull) + point.clone())
}

fn column(values: &[f64], like: &Tensor<2>) -> Tensor<2> {
    let data = TensorData::new(values.to_vec(), [values.len(), 1]);
    Tensor::from_data(data, (&like.device(), like.dtype()))
}

fn bound(x: Tensor<2>, settings: &Settings) -> Tensor<2> {
    if settings.upper < f64::INFINITY { x.clamp(0.0, settings.upper) } else { x.clamp_min(0.0) }
}

/// What the judgement needs, for each sample.
fn look(
    set: &dyn AffineSet,
    x: &Tensor<2>,
    z: &Tensor<2>,
    change: &Tensor<2>,
    u: &Tensor<2>,
    pull: &Tensor<2>,
    point: &Tensor<2>,
) -> Result<Vec<(Norms, Separation)>, SplittingError> {
    let gap = x.clone() - z.clone();
    let normal = gap.clone() - set.project_direction(gap.clone());
    let norm = |x: &Tensor<2>| dots(x, x).sqrt();
    let columns = vec![
        norm(x),
        norm(z),
        norm(&gap),
        norm(change),
        norm(u),
        norm(pull),
        norm(&normal),
        dots(&normal, point),
        normal.clamp_min(0.0).sum_dim(1),
        z.clone().max_dim(1),
        norm(point),
    ];
    let width = columns.len();
    let values = read(Tensor::cat(columns, 1))?;
    let one = |v: &[f64]| {
        let norms = Norms { affine: v[0], bounded: v[1], gap: v[2], change: v[3], prices: v[4], scores: v[5] };
        (norms, Separation { norm: v[6], set: v[7], positive: v[8], largest: v[9], point: v[10] })
    };
    Ok(values.chunks_exact(width).map(one).collect())
}
