//! Whether a claim holds in the original data: the KKT conditions of a solution, Farkas' of an infeasibility.

use super::combine::{Shape, combine};
use super::{Active, Qp, Workspace};
use crate::real::{Real, add_scaled, dot, larger, largest_product};

/// How much larger than the tolerance allows, beside terms that cancel, what is left of stationarity may be in the metric of
/// the Hessian: the error of the minimizer is at most that.
const TILT: u16 = 512;

impl<T: Real, const N: usize, const M: usize> Workspace<T, N, M> {
    /// Sizes of the variables. One that is small beside the largest, in their units, counts as larger than it is: it is
    /// held to its constraints as if it were that large, since its error is the rounding of the largest one, or what
    /// refinement leaves of the unconstrained minimizer's.
    fn sizes(&self) -> [T; N] {
        let mut largest = T::ZERO;
        for (x, &unit) in self.x.iter().zip(&self.unit) {
            largest = larger(x.abs() / unit, largest);
        }
        let floor = larger(T::VARIABLE_FLOOR * largest, T::EPSILON * self.pull);
        let mut sizes = self.unit;
        for (size, x) in sizes.iter_mut().zip(self.x.iter()) {
            *size = larger(x.abs(), floor * *size);
        }
        sizes
    }

    /// What the feasibility of constraint `index` is relative to, beside its bound: the sum of its terms' magnitudes,
    /// so that a small variable beside a huge one is held to its own bounds. Cost N.
    #[cold]
    fn terms(&self, qp: &Qp<T, N, M>, index: usize, sizes: &mut Option<[T; N]>) -> T {
        let sizes = sizes.get_or_insert_with(|| self.sizes());
        if index < qp.simple_bounds() {
            return sizes.get(index).copied().unwrap_or(T::ZERO);
        }
        let mut sum = T::ZERO;
        for (column, &size) in qp.rows.data.0.iter().zip(&*sizes) {
            sum += column.get(index).map_or(T::ZERO, |a| a.abs() * size);
        }
        sum
    }

    /// A violation relative to the scale of its constraint, slack of a soft one included, or something larger that is
    /// within `enough` anyway. The sizes of the present variables are kept for the next one.
    #[inline]
    pub(super) fn relative(
        &self,
        qp: &Qp<T, N, M>,
        index: usize,
        (violation, bound, slack): (T, T, T),
        enough: T,
        sizes: &mut Option<[T; N]>,
    ) -> T {
        if violation <= enough * bound.abs() {
            return ratio(violation, bound.abs());
        }
        ratio(violation, self.terms(qp, index, sizes) + slack.abs() + bound.abs())
    }

    /// How far an active constraint is from its bound.
    pub(super) fn gap(&self, qp: &Qp<T, N, M>, active: Active, dual: T) -> T {
        let index = active.constraint();
        let product = self.product.get(index).copied().unwrap_or(T::ZERO);
        (product - qp.softness(index) * dual) - self.vectors.bound(active)
    }

    /// `H x + P (x - c)`. Cost N^2.
    pub(super) fn curvature(&self, qp: &Qp<T, N, M>) -> [T; N] {
        let mut gradient = [T::ZERO; N];
        combine(&mut gradient, None, 0..N, (&self.x.data.0[0], &qp.hessian.data.0), Shape::Full);
        if self.has_proximal {
            for ((entry, &x), (&proximal, &center)) in
                gradient.iter_mut().zip(self.x.iter()).zip(self.proximal.iter().zip(&self.center))
            {
                *entry += proximal * (x - center);
            }
        }
        gradient
    }

    /// Largest residual of the working set's complementarity, relative to the scale of each constraint; NaN where
    /// anything is; the first one beyond the tolerance where that is enough to know. Cost k, and N more for each that is
    /// not met at once.
    pub(super) fn complementarity(
        &self,
        qp: &Qp<T, N, M>,
        tolerance: T,
        briefly: bool,
        sizes: &mut Option<[T; N]>,
    ) -> T {
        let mut largest = T::ZERO;
        for (&active, &dual) in self.working_set().iter().zip(&self.active_dual) {
            let index = active.constraint();
            let slack = qp.softness(index) * dual;
            let terms = (self.gap(qp, active, dual).abs(), self.vectors.bound(active), slack);
            largest = worse(self.relative(qp, index, terms, tolerance, sizes), largest);
            if briefly && !(largest <= tolerance) {
                break;
            }
        }
        largest
    }

    /// Largest residual of stationarity at the point with its duals, relative to the largest terms; NaN where anything
    /// is. `None` where the duals are themselves a proof that there is no solution, wherever the point went. Those of the
    /// eliminated equalities are what the others leave for them.
    /// Cost N^2 + k N.
    pub(super) fn stationarity(&mut self, qp: &Qp<T, N, M>, tolerance: T) -> Option<T> {
        let mut gradient = self.curvature(qp);
        add_scaled(&mut gradient, T::ONE, &self.vectors.linear);
        let free = largest_product(&gradient, &self.unit);
        qp.add_transposed_product((&self.active_dual, &self.working_set[..self.length()]), &mut gradient);
        if self.eliminated() > 0 {
            self.balance(qp, &mut gradient);
        }
        let worst = largest_product(&gradient, &self.unit);
        // No partial sum exceeds its terms; H x is at most these two together.
        let scale = larger(free, self.pull);
        let stationarity = if worst <= tolerance * scale {
            ratio(worst, scale)
        } else {
            // Counted twice: beside terms that cancel, as large duals do, a residual weighs more.
            let twice = ratio(worst, self.stationarity_scale(qp));
            larger(twice + twice, if self.is_definite { self.tilt(&gradient, scale) } else { T::ZERO })
        };
        let mut pressure = T::ZERO;
        for (active, &dual) in self.working_set().iter().zip(&self.active_dual) {
            pressure += dual.abs() * self.size.get(active.constraint()).copied().unwrap_or(T::ONE);
        }
        // Duals that cancel to rounding: only then can they be a ray.
        if free <= rounding_of::<T>(M) * pressure && self.duals_contradict(qp, tolerance) {
            return None;
        }
        Some(stationarity)
    }

