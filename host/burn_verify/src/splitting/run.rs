//! Run of the layer on a case, judged by the layer's documented tolerances.

use super::draw::{Case, Kind, Start};
use super::face::orthonormal_rows;
use super::reference::{Minimizer, Program};
use burn::tensor::{DType, Device, Tensor, TensorData};
use convex_edge_burn::splitting::{
    AffineSet, CountedSimplices, Dense, DerivativeOutcome, OnFailure, Outcome as SampleOutcome, SplittingError, State,
    Status, Sudoku, fenchel_young, forward, solve, tensor,
};
use convex_edge_verify::case::Precision;
use nalgebra::DVector;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Documented at `Settings::tolerance`, in tolerances: error of the answer, violation of a condition, and what scores may
/// differ by.
const ANSWER: f64 = 160.0;
const CONDITION: f64 = 12.0;
const OBJECTIVE: f64 = 2.0;

/// The same of the origin as an answer, in roundings of the scores.
const ORIGIN: f64 = 16.0;

/// Allowance for the reference's own tolerance and rounding.
const ROOM: f64 = 1.2;

/// Entries and prices closer to zero than this, relative to the answer, may be on either side of a kink.
const KINK: f64 = 0.08;

/// Outcome of a case.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// All samples are right.
    Right,
    /// A sample is not solved, and its status is right.
    Flagged(Status),
    /// There is nothing to compare with.
    Undecided,
    /// A wrong answer, with the reason.
    Wrong(String),
    /// It panicked.
    Panicked,
}

/// The outcome, and how many gradients were compared.
pub(super) fn run(case: &Case) -> (Outcome, u64) {
    catch_unwind(AssertUnwindSafe(|| judge(case))).unwrap_or((Outcome::Panicked, 0))
}

type Verdict = Result<(Option<Outcome>, u64), String>;

fn judge(case: &Case) -> (Outcome, u64) {
    match judged(case) {
        Ok((outcome, gradients)) => (outcome.unwrap_or(Outcome::Right), gradients),
        Err(reason) => (Outcome::Wrong(reason), 0),
    }
}

fn judged(case: &Case) -> Verdict {
    let set = match set_of(case) {
        Ok(set) if case.kind == Kind::ContradictoryRows => {
            return Err(format!("a contradiction makes a set of {} variables", set.dimension()));
        }
        Ok(set) => set,
        Err(_) if case.kind == Kind::ContradictoryRows => return Ok((None, 0)),
        Err(reason) => return Err(reason),
    };
    let (batch, n) = (case.scores.len(), case.a.ncols());
    let scores = tensor_of(case, &case.scores, n);
    let start = start_of(case, set.as_ref(), n);
    let solution = match case.by_tensors {
        true => tensor::solve(set.as_ref(), &scores, &case.settings, start.as_ref()),
        false => solve(set.as_ref(), &scores, &case.settings, start.as_ref()),
    };
    let solution = solution.map_err(|error| format!("refused: {error}"))?;
    let (x, prices) = (numbers(&solution.x), numbers(&solution.state.prices));
    if x.len() != batch * n || solution.outcomes.len() != batch {
        return Err(format!("{} numbers and {} outcomes for a batch of {batch}", x.len(), solution.outcomes.len()));
    }
    if !x.iter().chain(&prices).all(|value| value.is_finite()) {
        return Err("a number in the answer or the state is not finite".to_owned());
    }
    let counted = !case.counted.is_empty();
    let only_cells = case.cell().is_some() && !counted && case.kind != Kind::Sudoku;
    let upper = case.rounded(case.settings.upper);
    let program = Program::new(&case.a, case.settings.curvature, upper, case.cell(), only_cells);
    let mut worst = None;
    for (sample, outcome) in solution.outcomes.iter().enumerate() {
        let x = DVector::from_column_slice(&x[sample * n..(sample + 1) * n]);
        match judge_sample(case, &program, sample, &x, outcome)
            .map_err(|reason| format!("sample {sample}: {reason}"))?
        {
            Outcome::Right => {}
            other if worst.is_none() || matches!(other, Outcome::Flagged(_)) => worst = Some(other),
            _ => {}
        }
    }
    let gradients = judge_layer(case, &set, &program, &scores)?;
    Ok((worst, gradients))
}

