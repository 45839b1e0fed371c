//! The loop: dual ascent over working sets, from the empty one or from the last one.

use super::factor::{Cholesky, Gram};
use super::problem::constant;
use super::verify::{is_farkas_ray, kkt_residual, scale_of};
use super::{Qp, Settings, Status};
use crate::real::{Real, add_scaled, dot, larger};
use nalgebra::SVector;

/// Corrections with the original data's residuals before a solution is given up as inaccurate.
const REFINEMENTS: usize = 3;

/// A constraint that is held at one of its bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Active {
    index: u16,
    /// At the upper bound, not the lower one.
    pub upper: bool,
}

impl Active {
    /// Index of the constraint, 0 to M - 1.
    #[inline]
    pub fn constraint(&self) -> usize {
        usize::from(self.index)
    }
}

/// What a solve writes to: factors, working set, solution. About `M (M + 2 N) + N^2` numbers; put it into a static.
#[derive(Debug, Clone)]
pub struct Workspace<T: Real, const N: usize, const M: usize> {
    cholesky: Cholesky<T, N>,
    gram: Gram<T, N, M>,
    /// `L^-1 f`.
    linear: [T; N],
    /// Reciprocal lengths of the rows in the metric of the Hessian's diagonal; 0 for a zero row.
    row_scale: [T; M],
    working_set: [Active; M],
    /// Duals of the working set, in its order.
    active_dual: [T; M],
    x: SVector<T, N>,
    product: [T; M],
    dual: SVector<T, M>,
}

impl<T: Real, const N: usize, const M: usize> Workspace<T, N, M> {
    /// Empty working set.
    pub const fn new() -> Self {
        Self {
            cholesky: Cholesky::new(),
            gram: Gram::new(),
            linear: [T::ZERO; N],
            row_scale: [T::ZERO; M],
            working_set: [Active { index: 0, upper: false }; M],
            active_dual: [T::ZERO; M],
            x: constant([[T::ZERO; N]; 1]),
            product: [T::ZERO; M],
            dual: constant([[T::ZERO; M]; 1]),
        }
    }

    /// Forgets the working set: the next solve starts cold.
    pub fn clear(&mut self) {
        self.gram.clear();
    }

    fn working_set(&self) -> &[Active] {
        &self.working_set[..self.gram.length()]
    }
}

impl<T: Real, const N: usize, const M: usize> Default for Workspace<T, N, M> {
    fn default() -> Self {
        Self::new()
    }
}

/// What a solve found. The numbers mean something only where the status says so.
#[derive(Debug, Clone, Copy)]
pub struct Solution<'a, T: Real, const N: usize, const M: usize> {
    /// How the solve ended.
    pub status: Status,
    /// Changes of the working set.
    pub iterations: u32,
    /// Minimizer.
    pub x: &'a SVector<T, N>,
    /// Dual of each constraint: positive at an upper bound, negative at a lower one.
    pub dual: &'a SVector<T, M>,
    /// The constraints held at a bound; the next [`solve_warm`] starts from them.
    pub working_set: &'a [Active],
    /// Largest relative residual of the KKT conditions in the original data; infinite before it was tested.
    pub kkt_residual: T,
}

/// Solves from the empty working set.
///
/// An iteration costs about `M N + N^2 + k (N + k)` multiplications with k active constraints, the set-up
/// `N^3 / 6 + M N`. At most [`Settings::iteration_limit`] iterations.
pub fn solve<'a, T: Real, const N: usize, const M: usize>(
    qp: &Qp<T, N, M>,
    workspace: &'a mut Workspace<T, N, M>,
    settings: &Settings<T>,
) -> Solution<'a, T, N, M> {
    workspace.clear();
    solve_warm(qp, workspace, settings)
}

/// Solves from the working set that the workspace holds from its last solve, whatever problem that was.
pub fn solve_warm<'a, T: Real, const N: usize, const M: usize>(
    qp: &Qp<T, N, M>,
    workspace: &'a mut Workspace<T, N, M>,
    settings: &Settings<T>,
) -> Solution<'a, T, N, M> {
    let mut iterations = 0;
    let (status, kkt_residual) = match workspace.prepare(qp, settings.tolerance) {
        Ok(()) => workspace.ascend(qp, settings, &mut iterations),
        Err(status) => (status, T::ONE / T::ZERO),
    };
    workspace.dual.fill(T::ZERO);
    for (active, &value) in workspace.working_set[..workspace.gram.length()].iter().zip(&workspace.active_dual) {
        if let Some(dual) = workspace.dual.as_mut_slice().get_mut(active.constraint()) {
            *dual = value;
        }
    }
    Solution {
        status,
        iterations,
        x: &workspace.x,
        dual: &workspace.dual,
        working_set: workspace.working_set(),
        kkt_residual,
    }
}

