//! Distance of a solution from the kinks of its outputs, where the derivative depends on the side from which it is looked at.

use super::problem::constant;
use super::sensitivity::is_left;
use super::{Active, Qp, Sensitivity, Workspace};
use crate::real::{Real, dot, larger, largest_product};
use nalgebra::SVector;

/// One over the distance below which a constraint is asked whether the outputs depend on it.
const WEAK: u16 = 1024;

/// Units in the last place that may be left of an adjoint which only says whether something changes.
const ROUGH: u16 = 64;

/// What a constraint close to its kink does to the outputs.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Role {
    /// It is far away, or has no kink.
    None,
    /// In the working set; the outputs do not change where it leaves.
    HeldUnseen,
    /// In the working set; the outputs change.
    HeldSeen,
    /// Outside; whether the outputs change where it enters is to be found out.
    Outside,
    /// Outside; the outputs do not change.
    OutsideUnseen,
}

/// Lengths of the constraints' rows with each variable in units of its curvature.
struct Lengths<T, const M: usize> {
    /// Lengths of the rows alone.
    row: [T; M],
    /// Lengths with the softness included.
    whole: [T; M],
}

impl<T: Real, const M: usize> Lengths<T, M> {
    /// Whether the constraint has no softness.
    fn is_hard(&self, index: usize) -> bool {
        self.row[index] == self.whole[index]
    }

    /// How far a dual moves the unconstrained minimizer; beyond a soft bound, that is its slack too.
    fn reach(&self, index: usize, dual: T) -> T {
        let (row, whole) = (self.row[index], self.whole[index]);
        if self.is_hard(index) { dual.abs() * row } else { dual.abs() * whole * (whole / row) }
    }
}

impl<T: Real, const N: usize, const M: usize> Workspace<T, N, M> {
    /// How far the last solution is from the nearest kink of its outputs: the least of
    /// * the distance of the point from a constraint outside of the working set,
    /// * the force with which an inequality in the working set presses, as the distance by which it moves the point.
    ///
    /// Lengths measure every variable in units of its curvature, `sqrt(H_ii)` for a step of 1, and as it is where it has
    /// none: for `1/2 |x - p|^2` and one constraint it is how far p has to move until that enters or leaves,
    /// also a soft one. Its square is in twice the objective's units. Nothing else scales it. It is 0 at a kink, and where the
    /// outputs are not determined, as at ties of a linear program; infinite where nothing has a kink. It is the distance by
    /// each constraint alone: the data that move several at once may get there earlier.
    ///
    /// `outputs` has a random number in each variable that is an output and 0 elsewhere: what changes no such combination
    /// changes no output. Of constraints closer than 1/1024, only those count at which outputs have a kink. A constraint
    /// that depends on the working set enters for the one whose dual reaches 0 first: it counts where the outputs change
    /// with that one. `stays` receives a constraint outside of the working set, the adjoint of its row, and the working
    /// set that this is of: at times other constraints than the solution's are in it. It returns whether
    /// the constraint stays as close whatever the parameters do, as a second row with the same data does; `|_, _, _| false`
    /// where all data may change. `tilts` receives a direction along which nothing determines the point, and returns whether the
    /// data may tilt the objective along it: the point then slides up to whatever constraint there is, however far that is;
    /// `|_| true` where all data may change. `parts` says of each constraint whether the data may part its bounds where they are equal:
    /// each of them then has a kink of its own, where nothing presses against it; an equality has none. `varies` says of each
    /// row whether the data may change its coefficients: a hard one that depends on the working set then enters as soon as
    /// it depends no more, and the outputs jump.
    ///
    /// The solution is that of the last solve, with this problem's matrices; call it before anything else. Cost `2 M N`. A
    /// Hessian to which curvature was lent, or a constraint closer than 1/1024, costs one [`Workspace::sensitivity`] for the
    /// outputs, and each such constraint outside of the working set one more. With lent curvature, each idle member of the
    /// working set that it may displace costs that of a working set, see [`Workspace::set_working_set`].
    pub fn margin(
        &mut self,
        qp: &Qp<T, N, M>,
        outputs: &SVector<T, N>,
        (parts, varies): (&[bool; M], &[bool; M]),
        stays: impl FnMut(usize, &Sensitivity<T, N, M>, &[Active]) -> bool,
        tilts: impl Fn(&[T; N]) -> bool,
    ) -> T {
        let lengths = Self::lengths(qp);
        let (distances, is_held) = self.kink_distances(qp, &lengths, parts);
        // Each output counts in its own unit, or a weak one's would hide the others' kinks.
        let mut outputs = *outputs;
        for (output, unit) in outputs.iter_mut().zip(Self::squared_units(qp).map(T::sqrt)) {
            *output = *output / unit;
        }
        let outputs = &outputs;
        if self.lacks_curvature() {
            let adjoint = self.sensitivity_within(qp, outputs, T::from_count(ROUGH));
            if is_left(adjoint.residual) || self.slides(qp, outputs, (&lengths, &distances, &is_held), tilts) {
                return T::ZERO;
            }
        }
        let weak = T::ONE / T::from_count(WEAK);
        let (mut margin, mut has_weak) = (T::ONE / T::ZERO, false);
        for &distance in &distances {
            if distance < weak {
                has_weak = true;
            } else if distance < margin {
                margin = distance;
            }
        }
        if !has_weak {
            return margin;
        }
        let is_weak = distances.map(|distance| distance < weak);
        let roles = self.roles(qp, outputs, &lengths.whole, (&is_weak, &is_held));
        self.least_seen(qp, (&lengths, &distances), (&roles, varies), margin, stays)
    }

