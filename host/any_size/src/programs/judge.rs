//! Judge of an answer to a random program: constraints and objective by their definitions, compared with Clarabel's.

use super::naive::Verdict;
use super::stated::Stated;
use super::written::Answer;
use convex_edge_core::number::Number;
use convex_edge_core::qp::Status;

/// Outcome of a judgement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Called what it is.
    Right(Status),
    /// The solver's status is neither solved nor infeasible.
    Flagged(Status),
    /// Neither the definitions nor Clarabel can tell.
    Undecided,
    /// Called what it is not.
    Wrong(String),
}

/// Tolerances relative to the magnitudes of the terms.
struct Tolerances {
    violation: f64,
    objective: f64,
    /// Of a variable, where the objective has curvature along it.
    distance: f64,
}

const SINGLE: Tolerances = Tolerances { violation: 3e-4, objective: 3e-3, distance: 3e-2 };
const DOUBLE: Tolerances = Tolerances { violation: 1e-7, objective: 1e-6, distance: 1e-3 };

/// Largest violation of Clarabel's own answers, and largest error of their objective.
const REFERENCE: f64 = 1e-6;

/// Judges one answer.
pub fn judge<T: Number>(stated: &Stated, answer: &Answer, verdict: &Verdict) -> Outcome {
    let tolerances = if T::EPSILON.double() > 1e-10 { SINGLE } else { DOUBLE };
    match (answer.status, verdict) {
        (Status::Solved, _) => solved(stated, answer, verdict, &tolerances),
        (Status::Infeasible, _) if stated.feasible.is_some() => {
            Outcome::Wrong("called Infeasible; the planted point satisfies all hard constraints".into())
        }
        (Status::Infeasible, Verdict::Solved { .. }) => {
            Outcome::Wrong("called Infeasible; Clarabel has a solution".into())
        }
        // The contradiction is planted.
        (Status::Infeasible, _) => Outcome::Right(Status::Infeasible),
        (Status::Unbounded, Verdict::Solved { objective, .. }) => {
            Outcome::Wrong(format!("called Unbounded; Clarabel's least objective is {objective}"))
        }
        (Status::Unbounded, Verdict::Unbounded) => Outcome::Right(Status::Unbounded),
        (Status::Unbounded, _) => Outcome::Undecided,
        (status, _) => Outcome::Flagged(status),
    }
}

fn solved(stated: &Stated, answer: &Answer, verdict: &Verdict, tolerances: &Tolerances) -> Outcome {
    let worth = stated.worth(&answer.x);
    if !(worth.violation <= tolerances.violation) {
        return Outcome::Wrong(format!("called Solved; a hard constraint is violated by {:e}", worth.violation));
    }
    let Verdict::Solved { x: best, objective, prices } = verdict else {
        return match verdict {
            Verdict::Undecided => Outcome::Undecided,
            _ => Outcome::Wrong(format!("called Solved; Clarabel says {verdict:?}")),
        };
    };
    let least = stated.worth(best);
    let size = 1.0 + worth.size + least.size;
    let apart = (least.objective - objective).abs();
    if !(least.violation <= REFERENCE && apart <= REFERENCE * (size + prices)) {
        return Outcome::Wrong(format!("the naive translation is wrong: {least:?} at its point, {objective}"));
    }
    let excess = (worth.objective - least.objective).abs();
    if !(excess <= tolerances.objective * size + tolerances.violation * prices) {
        return Outcome::Wrong(format!("called Solved; objective {} against {}", worth.objective, least.objective));
    }
    let far = |(x, best): (&f64, &f64)| !((x - best).abs() <= tolerances.distance * (1.0 + best.abs()));
    if stated.curvature > 0.0 && answer.x.iter().zip(best).any(far) {
        return Outcome::Wrong(format!("called Solved; {:?} against {best:?}", answer.x));
    }
    Outcome::Right(Status::Solved)
}
