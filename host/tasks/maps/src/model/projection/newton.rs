//! Ascent of the dual.

use super::dual::{Answer, Dual, Scores};

/// Largest breach of a count that ends the ascent.
const TOLERANCE: f64 = 1e-9;

/// Spread of scores that needs no smaller multiples first, and the step from one multiple to the next, which are
/// solved to a coarse tolerance.
const NEAR: f64 = 4.0;
const STEP: f64 = 4.0;
const COARSE: f64 = 0.1;

const MOST_ITERATIONS: usize = 200;

/// Doublings of a step along which the dual still rises: beyond them only a contradiction can be.
const MOST_DOUBLINGS: usize = 60;

/// The multipliers and what the cells answer to them.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub multipliers: Vec<f64>,
    pub point: Answer,
    pub iterations: usize,
}

/// Reasons for an early end of the ascent.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Failure {
    /// The dual rises without end along a ray of these rows.
    Ray(Vec<usize>),
    /// No end within the iterations.
    Iterations { residual: f64, iterations: usize },
}

/// Finds the multipliers under which all counts are met to 1e-9.
///
/// Far-apart scores leave most cells decided, so that the sums hardly answer to the multipliers. Without a start the
/// way leads there through smaller multiples of the scores.
pub(super) fn ascend(dual: &Dual, scores: &Scores, start: Option<&[f64]>) -> Result<Found, Failure> {
    let is_start = |start: &&[f64]| start.len() == dual.rows() && start.iter().all(|multiplier| multiplier.is_finite());
    if let Some(start) = start.filter(is_start) {
        match climb(dual, scores, start.to_vec(), TOLERANCE) {
            Err(Failure::Iterations { .. }) => {}
            found => return found,
        }
    }
    let mut scale = (NEAR / scores.spread()).min(1.0);
    let mut multipliers = vec![0.0; dual.rows()];
    let mut iterations = 0;
    while scale < 1.0 {
        let found = climb(dual, &scores.scaled(scale), multipliers, COARSE)?;
        let factor = STEP.min(1.0 / scale);
        multipliers = found.multipliers.iter().map(|multiplier| factor * multiplier).collect();
        iterations += found.iterations;
        scale *= STEP;
    }
    let found = climb(dual, scores, multipliers, TOLERANCE)?;
    Ok(Found { iterations: iterations + found.iterations, ..found })
}

/// Finds the multipliers from a start on.
fn climb(dual: &Dual, scores: &Scores, start: Vec<f64>, tolerance: f64) -> Result<Found, Failure> {
    let rows = dual.rows();
    let mut multipliers = start;
    let mut point = Answer::default();
    dual.answer(scores, &multipliers, &mut point);
    let mut iterations = 0;
    loop {
        let missing: Vec<f64> =
            (0..rows).map(|row| dual.bounds[row].missing(multipliers[row], point.sums[row])).collect();
        let residual = missing.iter().fold(0.0_f64, |largest, missing| largest.max(missing.abs()));
        if residual <= tolerance {
            return Ok(Found { multipliers, point, iterations });
        }
        if iterations == MOST_ITERATIONS {
            return Err(ray(dual, &multipliers).unwrap_or(Failure::Iterations { residual, iterations }));
        }
        iterations += 1;
        let direction = direction(dual, &multipliers, &point, &missing, residual);
        search(dual, scores, &mut multipliers, &direction, &mut point)?;
    }
}

/// The rows of a ray, if it proves that there is a contradiction.
fn ray(dual: &Dual, direction: &[f64]) -> Option<Failure> {
    let largest = direction.iter().fold(0.0_f64, |largest, entry| largest.max(entry.abs()));
    let unit: Vec<f64> = direction.iter().map(|entry| entry / largest).collect();
    let is_used = |entry: f64| entry.abs() > 1e-7;
    let clean: Vec<f64> = unit.iter().map(|&entry| if is_used(entry) { entry } else { 0.0 }).collect();
    let rows = (0..clean.len()).filter(|&row| clean[row] != 0.0).collect();
    (dual.infeasibility(&clean) > 1e-6).then_some(Failure::Ray(rows))
}

/// A regularised Newton direction over the rows that bind or are broken; along it the dual rises.
fn direction(dual: &Dual, multipliers: &[f64], point: &Answer, missing: &[f64], residual: f64) -> Vec<f64> {
    let is_free = |row: usize| dual.bounds[row].is_equality() || multipliers[row] != 0.0;
    let mut working: Vec<usize> = (0..dual.rows()).filter(|&row| is_free(row) || missing[row] != 0.0).collect();
    loop {
        let n = working.len();
        let mut places = vec![None; dual.rows()];
        working.iter().enumerate().for_each(|(place, &row)| places[row] = Some(place));
        let mut matrix = dual.curvature(&point.supports, &places, n);
        for row in 0..n {
            let diagonal = &mut matrix[row * n + row];
            // A row whose cells are all decided answers only once a multiplier has moved far enough: by about one.
            *diagonal += if *diagonal < 0.2 { 0.5 } else { 1e-3 * residual.min(1.0) } + 1e-12;
        }
        let mut steps: Vec<f64> = working.iter().map(|&row| missing[row]).collect();
        solve(&mut matrix, &mut steps);
        // The multiplier of an interval leaves zero only towards the bound that is broken.
        let leaves_wrongly = |row: usize, step: f64| !is_free(row) && step * missing[row] < 0.0;
        if working.iter().zip(&steps).any(|(&row, &step)| leaves_wrongly(row, step)) {
            let kept = working.iter().zip(&steps).filter(|(row, step)| !leaves_wrongly(**row, **step));
            working = kept.map(|(&row, _)| row).collect();
            continue;
        }
        let mut direction = vec![0.0; dual.rows()];
        working.iter().zip(steps).for_each(|(&row, step)| direction[row] = step);
        return direction;
    }
}

