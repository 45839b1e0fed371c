//! Problems without enough curvature: semidefinite Hessians, linear programs, and what is too ill-conditioned for its
//! precision. Each is the limit of strictly convex ones, `1/2 x'Hx + f'x + 1/2 (x - c)'P(x - c)` with a small diagonal P
//! and the last minimizer as center c: proximal point iterations (Rockafellar 1976, "Monotone operators and the proximal
//! point algorithm"). Matrices and working set stay, so that an iteration costs little more than a warm solve.

use super::combine::{Shape, combine};
use super::verify::{rounding_of, worse};
use super::{Active, Qp, Settings, Status, Workspace};
use crate::real::compensated::{Factor, Sum};
use crate::real::{Real, add_scaled, dot, larger, largest_product};

/// How far the first minimizer of a linear program lies, in typical bounds.
pub(super) const REACH: u16 = 32;

/// How much closer than the tolerance stationarity has to be, since a residual counts by the root of what curvature is
/// there.
pub(super) const CAUTION: u16 = 8;

/// Proximal iterations after which they were too short, and what the curvature is divided by then.
const PATIENCE: u32 = 16;
const WEAKENING: u16 = 64;

/// How often a point that rests, though forces are left, gets less curvature.
const STUCK: u32 = 6;

/// Entries of a point's stationarity in the original data, the largest of each kind in the variables' units.
struct Forces<T> {
    /// Residual force.
    rest: T,
    /// What that has to vanish beside: `H x`, f, or their sum. The terms of `H x` and `A' y` do not count: far away, where
    /// an unbounded problem leads, they are as large as one likes.
    scale: T,
    /// Sum of the magnitudes of `H x`.
    terms: T,
    /// `P x`.
    added: T,
    /// Largest entry of what is left, relative to the terms of that very entry.
    own: T,
}

impl<T: Real, const N: usize, const M: usize> Workspace<T, N, M> {
    /// Gives the Hessian the curvature that it lacks, where it is semidefinite to the rounding of its entries.
    #[cold]
    pub(super) fn complete_curvature(&mut self, qp: &Qp<T, N, M>) -> Result<(), Status> {
        let rounding = rounding_of::<T>(N);
        // Not the last problem's.
        self.tilt_room = T::ZERO;
        let mut shift = self.missing_curvature(qp);
        self.proximal = shift;
        for ((column, curvature), (shift, proximal)) in
            qp.hessian.data.0.iter().zip(qp.diagonal()).zip(shift.iter_mut().zip(&mut self.proximal))
        {
            if curvature < T::ZERO || (curvature == T::ZERO && column.iter().any(|&h| h != T::ZERO)) {
                return Err(Status::NotConvex);
            }
            if curvature > T::ZERO {
                *shift = rounding * curvature;
                *proximal = T::PROXIMAL * curvature;
            }
        }
        // The shift is what rounding can have taken from a matrix that is semidefinite.
        let is_zero = qp.hessian.iter().all(|&h| h == T::ZERO);
        // A matrix of zeros is semidefinite; what was lent to it has left the range.
        let refused = |status| if is_zero { Status::Inaccurate } else { status };
        self.inverse.factorize(&qp.hessian.data.0, &shift).map_err(refused)?;
        self.has_proximal = true;
        self.inverse.factorize(&qp.hessian.data.0, &self.proximal).map_err(|_| Status::Inaccurate)
    }

    /// P for variables that have none: such that the linear term leads a few times as far as the bounds are, in units in
    /// which every variable's largest coefficient is 1.
    fn missing_curvature(&self, qp: &Qp<T, N, M>) -> [T; N] {
        let bounds = qp.simple_bounds();
        let mut pull = T::ZERO;
        let mut units = [T::ONE; N];
        for (i, ((unit, column), &f)) in units.iter_mut().zip(&qp.rows.data.0).zip(&self.vectors.linear).enumerate() {
            let rows = column.get(bounds..).unwrap_or_default();
            let largest =
                rows.iter().fold(if i < bounds { T::ONE } else { T::ZERO }, |largest, a| larger(a.abs(), largest));
            *unit = if largest > T::ZERO { largest } else { T::ONE };
            pull = larger(f.abs() / *unit, pull);
        }
        let positive = |value: T| if value > T::ZERO && value.is_finite() { value } else { T::ONE };
        let scale = rounded_scale(positive(pull) / (self.typical_bound() * T::from_count(REACH)));
        units.map(|unit| (scale * unit) * unit)
    }