    /// Length of a residual in the metric of the Hessian, relative to a scale and to what is allowed. Cost N^2 / 2.
    #[cold]
    fn tilt(&self, gradient: &[T; N], scale: T) -> T {
        let whitened = self.inverse.whitened(gradient);
        ratio(dot(&whitened, &whitened).sqrt(), T::from_count(TILT) * scale)
    }

    /// Largest sum of the magnitudes of the gradient's terms, in the variables' units. Cost N^2 + k N.
    #[cold]
    fn stationarity_scale(&self, qp: &Qp<T, N, M>) -> T {
        let mut terms = self.vectors.linear.map(|f| f.abs());
        for (x, column) in self.x.iter().zip(&qp.hessian.data.0) {
            for (term, &h) in terms.iter_mut().zip(column) {
                *term += (h * *x).abs();
            }
        }
        for (active, &dual) in self.working_set().iter().zip(&self.active_dual) {
            for (term, a) in terms.iter_mut().zip(qp.row(active.constraint())) {
                *term += (a * dual).abs();
            }
        }
        largest_product(&terms, &self.unit)
    }

    /// Whether the duals of the hard rows are a Farkas ray.
    #[cold]
    fn duals_contradict(&self, qp: &Qp<T, N, M>, tolerance: T) -> bool {
        let ray = self.working_set().iter().zip(&self.active_dual).map(|(active, &dual)| {
            let hard = qp.softness(active.constraint()) == T::ZERO;
            (active.constraint(), if hard { dual } else { T::ZERO })
        });
        self.is_farkas_ray(qp, ray, tolerance)
    }

    /// Whether `y`, given on some constraints, proves that no point satisfies all of them: `y'A = 0` to the rounding of
    /// the data while `y'b < 0` by more than the tolerance, with `b` the bound that each sign of `y` presses against.
    /// What is left of `y'A` must not let a point of the unconstrained minimizer's size off. Soft rows prove nothing.
    /// Cost k N.
    pub(super) fn is_farkas_ray(
        &self,
        qp: &Qp<T, N, M>,
        ray: impl Iterator<Item = (usize, T)> + Clone,
        tolerance: T,
    ) -> bool {
        let (mut support, mut support_scale) = (T::ZERO, T::ZERO);
        for (index, y) in ray.clone().filter(|(_, y)| *y != T::ZERO) {
            let (lower, upper) = self.vectors.interval(index);
            let term = y * if y > T::ZERO { upper } else { lower };
            support += term;
            support_scale += term.abs();
            if qp.softness(index) > T::ZERO {
                return false;
            }
        }
        if !(support < -(tolerance * support_scale)) {
            return false;
        }
        let (combination, terms) = self.combination(qp, ray);
        let rest = combination.iter().zip(&self.free).fold(T::ZERO, |rest, (sum, x)| rest + (*sum * *x).abs());
        let cancels = largest_product(&combination, &self.unit)
            <= rounding_of::<T>(self.working_set().len() + 1) * largest_product(&terms, &self.unit);
        cancels && support < -(rest + rest)
    }

    /// Whether `y'A = 0` to the rounding of the data, in the variables' units. Cost k N.
    pub(super) fn cancels(&self, qp: &Qp<T, N, M>, ray: impl Iterator<Item = (usize, T)>) -> bool {
        let (combination, terms) = self.combination(qp, ray);
        largest_product(&combination, &self.unit)
            <= rounding_of::<T>(self.working_set().len() + 1) * largest_product(&terms, &self.unit)
    }

    /// `y'A`, and the sums of its terms' magnitudes.
    fn combination(&self, qp: &Qp<T, N, M>, ray: impl Iterator<Item = (usize, T)>) -> ([T; N], [T; N]) {
        let (mut combination, mut terms) = ([T::ZERO; N], [T::ZERO; N]);
        for (index, y) in ray {
            if index < qp.simple_bounds() {
                if let (Some(sum), Some(term)) = (combination.get_mut(index), terms.get_mut(index)) {
                    *sum += y;
                    *term += y.abs();
                }
                continue;
            }
            for ((sum, term), column) in combination.iter_mut().zip(&mut terms).zip(&qp.rows.data.0) {
                if let Some(&a) = column.get(index) {
                    *sum += y * a;
                    *term += (y * a).abs();
                }
            }
        }
        (combination, terms)
    }
}

/// Relative rounding error that sums of `terms` products may carry, with some room: 8 + 2 terms units.
#[inline]
pub(super) fn rounding_of<T: Real>(terms: usize) -> T {
    let terms = T::from_count(u16::try_from(terms).unwrap_or(u16::MAX));
    T::EPSILON * (T::from_count(8) + terms + terms)
}

/// The larger residual, NaN where either is.
#[inline]
pub(super) fn worse<T: Real>(a: T, b: T) -> T {
    if a.is_nan() || a > b { a } else { b }
}

/// 0 / 0 is 0: nothing is violated where nothing is.
#[inline]
fn ratio<T: Real>(value: T, scale: T) -> T {
    if value == T::ZERO { T::ZERO } else { value / scale }
}
