//! Iterative refinement with the original data's residuals in about twice the precision. Point and duals then keep all
//! digits that the factor resolves (Wilkinson 1963, "Rounding errors in algebraic processes").

use super::{Active, Qp, Workspace};
use crate::real::Real;
use crate::real::compensated::{Factor, Sum, add};

/// Rounding errors of point and duals, those of the working set in its order.
pub(super) struct Lost<T, const N: usize, const M: usize> {
    x: [T; N],
    dual: [T; M],
}

impl<T: Real, const N: usize, const M: usize> Workspace<T, N, M> {
    /// One step of it on the working set. Cost `8 N^2 + 18 k N + k^2`.
    #[cold]
    pub(super) fn refine(&mut self, qp: &Qp<T, N, M>, lost: &mut Option<Lost<T, N, M>>) {
        let lost = lost.get_or_insert(Lost { x: [T::ZERO; N], dual: [T::ZERO; M] });
        let (gradient, mut correction) = self.residuals(qp, lost);
        let step = self.correction(&gradient, &mut correction);
        for ((x, lost), &step) in self.x.iter_mut().zip(&mut lost.x).zip(&step) {
            (*x, *lost) = add(*x, *lost - step);
        }
        qp.product(&self.x.data.0[0], &mut self.product);
        for ((correction, lost), &dual) in correction.iter_mut().zip(&mut lost.dual).zip(&self.active_dual) {
            *correction += *lost;
            *lost = add(dual, *correction).1;
        }
        self.correct_duals(&correction);
    }

    /// `H x + P (x - c) + f + A' y` of the very point and duals, whose own rounding is all that is left in it.
    #[cold]
    pub(super) fn precise_gradient(&self, qp: &Qp<T, N, M>) -> [T; N] {
        self.residuals(qp, &Lost { x: [T::ZERO; N], dual: [T::ZERO; M] }).0
    }

    /// `H x + P (x - c) + f + A' y`, and how far the working set's constraints are from their bounds.
    fn residuals(&self, qp: &Qp<T, N, M>, lost: &Lost<T, N, M>) -> ([T; N], [T; M]) {
        let mut gradient = self.vectors.linear.map(Sum::new);
        let point: [Factor<T>; N] = core::array::from_fn(|i| Factor::new(self.x.data.0[0][i], lost.x[i]));
        for (factor, column) in point.iter().zip(&qp.hessian.data.0) {
            add_products(&mut gradient, factor, column);
        }
        if self.has_proximal {
            for (i, sum) in gradient.iter_mut().enumerate() {
                let (distance, rest) = add(self.x.data.0[0][i], -self.center[i]);
                sum.add_product(self.proximal[i], &Factor::new(distance, rest + lost.x[i]));
            }
        }
        let mut gaps = [T::ZERO; M];
        let active = self.working_set().iter().zip(self.active_dual.iter().zip(&lost.dual));
        for (gap, (&active, (&dual, &lost_dual))) in gaps.iter_mut().zip(active) {
            let (index, dual) = (active.constraint(), Factor::new(dual, lost_dual));
            let row = qp.row(index);
            add_products(&mut gradient, &dual, &row);
            *gap = self.precise_gap(qp, active, &row, (&point, &dual));
        }
        (gradient.map(Sum::value), gaps)
    }

    /// Distance of an active constraint from its bound.
    fn precise_gap(
        &self,
        qp: &Qp<T, N, M>,
        active: Active,
        row: &[T; N],
        (point, dual): (&[Factor<T>; N], &Factor<T>),
    ) -> T {
        let mut gap = Sum::new(-self.vectors.bound(active));
        for (&a, factor) in row.iter().zip(point) {
            gap.add_product(a, factor);
        }
        gap.add_product(-qp.softness(active.constraint()), dual);
        gap.value()
    }
}

/// `sums += factor * column`.
#[cfg_attr(target_arch = "arm", inline(never))]
fn add_products<T: Real, const N: usize>(sums: &mut [Sum<T>; N], factor: &Factor<T>, column: &[T; N]) {
    for (sum, &a) in sums.iter_mut().zip(column) {
        sum.add_product(a, factor);
    }
}
