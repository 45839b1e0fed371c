//! Verification in the original data: the KKT conditions of a solution, Farkas' certificate of an infeasibility.

use super::combine::{Shape, combine};
use super::proximal::{largest_quotient, magnitudes};
use super::{Active, Qp, Workspace};
use crate::real::{Real, add_scaled, dot, larger, largest_product};

/// How much larger than the tolerance allows, beside terms that cancel, what is left of stationarity may be in the metric of
/// the Hessian: the error of the minimizer is at most that.
pub(super) const TILT: u16 = 256;

/// How much farther than a ray's bounds over its coefficients a point may be that the ray rules out.
const REACH: u16 = 4;

/// How much larger than rounding of the point a force may be that counts as none.
const UNSEEN: u16 = 1024;

/// Units in the last place of the duals' terms by which the sum of the gradient may be off.
const PRECISE: u16 = 4;

impl<T: Real, const N: usize, const M: usize> Workspace<T, N, M> {
    /// Sizes of the variables. One that is small beside the largest, in their units, counts as larger than it is: it is
    /// held to its constraints as if it were that large, since its error is the rounding of the largest one, or what
    /// refinement leaves of the unconstrained minimizer's.
    fn sizes(&self, qp: &Qp<T, N, M>) -> [T; N] {
        let mut largest = T::ZERO;
        for (x, &unit) in self.x.iter().zip(&self.unit) {
            largest = larger(x.abs() / unit, largest);
        }
        let floor = larger(T::VARIABLE_FLOOR * largest, T::EPSILON * self.drive(qp));
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
        let sizes = sizes.get_or_insert_with(|| self.sizes(qp));
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

    /// Distance of an active constraint from its bound.
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
        let (pulls, free) = (gradient, largest_product(&gradient, &self.unit));
        qp.add_transposed_product((&self.active_dual, &self.working_set[..self.length()]), &mut gradient);
        if self.eliminated() > 0 {
            self.balance(qp, &mut gradient);
        }
        let mut pressure = T::ZERO;
        for (active, &dual) in self.working_set().iter().zip(&self.active_dual) {
            pressure += dual.abs() * self.size.get(active.constraint()).copied().unwrap_or(T::ONE);
        }
        // No partial sum exceeds its terms; H x is at most these two together.
        let scale = larger(free, self.drive(qp));
        if T::from_count(PRECISE) * T::EPSILON * pressure > tolerance * self.tilt_room * scale {
            gradient = self.precise_gradient(qp);
        }
        let worst = largest_product(&gradient, &self.unit);
        let mut vanishes = false;
        let stationarity = if worst <= (tolerance * self.tilt_room) * scale {
            ratio(worst, scale)
        } else if self.vanishes(qp, worst, if self.has_proximal { T::ZERO } else { free }) {
            vanishes = true;
            T::ZERO
        } else if worst <= tolerance * scale {
            larger(ratio(worst, scale), self.tilt(qp, &gradient, scale, tolerance))
        } else {
            // Counted twice: beside terms that cancel, as large duals do, a residual weighs more.
            let twice = ratio(worst, self.stationarity_scale(qp));
            larger(twice + twice, self.tilt(qp, &gradient, scale, tolerance))
        };
        // What presses on the entry itself is at least one of these two.
        let enough = tolerance + tolerance;
        let is_balanced = gradient
            .iter()
            .zip(&pulls)
            .zip(&self.vectors.linear)
            .fold(true, |all, ((rest, pull), f)| all & (rest.abs() <= enough * larger(pull.abs(), f.abs())));
        let stationarity = if is_balanced || vanishes {
            stationarity
        } else {
            worse(self.own_share(qp, &gradient, enough), stationarity)
        };
        // Duals that cancel to rounding: only then can they be a ray.
        if free <= rounding_of::<T>(M) * pressure && self.duals_contradict(qp, tolerance) {
            return None;
        }
        Some(stationarity)
    }

    /// The largest force that does not depend on the point, in the variables' units: of the linear term or, without one, of
    /// the soft rows' prices.
    #[inline]
    pub(super) fn drive(&self, qp: &Qp<T, N, M>) -> T {
        if self.pull > T::ZERO { self.pull } else { self.largest_price(qp) }
    }

