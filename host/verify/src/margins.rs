//! Margins against one-sided slopes: programs of small integers, whose constraints meet and depend on each other.

use crate::problems::{below, chance};
use convex_edge_core::qp::{Qp, Settings, Status, Workspace, solve};
use convex_edge_core::random::Pcg64;
use convex_edge_runs::promise::Promise;
use nalgebra::SVector;
use rayon::prelude::*;
use serde::Serialize;

/// Steps to both sides.
pub(crate) const STEP: f64 = 1e-5;

/// Margin below which a solution counts as at a kink.
pub(crate) const MARGIN: f64 = 1e-3;

/// Difference of the slopes to both sides that is a kink.
pub(crate) const KINK: f64 = 0.05;

/// Error of a solution, relative to its largest entry: the tolerance of a solve, some times.
pub(crate) const ERROR: f64 = 4e-9;

/// Directions of each program.
pub(crate) const DIRECTIONS: usize = 12;

/// Counts of the check.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Margins {
    /// Programs that were solved.
    pub programs: u64,
    /// Those with a margin above 1e-3.
    pub smooth: u64,
    /// Those of them where the slopes of an output to both sides differ, with a definite Hessian.
    pub denied: u64,
    /// The same with a semidefinite one.
    pub denied_at_ties: u64,
    /// Seeds of the former, then of the latter.
    pub seeds: [Vec<u64>; 2],
}

/// Draws so many programs, from a seed on.
pub fn check(first: u64, count: u64) -> Margins {
    Margins::of(first, count, one)
}

impl Margins {
    /// Counts the verdicts on so many programs, from a seed on.
    pub(crate) fn of(first: u64, count: u64, one: impl Fn(u64) -> Option<Verdict> + Sync) -> Self {
        let found: Vec<(u64, Option<Verdict>)> =
            (first..first + count).into_par_iter().map(|seed| (seed, one(seed))).collect();
        let mut margins = Self::default();
        for (seed, verdict) in found {
            margins.programs += u64::from(verdict.is_some());
            margins.smooth += u64::from(matches!(verdict, Some(Verdict::Smooth | Verdict::Denied { .. })));
            if let Some(Verdict::Denied { is_definite }) = verdict {
                let count = if is_definite { &mut margins.denied } else { &mut margins.denied_at_ties };
                *count += 1;
                margins.seeds[usize::from(!is_definite)].push(seed);
            }
        }
        margins
    }
}

/// What they must show, by data and by the parameters of layers.
pub fn promises(by_data: &Margins, by_parameters: &Margins) -> Vec<Promise> {
    let ties = |margins: &Margins| 1e6 * margins.denied_at_ties as f64 / margins.programs.max(1) as f64;
    let denied = by_data.denied + by_parameters.denied;
    vec![
        Promise::at_most("margins that deny a kink", denied as f64, "programs", 0.0),
        Promise::at_most("the same at ties", ties(by_data).max(ties(by_parameters)), "of 1e6", 100.0),
    ]
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    AtKink,
    Smooth,
    Denied { is_definite: bool },
}

fn one(seed: u64) -> Option<Verdict> {
    // More sizes find the same, and each compiles for seconds.
    if seed.is_multiple_of(2) { program::<2, 3>(seed) } else { program::<4, 3>(seed) }
}

pub(crate) fn integer(random: &mut Pcg64, magnitude: usize) -> f64 {
    below(random, 2 * magnitude + 1) as f64 - magnitude as f64
}