impl<T: Real, const N: usize, const M: usize> Workspace<T, N, M> {
    /// Checks the data, factorizes, and takes over what still makes sense of the last working set.
    fn prepare(&mut self, qp: &Qp<T, N, M>, tolerance: T) -> Result<(), Status> {
        let last = (self.working_set, self.gram.length());
        self.gram.clear();
        self.active_dual = [T::ZERO; M];
        qp.check()?;
        self.cholesky.factorize(&qp.hessian.data.0)?;
        self.linear = qp.linear.data.0[0];
        self.cholesky.solve_lower(&mut self.linear);
        let mut squares = [T::ZERO; M];
        for (i, (column, hessian)) in qp.rows.data.0.iter().zip(&qp.hessian.data.0).enumerate() {
            let weight = T::ONE / hessian[i];
            for (square, &a) in squares.iter_mut().zip(column) {
                *square += a * a * weight;
            }
            if let Some(square) = squares.get_mut(i).filter(|_| i < qp.bounds) {
                *square = weight;
            }
        }
        for (i, (scale, &square)) in self.row_scale.iter_mut().zip(&squares).enumerate() {
            *scale = if square > T::ZERO { T::ONE / square.sqrt() } else { T::ZERO };
            let (lower, upper) = qp.interval(i);
            let hard = qp.softness.as_slice().get(i).is_none_or(|&softness| softness == T::ZERO);
            // A row of zeros asks for 0 within its bounds.
            if square == T::ZERO && i >= qp.bounds && hard && (lower > tolerance || upper < -tolerance) {
                return Err(Status::Infeasible);
            }
        }
        for active in last.0.into_iter().take(last.1) {
            let (lower, upper) = qp.interval(active.constraint());
            if (if active.upper { upper } else { lower }).is_finite() {
                // A constraint that depends on the others now is simply left out.
                let _ = self.append(qp, active, T::ZERO);
            }
        }
        Ok(())
    }

    /// Alternates between the optimum of the working set and the most violated constraint.
    fn ascend(&mut self, qp: &Qp<T, N, M>, settings: &Settings<T>, iterations: &mut u32) -> (Status, T) {
        let infinite = T::ONE / T::ZERO;
        let half = T::ONE / (T::ONE + T::ONE);
        let mut stalled = 0;
        while *iterations <= settings.iteration_limit {
            let target = self.optimal_duals(qp);
            if let Some((index, step)) = self.blocking(qp, &target) {
                for (dual, &target) in self.active_dual.iter_mut().zip(&target).take(self.gram.length()) {
                    *dual += step * (target - *dual);
                }
                self.remove(index);
                stalled = if step > T::ZERO { 0 } else { stalled + 1 };
                *iterations += 1;
                continue;
            }
            self.active_dual = target;
            self.recover_primal(qp);
            let mut entering = self.most_violated(qp, settings.tolerance * half, stalled > N + M);
            let mut residual = infinite;
            if entering.is_none() {
                for _ in 0..REFINEMENTS {
                    self.refine(qp);
                    residual = self.residual(qp);
                    if residual <= settings.tolerance {
                        return (Status::Solved, residual);
                    }
                }
                // Refinement may have moved the point out of a constraint that looked satisfied.
                entering = self.most_violated(qp, settings.tolerance * half, false);
            }
            let Some(entering) = entering else {
                let status = if residual.is_finite() { Status::Inaccurate } else { Status::NotFinite };
                return (status, residual);
            };
            match self.enter(qp, entering, settings.tolerance, iterations) {
                Ok(moved) => stalled = if moved { 0 } else { stalled + 1 },
                Err(status) => return (status, residual),
            }
        }
        (Status::IterationLimit, infinite)
    }

    /// Duals at the optimum of the equality-constrained problem: `G dual = -(b + M L^-1 f)`.
    fn optimal_duals(&self, qp: &Qp<T, N, M>) -> [T; M] {
        let mut dual = [T::ZERO; M];
        for ((dual, active), vector) in dual.iter_mut().zip(self.working_set()).zip(self.gram.vectors()) {
            *dual = -(bound(qp, *active) + dot(vector, &self.linear));
        }
        self.gram.solve(&mut dual);
        dual
    }