    /// Reciprocals of the variables' squared units: 1 where there is no curvature.
    fn squared_units(qp: &Qp<T, N, M>) -> [T; N] {
        qp.diagonal().map(|curvature| if curvature > T::ZERO { T::ONE / curvature } else { T::ONE })
    }

    /// Lengths of the constraints' rows in these units. Cost M N.
    fn lengths(qp: &Qp<T, N, M>) -> Lengths<T, M> {
        let units = Self::squared_units(qp);
        let mut squares = [T::ZERO; M];
        let bounds = qp.simple_bounds();
        for (column, &unit) in qp.rows.data.0.iter().zip(&units) {
            let general = (squares.get_mut(bounds..).unwrap_or_default(), column.get(bounds..).unwrap_or_default());
            for (square, &a) in general.0.iter_mut().zip(general.1) {
                *square += (a * a) * unit;
            }
        }
        for (square, &unit) in squares.iter_mut().zip(&units).take(bounds) {
            *square = unit;
        }
        let row = squares.map(T::sqrt);
        let mut whole = row;
        for ((whole, &square), &softness) in whole.iter_mut().zip(&squares).zip(qp.softness.iter()) {
            if softness > T::ZERO {
                *whole = (square + softness).sqrt();
            }
        }
        Lengths { row, whole }
    }

    /// How far each constraint is from its kink, infinite where it has none, and whether it is in the working set.
    /// Cost M N.
    fn kink_distances(&self, qp: &Qp<T, N, M>, lengths: &Lengths<T, M>, parts: &[bool; M]) -> ([T; M], [bool; M]) {
        let (mut distances, mut is_held, mut product) = ([T::ONE / T::ZERO; M], [false; M], [T::ZERO; M]);
        for active in self.working_set() {
            if let Some(held) = is_held.get_mut(active.constraint()) {
                *held = true;
            }
        }
        qp.product(&self.x.data.0[0], &mut product);
        for (index, distance) in distances.iter_mut().enumerate() {
            let (length, (lower, upper)) = (lengths.row[index], self.vectors.interval(index));
            if (lower == upper && !parts[index]) || length == T::ZERO {
                continue;
            }
            *distance = if is_held[index] {
                lengths.reach(index, self.dual.data.0[0][index])
            } else {
                let (below, above) = (product[index] - lower, upper - product[index]);
                larger(if below < above { below } else { above }, T::ZERO) / length
            };
        }
        (distances, is_held)
    }

