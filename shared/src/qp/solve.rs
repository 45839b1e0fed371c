//! The loop: dual ascent over working sets, from the empty one or from the last one.

mod working_set;

use super::factor::{Cholesky, Orthogonal};
use super::problem::constant;
use super::verify::{Point, is_farkas_ray, kkt_residual};
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

/// What a solve writes to: factors, working set, solution. About `M (2 M + N) + N^2` numbers; put it into a static.
#[derive(Debug, Clone)]
pub struct Workspace<T: Real, const N: usize, const M: usize> {
    cholesky: Cholesky<T, N>,
    factor: Orthogonal<T, N, M>,
    /// `L^-1 f`.
    linear: [T; N],
    /// Reciprocal lengths of the rows in the metric of the Hessian's diagonal, softness included; 0 for a zero row.
    row_scale: [T; M],
    /// `1 / sqrt(H_ii)`: what each variable is measured in.
    unit: [T; N],
    /// Whether factor, scales and sizes belong to some problem's matrices.
    factorized: bool,
    working_set: [Active; M],
    /// Largest entry of the linear term in the variables' units.
    pull: T,
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
            factor: Orthogonal::new(),
            linear: [T::ZERO; N],
            row_scale: [T::ZERO; M],
            unit: [T::ZERO; N],
            factorized: false,
            working_set: [Active { index: 0, upper: false }; M],
            pull: T::ZERO,
            active_dual: [T::ZERO; M],
            x: constant([[T::ZERO; N]; 1]),
            product: [T::ZERO; M],
            dual: constant([[T::ZERO; M]; 1]),
        }
    }

    /// Forgets the working set: the next solve starts cold.
    pub fn clear(&mut self) {
        self.factor.clear();
    }

    fn working_set(&self) -> &[Active] {
        &self.working_set[..self.factor.length()]
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
/// An iteration costs about `M N + N^2 + k (4 N + k)` multiplications with k active constraints, the set-up
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
    let last = (workspace.working_set, workspace.factor.length());
    workspace.factor.clear();
    let ready = workspace.factorize(qp).and_then(|()| workspace.load(qp));
    if ready.is_ok() {
        workspace.take_over(qp, &last.0[..last.1.min(M)]);
    }
    workspace.run(qp, settings, ready)
}

/// Solves from the last working set where only `linear`, `lower` and `upper` changed since this workspace's last solve:
/// the factors of matrices and working set are kept.
///
/// That the matrices are the same is the caller's promise. Breaking it gives no wrong answer, since the KKT test is
/// in the data at hand, but [`Status::Inaccurate`] or a superfluous set-up.
pub fn solve_updated<'a, T: Real, const N: usize, const M: usize>(
    qp: &Qp<T, N, M>,
    workspace: &'a mut Workspace<T, N, M>,
    settings: &Settings<T>,
) -> Solution<'a, T, N, M> {
    if !workspace.factorized {
        return solve_warm(qp, workspace, settings);
    }
    let ready = workspace.load(qp);
    if ready.is_ok() {
        workspace.release_unbounded(qp);
    }
    workspace.run(qp, settings, ready)
}

impl<T: Real, const N: usize, const M: usize> Workspace<T, N, M> {
    /// Ascends once the problem is loaded, or tells why it could not be.
    fn run(&mut self, qp: &Qp<T, N, M>, settings: &Settings<T>, ready: Result<(), Status>) -> Solution<'_, T, N, M> {
        let mut iterations = 0;
        let (status, kkt_residual) = match ready {
            Ok(()) => {
                let warm = self.factor.length() > 0;
                let end = self.ascend(qp, settings, &mut iterations);
                if warm && end.0 == Status::Inaccurate {
                    // Perhaps only the way that an unlucky working set led.
                    self.clear();
                    self.ascend(qp, settings, &mut iterations)
                } else {
                    end
                }
            }
            Err(status) => (status, T::ONE / T::ZERO),
        };
        self.dual.data.0[0] = self.all_duals();
        Solution { status, iterations, x: &self.x, dual: &self.dual, working_set: self.working_set(), kkt_residual }
    }

    /// The duals of all constraints, zero outside the working set.
    fn all_duals(&self) -> [T; M] {
        let mut duals = [T::ZERO; M];
        for (active, &value) in self.working_set().iter().zip(&self.active_dual) {
            if let Some(dual) = duals.get_mut(active.constraint()) {
                *dual = value;
            }
        }
        duals
    }
}