fn set_of(case: &Case) -> Result<Arc<dyn AffineSet>, String> {
    let dtype = if case.precision == Precision::F32 { DType::F32 } else { DType::F64 };
    let options = (&Device::flex(), dtype);
    match case.kind {
        Kind::Simplices | Kind::CountedSimplices | Kind::TightTotals => {
            let totals: Vec<Vec<f64>> = case.b.iter().map(|b| b.iter().skip(case.cells).copied().collect()).collect();
            CountedSimplices::new(case.cells, case.classes, &case.counted, &totals)
                .map(|set| Arc::new(set) as Arc<dyn AffineSet>)
                .map_err(|error| format!("refused: {error}"))
        }
        Kind::Sudoku => Sudoku::new(2).map(|set| Arc::new(set) as _).map_err(|error| format!("refused: {error}")),
        Kind::Samples => Dense::from_samples(&case.samples, options)
            .map(|set| Arc::new(set) as _)
            .map_err(|error| format!("refused: {error}")),
        _ => {
            let zero = DVector::zeros(case.a.nrows());
            Dense::from_equations(&case.a, case.b.first().unwrap_or(&zero), options)
                .map(|set| Arc::new(set) as _)
                .map_err(|error| format!("refused: {error}"))
        }
    }
}

fn tensor_of(case: &Case, rows: &[Vec<f64>], n: usize) -> Tensor<2> {
    let dtype = if case.precision == Precision::F32 { DType::F32 } else { DType::F64 };
    let values: Vec<f64> = rows.iter().flatten().copied().collect();
    if case.precision == Precision::F32 {
        let values: Vec<f32> = values.iter().map(|&value| value as f32).collect();
        return Tensor::from_data(TensorData::new(values, [rows.len(), n]), (&Device::flex(), dtype));
    }
    Tensor::from_data(TensorData::new(values, [rows.len(), n]), (&Device::flex(), dtype))
}

fn numbers(tensor: &Tensor<2>) -> Vec<f64> {
    tensor.try_to_vec_as::<f64>().unwrap_or_default()
}

fn start_of(case: &Case, set: &dyn AffineSet, n: usize) -> Option<State> {
    match &case.start {
        Start::Cold => None,
        Start::Warm(other) => solve(set, &tensor_of(case, other, n), &case.settings, None).ok().map(|it| it.state),
        Start::Poisoned(price) => {
            let rows = |value: f64| vec![vec![case.rounded(value); n]; case.scores.len()];
            Some(State { bounded: tensor_of(case, &rows(0.5), n), prices: tensor_of(case, &rows(*price), n) })
        }
    }
}