    /// Whether the point may slide, along a direction that nothing determines, against a constraint that then moves the outputs;
    /// a member of the working set without force does not hold it.
    /// Cost one [`Workspace::sensitivity`] for each constraint whose row the outputs' adjoint moves.
    fn slides(
        &mut self,
        qp: &Qp<T, N, M>,
        outputs: &SVector<T, N>,
        (lengths, distances, is_held): (&Lengths<T, M>, &[T; M], &[bool; M]),
        tilts: impl Fn(&[T; N]) -> bool,
    ) -> bool {
        let (members, count) = (self.working_set, self.working_set().len());
        let members = members.get(..count).unwrap_or_default();
        let is_idle = |index: usize| is_held[index] && !self.vectors.is_equality(index) && !is_left(distances[index]);
        let (mut pressing, mut length) = (self.working_set, 0);
        for (slot, &member) in pressing.iter_mut().zip(members.iter().filter(|member| !is_idle(member.constraint()))) {
            *slot = member;
            length += 1;
        }
        let mut is_pressing = [false; M];
        pressing.iter().take(length).for_each(|member| is_pressing[member.constraint()] = true);
        if length < count {
            self.set_working_set(pressing.get(..length).unwrap_or_default());
        }
        let slides = self.slides_against(qp, outputs, (lengths, &is_pressing), tilts);
        if length < count {
            self.set_working_set(members);
        }
        slides
    }

    /// The same with the working set at hand.
    fn slides_against(
        &mut self,
        qp: &Qp<T, N, M>,
        outputs: &SVector<T, N>,
        (lengths, is_held): (&Lengths<T, M>, &[bool; M]),
        tilts: impl Fn(&[T; N]) -> bool,
    ) -> bool {
        let adjoint = self.sensitivity_within(qp, outputs, T::from_count(ROUGH));
        let scale = largest_product(&outputs.data.0[0], &Self::squared_units(qp).map(T::sqrt));
        let mut along = [T::ZERO; M];
        qp.product(&adjoint.x.data.0[0], &mut along);
        for index in 0..M {
            let (lower, upper) = self.vectors.interval(index);
            let is_bound = lower.is_finite() || upper.is_finite();
            if is_held[index] || !is_bound || !is_left(along[index].abs() / (lengths.whole[index] * scale)) {
                continue;
            }
            let row = qp.row(index);
            let is_open = is_left(self.sensitivity_within(qp, &constant([row]), T::from_count(ROUGH)).residual);
            if is_open && self.undetermined(qp, &row).is_some_and(|direction| tilts(&direction)) {
                return true;
            }
        }
        false
    }

    /// What weak constraints do to the outputs. Leaving changes them by a multiple of what their bounds change them by, and
    /// entering by one of what the row says of the outputs' adjoint.
    fn roles(
        &mut self,
        qp: &Qp<T, N, M>,
        outputs: &SVector<T, N>,
        lengths: &[T; M],
        (is_weak, is_held): (&[bool; M], &[bool; M]),
    ) -> [Role; M] {
        let adjoint = self.sensitivity_within(qp, outputs, T::from_count(ROUGH));
        let units = Self::squared_units(qp).map(T::sqrt);
        let scale = largest_product(&outputs.data.0[0], &units);
        let mut along = [T::ZERO; M];
        qp.product(&adjoint.x.data.0[0], &mut along);
        let mut roles = [Role::None; M];
        for (index, role) in roles.iter_mut().enumerate().filter(|(index, _)| is_weak[*index] || is_held[*index]) {
            let length = lengths[index];
            *role = if is_held[index] {
                let is_seen = is_left(adjoint.dual.data.0[0][index].abs() * length / scale);
                if is_seen { Role::HeldSeen } else { Role::HeldUnseen }
            } else if is_left(along[index].abs() / (length * scale)) {
                Role::Outside
            } else {
                Role::OutsideUnseen
            };
        }
        roles
    }

