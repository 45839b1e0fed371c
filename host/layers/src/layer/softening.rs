//! The softened program: every constraint may be violated by s at the price `s^2 / (2 softness)`.
//!
//! A row whose bounds are reversed, lower above upper, is priced at both between them and at one of them outside. The
//! solver has rows with one softness, so that such a row is one of three ([`Side`]), found by turns: solve, and look
//! between which bounds the row ended.

use super::state::State;
use convex_edge_core::number::Number;
use convex_edge_core::qp::{Qp, Settings, Status, solve_warm};

/// Turns beyond two for each row with reversed bounds; nearly all programs need one to three.
const TURNS: usize = 10;

/// At which bounds a reversed row is priced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// Below both bounds: at the lower one.
    Below,
    /// Between the upper bound and the lower one above it: at both.
    Between,
    /// Above both bounds: at the upper one.
    Above,
}

/// A row whose lower bound is above its upper bound.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reversed<T> {
    pub(super) row: usize,
    pub(super) softness: T,
    pub(super) side: Side,
    lower: T,
    upper: T,
}

/// A softened program that is solved; its state holds factors and solution.
#[derive(Debug)]
pub(super) struct Softened<T: Number, const N: usize, const M: usize> {
    pub(super) state: Box<State<T, N, M>>,
    pub(super) reversed: Vec<Reversed<T>>,
    /// Distance of the reversed rows from their bounds, where the price has a kink, in the units of a sample's margin;
    /// infinite without such rows.
    pub(super) margin: f64,
}

/// Softens and solves a program; `None` where that is not solved either.
pub(super) fn soften<T: Number, const N: usize, const M: usize>(
    qp: &Qp<T, N, M>,
    softness: T,
    settings: &Settings<T>,
) -> Option<Softened<T, N, M>> {
    let mut state = State::boxed(qp);
    let mut reversed = Vec::new();
    for (row, (lower, upper)) in qp.lower.iter().zip(&qp.upper).enumerate() {
        let entry = state.qp.softness.get_mut(row)?;
        *entry = if *entry < softness { softness } else { *entry };
        if *lower > *upper {
            reversed.push(Reversed { row, softness: *entry, side: Side::Between, lower: *lower, upper: *upper });
        }
    }
    for _ in 0..TURNS + 2 * reversed.len() {
        reversed.iter().for_each(|it| it.apply(&mut state.qp));
        state.workspace.set_working_set(&[]);
        let State { qp, workspace } = &mut *state;
        let solution = solve_warm(qp, workspace, settings);
        if solution.status != Status::Solved {
            return None;
        }
        let x = solution.x.data.0[0];
        let (mut changed, mut margin) = (false, f64::INFINITY);
        for it in &mut reversed {
            let value = product(qp, it.row, &x);
            let side = it.side_of(value);
            (changed, it.side) = (changed || side != it.side, side);
            margin = margin.min(it.margin(qp, value));
        }
        if !changed {
            return Some(Softened { state, reversed, margin });
        }
    }
    None
}

impl<T: Number> Reversed<T> {
    /// Writes the row's bounds and softness for its side.
    fn apply<const N: usize, const M: usize>(&self, qp: &mut Qp<T, N, M>) {
        let (half, none) = (T::rounded(0.5), T::ONE / T::ZERO);
        let (lower, upper, softness) = match self.side {
            Side::Below => (self.lower, none, self.softness),
            Side::Above => (-none, self.upper, self.softness),
            // The prices of both are that of the middle, twice, and a constant.
            Side::Between => {
                let middle = (self.lower + self.upper) * half;
                (middle, middle, self.softness * half)
            }
        };
        (qp.lower[self.row], qp.upper[self.row], qp.softness[self.row]) = (lower, upper, softness);
    }

    fn side_of(&self, value: T) -> Side {
        match value {
            value if value > self.lower => Side::Above,
            value if value < self.upper => Side::Below,
            _ => Side::Between,
        }
    }

    /// How far the unconstrained minimizer has to move until the row, which yields to its price, is at one of its bounds.
    fn margin<const N: usize, const M: usize>(&self, qp: &Qp<T, N, M>, value: T) -> f64 {
        let (value, lower, upper) = (value.double(), self.lower.double(), self.upper.double());
        let unit = |j: usize| {
            let curvature = qp.hessian[(j, j)].double();
            if curvature > 0.0 { 1.0 / curvature } else { 1.0 }
        };
        let entry = |j: usize| {
            if self.row < qp.bounds { f64::from(u8::from(self.row == j)) } else { qp.rows[(self.row, j)].double() }
        };
        let square: f64 = (0..N).map(|j| entry(j) * entry(j) * unit(j)).sum();
        let softness = qp.softness[self.row].double();
        (value - lower).abs().min((value - upper).abs()) * ((square + softness) / softness) / square.sqrt()
    }
}

/// Entry of `A x`.
fn product<T: Number, const N: usize, const M: usize>(qp: &Qp<T, N, M>, row: usize, x: &[T; N]) -> T {
    if row < qp.bounds {
        return x[row];
    }
    (0..N).fold(T::ZERO, |sum, j| sum + qp.rows[(row, j)] * x[j])
}