/// Judges one answer; an error names the fault.
fn judge_sample(
    case: &Case,
    program: &Program,
    sample: usize,
    x: &DVector<f64>,
    outcome: &SampleOutcome,
) -> Result<Outcome, String> {
    let finite = case.scores[sample].iter().all(|score| score.is_finite());
    if !(0.0 <= x.min() && x.max() <= program.upper) {
        return Err("the answer is not in the box".to_owned());
    }
    match outcome.status {
        Status::NotFinite if !finite && x.amax() == 0.0 => return Ok(Outcome::Right),
        _ if !finite => return Err(format!("{:?} of scores that are not finite", outcome.status)),
        Status::Solved => {}
        Status::Infeasible => {
            let nearest = program.nearest(&case.b[sample], &case.a);
            return match &case.witness[sample] {
                Some(point) if point.norm() <= 1e3 * nearest.max(f64::MIN_POSITIVE) => {
                    Err("called infeasible, and there is a point".to_owned())
                }
                Some(_) => Ok(Outcome::Flagged(Status::Infeasible)),
                None => Ok(Outcome::Right),
            };
        }
        status => return Ok(Outcome::Flagged(status)),
    }
    let tolerance = case.settings.tolerance;
    conditions(case, sample, x, ROOM * CONDITION * tolerance)?;
    let size = x.norm().max(program.nearest(&case.b[sample], &case.a));
    // The very set that the answer lies in: its right sides are off by no more than the tolerance.
    let right = &program.a * x;
    let scores = &case.scores[sample];
    if program.is_point() {
        return Ok(Outcome::Right);
    }
    // A cone has no size of its own: that of its answer may be rounding.
    let hint = if case.b[sample].amax() == 0.0 { 0.0 } else { size };
    let Some(best) = program.minimize(scores, &right, hint) else { return Ok(Outcome::Undecided) };
    let difference = (x - &best.x).norm();
    let centered = program.centered(scores);
    let pull = program.pull(&centered);
    let unit = if case.precision == Precision::F32 { f64::from(f32::EPSILON) } else { f64::EPSILON };
    let norm = scores.iter().fold(0.0, |norm: f64, score| norm.hypot(*score));
    let (limit, off) = if program.curvature > 0.0 {
        let is_cone = case.b[sample].amax() == 0.0;
        let by_scores = OBJECTIVE * tolerance * (pull / program.curvature).max(size);
        let promised = match (is_cone, x.amax() == 0.0) {
            (false, _) => (ANSWER * tolerance * size).min(by_scores),
            (true, false) => {
                (ANSWER * tolerance * size).min(by_scores) + OBJECTIVE * tolerance * pull / program.curvature
            }
            // The origin is the answer up to rounding.
            (true, true) => ORIGIN * unit * norm / program.curvature,
        };
        if !(best.resolution <= promised) {
            return Ok(Outcome::Undecided);
        }
        (ROOM * promised + 1e-5 * size + best.resolution, difference)
    } else {
        // An answer to a cone below what the reference resolves.
        if x.norm().max(best.x.norm()) < best.resolution {
            return Ok(Outcome::Undecided);
        }
        // A rounded term of what is zero in both is no difference.
        let terms = centered.iter().zip(&best.x).zip(x).filter(|((_, best), x)| **best > 1e-4 * size || **x > 0.0);
        let excess: f64 = terms.map(|((score, best), x)| score * (best - x)).sum();
        // What the reference leaves of the terms, and what the scores themselves round off.
        let positive = centered.iter().zip(x).filter(|(_, x)| **x > 0.0);
        let excess = excess - 1e-7 * size * positive.map(|(score, _)| score.abs()).sum::<f64>();
        let excess = excess - 8.0 * unit * norm * difference.max(size);
        (ROOM * OBJECTIVE * tolerance * pull * difference + 1e-6 * pull * size + 1e-9 * centered.amax(), excess)
    };
    if !limit.is_finite() {
        return Ok(Outcome::Undecided);
    }
    if !(off <= limit) {
        return Err(format!(
            "off by {off:e} of {limit:e} at size {size:e}, {outcome:?}: {:?}, best {:?}",
            x.as_slice(),
            best.x.as_slice()
        ));
    }
    Ok(Outcome::Right)
}

/// Every equation by itself: sums of cells and totals relative to the larger of 1 and their terms, others relative to
/// their own terms and right side, and no less than the smallest right side of all.
fn conditions(case: &Case, sample: usize, x: &DVector<f64>, tolerance: f64) -> Result<(), String> {
    let b = &case.b[sample];
    let norms: Vec<f64> = case.a.row_iter().map(|row| row.norm()).collect();
    let sides = norms.iter().zip(b).filter(|(norm, b)| **norm > 0.0 && **b != 0.0);
    let least = sides.map(|(norm, b)| b.abs() / norm).fold(f64::INFINITY, f64::min);
    let least = if least.is_finite() { least } else { 0.0 };
    for (i, row) in case.a.row_iter().enumerate() {
        let terms: Vec<f64> = row.iter().zip(x).map(|(a, x)| a * x).collect();
        let own = terms.iter().map(|term| term * term).sum::<f64>().sqrt();
        let scale = match case.cell() {
            Some(_) => own.max(1.0),
            None if case.kind == Kind::Samples => own.max(b.amax()).max(case.samples.amax()),
            None => own.max(b[i].abs()).max(least * norms[i]),
        };
        let missed = (terms.iter().sum::<f64>() - b[i]).abs();
        if !(missed <= tolerance * scale) {
            return Err(format!("condition {i} is missed by {missed:e} of {scale:e}: {:?}", x.as_slice()));
        }
    }
    Ok(())
}