    /// The least distance of a weak constraint at which the outputs have a kink.
    fn least_seen(
        &mut self,
        qp: &Qp<T, N, M>,
        (lengths, distances): (&Lengths<T, M>, &[T; M]),
        (roles, varies): (&[Role; M], &[bool; M]),
        mut margin: T,
        mut stays: impl FnMut(usize, &Sensitivity<T, N, M>, &[Active]) -> bool,
    ) -> T {
        let weak = T::ONE / T::from_count(WEAK);
        for (&role, &distance) in roles.iter().zip(distances) {
            if role == Role::HeldSeen && distance < margin {
                margin = distance;
            }
        }
        // From the nearest on: where the outputs have a kink there, the others need no look.
        let mut seen = [false; M];
        while let Some(index) = nearest(distances, roles, &seen, margin) {
            seen[index] = true;
            let (role, distance, length) = (roles[index], distances[index], lengths.whole[index]);
            let row = self.sensitivity_within(qp, &constant([qp.row(index)]), T::from_count(ROUGH));
            let mut along = [T::ZERO; M];
            qp.product(&row.x.data.0[0], &mut along);
            let depends = !is_left(along[index] / (length * length));
            // Otherwise the point gets there without the outputs.
            let moves = !(self.lacks_curvature() && is_left(row.residual));
            let displaces = |other: usize| is_left(row.dual.data.0[0][other].abs() * lengths.whole[other] / length);
            let is_apart = |other: usize| varies[other] && (other == index || displaces(other));
            if depends && moves && lengths.is_hard(index) && (0..M).any(is_apart) {
                margin = distance;
                continue;
            }
            let kink = match role {
                Role::Outside => distance,
                _ if depends => self.exchange(qp, (index, distance), lengths, roles, &row, displaces),
                _ => T::ONE / T::ZERO,
            };
            let couples = |other: usize| match roles[other] {
                Role::HeldUnseen => distances[other] < weak && displaces(other),
                Role::OutsideUnseen => other != index && is_left(along[other].abs() / (length * lengths.whole[other])),
                _ => false,
            };
            let is_kink = moves && kink < margin && ((0..M).any(couples) || !stays(index, &row, self.working_set()));
            if is_kink && !self.gives_way(qp, index, &row, roles, (&lengths.whole, distances)) {
                margin = kink;
            }
        }
        let unseen: usize = (0..M).filter(|&index| seen[index]).count();
        if unseen > 1 {
            margin = self.least_joint(qp, (lengths, distances), (roles, varies), (&seen, margin), stays);
        }
        margin
    }

    /// The same for constraints that the outputs see only where several of them are met at once: each enters without
    /// effect, until one depends on those and on a member of the working set that the outputs see.
    fn least_joint(
        &mut self,
        qp: &Qp<T, N, M>,
        (lengths, distances): (&Lengths<T, M>, &[T; M]),
        (roles, varies): (&[Role; M], &[bool; M]),
        (unseen, mut margin): (&[bool; M], T),
        mut stays: impl FnMut(usize, &Sensitivity<T, N, M>, &[Active]) -> bool,
    ) -> T {
        let (members, count) = (self.working_set, self.working_set().len());
        let members = members.get(..count).unwrap_or_default();
        // Which of them enter first decides which one depends.
        for is_backward in [false, true] {
            let (mut joint, mut length) = (self.working_set, count);
            for place in 0..M {
                let index = if is_backward { M - 1 - place } else { place };
                if unseen[index]
                    && distances[index] < margin
                    && let (Some(slot), Ok(short)) = (joint.get_mut(length), u16::try_from(index))
                {
                    *slot = Active { index: short, upper: self.is_nearer_to_upper(qp, index) };
                    length += 1;
                }
            }
            self.set_working_set(joint.get(..length).unwrap_or_default());
            for index in (0..M).filter(|&index| unseen[index]) {
                if self.sensitivity_is_of(qp, index) {
                    continue;
                }
                let row = self.sensitivity_within(qp, &constant([qp.row(index)]), T::from_count(ROUGH));
                let mut along = [T::ZERO; M];
                qp.product(&row.x.data.0[0], &mut along);
                let length = lengths.whole[index];
                if is_left(along[index] / (length * length)) || stays(index, &row, self.working_set()) {
                    continue;
                }
                let displaces = |other: usize| is_left(row.dual.data.0[0][other].abs() * lengths.whole[other] / length);
                let is_apart = |other: usize| varies[other] && (other == index || displaces(other));
                let is_broken = lengths.is_hard(index) && (0..M).any(is_apart);
                let mut kink = match is_broken {
                    true => distances[index],
                    false => self.exchange(qp, (index, distances[index]), lengths, roles, &row, displaces),
                };
                for other in (0..M).filter(|&other| unseen[other] && displaces(other)) {
                    kink = larger(distances[other], kink);
                }
                if kink < margin && (is_broken || !self.gives_way(qp, index, &row, roles, (&lengths.whole, distances)))
                {
                    margin = kink;
                }
            }
            self.set_working_set(members);
        }
        margin
    }

    /// Whether the working set has a constraint, once its factor is formed.
    fn sensitivity_is_of(&mut self, qp: &Qp<T, N, M>, index: usize) -> bool {
        if self.stale {
            let _ = self.sensitivity_within(qp, &constant([[T::ZERO; N]; 1]), T::from_count(ROUGH));
        }
        self.working_set().iter().any(|active| active.constraint() == index)
    }