    /// The first inequality whose dual changes its sign on the way to the target, and how far along the way.
    fn blocking(&self, qp: &Qp<T, N, M>, target: &[T; M]) -> Option<(usize, T)> {
        let mut first: Option<(usize, T, T)> = None;
        let duals = self.active_dual.iter().zip(target);
        for (i, (active, (&dual, &target))) in self.working_set().iter().zip(duals).enumerate() {
            let wrong = if active.upper { target < T::ZERO } else { target > T::ZERO };
            if !wrong || is_equality(qp, active.constraint()) {
                continue;
            }
            let step = dual / (dual - target);
            let better = match first {
                None => true,
                // Among equals, the dual that is farthest on the wrong side.
                Some((_, best, depth)) => step < best || (step == best && target.abs() > depth),
            };
            if better {
                first = Some((i, step, target.abs()));
            }
        }
        first.map(|(i, step, _)| (i, step))
    }

    /// `x = -L'^-1 (L^-1 f + M' dual)` and `A x`.
    fn recover_primal(&mut self, qp: &Qp<T, N, M>) {
        let mut x = self.linear;
        for (vector, &dual) in self.gram.vectors().iter().zip(&self.active_dual) {
            add_scaled(&mut x, dual, vector);
        }
        for x in &mut x {
            *x = -*x;
        }
        self.cholesky.solve_upper(&mut x);
        self.product = qp.product(&x);
        self.x.data.0[0] = x;
    }

    /// The constraint outside the working set that is violated by most in the metric of the row scales, or,
    /// against cycling, the first one (Bland's rule).
    fn most_violated(&self, qp: &Qp<T, N, M>, tolerance: T, first: bool) -> Option<Active> {
        let size = self.x.iter().fold(T::ZERO, |size, x| larger(x.abs(), size));
        let mut worst = T::ZERO;
        let mut entering = None;
        for (index, (&product, &scale)) in self.product.iter().zip(&self.row_scale).enumerate() {
            let (lower, upper) = qp.interval(index);
            let (violation, bound) = if product > upper { (product - upper, upper) } else { (lower - product, lower) };
            if !(violation * scale > worst)
                || violation <= tolerance * (scale_of(qp, index, size) + bound.abs())
                || self.working_set().iter().any(|active| active.constraint() == index)
            {
                continue;
            }
            worst = violation * scale;
            entering = u16::try_from(index).ok().map(|index| Active { index, upper: product > upper });
            if first {
                break;
            }
        }
        entering
    }

    /// Takes a violated constraint into the working set, dropping others along the singular direction where it
    /// depends on them. Says whether the dual objective rose.
    fn enter(
        &mut self,
        qp: &Qp<T, N, M>,
        entering: Active,
        tolerance: T,
        iterations: &mut u32,
    ) -> Result<bool, Status> {
        let sign = if entering.upper { T::ONE } else { -T::ONE };
        let mut dual = T::ZERO;
        let mut moved = false;
        for _ in 0..=M {
            *iterations += 1;
            let Err(coefficients) = self.append(qp, entering, dual) else { return Ok(moved) };
            // The duals can go on along (-coefficients, 1) without changing the point.
            let mut first: Option<(usize, T)> = None;
            let working_set = self.working_set().iter().zip(self.active_dual.iter().zip(&coefficients));
            for (i, (active, (&dual, &coefficient))) in working_set.enumerate() {
                let slope = -(sign * coefficient);
                let towards_zero = if active.upper { slope < T::ZERO } else { slope > T::ZERO };
                if !towards_zero || is_equality(qp, active.constraint()) {
                    continue;
                }
                let step = -dual / slope;
                if first.is_none_or(|(_, best)| step < best) {
                    first = Some((i, step));
                }
            }
            let Some((index, step)) = first else {
                return Err(self.infeasible(qp, entering, &coefficients, sign, tolerance));
            };
            let length = self.gram.length();
            for (dual, &coefficient) in self.active_dual.iter_mut().zip(&coefficients).take(length) {
                *dual -= step * sign * coefficient;
            }
            dual += step * sign;
            moved |= step > T::ZERO;
            self.remove(index);
        }
        Err(Status::Inaccurate)
    }