impl Program {
    /// Right sides of the equations of norm 1.
    fn own_right(&self, b: &DVector<f64>, a: &nalgebra::DMatrix<f64>) -> DVector<f64> {
        let norms = a.row_iter().map(|row| row.norm());
        DVector::from_iterator(b.len(), b.iter().zip(norms).map(|(b, norm)| if norm > 0.0 { b / norm } else { 0.0 }))
    }

    /// Variables between their bounds; `None` near a kink. `moved` is how far the promised change of the scores moves them.
    fn free(&self, best: &Minimizer, moved: f64) -> Option<Vec<usize>> {
        let clear = moved.max(KINK * best.x.norm());
        let mut free = Vec::new();
        for (i, (&x, &price)) in best.x.iter().zip(&best.prices).enumerate() {
            if x > clear && x < self.upper - clear {
                free.push(i);
            } else if !(price.abs() > clear * self.curvature) {
                return None;
            }
        }
        Some(free)
    }

    /// Norm of the set's point nearest to the origin.
    fn nearest(&self, b: &DVector<f64>, a: &nalgebra::DMatrix<f64>) -> f64 {
        let Some(normals) = &self.normals else { return b.norm() / (a.ncols() as f64).sqrt() };
        let scaled = DVector::from_fn(b.len(), |i, _| b[i] / a.row(i).norm().max(f64::MIN_POSITIVE));
        let solved = (&self.a * normals).svd(true, true).solve(&scaled, 1e-9);
        solved.map_or(0.0, |y| y.norm())
    }
}

/// The layer's failures, gradients and the loss; the number of gradients that were compared.
fn judge_layer(case: &Case, set: &Arc<dyn AffineSet>, program: &Program, scores: &Tensor<2>) -> Result<u64, String> {
    let (batch, n) = (case.scores.len(), case.a.ncols());
    if case.settings.curvature == 0.0 {
        return judge_loss(case, set, scores).map(|()| 0);
    }
    let tracked = scores.clone().autodiff().require_grad();
    let answer = match forward(set, &tracked, &case.settings, None, case.on_failure) {
        Ok(answer) => answer,
        Err(SplittingError::Unsolved { status, .. }) => {
            let excused = case.on_failure == OnFailure::Error
                || case.on_failure == OnFailure::Soft && status == Status::NotFinite;
            return if excused { Ok(0) } else { Err(format!("{:?} fails the batch", case.on_failure)) };
        }
        Err(error) => return Err(format!("the layer refuses: {error}")),
    };
    let (x, mask) = (numbers(&answer.x.clone().without_autodiff()), numbers(&answer.mask));
    if !x.iter().all(|x| x.is_finite()) {
        return Err("a row of the layer is not finite".to_owned());
    }
    for (sample, outcome) in answer.outcomes.iter().enumerate() {
        let kept = case.on_failure != OnFailure::Mask || outcome.status == Status::Solved;
        let row = &x[sample * n..(sample + 1) * n];
        if mask[sample] != f64::from(u8::from(kept)) || !kept && row.iter().any(|&x| x != 0.0) {
            return Err(format!("sample {sample}: masked by {} with {row:?}", mask[sample]));
        }
    }
    judge_loss(case, set, scores)?;
    if batch == 0 {
        return Ok(0);
    }
    let incoming = tensor_of(case, &case.gradient, n);
    let gradients = (answer.x.clone() * incoming.autodiff()).sum().backward();
    if answer.derivative.outcome() != DerivativeOutcome::Found {
        return Ok(0);
    }
    let found = numbers(&tracked.grad(&gradients).ok_or("no gradient")?);
    let mut compared = 0;
    for (sample, outcome) in answer.outcomes.iter().enumerate().filter(|(_, outcome)| outcome.status == Status::Solved)
    {
        let row = DVector::from_column_slice(&x[sample * n..(sample + 1) * n]);
        if program.is_point() {
            continue;
        }
        let hint = if case.b[sample].amax() == 0.0 { 0.0 } else { row.norm() };
        let right = &program.a * &row;
        let Some(best) = program.minimize(&case.scores[sample], &right, hint) else { continue };
        let found = DVector::from_column_slice(&found[sample * n..(sample + 1) * n]);
        // The set itself, and not only the one with the answer's right sides, has to be away from kinks.
        let own = program.own_right(&case.b[sample], &case.a);
        let Some(exact) = program.minimize(&case.scores[sample], &own, hint) else { continue };
        let is_seen = |it: &Minimizer| it.resolution < 0.01 * KINK * it.x.norm();
        // Another face within the tolerance of the answer has another gradient.
        let pull = program.pull(&program.centered(&case.scores[sample])) / program.curvature;
        let size = best.x.norm();
        let tolerance = case.settings.tolerance;
        let is_free = |x: f64| x > tolerance * row.max() && x < (1.0 - tolerance) * program.upper;
        let face: Vec<usize> = (0..n).filter(|&i| is_free(row[i])).collect();
        let moved = match program.free(&best, 0.0) {
            Some(free) if free == face => 0.0,
            _ => ROOM * tolerance * (ANSWER * size).min(OBJECTIVE * pull.max(size)),
        };
        if !is_seen(&best) || !is_seen(&exact) || program.free(&exact, moved) != program.free(&best, moved) {
            continue;
        }
        if let Some(off) = gradient_off(program, &best, moved, &case.gradient[sample], &found) {
            compared += 1;
            if !(off <= 2e-3) {
                return Err(format!(
                    "sample {sample}: gradient found and off by {off:e}, {outcome:?}: {:?}",
                    found.as_slice()
                ));
            }
        }
    }
    Ok(compared)
}

