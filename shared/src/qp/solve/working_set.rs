//! Changes of the working set: what enters, what it displaces, and when it proves a contradiction.

use super::{Active, Workspace, at, is_equality};
use crate::qp::factor::rounding_of;
use crate::qp::verify::{cancels, is_farkas_ray};
use crate::qp::{Qp, Status};
use crate::real::{Real, add_scaled, dot};

impl<T: Real, const N: usize, const M: usize> Workspace<T, N, M> {
    /// Takes a violated constraint into the working set, dropping others along the singular direction where it
    /// depends on them. Each change of the working set asks for permission.
    pub(super) fn enter(
        &mut self,
        qp: &Qp<T, N, M>,
        entering: Active,
        tolerance: T,
        mut change: impl FnMut() -> bool,
    ) -> Result<(), Status> {
        let sign = if entering.upper { T::ONE } else { -T::ONE };
        let mut dual = T::ZERO;
        while change() {
            let Err(coefficients) = self.append(qp, entering, dual) else { return Ok(()) };
            // The duals can go on along (-coefficients, 1) without changing the point; those of soft rows stay.
            let mut ray = [(0, T::ZERO); M];
            let mut first: Option<(usize, T)> = None;
            let working_set = self.working_set().iter().zip(self.active_dual.iter().zip(&coefficients));
            for (i, ((active, (&dual, &coefficient)), entry)) in working_set.zip(&mut ray).enumerate() {
                let hard = qp.softness(active.constraint()) == T::ZERO;
                // Lengths in the metric of the row scales: a contribution within rounding is none.
                let length = coefficient.abs() * at(&self.row_scale, entering.constraint());
                let contributes = hard && length > rounding_of::<T>(N) * at(&self.row_scale, active.constraint());
                let slope = if contributes { -(sign * coefficient) } else { T::ZERO };
                *entry = (active.constraint(), slope);
                let towards_zero = if active.upper { slope < T::ZERO } else { slope > T::ZERO };
                if !towards_zero || is_equality(qp, active.constraint()) {
                    continue;
                }
                let step = -dual / slope;
                if first.is_none_or(|(_, best)| step < best) {
                    first = Some((i, step));
                }
            }
            let length = self.factor.length();
            let Some((index, step)) = first else {
                if let Some(entry) = ray.get_mut(length) {
                    *entry = (entering.constraint(), sign);
                }
                let proven = is_farkas_ray(qp, &ray[..(length + 1).min(M)], &self.unit, tolerance);
                return Err(if proven { Status::Infeasible } else { Status::Inaccurate });
            };
            for (dual, (_, slope)) in self.active_dual.iter_mut().zip(ray).take(length) {
                *dual += step * slope;
            }
            dual += step * sign;
            self.remove(index);
        }
        Err(Status::IterationLimit)
    }

    /// Appends a constraint to the working set. Where it depends on the others nothing is appended, and the result
    /// holds the coefficients `c` with `a = sum c_i a_i`.
    pub(super) fn append(&mut self, qp: &Qp<T, N, M>, active: Active, dual: T) -> Result<(), [T; M]> {
        let index = active.constraint();
        let mut vector = qp.row(index);
        self.cholesky.solve_lower(&mut vector);
        let projection = self.factor.project(&vector, qp.softness(index));
        let k = self.factor.length();
        let rounding = rounding_of::<T>(N);
        let hard = qp.softness(index) == T::ZERO;
        if !(projection.rest > rounding * projection.square) {
            let coefficients = self.coefficients(qp, index, projection.column);
            let vanished = !(projection.rest > rounding * rounding * projection.square);
            if vanished || (hard && self.depends(qp, index, &coefficients)) {
                return Err(coefficients);
            }
        }
        self.factor.append(&projection);
        if let (Some(slot), Some(value)) = (self.working_set.get_mut(k), self.active_dual.get_mut(k)) {
            *slot = active;
            *value = dual;
        }
        Ok(())
    }

    /// `c` that comes nearest to `a = sum c_i a_i`, given its coordinates `R c`, refined once with the residual of the
    /// original rows.
    fn coefficients(&self, qp: &Qp<T, N, M>, index: usize, coordinates: [T; M]) -> [T; M] {
        let mut coefficients = coordinates;
        self.factor.solve(&mut coefficients);
        let mut rest = qp.row(index);
        for (active, &coefficient) in self.working_set().iter().zip(&coefficients) {
            add_scaled(&mut rest, -coefficient, &qp.row(active.constraint()));
        }
        self.cholesky.solve_lower(&mut rest);
        let mut correction = [T::ZERO; M];
        for (entry, head) in correction.iter_mut().zip(self.factor.heads()) {
            *entry = dot(head, &rest);
        }
        self.factor.solve(&mut correction);
        add_scaled(&mut coefficients, T::ONE, &correction);
        coefficients
    }

    /// Whether `a = sum c_i a_i` over the hard rows, to the rounding of the data.
    fn depends(&self, qp: &Qp<T, N, M>, index: usize, coefficients: &[T; M]) -> bool {
        let mut ray = [(index, T::ONE); M];
        for ((entry, active), &coefficient) in ray.iter_mut().zip(self.working_set()).zip(coefficients) {
            let hard = qp.softness(active.constraint()) == T::ZERO;
            *entry = (active.constraint(), if hard { -coefficient } else { T::ZERO });
        }
        cancels(qp, &ray[..(self.factor.length() + 1).min(M)], &self.unit)
    }

    pub(super) fn remove(&mut self, index: usize) {
        let length = self.factor.length();
        self.factor.remove(index);
        if index < length {
            self.working_set.copy_within(index + 1..length, index);
            self.active_dual.copy_within(index + 1..length, index);
        }
    }
}