    /// Median over the constraints of their smaller bound's magnitude, those that are 0 or infinite apart: some bounds
    /// may be so large because they mean none. 1 where there is none. Cost M^2 comparisons.
    fn typical_bound(&self) -> T {
        let infinity = T::ONE / T::ZERO;
        let bound = |index: usize| {
            let (lower, upper) = self.vectors.interval(index);
            let size = |bound: T| if bound == T::ZERO { infinity } else { bound.abs() };
            if size(lower) < size(upper) { size(lower) } else { size(upper) }
        };
        let finite = || (0..M).map(bound).filter(|bound| bound.is_finite());
        let count = finite().count();
        finite()
            .find(|&median| {
                let (below, above) =
                    (finite().filter(|b| *b < median).count(), finite().filter(|b| *b > median).count());
                2 * below <= count && 2 * above <= count
            })
            .unwrap_or(T::ONE)
    }

    /// The ascent and what it may need around it: proximal iterations where the Hessian lacks curvature, or where
    /// without them the solution is too inaccurate.
    pub(super) fn converge(&mut self, qp: &Qp<T, N, M>, settings: &Settings<T>, iterations: &mut u32) -> (Status, T) {
        let end = self.recover(qp, settings, iterations);
        match (self.has_proximal, end.0) {
            (true, _) => self.approach(qp, settings, iterations, end),
            (false, Status::Inaccurate) => self.regularize(qp, settings, iterations).unwrap_or(end),
            (false, _) => end,
        }
    }

    /// Whether the curvature that is lent would be another one for the present vectors.
    pub(super) fn lends_otherwise(&self, qp: &Qp<T, N, M>) -> bool {
        let lent = self.missing_curvature(qp);
        let flat = qp.diagonal().into_iter().zip(self.proximal.iter().zip(&lent));
        flat.into_iter().any(|(curvature, (before, now))| curvature == T::ZERO && before != now)
    }

    /// Once more from the beginning with a little more curvature; nothing where the Hessian cannot be factorized so.
    #[cold]
    fn regularize(&mut self, qp: &Qp<T, N, M>, settings: &Settings<T>, iterations: &mut u32) -> Option<(Status, T)> {
        for (proximal, curvature) in self.proximal.iter_mut().zip(qp.diagonal()) {
            *proximal = T::PROXIMAL * curvature;
        }
        self.has_proximal = true;
        self.is_makeshift = true;
        self.center = [T::ZERO; N];
        // Until it is prepared anew: where that fails, the next solve starts from the matrices.
        self.factorized = false;
        self.inverse.factorize(&qp.hessian.data.0, &self.proximal).ok()?;
        self.prepare(qp).ok()?;
        self.load(qp).ok()?;
        let end = self.recover(qp, settings, iterations);
        Some(self.approach(qp, settings, iterations, end))
    }

