//! The search: corners of the box, random points in it, then around the worst of each precision and start.

use super::program::Parametric;
use super::record::{Record, Worst};
use super::solver::{Solver, solver};
use convex_edge_core::random::Pcg64;
use convex_edge_runs::interrupt;
use convex_edge_verify::case::Precision;
use convex_edge_verify::run::Start;
use serde::Serialize;

/// Parameters up to which all corners are visited; beyond, as many random ones.
const ALL_CORNERS: usize = 10;

/// Rounds of local search, each in a box half as wide as the one before.
const ROUNDS: u32 = 6;

/// Random points for each step of local search around one worst point in one round.
const POINTS_PER_STEP: u64 = 100;

/// Length and start of the search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// Random points.
    pub random: u64,
    /// Seed of the random numbers.
    pub seed: u64,
}

/// Everything that was seen.
#[derive(Debug, Clone, PartialEq)]
pub struct Findings {
    /// Corners that were visited.
    pub corners: u64,
    /// Points of local search.
    pub local: u64,
    /// Single and double precision, each cold and warm.
    pub records: [Record; 4],
}

/// Errors of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SearchError {
    /// No solver of that size was built.
    #[error(
        "{0} variables and {1} constraints are more than the 200 and 400 of the largest solver; shorten the horizon"
    )]
    TooLarge(usize, usize),
    /// Ctrl-C.
    #[error("stopped before all samples were solved; the same command starts again")]
    Interrupted,
}

/// Number of points that a search visits.
pub fn points(parametric: &Parametric, plan: &Plan) -> u64 {
    corners(parametric).saturating_add(plan.random).saturating_add(local(plan))
}

/// Visits them, saying so after each; the same for the same plan.
///
/// # Errors
/// The program is too large, or the user asked to stop.
pub fn search(parametric: &Parametric, plan: &Plan, visited: &mut dyn FnMut()) -> Result<Findings, SearchError> {
    let (n, m) = (parametric.variables(), parametric.constraints());
    let too_large = SearchError::TooLarge(n, m);
    let (single, double) = (Precision::F32, Precision::F64);
    let kinds = [(single, Start::Cold), (single, Start::Warm), (double, Start::Cold), (double, Start::Warm)];
    let mut search = Search {
        parametric,
        single: solver(Precision::F32, n, m).ok_or(too_large)?,
        double: solver(Precision::F64, n, m).ok_or(too_large)?,
        records: kinds.map(|(precision, start)| Record::new(precision, start)),
        last: None,
        visited,
    };
    let random = &mut Pcg64::from_seed(plan.seed);
    search.corners(random)?;
    for _ in 0..plan.random {
        let point: Vec<f64> = parametric.intervals().map(|(low, high)| random.uniform(low, high)).collect();
        search.visit(&point)?;
    }
    search.around_the_worst(plan, random)?;
    Ok(Findings { corners: corners(parametric), local: local(plan), records: search.records })
}

fn corners(parametric: &Parametric) -> u64 {
    1 << parametric.intervals().len().min(ALL_CORNERS)
}

/// Steps around one worst point in one round.
fn steps(plan: &Plan) -> u64 {
    plan.random.div_ceil(POINTS_PER_STEP)
}

/// A step is one point for a cold start and two for a warm one, in either precision.
fn local(plan: &Plan) -> u64 {
    steps(plan).saturating_mul(u64::from(ROUNDS) * 6)
}

struct Search<'a, V> {
    parametric: &'a Parametric,
    single: Solver,
    double: Solver,
    records: [Record; 4],
    /// The point before, from whose working set the next warm start begins.
    last: Option<Vec<f64>>,
    visited: V,
}

impl<V: FnMut()> Search<'_, V> {
    /// Solves there in both precisions from both starts; returns the iterations of each.
    fn visit(&mut self, point: &[f64]) -> Result<[u32; 4], SearchError> {
        if interrupt::requested() {
            return Err(SearchError::Interrupted);
        }
        let program = self.parametric.at(point);
        let ([a, b], [c, d]) = ((self.single)(&program), (self.double)(&program));
        let solves = [a, b, c, d];
        for (record, solve) in self.records.iter_mut().zip(solves) {
            record.note(solve, point, self.last.as_deref());
        }
        self.last = Some(point.to_vec());
        (self.visited)();
        Ok(solves.map(|solve| solve.iterations))
    }

    fn corners(&mut self, random: &mut Pcg64) -> Result<(), SearchError> {
        let all = self.parametric.intervals().len() <= ALL_CORNERS;
        for corner in 0..corners(self.parametric) {
            let side = |(index, (low, high)): (usize, (f64, f64))| {
                let upper = if all { corner >> index & 1 == 1 } else { random.next_u64() & 1 == 1 };
                if upper { high } else { low }
            };
            let point: Vec<f64> = self.parametric.intervals().enumerate().map(side).collect();
            self.visit(&point)?;
        }
        Ok(())
    }

    /// A walk from the worst point of each precision and start: on to what takes as long or longer. A warm start's point
    /// walks together with the one before it.
    fn around_the_worst(&mut self, plan: &Plan, random: &mut Pcg64) -> Result<(), SearchError> {
        let mut centers = self.records.clone().map(|record| record.worst);
        let mut radius = 0.5;
        for _ in 0..ROUNDS {
            radius *= 0.5;
            for (index, center) in centers.iter_mut().enumerate() {
                let warm = index % 2 == 1;
                for _ in 0..steps(plan) {
                    let Some(worst) = center.as_mut() else { continue };
                    let before = worst.from.clone().filter(|_| warm).unwrap_or_else(|| worst.parameter.clone());
                    let from = if warm { Some(self.near(&before, radius, random)) } else { None };
                    if let Some(from) = &from {
                        self.visit(from)?;
                    }
                    let parameter = self.near(&worst.parameter, radius, random);
                    let iterations = self.visit(&parameter)?.get(index).copied().unwrap_or(0);
                    if iterations >= worst.iterations {
                        *worst = Worst { iterations, parameter, from };
                    }
                }
            }
        }
        Ok(())
    }

    /// A point whose distance is at most `radius` of the box's width in each parameter, inside the box.
    fn near(&self, point: &[f64], radius: f64, random: &mut Pcg64) -> Vec<f64> {
        let moved = |((low, high), &value): ((f64, f64), &f64)| {
            let reach = radius * (high - low);
            (value + random.uniform(-reach, reach)).clamp(low, high)
        };
        self.parametric.intervals().zip(point).map(moved).collect()
    }
}
