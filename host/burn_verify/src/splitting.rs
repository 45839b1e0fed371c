//! Check of the splitting layer: random sets, scores and settings of every size, judged by the layer's documented
//! tolerances against closed forms and Clarabel.
//!
//! `draw` makes a case from a seed, `reference` solves it, `face` makes the solution exact, `run` judges the layer's
//! answer. Counts are by kind of set.

mod draw;
mod face;
mod reference;
mod run;

pub use draw::{Case, Kind};
pub use run::Outcome;

use convex_edge_runs::promise::Promise;
use convex_edge_verify::batches::{Seeds, count_in_batches};
use serde::Serialize;
use std::collections::BTreeMap;

/// Cases between two looks at Ctrl-C and two steps of the progress bar.
const BATCH: u64 = 16;

/// Counts of the cases of one kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Cases.
    pub cases: u64,
    /// Every sample is solved and right, or rightly infeasible, refused or not finite.
    pub right: u64,
    /// A sample has a status that says it is not solved, though there is a solution.
    pub flagged: u64,
    /// The reference has no solution to compare with.
    pub undecided: u64,
    /// Solved and wrong, called infeasible with a solution, or a wrong gradient that is reported as found.
    pub wrong: u64,
    /// Panics.
    pub panics: u64,
    /// Gradients that were compared.
    pub gradients: u64,
}

impl Counts {
    fn add(&mut self, other: &Self) {
        self.cases += other.cases;
        self.right += other.right;
        self.flagged += other.flagged;
        self.undecided += other.undecided;
        self.wrong += other.wrong;
        self.panics += other.panics;
        self.gradients += other.gradients;
    }
}

/// A case that is answered wrongly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Seed to replay it with.
    pub seed: u64,
    /// Kind of its set.
    pub kind: Kind,
    /// Reason in words.
    pub reason: String,
}

/// Findings over all cases.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Findings {
    /// Counts by kind of set.
    pub counts: BTreeMap<Kind, Counts>,
    /// Faults by seed.
    pub faults: Vec<Fault>,
}

impl Findings {
    /// Sum over all kinds.
    pub fn total(&self) -> Counts {
        let mut total = Counts::default();
        self.counts.values().for_each(|counts| total.add(counts));
        total
    }

    fn count(&mut self, seed: u64) {
        let case = Case::from_seed(seed);
        let (outcome, gradients) = run::run(&case);
        let counts = self.counts.entry(case.kind).or_default();
        counts.cases += 1;
        counts.gradients += gradients;
        let reason = match outcome {
            Outcome::Right => {
                counts.right += 1;
                return;
            }
            Outcome::Flagged(_) => {
                counts.flagged += 1;
                return;
            }
            Outcome::Undecided => {
                counts.undecided += 1;
                return;
            }
            Outcome::Wrong(reason) => {
                counts.wrong += 1;
                reason
            }
            Outcome::Panicked => {
                counts.panics += 1;
                "panicked".to_owned()
            }
        };
        self.faults.push(Fault { seed, kind: case.kind, reason });
    }

    fn merge(mut self, other: Self) -> Self {
        for (kind, counts) in other.counts {
            self.counts.entry(kind).or_default().add(&counts);
        }
        self.faults.extend(other.faults);
        self
    }
}

/// Runs the cases of `count` seeds from `first` on, on all cores; `progress` gets the number of cases that were added.
/// `None` where the user asked to stop.
pub fn check(first: u64, count: u64, progress: &(dyn Fn(u64) + Sync)) -> Option<Findings> {
    let seeds = Seeds { first, count, batch: BATCH };
    count_in_batches(seeds, Findings::count, Findings::merge, progress)
}

/// Runs one case, for a replay.
pub fn replay(seed: u64) -> (Case, Outcome) {
    let case = Case::from_seed(seed);
    let (outcome, _) = run::run(&case);
    (case, outcome)
}

/// Promises on the counts.
pub fn promises(findings: &Findings) -> Vec<Promise> {
    let total = findings.total();
    vec![
        Promise::at_most("splitting: wrong, not flagged", total.wrong as f64, "cases", 0.0),
        Promise::at_most("splitting: panics", total.panics as f64, "cases", 0.0),
    ]
}

#[cfg(test)]
mod tests {
    use super::Outcome;

    #[test]
    fn cases_that_were_wrong_are_right_or_flagged() {
        // Small answers beside the origin, also where rounding hides them, and an equation between numbers below single
        // precision.
        let of_the_layer = [1048, 4923, 1_002_962, 1_004_324, 1_004_895, 1_016_396];
        // Errors of Clarabel at the origin and in linear programs, and of a decomposition of dependent rows.
        let of_the_reference = [1_003_768, 1_005_197, 1_005_392, 1_008_210, 1_012_359, 1_015_495, 1_016_035, 1_017_114];
        // A score far above the answer, and a face that the tolerance leaves open.
        let of_faces = [32_193, 49_833];
        for seed in of_the_layer.into_iter().chain(of_the_reference).chain(of_faces) {
            let (_, outcome) = super::replay(seed);
            assert!(!matches!(outcome, Outcome::Wrong(_) | Outcome::Panicked), "{seed}: {outcome:?}");
        }
    }

    #[test]
    fn two_thousand_cases_are_right_or_flagged() {
        let findings = super::check(0, 2000, &|_| {}).unwrap();
        let total = findings.total();
        assert_eq!((total.wrong, total.panics), (0, 0), "{:?}", findings.faults);
        assert!(total.right > 1400 && total.gradients > 100, "{total:?}");
    }
}
