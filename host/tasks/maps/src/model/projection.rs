//! The point of a polytope that is nearest to scores, exactly, and its gradient: the convex layer.
//!
//! `minimize |p - z|^2 / 2` over the [`Polytope`], solved by its dual: given a multiplier for each count, every cell is
//! projected onto its simplex by itself, and the multipliers are found by a semismooth Newton method on the concave
//! dual, whose pieces are quadratic, with a line search along which the dual never falls (Qi and Sun 1993; Li, Sun and
//! Toh 2020 for projections onto such polytopes). It ends exactly once the right pieces are found.
//!
//! The polytope contains all maps that satisfy the conditions, so that the projection of a prediction is nearer to each
//! of them, and to the mean of any of them, than the prediction was.

mod backward;
mod dual;
mod newton;
mod simplex;

use crate::data::condition::Condition;
use crate::data::contradiction::{Contradiction, irreducible};
use crate::model::polytope::Polytope;
use crate::model::reduction::Reduction;
use dual::Dual;
use thiserror::Error;

/// Errors of a projection.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ProjectionError {
    /// The polytope is empty.
    #[error(transparent)]
    Contradiction(#[from] Contradiction),
    /// There is not one number for each class of each cell.
    #[error("{given} numbers for a map of {needed}: give one for each class of each cell, the class fastest")]
    Size {
        /// Number of scores given.
        given: usize,
        /// Number of scores that the map needs.
        needed: usize,
    },
    /// A number is NaN or infinite.
    #[error("number {place} is {number}: give finite numbers")]
    NotFinite {
        /// Its place.
        place: usize,
        /// Value of the score.
        number: f32,
    },
    /// The counts were not met within the iterations, which numbers of very different sizes may cause.
    #[error("counts are off by {residual:e} after {iterations} iterations: give scores of smaller size")]
    NotConverged {
        /// Largest breach of a count.
        residual: f64,
        /// Newton steps.
        iterations: usize,
    },
}

/// A projected point.
#[derive(Debug, Clone, PartialEq)]
pub struct Projection {
    /// `[cells, classes]`, the class fastest; in single precision the sums are right to 1e-6.
    pub probabilities: Vec<f32>,
    /// One for each count that can be broken: a start for the projection of similar scores onto the same polytope.
    pub multipliers: Vec<f64>,
    /// Newton steps.
    pub iterations: usize,
    /// The slots of each orbit with a positive probability, as bits.
    supports: Vec<u16>,
}

/// Projects onto one polytope.
#[derive(Debug, Clone)]
pub struct Projector {
    polytope: Polytope,
    decided: Vec<(usize, u8)>,
    dual: Dual,
}

impl Projector {
    /// Prepares a polytope; the reachability it may ask for is no part of it. Cost: some microseconds, and 10
    /// nanoseconds for each cell of each count.
    ///
    /// # Errors
    /// [`Contradiction`] where that shows without solving anything.
    pub fn new(polytope: &Polytope) -> Result<Self, Contradiction> {
        let reduction = Reduction::new(polytope)?;
        let dual = Dual::new(&reduction);
        Ok(Self { polytope: polytope.clone(), decided: reduction.decided, dual })
    }

    /// Projects scores `[cells, classes]`, the class fastest. `start` is the multipliers of a projection of similar
    /// scores onto the same polytope, or anything else.
    ///
    /// Cost for 14 x 18 cells of 4 classes, one core: 20 to 40 microseconds with one count, 60 to 140 with 20 coupled
    /// counts, 120 to 400 with the counts of every class in every row; half of it or less with a good start.
    ///
    /// # Errors
    /// [`ProjectionError`]; an empty polytope is recognised and its contradiction named.
    pub fn project(&self, scores: &[f32], start: Option<&[f64]>) -> Result<Projection, ProjectionError> {
        self.check(scores)?;
        let classes = self.polytope.classes;
        let problem = self.dual.with_scores(scores, classes);
        let found = newton::ascend(&self.dual, &problem, start).map_err(|failure| match failure {
            newton::Failure::Ray(counts) => self.contradiction(&counts).into(),
            newton::Failure::Iterations { residual, iterations } => {
                ProjectionError::NotConverged { residual, iterations }
            }
        })?;
        let mut probabilities = vec![0.0; scores.len()];
        self.decided.iter().for_each(|&(cell, class)| probabilities[cell * classes + usize::from(class)] = 1.0);
        self.dual.scatter(&found.point.probabilities, &mut probabilities, classes);
        let (multipliers, iterations, supports) = (found.multipliers, found.iterations, found.point.supports);
        Ok(Projection { probabilities, multipliers, iterations, supports })
    }

    /// The gradient with respect to the scores, `[cells, classes]`, from that with respect to the probabilities: 10 to 20
    /// microseconds for 14 x 18 cells of 4 classes.
    ///
    /// With the support of every cell and the counts that bind, the projection is linear around the scores:
    /// `J = Q - Q E' (E Q E')^+ E Q`, Q the centring of each cell on its support and E the rows of the counts that
    /// bind. Where the pieces of the projection meet, it is the gradient of one of them.
    ///
    /// # Errors
    /// [`ProjectionError::Size`], [`ProjectionError::NotFinite`].
    pub fn backward(&self, projection: &Projection, gradient: &[f32]) -> Result<Vec<f32>, ProjectionError> {
        self.check(gradient)?;
        Ok(backward::backward(&self.dual, projection, gradient, self.polytope.classes))
    }

    fn check(&self, numbers: &[f32]) -> Result<(), ProjectionError> {
        let needed = self.polytope.cells() * self.polytope.classes;
        if numbers.len() != needed {
            return Err(ProjectionError::Size { given: numbers.len(), needed });
        }
        match numbers.iter().enumerate().find(|(_, number)| !number.is_finite()) {
            Some((place, &number)) => Err(ProjectionError::NotFinite { place, number }),
            None => Ok(()),
        }
    }

    /// The contradiction of some rows with whatever else narrows the cells, less what it does not need.
    fn contradiction(&self, rows: &[usize]) -> Contradiction {
        let counted = rows.iter().map(|&row| self.polytope.counts[self.dual.count(row)].condition);
        let others = (0..self.polytope.conditions.len()).filter(|&index| {
            !matches!(self.polytope.conditions[index], Condition::Count { .. } | Condition::Reachable)
        });
        let mut suspects: Vec<usize> = counted.chain(others).collect();
        suspects.sort_unstable();
        suspects.dedup();
        let is_empty = |conditions: &[usize]| match Self::new(&self.polytope.of(conditions)) {
            Err(_) => true,
            Ok(part) => {
                let zeros = vec![0.0; self.polytope.cells() * self.polytope.classes];
                let ascent = newton::ascend(&part.dual, &part.dual.with_scores(&zeros, self.polytope.classes), None);
                matches!(ascent, Err(newton::Failure::Ray(_)))
            }
        };
        Contradiction::together(&self.polytope, irreducible(suspects, is_empty))
    }
}

#[cfg(test)]
mod tests;