    /// Largest force of a soft row on a variable. Cost k N.
    #[cold]
    fn largest_price(&self, qp: &Qp<T, N, M>) -> T {
        let mut largest = T::ZERO;
        for (active, &dual) in self.working_set().iter().zip(&self.active_dual) {
            let index = active.constraint();
            if qp.softness(index) > T::ZERO {
                largest = larger(dual.abs() * largest_product(&qp.row(index), &self.unit), largest);
            }
        }
        largest
    }

    /// Whether a square that can be 0 is, and all forces with it: without linear term and prices, what is left of them is
    /// no more than what the Hessian makes of the rounding of the point, both in the variables' units, and the largest
    /// force hardly more. Cost N^2.
    #[cold]
    pub(super) fn vanishes(&self, qp: &Qp<T, N, M>, rest: T, force: T) -> bool {
        // The price of a soft row is a force of its own.
        let is_priced = self.working_set().iter().any(|active| qp.softness(active.constraint()) > T::ZERO);
        if self.pull > T::ZERO || is_priced {
            return false;
        }
        let largest = largest_quotient(&self.x.data.0[0], &self.unit);
        let mut terms = [T::ZERO; N];
        magnitudes(&mut terms, &self.unit.map(|unit| largest * unit), &qp.hessian.data.0);
        let rounding = rounding_of::<T>(N) * largest_product(&terms, &self.unit);
        rest <= rounding && force <= T::from_count(UNSEEN) * rounding
    }

    /// Largest entry of a residual of stationarity beside the terms of that very entry; 0 where that is within `enough`.
    /// Cost N^2 + 2 M N.
    #[cold]
    fn own_share(&self, qp: &Qp<T, N, M>, gradient: &[T; N], enough: T) -> T {
        let mut terms = self.vectors.linear.map(|f| f.abs());
        magnitudes(&mut terms, &self.x.data.0[0], &qp.hessian.data.0);
        if self.has_proximal {
            let lent = self.proximal.iter().zip(self.x.iter().zip(&self.center));
            for (term, (&proximal, (&x, &center))) in terms.iter_mut().zip(lent) {
                *term += (proximal * x).abs() + (proximal * center).abs();
            }
        }
        self.largest_share(qp, gradient, terms, enough)
    }

    /// Largest entry of a residual of stationarity beside the terms of that very entry, given without those of `A' y`; 0
    /// where that is within `enough`. The duals are known to the rounding of the largest force: where no linear term
    /// presses, what is left may be nothing else. Cost 2 M N.
    pub(super) fn largest_share(&self, qp: &Qp<T, N, M>, gradient: &[T; N], mut terms: [T; N], enough: T) -> T {
        let mut pressures = [T::ZERO; M];
        for (active, &dual) in self.working_set().iter().zip(&self.active_dual) {
            if let Some(pressure) = pressures.get_mut(active.constraint()) {
                *pressure = dual.abs();
            }
        }
        add_transposed_magnitudes(qp, &pressures, &mut terms);
        let shares = || gradient.iter().zip(&terms).map(|(rest, &terms)| ratio(rest.abs(), terms));
        if shares().all(|share| share <= enough) {
            return T::ZERO;
        }
        let size = |active: &Active| self.size.get(active.constraint()).copied().unwrap_or(T::ONE);
        let members = || self.working_set().iter().zip(&self.active_dual);
        let largest = members().fold(self.pull, |largest, (active, dual)| larger(dual.abs() * size(active), largest));
        let (rounding, mut unknown, mut noise) = (rounding_of::<T>(N) * largest, [T::ZERO; M], [T::ZERO; N]);
        for active in self.working_set() {
            if let Some(unknown) = unknown.get_mut(active.constraint()) {
                *unknown = rounding / size(active);
            }
        }
        add_transposed_magnitudes(qp, &unknown, &mut noise);
        let mut own = T::ZERO;
        for (share, (rest, (&f, &noise))) in shares().zip(gradient.iter().zip(self.vectors.linear.iter().zip(&noise))) {
            if f != T::ZERO || !(rest.abs() <= noise) {
                own = worse(share, own);
            }
        }
        if own <= enough { T::ZERO } else { own }
    }

