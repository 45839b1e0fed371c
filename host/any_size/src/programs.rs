//! Random programs of the whole language of [`convex_edge::program`], against Clarabel on a naive translation.
//!
//! [`mod@draw`] states a program from a seed; [`written`] writes it by the language and solves its canonical form;
//! [`naive`] translates the statement for Clarabel without any canonical form; [`judge()`] evaluates both answers by the
//! definitions of objective and constraints.

pub mod draw;
pub mod formulas;
pub mod judge;
pub mod naive;
pub mod node;
pub mod stated;
pub mod written;

use convex_edge::program::ProgramError;
use convex_edge_core::qp::Status;
use convex_edge_runs::promise::Promise;
use convex_edge_verify::batches::{Seeds, count_in_batches};
use convex_edge_verify::case::Precision;
use convex_edge_verify::tally::Fault;
use draw::{Kind, draw};
use judge::{Outcome, judge};
use serde::Serialize;
use std::collections::BTreeMap;

/// Programs between two looks at Ctrl-C and two steps of the progress bar.
const BATCH: u64 = 64;

/// Solves of one precision and kind, by outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// All solves.
    pub solves: u64,
    /// Solved, and right.
    pub solved: u64,
    /// Infeasible, and so they are.
    pub infeasible: u64,
    /// Unbounded, and so they are.
    pub unbounded: u64,
    /// Not solved, with a status that says so.
    pub flagged: u64,
    /// Neither the definitions nor Clarabel can tell.
    pub undecided: u64,
    /// Larger than every solver that was built.
    pub too_large: u64,
    /// Refused by the language, although the rules hold.
    pub refused: u64,
    /// Called what they are not.
    pub wrong: u64,
}

/// Tally over all programs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Counts by precision and kind.
    pub counts: BTreeMap<(Precision, Kind), Counts>,
    /// Refusals and wrong answers, by seed.
    pub faults: Vec<Fault>,
}

/// The fate of one program.
#[derive(Debug, Clone, PartialEq)]
pub enum Fate {
    /// The language refuses it.
    Refused(ProgramError),
    /// Contradictory constants, named when it was written.
    NeverHolds,
    /// It exceeds the sizes that were built.
    TooLarge,
    /// The check itself is at fault.
    Misdrawn(String),
    /// Outcomes in single and in double precision.
    Judged([Outcome; 2]),
}

/// Writes, solves and judges the program of a seed.
pub fn fate(seed: u64) -> Fate {
    let stated = draw(seed);
    let program = match written::program(&stated) {
        Ok(program) => program,
        Err(ProgramError::NeverHolds { .. }) if stated.feasible.is_none() => return Fate::NeverHolds,
        Err(error) => return Fate::Refused(error),
    };
    let values = stated.values();
    let Some(single) = written::answer(Precision::F32, &program, &values) else { return Fate::TooLarge };
    let Some(double) = written::answer(Precision::F64, &program, &values) else { return Fate::TooLarge };
    match naive::verdict(&stated) {
        Ok(verdict) => {
            Fate::Judged([judge::<f32>(&stated, &single, &verdict), judge::<f64>(&stated, &double, &verdict)])
        }
        Err(reason) => Fate::Misdrawn(reason),
    }
}

/// The counts of `count` seeds from `first` on, on all cores, the same in every run; `progress` is told how many more
/// are done. Nothing where the user asked to stop.
pub fn tally(first: u64, count: u64, progress: &(dyn Fn(u64) + Sync)) -> Option<Tally> {
    let seeds = Seeds { first, count, batch: BATCH };
    count_in_batches(seeds, Tally::count, Tally::merge, progress)
}

/// Promises on the counts.
pub fn promises(total: &Counts) -> Vec<Promise> {
    vec![
        Promise::at_most("wrong answers", total.wrong as f64, "solves", 0.0),
        Promise::at_most("refused programs", total.refused as f64, "solves", 0.0),
    ]
}

impl Counts {
    fn add(&mut self, other: &Self) {
        self.solves += other.solves;
        self.solved += other.solved;
        self.infeasible += other.infeasible;
        self.unbounded += other.unbounded;
        self.flagged += other.flagged;
        self.undecided += other.undecided;
        self.too_large += other.too_large;
        self.refused += other.refused;
        self.wrong += other.wrong;
    }

    fn count(&mut self, outcome: &Outcome) {
        *match outcome {
            Outcome::Right(Status::Infeasible) => &mut self.infeasible,
            Outcome::Right(Status::Unbounded) => &mut self.unbounded,
            Outcome::Right(_) => &mut self.solved,
            Outcome::Flagged(_) => &mut self.flagged,
            Outcome::Undecided => &mut self.undecided,
            Outcome::Wrong(_) => &mut self.wrong,
        } += 1;
    }
}

impl Tally {
    /// Sum over precisions and kinds.
    pub fn total(&self) -> Counts {
        let mut total = Counts::default();
        self.counts.values().for_each(|counts| total.add(counts));
        total
    }

    fn count(&mut self, seed: u64) {
        let fate = fate(seed);
        for (index, precision) in [Precision::F32, Precision::F64].into_iter().enumerate() {
            let counts = self.counts.entry((precision, Kind::of(seed))).or_default();
            counts.solves += 1;
            let reason = match &fate {
                Fate::Judged(outcomes) => {
                    counts.count(&outcomes[index]);
                    let Outcome::Wrong(reason) = &outcomes[index] else { continue };
                    format!("{precision:?}: {reason}")
                }
                Fate::NeverHolds => {
                    counts.infeasible += 1;
                    continue;
                }
                Fate::TooLarge => {
                    counts.too_large += 1;
                    continue;
                }
                Fate::Refused(error) => {
                    counts.refused += 1;
                    format!("refused: {error}")
                }
                Fate::Misdrawn(reason) => {
                    counts.wrong += 1;
                    reason.clone()
                }
            };
            self.faults.push(Fault { seed, reason });
        }
    }

    fn merge(mut self, other: Self) -> Self {
        for (key, counts) in other.counts {
            self.counts.entry(key).or_default().add(&counts);
        }
        self.faults.extend(other.faults);
        self
    }
}

#[cfg(test)]
mod tests;