impl<T: Real, const N: usize, const M: usize> Workspace<T, N, M> {
    /// Everything that depends on the matrices alone.
    fn factorize(&mut self, qp: &Qp<T, N, M>) -> Result<(), Status> {
        self.factorized = false;
        qp.check_matrices()?;
        self.cholesky.factorize(&qp.hessian.data.0)?;
        let mut squares = [T::ZERO; M];
        let columns = qp.rows.data.0.iter().zip(&qp.hessian.data.0).zip(&mut self.unit);
        for (i, ((column, hessian), unit)) in columns.enumerate() {
            let weight = T::ONE / hessian[i];
            *unit = weight.sqrt();
            for (square, &a) in squares.iter_mut().zip(column) {
                *square += a * a * weight;
            }
        }
        for (square, &unit) in squares.iter_mut().zip(&self.unit).take(qp.simple_bounds()) {
            *square = unit * unit;
        }
        for ((scale, &square), &softness) in self.row_scale.iter_mut().zip(&squares).zip(qp.softness.iter()) {
            let square = square + softness;
            *scale = if square > T::ZERO { T::ONE / square.sqrt() } else { T::ZERO };
        }
        self.factorized = true;
        Ok(())
    }

    /// Everything that depends on the vectors.
    fn load(&mut self, qp: &Qp<T, N, M>) -> Result<(), Status> {
        self.active_dual = [T::ZERO; M];
        qp.check_vectors()?;
        self.linear = qp.linear.data.0[0];
        self.cholesky.solve_lower(&mut self.linear);
        self.pull = qp.linear.iter().zip(&self.unit).fold(T::ZERO, |pull, (f, &unit)| larger(f.abs() * unit, pull));
        let intervals = qp.lower.iter().zip(qp.upper.iter()).zip(qp.softness.iter());
        for (&scale, ((&lower, &upper), &softness)) in self.row_scale.iter().zip(intervals) {
            // A hard row of zeros asks for 0 within its bounds.
            if scale == T::ZERO && softness == T::ZERO && (lower > T::ZERO || upper < T::ZERO) {
                return Err(Status::Infeasible);
            }
        }
        Ok(())
    }

    /// What still makes sense of an earlier working set.
    fn take_over(&mut self, qp: &Qp<T, N, M>, last: &[Active]) {
        for active in last {
            if bound(qp, *active).is_finite() {
                // A constraint that depends on the others now is simply left out.
                let _ = self.append(qp, *active, T::ZERO);
            }
        }
    }

    /// Drops the constraints whose bound is infinite now.
    fn release_unbounded(&mut self, qp: &Qp<T, N, M>) {
        for index in (0..self.factor.length()).rev() {
            if self.working_set.get(index).is_some_and(|active| !bound(qp, *active).is_finite()) {
                self.remove(index);
            }
        }
    }

    /// Alternates between the optimum of the working set and the most violated constraint.
    fn ascend(&mut self, qp: &Qp<T, N, M>, settings: &Settings<T>, iterations: &mut u32) -> (Status, T) {
        let mut residual = T::ONE / T::ZERO;
        let change = |iterations: &mut u32| {
            let allowed = *iterations < settings.iteration_limit;
            *iterations += u32::from(allowed);
            allowed
        };
        let mut highest = T::ZERO;
        let mut stalled = 0;
        loop {
            let (target, coordinates) = self.optimal_duals(qp);
            if let Some((index, step)) = self.blocking(qp, &target) {
                if !change(iterations) {
                    return (Status::IterationLimit, residual);
                }
                for (dual, &target) in self.active_dual.iter_mut().zip(&target).take(self.factor.length()) {
                    *dual += step * (target - *dual);
                }
                self.remove(index);
                continue;
            }
            self.active_dual = target;
            self.recover_primal(qp, &coordinates);
            // The dual objective but for a constant; what does not raise it may be part of a cycle.
            let objective = dot(&coordinates, &coordinates);
            stalled = if objective > highest { 0 } else { stalled + 1 };
            highest = larger(objective, highest);
            let entering = match self.settle(qp, settings.tolerance, stalled > N + M, &mut residual) {
                Ok(entering) => entering,
                Err(status) => return (status, residual),
            };
            if let Err(status) = self.enter(qp, entering, settings.tolerance, || change(iterations)) {
                return (status, residual);
            }
        }
    }