/// A program, whether its Hessian is definite, and the units of its variables and rows.
fn draw<const N: usize, const M: usize>(random: &mut Pcg64) -> (Qp<f64, N, M>, bool, [f64; N], [f64; M]) {
    let mut qp = Qp::<f64, N, M>::zero();
    let is_definite = chance(random, 0.5);
    let rank = if is_definite { N } else { below(random, N + 1) };
    let factor: Vec<[f64; N]> = (0..rank).map(|_| std::array::from_fn(|_| integer(random, 1))).collect();
    for i in 0..N {
        for j in 0..N {
            qp.hessian[(i, j)] = factor.iter().map(|row| row[i] * row[j]).sum();
        }
        qp.hessian[(i, i)] += f64::from(u8::from(is_definite));
        qp.linear[i] = integer(random, 2);
    }
    qp.bounds = below(random, N.min(M) + 1);
    for row in 0..M {
        let copied = (row > 0 && chance(random, 0.3)).then(|| below(random, row));
        for column in 0..N {
            qp.rows[(row, column)] = copied.map_or_else(|| integer(random, 1), |other| qp.rows[(other, column)]);
        }
        (qp.lower[row], qp.upper[row]) = (-(below(random, 3) as f64), below(random, 3) as f64);
        if chance(random, 0.15) {
            qp.upper[row] = qp.lower[row];
        } else if chance(random, 0.3) {
            qp.lower[row] = f64::NEG_INFINITY;
        }
        if chance(random, 0.2) {
            qp.softness[row] = 1.0;
        }
    }
    let scaled = chance(random, 0.5);
    let mut unit = |is_scaled: bool| if is_scaled && scaled { 8.0_f64.powi(below(random, 7) as i32 - 3) } else { 1.0 };
    let units: [f64; N] = std::array::from_fn(|_| unit(true));
    let bounds = qp.bounds;
    let row_units: [f64; M] = std::array::from_fn(|row| if row < bounds { 1.0 / units[row] } else { unit(true) });
    for i in 0..N {
        qp.linear[i] *= units[i];
        for j in 0..N {
            qp.hessian[(i, j)] *= units[i] * units[j];
        }
        for row in 0..M {
            qp.rows[(row, i)] *= units[i] * row_units[row];
        }
    }
    for row in 0..M {
        qp.lower[row] *= row_units[row];
        qp.upper[row] *= row_units[row];
        qp.softness[row] *= row_units[row] * row_units[row];
    }
    (qp, is_definite, units, row_units)
}

fn point<const N: usize, const M: usize>(qp: &Qp<f64, N, M>) -> Option<SVector<f64, N>> {
    let mut workspace = Workspace::new();
    let solution = solve(qp, &mut workspace, &Settings::default());
    (solution.status == Status::Solved).then_some(*solution.x)
}

fn program<const N: usize, const M: usize>(seed: u64) -> Option<Verdict> {
    let random = &mut Pcg64::from_seed(seed);
    let (qp, is_definite, units, row_units) = draw::<N, M>(random);
    let mut workspace = Workspace::new();
    let solution = solve(&qp, &mut workspace, &Settings::default());
    if solution.status != Status::Solved {
        return None;
    }
    let here = *solution.x;
    let share = if chance(random, 0.4) { 1.0 } else { 0.4 };
    let is_output: [bool; N] = std::array::from_fn(|_| chance(random, share));
    let outputs = SVector::from_fn(|i, _| if is_output[i] { random.uniform(0.5, 1.5) } else { 0.0 });
    if workspace.margin(&qp, &outputs, (&[true; M], &[false; M]), |_, _, _| false, |_| true) < MARGIN {
        return Some(Verdict::AtKink);
    }
    for _ in 0..DIRECTIONS {
        let of_linear = f64::from(u8::from(!chance(random, 0.3)));
        let only = chance(random, 0.5).then(|| below(random, M));
        let linear: [f64; N] = std::array::from_fn(|i| of_linear * units[i] * random.uniform(-1.0, 1.0));
        let mut bounds = || -> [f64; M] {
            std::array::from_fn(|row| {
                let moved = row_units[row] * random.uniform(-1.0, 1.0);
                if only.is_none_or(|only| only == row) { moved } else { 0.0 }
            })
        };
        let (lower, upper) = (bounds(), bounds());
        let moved = |step: f64| {
            let mut moved = qp.clone();
            (0..N).for_each(|i| moved.linear[i] += step * linear[i]);
            for row in 0..M {
                moved.lower[row] += step * lower[row];
                moved.upper[row] += step * upper[row];
            }
            point(&moved)
        };
        let Some((after, before)) = moved(STEP).zip(moved(-STEP)) else { continue };
        let largest = (0..N).fold(0.0, |largest: f64, i| largest.max((here[i] * units[i]).abs()));
        let differs =
            |i: usize| ((after[i] - here[i]) - (here[i] - before[i])).abs() * units[i] > KINK * STEP + ERROR * largest;
        if (0..N).any(|i| is_output[i] && differs(i)) {
            return Some(Verdict::Denied { is_definite });
        }
    }
    Some(Verdict::Smooth)
}
