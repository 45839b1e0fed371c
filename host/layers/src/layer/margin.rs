//! Distance of a sample from the kinks of its outputs, as functions of the parameters.

use super::active_set::{Inner, Maps, Solved};
use super::state::State;
use convex_edge_core::number::Number;
use convex_edge_core::program::Term;
use convex_edge_core::qp::{Active, Qp, Sensitivity};
use convex_edge_core::random::Pcg64;
use nalgebra::SVector;
use std::collections::BTreeMap;

/// Seed of the outputs' weights.
const WEIGHTS: u64 = 20;

/// A random number for each output: a row that weighs them so that nothing is left of their changes has probability 0.
pub(super) fn output_weights<T: Number, const N: usize>(outputs: &[usize]) -> SVector<T, N> {
    let mut weights = SVector::<T, N>::from_element(T::ZERO);
    let mut random = Pcg64::from_seed(WEIGHTS);
    for (k, &output) in outputs.iter().enumerate() {
        if let Some(weight) = weights.as_mut_slice().get_mut(output) {
            let value = random.uniform(0.5, 1.5);
            *weight = T::rounded(if k % 2 == 0 { value } else { -value });
        }
    }
    weights
}

/// Whether the bounds of each constraint are different functions of the parameters.
pub(super) fn parts<T: Number, const N: usize, const M: usize>(constants: &Qp<T, N, M>, maps: &Maps<T>) -> [bool; M] {
    let bound = |terms: &[Term<T>], row: usize| {
        let mut sums: BTreeMap<u16, f64> = BTreeMap::new();
        for term in terms.iter().filter(|term| usize::from(term.row) == row) {
            *sums.entry(term.parameter).or_default() += term.coefficient.double();
        }
        sums
    };
    std::array::from_fn(|row| {
        let (lower, upper) = (bound(&maps.lower, row), bound(&maps.upper, row));
        lower != upper || (lower.is_empty() && constants.lower[row] != constants.upper[row])
    })
}

/// Whether a row is zero whose coefficients depend on parameters, and 0 at one of its bounds: with whatever they become, the
/// outputs jump.
fn is_about_to_appear<T: Number, const N: usize, const M: usize>(qp: &Qp<T, N, M>, row: usize) -> bool {
    (qp.lower[row] == T::ZERO || qp.upper[row] == T::ZERO) && qp.rows.row(row).iter().all(|&a| a == T::ZERO)
}

impl<T: Number, const N: usize, const M: usize> Inner<T, N, M> {
    /// The margin of the state's last solve, whose solution was `solved`, with those constraints whose bounds may part.
    pub(super) fn margin(&self, state: &mut State<T, N, M>, solved: &Solved<T, N, M>, parts: &[bool; M]) -> f64 {
        let State { qp, workspace } = state;
        let qp = &*qp;
        if self.maps.row_runs.iter().any(|run| is_about_to_appear(qp, run.row)) {
            return 0.0;
        }
        let mut varies = [false; M];
        self.maps.row_runs.iter().for_each(|run| varies[run.row] = true);
        let (lower, upper, rows) = (qp.lower, qp.upper, SVector::<T, N>::from(solved.x));
        let stays = |index: usize, row: &Sensitivity<T, N, M>, members: &[Active]| {
            let product = match index < qp.bounds {
                true => rows[index],
                false => qp.rows.row(index).iter().zip(&rows).fold(T::ZERO, |sum, (&a, &x)| sum + a * x),
            };
            self.stays(solved, index, (row, members), upper[index] - product < product - lower[index])
        };
        let tilts = |direction: &[T; N]| self.tilts(direction);
        workspace.margin(qp, &self.output_weights, (parts, &varies), stays, tilts).double()
    }

    /// Whether some parameter changes the objective's slope along a direction.
    fn tilts(&self, direction: &[T; N]) -> bool {
        let size = |largest: T, entry: &T| if entry.abs() > largest { entry.abs() } else { largest };
        let largest = direction.iter().fold(T::ZERO, size);
        let is_moved = |index: u16| is_left(direction[usize::from(index)].abs(), largest);
        if self.maps.hessian.iter().any(|term| is_moved(term.row) || is_moved(term.column)) {
            return true;
        }
        let length = self.program.parameter_length();
        let (mut slopes, mut sizes) = (vec![T::ZERO; length], vec![T::ZERO; length]);
        for term in &self.maps.linear {
            if let (Some(slope), Some(size)) =
                (slopes.get_mut(usize::from(term.parameter)), sizes.get_mut(usize::from(term.parameter)))
            {
                *slope += term.coefficient * direction[usize::from(term.row)];
                *size += term.coefficient.abs() * largest;
            }
        }
        slopes.iter().zip(&sizes).any(|(slope, &size)| is_left(slope.abs(), size))
    }

    /// Whether the gap between a constraint outside of the working set and its bound stays as it is whatever the
    /// parameters do: what they do to its row's product, by the adjoint of the row, is what they do to its bound. With
    /// parameters in matrices that is so to first order alone, and counts for nothing.
    fn stays(
        &self,
        solved: &Solved<T, N, M>,
        index: usize,
        (row, members): (&Sensitivity<T, N, M>, &[Active]),
        is_upper: bool,
    ) -> bool {
        if !self.maps.hessian.is_empty() || !self.maps.rows.is_empty() {
            return false;
        }
        let (mut lower, mut upper) = ([T::ZERO; M], [T::ZERO; M]);
        for &member in members {
            // Of bounds that are equal, the one that is pressed against.
            let own = solved.active.iter().find(|(active, _)| active.constraint() == member.constraint());
            let side = if own.map_or(member, |&(active, _)| active).upper { &mut upper } else { &mut lower };
            side[member.constraint()] = row.dual[member.constraint()];
        }
        (if is_upper { &mut upper } else { &mut lower })[index] -= T::ONE;
        let length = self.program.parameter_length();
        let (mut moves, mut sizes) = (vec![T::ZERO; length], vec![T::ZERO; length]);
        let mut add = |term: &Term<T>, adjoint: T| {
            let parameter = usize::from(term.parameter);
            if let (Some(moved), Some(size)) = (moves.get_mut(parameter), sizes.get_mut(parameter)) {
                *moved += term.coefficient * adjoint;
                *size += (term.coefficient * adjoint).abs();
            }
        };
        self.maps.linear.iter().for_each(|term| add(term, -row.x[usize::from(term.row)]));
        self.maps.lower.iter().for_each(|term| add(term, lower[usize::from(term.row)]));
        self.maps.upper.iter().for_each(|term| add(term, upper[usize::from(term.row)]));
        !moves.iter().zip(&sizes).any(|(moved, &size)| is_left(moved.abs(), size))
    }
}

/// Whether something is left of a sum whose terms have this size, beyond what the solve's accuracy leaves.
fn is_left<T: Number>(sum: T, size: T) -> bool {
    sum > T::from_count(64) * T::KKT_TOLERANCE * size
}