    /// Proximal iterations until the added curvature no longer matters, each counted as a change of the working set.
    #[cold]
    fn approach(
        &mut self,
        qp: &Qp<T, N, M>,
        settings: &Settings<T>,
        iterations: &mut u32,
        mut end: (Status, T),
    ) -> (Status, T) {
        let half = settings.tolerance * (T::ONE / (T::ONE + T::ONE));
        let (mut is_line, mut count, mut stuck) = (false, 0, 0);
        let mut reach = self.pull;
        while end.0 == Status::Solved {
            self.has_proximal = false;
            let original = self.stationarity(qp, half);
            self.has_proximal = true;
            let Some(stationarity) = original else { return (Status::Inaccurate, end.1) };
            let residual = worse(stationarity, end.1);
            let forces = self.forces(qp);
            let is_soft = |active: &Active| qp.softness(active.constraint()) > T::ZERO;
            if forces.scale == T::ZERO && !self.working_set().iter().any(is_soft) {
                // Without any force on it, every feasible point is a solution, and no constraint has to press.
                self.active_dual = [T::ZERO; M];
                return (Status::Solved, end.1);
            }
            if count == 0 {
                reach = larger(forces.added, reach);
            }
            let units = |count: u16, value: T| T::from_count(count) * T::EPSILON * value;
            let mut enough = settings.tolerance / T::from_count(CAUTION) * forces.scale;
            if forces.added <= T::from_count(16) * reach {
                enough = larger(enough, units(4, forces.terms));
            } else if !(units(1, forces.added) <= enough) {
                // So far away that the linear term is lost in the rounding of the point.
                return (Status::Inaccurate, residual);
            }
            if self.is_definite {
                // The metric of what was factorized is not the Hessian's own: there, a residual may weigh so much more.
                let least = settings.tolerance * self.tilt_room * larger(forces.scale, self.pull);
                enough = if least < enough { least } else { enough };
            }
            let vanishes = self.vanishes(qp, forces.rest, forces.scale);
            let is_balanced = forces.own <= settings.tolerance || vanishes;
            if forces.rest <= enough && is_balanced && stationarity <= settings.tolerance {
                return (Status::Solved, residual);
            }
            if vanishes && count >= 2 * PATIENCE {
                // It may move back and forth by a little more than its rounding.
                return (Status::Solved, residual);
            }
            if self.is_definite && count == 2 * PATIENCE {
                return (Status::Inaccurate, residual);
            }
            if *iterations >= settings.iteration_limit || (settings.expired)() {
                return (Status::IterationLimit, residual);
            }
            *iterations += 1;
            let mut direction = self.x.data.0[0];
            for (entry, &center) in direction.iter_mut().zip(&self.center) {
                *entry -= center;
            }
            // Where the point moves no more than its rounding, so many more iterations would not change it.
            let rests =
                largest_quotient(&direction, &self.unit) <= units(2, largest_quotient(&self.x.data.0[0], &self.unit));
            if rests && count > 0 {
                let is_rounding = forces.own <= rounding_of::<T>(N) && stationarity <= settings.tolerance;
                let is_close = !self.is_definite || forces.rest <= enough;
                let is_solved = (is_rounding && is_close) || vanishes;
                if is_solved || self.is_definite || stuck == STUCK {
                    return (if is_solved { Status::Solved } else { Status::Inaccurate }, residual);
                }
                // A force that is small beside what was lent moves the point once less is.
                stuck += 1;
                is_line = false;
            }
            let is_stuck = rests && count > 0;
            let mut step = T::ZERO;
            if is_line {
                self.straighten(qp, &mut direction);
                match self.longest_step(qp, &mut direction) {
                    Some(longest) => step = longest,
                    None if !self.is_definite && self.descends(settings.tolerance, &direction) => {
                        return (Status::Unbounded, residual);
                    }
                    None => {}
                }
            }
            for ((center, &x), &direction) in self.center.iter_mut().zip(self.x.iter()).zip(&direction) {
                *center = x + step * direction;
            }
            count += 1;
            let is_short = count % PATIENCE == 0 || is_stuck;
            let ready = if is_short { self.weaken(qp) } else { self.load(qp) };
            if let Err(status) = ready {
                return (status, residual);
            }
            if !self.uses_orthogonal {
                self.right_hand_side();
            }
            let (before, length) = (self.working_set, self.working_set().len());
            end = self.recover(qp, settings, iterations);
            is_line = before.get(..length) == Some(self.working_set()) && !is_short;
        }
        end
    }

    /// Gradient of the Lagrangian in the original data, without the curvature that was lent.
    fn original_gradient(&mut self, qp: &Qp<T, N, M>) -> [T; N] {
        self.has_proximal = false;
        let gradient = self.precise_gradient(qp);
        self.has_proximal = true;
        gradient
    }

