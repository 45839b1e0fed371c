//! Fuzz cases of the solver: decoding of bytes, and demands that the fuzzer and the replay of its corpus share.
//!
//! The first byte chooses precision, numbers and size; the others are a sequence of four programs in one workspace: cold,
//! updated under a small cap, warm with other matrices, updated again. With exact numbers (small integers times powers
//! of two) degeneracy and dependence are exact, and a feasible point or a contradiction is known; with any numbers there
//! are NaN, infinities and subnormals anywhere. Demanded is:
//! - no panic, and no more iterations than the cap;
//! - of data with a NaN or a forbidden infinity: never another answer than that (or that the matrices are not convex);
//! - of what is called solved: the KKT conditions evaluated in double precision within 1.5 times the solver's tolerance,
//!   and for exact numbers with a planted point the certificate of [`super::certificate`], which allows for conditions up
//!   to about 1e6; both only where all magnitudes are within 1e-9 to 1e9 in single and 1e-80 to 1e80 in double
//!   precision, since beyond the products lose terms;
//! - of what is called infeasible: no feasible point is known; of a planted contradiction: it is not called solved.

mod judge;
mod program;
mod stream;

use convex_edge_core::number::Number;
use convex_edge_core::qp::{
    Qp, Settings, Solution, Status, Workspace, solve, solve_updated, solve_warm, update_bounds, update_linear,
};
use judge::judge;
use program::{Known, Units, any_matrices, any_vectors, exact_matrices, exact_vectors};
use stream::Stream;

/// Start of a solve.
#[derive(Debug, Clone, Copy)]
enum Start {
    Cold,
    Warm,
    Updated,
}

/// Solves the programs of the bytes, and returns the statuses of the four solves.
///
/// # Errors
/// What is wrong with an answer.
pub fn check(bytes: &[u8]) -> Result<[Status; 4], String> {
    let stream = &mut Stream::new(bytes);
    let choice = stream.byte();
    let exact = choice & 2 != 0;
    match (choice & 1, choice >> 2 & 3) {
        (0, 0) => sequence::<f32, 1, 3>(exact, stream),
        (0, 1) => sequence::<f32, 2, 5>(exact, stream),
        (0, 2) => sequence::<f32, 4, 10>(exact, stream),
        (0, _) => sequence::<f32, 10, 30>(exact, stream),
        (_, 0) => sequence::<f64, 1, 3>(exact, stream),
        (_, 1) => sequence::<f64, 2, 5>(exact, stream),
        (_, 2) => sequence::<f64, 4, 10>(exact, stream),
        (_, _) => sequence::<f64, 10, 30>(exact, stream),
    }
}

fn sequence<T: Number, const N: usize, const M: usize>(
    exact: bool,
    stream: &mut Stream,
) -> Result<[Status; 4], String> {
    let mut qp = Qp::<T, N, M>::new();
    let mut workspace = Workspace::new();
    let mut units = None;
    let mut ends = [Status::default(); 4];
    for (end, start) in ends.iter_mut().zip([Start::Cold, Start::Updated, Start::Warm, Start::Updated]) {
        let default = Settings::<T>::default();
        let cap = if stream.once_in(2) { stream.below(20) as u32 } else { default.iteration_limit };
        if !matches!(start, Start::Updated) {
            units = matrices(&mut qp, exact, stream);
        }
        let known = match &units {
            Some(units) => exact_vectors(&mut qp, units, stream),
            None => any_vectors(&mut qp, stream),
        };
        // A contradiction changes the matrix, which an update promises not to.
        let start = if known == Known::Contradiction { Start::Warm } else { start };
        let settings = Settings { iteration_limit: cap, ..default };
        let solution = answer(start, &qp, &mut workspace, &settings);
        judge(&qp, &known, &solution, cap).map_err(|why| format!("{start:?}: {why}; {qp:?}, {solution:?}"))?;
        *end = solution.status;
        if known == Known::Contradiction {
            units = matrices(&mut qp, exact, stream);
            workspace.clear();
            solve(&qp, &mut workspace, &default);
        }
    }
    Ok(ends)
}

fn matrices<T: Number, const N: usize, const M: usize>(
    qp: &mut Qp<T, N, M>,
    exact: bool,
    stream: &mut Stream,
) -> Option<Units<N>> {
    if exact {
        return Some(exact_matrices(qp, stream));
    }
    any_matrices(qp, stream);
    None
}

/// The only place that calls the solver for an answer.
fn answer<'a, T: Number, const N: usize, const M: usize>(
    start: Start,
    qp: &Qp<T, N, M>,
    workspace: &'a mut Workspace<T, N, M>,
    settings: &Settings<T>,
) -> Solution<'a, T, N, M> {
    match start {
        Start::Cold => solve(qp, workspace, settings),
        Start::Warm => solve_warm(qp, workspace, settings),
        Start::Updated => {
            update_linear(qp, workspace, &qp.linear);
            update_bounds(qp, workspace, &qp.lower, &qp.upper);
            solve_updated(qp, workspace, settings)
        }
    }
}

#[cfg(test)]
mod tests;
