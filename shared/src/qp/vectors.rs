//! What may change from solve to solve while the matrices stay.

use super::{Active, Qp, Status};
use crate::real::Real;

/// Linear term and bounds of the problem that is solved.
#[derive(Debug, Clone)]
pub(super) struct Vectors<T, const N: usize, const M: usize> {
    pub(super) linear: [T; N],
    pub(super) lower: [T; M],
    pub(super) upper: [T; M],
}

impl<T: Real, const N: usize, const M: usize> Vectors<T, N, M> {
    pub(super) const fn new() -> Self {
        Self { linear: [T::ZERO; N], lower: [T::ZERO; M], upper: [T::ZERO; M] }
    }

    /// Takes those that the problem itself holds.
    pub(super) fn set(&mut self, qp: &Qp<T, N, M>) {
        self.linear = qp.linear.data.0[0];
        self.lower = qp.lower.data.0[0];
        self.upper = qp.upper.data.0[0];
    }

    /// Whether they can be worked with.
    pub(super) fn check(&self) -> Result<(), Status> {
        let infinity = T::ONE / T::ZERO;
        let (mut usable, mut ordered) = (true, true);
        for value in &self.linear {
            usable &= value.is_finite();
        }
        for (&lower, &upper) in self.lower.iter().zip(&self.upper) {
            usable &= (lower < infinity) & (upper > -infinity);
            ordered &= lower <= upper;
        }
        match (usable, ordered) {
            (false, _) => Err(Status::NotFinite),
            (_, false) => Err(Status::Infeasible),
            _ => Ok(()),
        }
    }

    /// Bounds of constraint `index`.
    #[inline]
    pub(super) fn interval(&self, index: usize) -> (T, T) {
        match (self.lower.get(index), self.upper.get(index)) {
            (Some(&lower), Some(&upper)) => (lower, upper),
            _ => (T::ZERO, T::ZERO),
        }
    }

    /// The bound that an active constraint is held at.
    #[inline]
    pub(super) fn bound(&self, active: Active) -> T {
        let (lower, upper) = self.interval(active.constraint());
        if active.upper { upper } else { lower }
    }

    /// Whether constraint `index` is an equality.
    #[inline]
    pub(super) fn is_equality(&self, index: usize) -> bool {
        let (lower, upper) = self.interval(index);
        lower == upper
    }
}