/// Solves `matrix x = right` in place for a symmetric positive semidefinite matrix `[n, n]` by its factors L D L'; a
/// row that depends on earlier ones gets 0, which is right where the right side lies in the range.
pub(super) fn solve(matrix: &mut [f64], right: &mut [f64]) {
    let n = right.len();
    let largest = (0..n).map(|row| matrix[row * n + row]).fold(0.0, f64::max);
    for column in 0..n {
        let pivot = matrix[column * n + column];
        if !(pivot > 1e-11 * largest) {
            (column..n).for_each(|row| matrix[row * n + column] = 0.0);
            continue;
        }
        for row in column + 1..n {
            let entry = matrix[row * n + column];
            if entry != 0.0 {
                let factor = entry / pivot;
                for inner in column + 1..=row {
                    matrix[row * n + inner] -= factor * matrix[inner * n + column];
                }
            }
        }
        for row in column + 1..n {
            matrix[row * n + column] /= pivot;
        }
    }
    for row in 0..n {
        right[row] -= (0..row).map(|column| matrix[row * n + column] * right[column]).sum::<f64>();
    }
    for row in 0..n {
        let pivot = matrix[row * n + row];
        right[row] = if pivot == 0.0 { 0.0 } else { right[row] / pivot };
    }
    for row in (0..n).rev() {
        right[row] -= (row + 1..n).map(|below| matrix[below * n + row] * right[below]).sum::<f64>();
    }
}

/// Moves along a direction to where the dual rises at most half as steeply as at the start, and is higher than there.
/// It is concave on the line, so that it has risen wherever its slope is still positive.
fn search(
    dual: &Dual,
    scores: &Scores,
    multipliers: &mut [f64],
    direction: &[f64],
    point: &mut Answer,
) -> Result<(), Failure> {
    let start = multipliers.to_vec();
    let rows = || (0..start.len()).filter(|&row| direction[row] != 0.0);
    let slope = |multipliers: &[f64], point: &Answer, ahead: bool| -> f64 {
        let of = |row: usize| {
            let grows = (direction[row] > 0.0) == ahead;
            direction[row] * (dual.bounds[row].slope(multipliers[row], grows) - point.sums[row])
        };
        rows().map(of).sum()
    };
    let (first, lowest) = (slope(&start, point, true), dual.value(scores, &start, point));
    let is_enough = |multipliers: &[f64], point: &Answer, slope: f64| {
        let is_flat = slope.abs() <= 0.5 * first;
        is_flat && (slope >= 0.0 || dual.value(scores, multipliers, point) >= lowest - 1e-13 * lowest.abs())
    };
    // Where the multipliers of intervals become zero, the dual has a kink.
    let kinks = rows().filter(|&row| !dual.bounds[row].is_equality() && start[row] * direction[row] < 0.0);
    let mut kinks: Vec<(f64, usize)> = kinks.map(|row| (-start[row] / direction[row], row)).collect();
    kinks.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut low, mut low_slope) = (0.0, first);
    let (mut step, mut doublings) = (1.0, 0);
    let (mut high, mut high_slope) = loop {
        let kink = kinks.pop_if(|kink| kink.0 <= step);
        let here = kink.map_or(step, |kink| kink.0);
        move_to(&start, direction, here, multipliers);
        if let Some((_, row)) = kink {
            multipliers[row] = 0.0;
        }
        dual.answer(scores, multipliers, point);
        let (behind, ahead) = (slope(multipliers, point, false), slope(multipliers, point, true));
        if kink.is_none() && is_enough(multipliers, point, ahead) || (kink.is_some() && behind >= 0.0 && ahead <= 0.0) {
            return Ok(());
        }
        if behind < 0.0 {
            break (here, behind);
        }
        (low, low_slope) = (here, ahead);
        if kink.is_none() {
            if doublings == MOST_DOUBLINGS {
                return Err(ray(dual, direction).unwrap_or(Failure::Iterations { residual: ahead, iterations: 0 }));
            }
            doublings += 1;
            step *= if ahead > 0.9 * first { 4.0 } else { 2.0 };
        }
    };
    // False position between a rising and a falling end; an end that stays counts half (Illinois).
    for _ in 0..MOST_DOUBLINGS {
        let middle = low + (high - low) * (low_slope / (low_slope - high_slope)).clamp(0.02, 0.98);
        move_to(&start, direction, middle, multipliers);
        dual.answer(scores, multipliers, point);
        let here = slope(multipliers, point, true);
        if is_enough(multipliers, point, here) {
            return Ok(());
        }
        if here > 0.0 {
            (low, low_slope, high_slope) = (middle, here, 0.5 * high_slope);
        } else {
            (high, high_slope, low_slope) = (middle, here, 0.5 * low_slope);
        }
    }
    Ok(())
}

fn move_to(start: &[f64], direction: &[f64], step: f64, multipliers: &mut [f64]) {
    let entries = multipliers.iter_mut().zip(start).zip(direction);
    entries.for_each(|((multiplier, start), direction)| *multiplier = start + step * direction);
}