    /// Cost 8 N^2 + 18 k N.
    fn forces(&mut self, qp: &Qp<T, N, M>) -> Forces<T> {
        let x = self.x.data.0[0];
        self.has_proximal = false;
        let mut gradient = self.curvature(qp);
        self.has_proximal = true;
        let curved = largest_product(&gradient, &self.unit);
        add_scaled(&mut gradient, T::ONE, &self.vectors.linear);
        let scale = larger(larger(largest_product(&gradient, &self.unit), self.drive(qp)), curved);
        gradient = self.original_gradient(qp);
        let (mut added, mut terms) = (x, [T::ZERO; N]);
        for (added, &proximal) in added.iter_mut().zip(&self.proximal) {
            *added *= proximal;
        }
        magnitudes(&mut terms, &x, &qp.hessian.data.0);
        let mut all = terms;
        add_scaled(&mut all, T::ONE, &self.vectors.linear.map(|f| f.abs()));
        // Where there is no force but the duals', they may all be 0: what is left counts beside the least one elsewhere.
        let mut least = T::ONE / T::ZERO;
        for (&all, &unit) in all.iter().zip(&self.unit) {
            let force = all * unit;
            least = if force > T::ZERO && force < least { force } else { least };
        }
        for ((all, &unit), curvature) in all.iter_mut().zip(&self.unit).zip(qp.diagonal()) {
            if *all == T::ZERO && curvature == T::ZERO && least.is_finite() {
                *all = least / unit;
            }
        }
        let own = self.largest_share(qp, &gradient, all, T::ZERO);
        Forces {
            own,
            rest: largest_product(&gradient, &self.unit),
            scale,
            terms: largest_product(&terms, &self.unit),
            added: largest_product(&added, &self.unit),
        }
    }

    /// Less curvature for those variables that have none of their own; the working set stays.
    fn weaken(&mut self, qp: &Qp<T, N, M>) -> Result<(), Status> {
        let (last, length) = (self.working_set, self.working_set().len());
        let share = T::ONE / T::from_count(WEAKENING);
        for (proximal, curvature) in self.proximal.iter_mut().zip(qp.diagonal()) {
            *proximal = if curvature > T::ZERO { *proximal } else { *proximal * share };
        }
        let unit = self.unit;
        self.is_makeshift = true;
        self.factorized = false;
        // What can be factorized with more curvature is convex.
        self.inverse.factorize(&qp.hessian.data.0, &self.proximal).map_err(|_| Status::Inaccurate)?;
        self.prepare(qp)?;
        self.unit = unit;
        self.load(qp)?;
        self.take_over(qp, last.get(..length).unwrap_or_default());
        Ok(())
    }

    /// Takes from a direction what the Hessian or the working set resist, which in exact arithmetic a second proximal
    /// iteration with the same working set has nearly done: what is left of it is rounding of the points.
    fn straighten(&self, qp: &Qp<T, N, M>, direction: &mut [T; N]) {
        for _ in 0..2 {
            let mut curved = [T::ZERO; N];
            combine(&mut curved, None, 0..N, (direction, &qp.hessian.data.0), Shape::Full);
            let (mut rates, mut gaps) = ([T::ZERO; M], [T::ZERO; M]);
            qp.product(direction, &mut rates);
            for (gap, active) in gaps.iter_mut().zip(self.working_set()) {
                *gap = rates.get(active.constraint()).copied().unwrap_or(T::ZERO);
            }
            let step = self.correction(&curved, &mut gaps);
            add_scaled(direction, -T::ONE, &step);
        }
    }

    /// How far beyond x, in lengths of the direction, the objective falls and all constraints stay as they are; none
    /// where that is for ever, to the rounding of the data. The direction is that of proximal iterations with the same
    /// working set; entries that are rounding beside the largest one become 0. Cost 8 N^2 + 8 M N.
    fn longest_step(&self, qp: &Qp<T, N, M>, direction: &mut [T; N]) -> Option<T> {
        let own_rounding = rounding_of::<T>(N);
        let rounding = own_rounding * T::from_count(4);
        let largest = largest_quotient(direction, &self.unit);
        for (entry, &unit) in direction.iter_mut().zip(&self.unit) {
            if entry.abs() / unit <= rounding * largest {
                *entry = T::ZERO;
            }
        }
        let direction = &*direction;
        let mut terms = [T::ZERO; N];
        magnitudes(&mut terms, direction, &qp.hessian.data.0);
        let mut proximal = *direction;
        for (entry, &p) in proximal.iter_mut().zip(&self.proximal) {
            *entry *= p;
        }
        let resistance = dot(direction, &proximal);
        let mut curvature = hidden_curvature(qp, direction, &terms);
        let factors = direction.map(|entry| Factor::new(entry, T::ZERO));
        let mut sizes = [T::ZERO; M];
        magnitudes(&mut sizes, direction, &qp.rows.data.0);
        let infinity = T::ONE / T::ZERO;
        let mut longest = infinity;
        for (index, (&size, &product)) in sizes.iter().zip(&self.product).enumerate() {
            let size = if index < qp.simple_bounds() { T::ZERO } else { size };
            // Far away, a small rate counts.
            let rate = precise_product(&qp.row(index), &factors);
            if self.working_set().iter().any(|active| active.constraint() == index) {
                let softness = qp.softness(index);
                let unseen = if softness > T::ZERO { own_rounding } else { rounding };
                if rate.abs() <= unseen * size {
                    continue;
                }
                if softness == T::ZERO {
                    return Some(T::ZERO);
                }
                curvature += (rate * rate) / softness;
                continue;
            }
            if rate.abs() <= own_rounding * size {
                continue;
            }
            let (lower, upper) = self.vectors.interval(index);
            let room = if rate > T::ZERO { upper - product } else { product - lower };
            let step = larger(room, T::ZERO) / rate.abs();
            longest = if step < longest { step } else { longest };
        }
        if curvature > T::ZERO {
            let step = resistance / curvature;
            longest = if step < longest { step } else { longest };
        }
        (longest < infinity).then_some(longest)
    }

