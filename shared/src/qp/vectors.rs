//! Vectors of a problem: linear term and bounds, which may change while the matrices stay.

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

    /// Whether they can be worked with. Bounds of the magnitude `infinity` and more become infinite.
    pub(super) fn check(&mut self, infinity: T) -> Result<(), Status> {
        // Nothing else times zero is zero; between no bounds of use is there a distance that is zero or more.
        let (mut poison, mut usable, mut finite) = (T::ZERO, true, true);
        for &value in &self.linear {
            poison += value * T::ZERO;
        }
        for (&lower, &upper) in self.lower.iter().zip(&self.upper) {
            usable &= upper - lower >= T::ZERO;
            finite &= upper < infinity && lower > -infinity;
        }
        if !finite {
            self.drop_large_bounds(infinity);
            usable = true;
            for (&lower, &upper) in self.lower.iter().zip(&self.upper) {
                usable &= upper - lower >= T::ZERO;
            }
        }
        if usable && poison == T::ZERO { Ok(()) } else { Err(self.defect()) }
    }

    /// Makes large bounds infinite.
    fn drop_large_bounds(&mut self, infinity: T) {
        let none = T::ONE / T::ZERO;
        let large = |bound: T| if bound <= -infinity { -none } else { bound };
        for bounds in [&mut self.lower, &mut self.upper] {
            for bound in bounds {
                *bound = if *bound >= infinity { none } else { large(*bound) };
            }
        }
    }

    /// Status that names their defect.
    #[cold]
    fn defect(&self) -> Status {
        let infinity = T::ONE / T::ZERO;
        let mut bounds = self.lower.iter().zip(&self.upper);
        let usable = bounds.all(|(&lower, &upper)| lower < infinity && upper > -infinity);
        let finite = usable && self.linear.iter().all(|value| value.is_finite());
        if finite { Status::Infeasible } else { Status::NotFinite }
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
        let bounds = if active.upper { &self.upper } else { &self.lower };
        bounds.get(active.constraint()).copied().unwrap_or(T::ZERO)
    }

    /// Whether constraint `index` is an equality.
    #[inline]
    pub(super) fn is_equality(&self, index: usize) -> bool {
        let (lower, upper) = self.interval(index);
        lower == upper
    }
}