/// Error of a gradient relative to the incoming one, both times the curvature; `None` near a kink.
fn gradient_off(
    program: &Program,
    best: &Minimizer,
    moved: f64,
    incoming: &[f64],
    found: &DVector<f64>,
) -> Option<f64> {
    let normals = program.normals.as_ref()?;
    let free = program.free(best, moved)?;
    let size = best.x.norm();
    let unit = incoming.iter().fold(0.0, |size: f64, g| size.max(g.abs()));
    if unit == 0.0 || size == 0.0 {
        return None;
    }
    let gradient = DVector::from_iterator(free.len(), free.iter().map(|&i| incoming[i] / unit));
    let scaled = found.map(|value| value / unit * program.curvature);
    let clamped: f64 = (0..incoming.len()).filter(|i| !free.contains(i)).map(|i| scaled[i].abs()).sum();
    if free.is_empty() {
        return Some(clamped);
    }
    let on_face = DVector::from_iterator(free.len(), free.iter().map(|&i| scaled[i]));
    let face = normals.select_rows(&free);
    let basis = orthonormal_rows(&face.transpose()).basis;
    let project = |x: &DVector<f64>| x - &basis * (basis.transpose() * x);
    let norm = gradient.norm().max(f64::MIN_POSITIVE);
    let along = (project(&on_face) - project(&gradient)).norm() / norm;
    let across = (normals.select_rows(&free).transpose() * &on_face).norm() / norm;
    Some(along.max(across).max(clamped))
}

/// Masked rows have no loss, whatever scores and targets hold there.
fn judge_loss(case: &Case, set: &Arc<dyn AffineSet>, scores: &Tensor<2>) -> Result<(), String> {
    let n = case.a.ncols();
    let targets: Vec<Vec<f64>> = case
        .scores
        .iter()
        .map(|scores| if scores.iter().all(|score| score.is_finite()) { vec![0.0; n] } else { vec![f64::NAN; n] })
        .collect();
    if case.scores.iter().flatten().any(|score| score.abs() > 1e15) {
        return Ok(());
    }
    let targets = tensor_of(case, &targets, n);
    let loss = fenchel_young(set.as_ref(), scores, &targets, &case.settings, None, OnFailure::Mask);
    let loss = loss.map_err(|error| format!("the loss refuses: {error}"))?;
    if numbers(&loss.loss).iter().chain(&numbers(&loss.x)).any(|value| !value.is_finite()) {
        return Err("a loss is not finite".to_owned());
    }
    Ok(())
}