    /// Whether the linear term alone falls along the direction, by more than the tolerance of its terms.
    fn descends(&self, tolerance: T, direction: &[T; N]) -> bool {
        let (mut slope, mut terms) = (T::ZERO, T::ZERO);
        for (&f, &entry) in self.vectors.linear.iter().zip(direction) {
            slope += f * entry;
            terms += (f * entry).abs();
        }
        slope < -(tolerance * terms)
    }
}

/// Largest magnitude of the entries, in units of their own.
pub(super) fn largest_quotient<T: Real, const N: usize>(entries: &[T; N], units: &[T; N]) -> T {
    entries.iter().zip(units).fold(T::ZERO, |largest, (entry, &unit)| larger(entry.abs() / unit, largest))
}

/// A sum of products in twice the precision.
fn precise_product<T: Real, const N: usize>(row: &[T; N], factors: &[Factor<T>; N]) -> T {
    let mut sum = Sum::new(T::ZERO);
    for (&a, factor) in row.iter().zip(factors) {
        sum.add_product(a, factor);
    }
    sum.value()
}

/// `d'Hd` in twice the precision, where the products themselves are rounding: an error of the direction counts by its
/// square. 0 where it may be nothing but that.
fn hidden_curvature<T: Real, const N: usize, const M: usize>(
    qp: &Qp<T, N, M>,
    direction: &[T; N],
    terms: &[T; N],
) -> T {
    let mut curvature = Sum::new(T::ZERO);
    for (&entry, column) in direction.iter().zip(&qp.hessian.data.0) {
        let mut sum = Sum::new(T::ZERO);
        for (&h, &other) in column.iter().zip(direction) {
            sum.add_product(h, &Factor::new(other, T::ZERO));
        }
        let (product, lost) = sum.parts();
        curvature.add_product(entry, &Factor::new(product, lost));
    }
    let rounding = rounding_of::<T>(N);
    let size = direction.iter().zip(terms).fold(T::ZERO, |size, (entry, term)| size + (*entry * *term).abs());
    let curvature = curvature.value();
    if curvature > rounding * rounding * size { curvature } else { T::ZERO }
}

/// The next power of 64 in size: vectors that change a little from solve to solve leave the curvature as it is.
fn rounded_scale<T: Real>(scale: T) -> T {
    let (step, half) = (T::from_count(WEAKENING), T::from_count(8));
    let mut power = T::ONE;
    while power * half < scale && power.is_finite() {
        power *= step;
    }
    while power > scale * half && power > T::ZERO {
        power = power / step;
    }
    if power.is_finite() && power > T::ZERO { power } else { scale }
}

/// Adds the magnitudes of the terms of `A x`.
pub(super) fn magnitudes<T: Real, const R: usize, const C: usize>(
    sums: &mut [T; R],
    x: &[T; C],
    columns: &[[T; R]; C],
) {
    for (&x, column) in x.iter().zip(columns) {
        for (sum, &a) in sums.iter_mut().zip(column) {
            *sum += (a * x).abs();
        }
    }
}
