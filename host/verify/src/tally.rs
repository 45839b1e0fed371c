//! Tally of many cases, by precision and kind.

use super::batches::{Seeds, count_in_batches};
use super::case::{Case, Kind, Outcome, Precision};
use convex_edge_core::qp::Status;
use serde::Serialize;
use std::collections::BTreeMap;

/// Cases between two looks at Ctrl-C and two steps of the progress bar.
const BATCH: u64 = 256;

/// Counts of the cases of one precision and kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Cases.
    pub cases: u64,
    /// Solved, and right.
    pub solved: u64,
    /// Infeasible, and so they are.
    pub infeasible: u64,
    /// Unbounded, and so they are.
    pub unbounded: u64,
    /// Not finite, and so they are.
    pub not_finite: u64,
    /// Not convex, and so they are.
    pub not_convex: u64,
    /// Flagged: the cap struck.
    pub flagged_iteration_limit: u64,
    /// Flagged: too ill-conditioned.
    pub flagged_inaccurate: u64,
    /// Flagged: an overflow on the way.
    pub flagged_not_finite: u64,
    /// Flagged: not convex in this precision.
    pub flagged_not_convex: u64,
    /// Called what they are not.
    pub wrong: u64,
    /// More iterations than allowed.
    pub above_cap: u64,
    /// Panics.
    pub panics: u64,
}

/// A case that breaks the solver's word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Seed to replay it with.
    pub seed: u64,
    /// Reason in words.
    pub reason: String,
}

/// Tally over all cases.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Counts by precision and kind.
    pub counts: BTreeMap<(Precision, Kind), Counts>,
    /// Those that break the solver's word, by seed.
    pub faults: Vec<Fault>,
}

impl Counts {
    /// Adds up, field by field.
    pub fn add(&mut self, other: &Self) {
        self.cases += other.cases;
        self.solved += other.solved;
        self.infeasible += other.infeasible;
        self.unbounded += other.unbounded;
        self.not_finite += other.not_finite;
        self.not_convex += other.not_convex;
        self.flagged_iteration_limit += other.flagged_iteration_limit;
        self.flagged_inaccurate += other.flagged_inaccurate;
        self.flagged_not_finite += other.flagged_not_finite;
        self.flagged_not_convex += other.flagged_not_convex;
        self.wrong += other.wrong;
        self.above_cap += other.above_cap;
        self.panics += other.panics;
    }

    fn count(&mut self, outcome: &Outcome) {
        self.cases += 1;
        let place = match outcome {
            Outcome::Right(Status::Infeasible) => &mut self.infeasible,
            Outcome::Right(Status::Unbounded) => &mut self.unbounded,
            Outcome::Right(Status::NotFinite) => &mut self.not_finite,
            Outcome::Right(Status::NotConvex) => &mut self.not_convex,
            Outcome::Right(_) => &mut self.solved,
            Outcome::Flagged(Status::IterationLimit) => &mut self.flagged_iteration_limit,
            Outcome::Flagged(Status::NotFinite) => &mut self.flagged_not_finite,
            Outcome::Flagged(Status::NotConvex) => &mut self.flagged_not_convex,
            Outcome::Flagged(_) => &mut self.flagged_inaccurate,
            Outcome::Wrong(_) => &mut self.wrong,
            Outcome::AboveCap(_) => &mut self.above_cap,
            Outcome::Panicked => &mut self.panics,
        };
        *place += 1;
    }
}

impl Tally {
    /// Sum over all precisions and kinds.
    pub fn total(&self) -> Counts {
        let mut total = Counts::default();
        self.counts.values().for_each(|counts| total.add(counts));
        total
    }

    fn count(&mut self, seed: u64) {
        let case = Case::from_seed(seed);
        let outcome = case.run();
        self.counts.entry((case.precision, case.kind)).or_default().count(&outcome);
        let reason = match outcome {
            Outcome::Right(_) | Outcome::Flagged(_) => return,
            Outcome::Wrong(reason) => reason,
            Outcome::AboveCap(iterations) => format!("{case:?}: {iterations} iterations"),
            Outcome::Panicked => format!("{case:?}: panicked"),
        };
        self.faults.push(Fault { seed, reason });
    }

    fn merge(mut self, other: Self) -> Self {
        for (key, counts) in other.counts {
            self.counts.entry(key).or_default().add(&counts);
        }
        self.faults.extend(other.faults);
        self
    }
}

/// Runs the cases of `count` seeds from `first` on, on all cores, the same tally in every run; `progress` is told how
/// many more are done. Nothing where the user asked to stop.
pub fn tally(first: u64, count: u64, progress: &(dyn Fn(u64) + Sync)) -> Option<Tally> {
    let seeds = Seeds { first, count, batch: BATCH };
    count_in_batches(seeds, Tally::count, Tally::merge, progress)
}