    /// Error of the minimizer that a residual stands for, in the metric of the Hessian, relative to a scale and to what is
    /// allowed; 0 without a definite Hessian. What is left where duals press against each other may be nothing but their
    /// rounding: a residual that corrections of the duals within it explain counts as far as it moves the point along the
    /// working set. Cost N^2 / 2, seldom `2 N^2 + k (k + 2 N)`.
    #[cold]
    fn tilt(&self, qp: &Qp<T, N, M>, gradient: &[T; N], scale: T, tolerance: T) -> T {
        if !self.is_definite {
            return T::ZERO;
        }
        let allowed = T::from_count(TILT) * scale;
        let whitened = self.inverse.whitened(gradient);
        let whole = ratio(dot(&whitened, &whitened).sqrt(), allowed);
        if whole <= tolerance || self.length() == 0 {
            return whole;
        }
        let mut gains = [T::ZERO; M];
        let step = self.correction(gradient, &mut gains);
        let mut duals = gains.iter().zip(&self.active_dual).take(self.length());
        if !duals.all(|(gain, dual)| gain.abs() <= T::EPSILON * dual.abs()) {
            return whole;
        }
        let mut force = [T::ZERO; N];
        combine(&mut force, None, 0..N, (&step, &qp.hessian.data.0), Shape::Full);
        ratio(larger(dot(&force, &step), T::ZERO).sqrt(), allowed)
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
        let (mut largest, mut leverage, mut reach) = (T::ZERO, T::ZERO, [T::ZERO; N]);
        for (index, y) in ray.clone().filter(|(_, y)| *y != T::ZERO) {
            let (lower, upper) = self.vectors.interval(index);
            let bound = if y > T::ZERO { upper } else { lower };
            let term = y * bound;
            support += term;
            support_scale += term.abs();
            let size = self.size.get(index).copied().unwrap_or(T::ONE);
            largest = larger(y.abs() * size, largest);
            leverage += bound.abs() / size;
            for (reach, a) in reach.iter_mut().zip(qp.row(index)).filter(|(_, a)| *a != T::ZERO) {
                *reach = larger(bound.abs() / a.abs(), *reach);
            }
            if qp.softness(index) > T::ZERO {
                return false;
            }
        }
        // Entries of the ray are known to the rounding of the largest one, which their bounds may magnify.
        let rounding = rounding_of::<T>(self.working_set().len() + 1) * largest * leverage;
        if !(support < -larger(tolerance * support_scale, rounding)) {
            return false;
        }
        let (combination, terms) = self.combination(qp, ray);
        let unit = T::EPSILON + T::EPSILON;
        let share = rounding_of::<T>(self.working_set().len() + 1);
        let mut rest = T::ZERO;
        for (index, (((sum, term), x), reach)) in combination.iter().zip(&terms).zip(&self.free).zip(reach).enumerate()
        {
            // A point a few times as far away as the bounds must not be let off either, where its own bounds do not forbid it.
            let far = larger(x.abs(), T::from_count(REACH) * reach);
            let (lower, upper) = self.vectors.interval(index);
            let own = larger(lower.abs(), upper.abs());
            let is_limited = index < qp.simple_bounds() && qp.softness(index) == T::ZERO && own.is_finite();
            // No multiple of what is left may undo the contradiction.
            let cancels = sum.abs() <= share * *term;
            if !cancels && !is_limited {
                return false;
            }
            rest += (sum.abs() + unit * *term) * if is_limited && !(cancels && far < own) { own } else { far };
        }
        support < -rest
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

/// Adds the magnitudes of the terms of `A' weights`, the weights at least 0. Cost M N.
fn add_transposed_magnitudes<T: Real, const N: usize, const M: usize>(
    qp: &Qp<T, N, M>,
    weights: &[T; M],
    sums: &mut [T; N],
) {
    let bounds = qp.simple_bounds().min(M);
    let (simple, general) = weights.split_at(bounds);
    for (sum, column) in sums.iter_mut().zip(&qp.rows.data.0) {
        let magnitudes = column.map(T::abs);
        *sum += dot(general, magnitudes.get(bounds..).unwrap_or_default());
    }
    for (sum, &weight) in sums.iter_mut().zip(simple) {
        *sum += weight;
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
