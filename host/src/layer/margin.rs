//! Distance of a sample from the kinks of its outputs, as functions of the parameters.

use super::active_set::{Inner, Maps, Solved};
use super::state::State;
use crate::check::number::Number;
use burn::tensor::Element;
use convex_edge_core::program::Term;
use convex_edge_core::qp::{Qp, Sensitivity};
use nalgebra::SVector;
use std::collections::BTreeMap;

/// What is left of a derivative that cancels, relative to its terms.
const CANCELS: f64 = 1e-6;

/// A number for each output, all different and of no simple relation: the fractions of the golden ratio's multiples.
pub(super) fn output_weights<T: Number, const N: usize>(outputs: &[usize]) -> SVector<T, N> {
    let mut weights = SVector::<T, N>::from_element(T::ZERO);
    for (k, &output) in outputs.iter().enumerate() {
        if let Some(weight) = weights.as_mut_slice().get_mut(output) {
            let value = 0.5 + (0.618_033_988_749_894_9 * k as f64).fract();
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

impl<T: Number + Element, const N: usize, const M: usize> Inner<T, N, M> {
    /// The margin of the state's last solve, whose solution was `solved`, with those constraints whose bounds may part.
    pub(super) fn margin(&self, state: &mut State<T, N, M>, solved: &Solved<T, N, M>, parts: &[bool; M]) -> f64 {
        let State { qp, workspace } = state;
        let qp = &*qp;
        if self.maps.row_runs.iter().any(|run| is_about_to_appear(qp, run.row)) {
            return 0.0;
        }
        let (lower, upper, rows) = (qp.lower, qp.upper, SVector::<T, N>::from(solved.x));
        let stays = |index: usize, row: &Sensitivity<T, N, M>| {
            let product = match index < qp.bounds {
                true => rows[index],
                false => qp.rows.row(index).iter().zip(&rows).fold(T::ZERO, |sum, (&a, &x)| sum + a * x),
            };
            self.stays(solved, index, row, upper[index] - product < product - lower[index])
        };
        workspace.margin(qp, &self.output_weights, parts, stays).double()
    }

    /// Whether the gap between a constraint outside of the working set and its bound stays as it is whatever the
    /// parameters do: what they do to its row's product, by the adjoint of the row, is what they do to its bound.
    fn stays(&self, solved: &Solved<T, N, M>, index: usize, row: &Sensitivity<T, N, M>, is_upper: bool) -> bool {
        let (mut lower, mut upper) = ([T::ZERO; M], [T::ZERO; M]);
        for &(active, _) in &solved.active {
            let side = if active.upper { &mut upper } else { &mut lower };
            side[active.constraint()] = row.dual[active.constraint()];
        }
        let mut theta = vec![T::ZERO; self.program.parameter_length()];
        self.add_to_parameters((&solved.x, &solved.duals()), row.x.as_slice(), (&lower, &upper), &mut theta);
        // Of the former alone: where the latter is larger, they differ.
        let scale = theta.iter().fold(T::ZERO, |scale, &a| if a.abs() > scale { a.abs() } else { scale });
        let (mut lower, mut upper) = ([T::ZERO; M], [T::ZERO; M]);
        (if is_upper { &mut upper } else { &mut lower })[index] = -T::ONE;
        // What it does to the bound alone: no force takes part.
        self.add_to_parameters((&solved.x, &[T::ZERO; M]), &[T::ZERO; N], (&lower, &upper), &mut theta);
        theta.iter().all(|&rest| rest.abs() <= T::rounded(CANCELS) * scale)
    }
}