    /// Infeasible where the singular direction is a Farkas ray in the original data, inaccurate otherwise.
    fn infeasible(&self, qp: &Qp<T, N, M>, entering: Active, coefficients: &[T; M], sign: T, tolerance: T) -> Status {
        let mut ray = [(0, T::ZERO); M];
        let length = self.gram.length();
        for ((entry, active), &coefficient) in ray.iter_mut().zip(self.working_set()).zip(coefficients) {
            *entry = (active.constraint(), -(sign * coefficient));
        }
        if let Some(entry) = ray.get_mut(length) {
            *entry = (entering.constraint(), sign);
        }
        if is_farkas_ray(qp, &ray[..(length + 1).min(M)], tolerance) { Status::Infeasible } else { Status::Inaccurate }
    }

    /// One step of iterative refinement on the working set with residuals of the original data.
    fn refine(&mut self, qp: &Qp<T, N, M>) {
        let mut gradient = qp.linear.data.0[0];
        for (&x, column) in self.x.iter().zip(&qp.hessian.data.0) {
            add_scaled(&mut gradient, x, column);
        }
        let length = self.gram.length();
        let mut correction = [T::ZERO; M];
        for (active, &dual) in self.working_set[..length].iter().zip(&self.active_dual) {
            add_scaled(&mut gradient, dual, &qp.row(active.constraint()));
        }
        self.cholesky.solve_lower(&mut gradient);
        for (i, (active, vector)) in self.working_set[..length].iter().zip(self.gram.vectors()).enumerate() {
            let index = active.constraint();
            let at = |slice: &[T]| slice.get(index).copied().unwrap_or(T::ZERO);
            let gap = bound(qp, *active) - at(&self.product) + at(qp.softness.as_slice()) * self.active_dual[i];
            correction[i] = -(gap + dot(vector, &gradient));
        }
        self.gram.solve(&mut correction);
        for (vector, &correction) in self.gram.vectors().iter().zip(&correction) {
            add_scaled(&mut gradient, correction, vector);
        }
        self.cholesky.solve_upper(&mut gradient);
        for (x, &step) in self.x.iter_mut().zip(&gradient) {
            *x -= step;
        }
        self.product = qp.product(&self.x.data.0[0]);
        for (i, (active, &correction)) in self.working_set[..length].iter().zip(&correction).enumerate() {
            let dual = self.active_dual[i] + correction;
            // A dual that rounding carried across zero is zero; stationarity then tells whether that was fair.
            let wrong = if active.upper { dual < T::ZERO } else { dual > T::ZERO };
            self.active_dual[i] = if wrong && !is_equality(qp, active.constraint()) { T::ZERO } else { dual };
        }
    }

    fn residual(&self, qp: &Qp<T, N, M>) -> T {
        let mut dual = [T::ZERO; M];
        for (active, &value) in self.working_set().iter().zip(&self.active_dual) {
            if let Some(dual) = dual.get_mut(active.constraint()) {
                *dual = value;
            }
        }
        kkt_residual(qp, &self.x.data.0[0], &self.product, &dual, self.working_set())
    }

    fn append(&mut self, qp: &Qp<T, N, M>, active: Active, dual: T) -> Result<(), [T; M]> {
        let mut vector = qp.row(active.constraint());
        self.cholesky.solve_lower(&mut vector);
        let softness = qp.softness.as_slice().get(active.constraint()).copied().unwrap_or(T::ZERO);
        let k = self.gram.length();
        self.gram.append(&vector, softness)?;
        if let (Some(slot), Some(value)) = (self.working_set.get_mut(k), self.active_dual.get_mut(k)) {
            *slot = active;
            *value = dual;
        }
        Ok(())
    }

    fn remove(&mut self, index: usize) {
        let length = self.gram.length();
        self.gram.remove(index);
        if index < length {
            self.working_set.copy_within(index + 1..length, index);
            self.active_dual.copy_within(index + 1..length, index);
        }
    }
}

#[inline]
fn bound<T: Real, const N: usize, const M: usize>(qp: &Qp<T, N, M>, active: Active) -> T {
    let (lower, upper) = qp.interval(active.constraint());
    if active.upper { upper } else { lower }
}

#[inline]
fn is_equality<T: Real, const N: usize, const M: usize>(qp: &Qp<T, N, M>, index: usize) -> bool {
    let (lower, upper) = qp.interval(index);
    lower == upper
}