    /// Distance to the kink at which a constraint that depends on the working set enters for one that the outputs see. The
    /// one whose dual reaches 0 first leaves. Where the outputs do not see it, the rest of the other duals is the distance
    /// until they leave. Infinite where none can leave: beyond the constraint, the program has no solution.
    fn exchange(
        &self,
        qp: &Qp<T, N, M>,
        (entering, distance): (usize, T),
        lengths: &Lengths<T, M>,
        roles: &[Role; M],
        row: &Sensitivity<T, N, M>,
        displaces: impl Fn(usize) -> bool,
    ) -> T {
        let is_upper = self.is_nearer_to_upper(qp, entering);
        let slope = |other: usize| if is_upper { -row.dual.data.0[0][other] } else { row.dual.data.0[0][other] };
        let leaves = |active: &&Active| {
            let other = active.constraint();
            other < M
                && (slope(other) < T::ZERO) == active.upper
                && displaces(other)
                && !self.vectors.is_equality(other)
        };
        let dual = |other: usize| self.dual.data.0[0][other].abs();
        let infinity = T::ONE / T::ZERO;
        let least = |a: T, b: T| if b < a { b } else { a };
        let leaving = || self.working_set().iter().filter(leaves).map(Active::constraint);
        let first = leaving().fold(infinity, |first, other| least(first, dual(other) / slope(other).abs()));
        let seen = leaving().filter(|&other| roles[other] == Role::HeldSeen);
        seen.fold(infinity, |nearest, other| {
            let rest = larger(dual(other) - first * slope(other).abs(), T::ZERO);
            least(nearest, larger(lengths.reach(other, rest), distance))
        })
    }

    /// Whether the outputs do not change where a constraint enters, since a constraint without force leaves for it: the point
    /// then moves along a direction without curvature. Only a constraint that the outputs do not see may leave.
    fn gives_way(
        &mut self,
        qp: &Qp<T, N, M>,
        entering: usize,
        row: &Sensitivity<T, N, M>,
        roles: &[Role; M],
        (lengths, distances): (&[T; M], &[T; M]),
    ) -> bool {
        if !self.lacks_curvature() {
            return false;
        }
        let is_upper = self.is_nearer_to_upper(qp, entering);
        let (members, count) = (self.working_set, self.working_set().len());
        let members = members.get(..count).unwrap_or_default();
        let mut gives = false;
        for &leaving in members.iter().filter(|member| member.constraint() < M) {
            let other = leaving.constraint();
            let coefficient = row.dual.data.0[0][other];
            let falls = if is_upper { coefficient > T::ZERO } else { coefficient < T::ZERO };
            let is_displaced = is_left(coefficient.abs() * lengths[other] / lengths[entering]);
            // Both bounds of an equality stay where they are.
            let is_inequality = !self.vectors.is_equality(other);
            let is_unseen = !matches!(roles[other], Role::HeldSeen | Role::None);
            let is_idle = is_inequality && is_unseen && !is_left(distances[other]);
            if is_idle && is_displaced && falls == leaving.upper {
                let (mut others, mut length) = (self.working_set, 0);
                for (slot, &member) in others.iter_mut().zip(members.iter().filter(|&&member| member != leaving)) {
                    *slot = member;
                    length += 1;
                }
                self.set_working_set(others.get(..length).unwrap_or_default());
                gives =
                    is_left(self.sensitivity_within(qp, &constant([qp.row(entering)]), T::from_count(ROUGH)).residual);
                self.set_working_set(members);
                if gives {
                    break;
                }
            }
        }
        gives
    }

    /// Whether the point is nearer to its upper bound than to its lower one.
    fn is_nearer_to_upper(&self, qp: &Qp<T, N, M>, index: usize) -> bool {
        let (lower, upper) = self.vectors.interval(index);
        let product = dot(&qp.row(index), &self.x.data.0[0]);
        upper - product < product - lower
    }
}

/// The nearest constraint outside of the working set that was not looked at, closer than the margin.
fn nearest<T: Real, const M: usize>(
    distances: &[T; M],
    roles: &[Role; M],
    seen: &[bool; M],
    mut margin: T,
) -> Option<usize> {
    let mut nearest = None;
    for (index, ((&distance, &role), &seen)) in distances.iter().zip(roles).zip(seen).enumerate() {
        if distance < margin && !seen && matches!(role, Role::Outside | Role::OutsideUnseen) {
            (margin, nearest) = (distance, Some(index));
        }
    }
    nearest
}