    /// Refines the optimum of the working set until it is the solution or clearly violates a constraint, which is
    /// returned. Violations no larger than those of the working set's own constraints are rounding.
    fn settle(&mut self, qp: &Qp<T, N, M>, tolerance: T, first: bool, residual: &mut T) -> Result<Active, Status> {
        let half = T::ONE / (T::ONE + T::ONE);
        let mut entering = self.most_violated(qp, tolerance * half, first);
        for _ in 0..REFINEMENTS {
            if let Some((active, violation)) = entering
                && violation > self.gap(qp)
            {
                return Ok(active);
            }
            self.refine(qp);
            entering = self.most_violated(qp, tolerance * half, first);
            if entering.is_none() {
                *residual = self.residual(qp);
                // The other half is for the rounding of the test.
                if *residual <= tolerance * half {
                    let contradict = self.duals_contradict(qp, tolerance);
                    return Err(if contradict { Status::Infeasible } else { Status::Solved });
                }
            }
        }
        match entering {
            Some((active, _)) => Ok(active),
            None => Err(if residual.is_finite() { Status::Inaccurate } else { Status::NotFinite }),
        }
    }

    /// Duals at the optimum of the equality-constrained problem, `R'R dual = -(b + M L^-1 f)`, and the coordinates
    /// `R dual` of `M' dual` in the orthonormal vectors.
    fn optimal_duals(&self, qp: &Qp<T, N, M>) -> ([T; M], [T; M]) {
        let mut coordinates = [T::ZERO; M];
        for (entry, active) in coordinates.iter_mut().zip(self.working_set()) {
            *entry = -bound(qp, *active);
        }
        self.factor.solve_transposed(&mut coordinates);
        for (entry, head) in coordinates.iter_mut().zip(self.factor.heads()) {
            *entry -= dot(head, &self.linear);
        }
        let mut dual = coordinates;
        self.factor.solve(&mut dual);
        (dual, coordinates)
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
    fn recover_primal(&mut self, qp: &Qp<T, N, M>, coordinates: &[T; M]) {
        let mut x = self.linear;
        for (head, &coordinate) in self.factor.heads().iter().zip(coordinates) {
            add_scaled(&mut x, coordinate, head);
        }
        for x in &mut x {
            *x = -*x;
        }
        self.cholesky.solve_upper(&mut x);
        self.product = qp.product(&x);
        self.x.data.0[0] = x;
    }

    /// A variable below this, times its unit, is held to its constraints as if it were as large: its error is the
    /// rounding of the largest one, or what refinement leaves of the unconstrained minimizer's.
    fn floor(&self) -> T {
        let largest = self.x.iter().zip(&self.unit).fold(T::ZERO, |size, (x, &unit)| larger(x.abs() / unit, size));
        larger(T::VARIABLE_FLOOR * largest, T::EPSILON * self.pull)
    }

    /// How far the working set's own constraints are from their bounds, in the metric of the row scales.
    fn gap(&self, qp: &Qp<T, N, M>) -> T {
        self.working_set().iter().zip(&self.active_dual).fold(T::ZERO, |gap, (active, &dual)| {
            let index = active.constraint();
            let distance = at(&self.product, index) - qp.softness(index) * dual - bound(qp, *active);
            larger(distance.abs() * at(&self.row_scale, index), gap)
        })
    }

    /// The constraint outside the working set that is violated by most in the metric of the row scales, or,
    /// against cycling, the first one (Bland's rule).
    fn most_violated(&self, qp: &Qp<T, N, M>, tolerance: T, first: bool) -> Option<(Active, T)> {
        let no_duals = [T::ZERO; M];
        let point = self.point(&no_duals);
        let mut worst = T::ZERO;
        let mut entering = None;
        let rows = self.product.iter().zip(&self.row_scale);
        let intervals = qp.lower.iter().zip(qp.upper.iter());
        for (index, ((&product, &scale), (&lower, &upper))) in rows.zip(intervals).enumerate() {
            let (above, below) = (product - upper, lower - product);
            let (violation, bound) = if above > T::ZERO { (above, upper) } else { (below, lower) };
            if !(violation * scale > worst)
                || violation <= tolerance * (point.terms(qp, index) + bound.abs())
                || self.working_set().iter().any(|active| active.constraint() == index)
            {
                continue;
            }
            worst = violation * scale;
            entering = u16::try_from(index).ok().map(|index| (Active { index, upper: above > T::ZERO }, worst));
            if first {
                break;
            }
        }
        entering
    }

    /// One step of iterative refinement on the working set with residuals of the original data.
    fn refine(&mut self, qp: &Qp<T, N, M>) {
        let mut gradient = qp.linear.data.0[0];
        for (&x, column) in self.x.iter().zip(&qp.hessian.data.0) {
            add_scaled(&mut gradient, x, column);
        }
        let length = self.factor.length();
        let mut coordinates = [T::ZERO; M];
        let working_set = self.working_set[..length].iter().zip(&self.active_dual);
        for (entry, (active, &dual)) in coordinates.iter_mut().zip(working_set) {
            let index = active.constraint();
            add_scaled(&mut gradient, dual, &qp.row(index));
            *entry = at(&self.product, index) - qp.softness(index) * dual - bound(qp, *active);
        }
        self.cholesky.solve_lower(&mut gradient);
        self.factor.solve_transposed(&mut coordinates);
        for (entry, head) in coordinates.iter_mut().zip(self.factor.heads()) {
            *entry -= dot(head, &gradient);
        }
        for (&entry, head) in coordinates.iter().zip(self.factor.heads()) {
            add_scaled(&mut gradient, entry, head);
        }
        self.cholesky.solve_upper(&mut gradient);
        for (x, &step) in self.x.iter_mut().zip(&gradient) {
            *x -= step;
        }
        self.product = qp.product(&self.x.data.0[0]);
        self.factor.solve(&mut coordinates);
        let working_set = self.working_set[..length].iter().zip(&coordinates);
        for (dual, (active, &correction)) in self.active_dual.iter_mut().zip(working_set) {
            let corrected = *dual + correction;
            // A dual that rounding carried across zero is zero; stationarity then tells whether that was fair.
            let wrong = if active.upper { corrected < T::ZERO } else { corrected > T::ZERO };
            *dual = if wrong && !is_equality(qp, active.constraint()) { T::ZERO } else { corrected };
        }
    }

    fn residual(&self, qp: &Qp<T, N, M>) -> T {
        kkt_residual(qp, &self.point(&self.all_duals()))
    }

    /// The present point with the given duals.
    fn point<'a>(&'a self, dual: &'a [T; M]) -> Point<'a, T, N, M> {
        Point {
            x: &self.x.data.0[0],
            product: &self.product,
            dual,
            working_set: self.working_set(),
            unit: &self.unit,
            floor: self.floor(),
        }
    }

    /// Whether the duals themselves prove that there is no solution, wherever the point went.
    fn duals_contradict(&self, qp: &Qp<T, N, M>, tolerance: T) -> bool {
        let mut ray = [(0, T::ZERO); M];
        for ((entry, active), &dual) in ray.iter_mut().zip(self.working_set()).zip(&self.active_dual) {
            *entry = (active.constraint(), if qp.softness(active.constraint()) > T::ZERO { T::ZERO } else { dual });
        }
        is_farkas_ray(qp, &ray[..self.factor.length()], &self.unit, tolerance)
    }
}

/// Entry of constraint `index`.
#[inline]
fn at<T: Real, const M: usize>(values: &[T; M], index: usize) -> T {
    values.get(index).copied().unwrap_or(T::ZERO)
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
