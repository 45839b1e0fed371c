//! Workloads whose instructions are counted: some problems of a family, prepared in advance, and the solves alone.

use super::own::{Number, set_matrices, set_vectors};
use convex_edge_core::qp::{Qp, Settings, Workspace, solve, solve_updated, update_bounds, update_linear};
use convex_edge_core::real::Real;
use convex_edge_verify::families::generate;
use std::hint::black_box;

/// Problems in order, and what they are solved in.
#[derive(Debug)]
pub struct Prepared<T: Real, const N: usize, const M: usize> {
    programs: Vec<Qp<T, N, M>>,
    workspace: Box<Workspace<T, N, M>>,
    settings: Settings<T>,
}

/// The first problems of a family in double precision, the very first one solved; nothing where the family is of
/// another size.
pub fn double<const N: usize, const M: usize>(family: &str, count: usize) -> Option<Prepared<f64, N, M>> {
    prepare(family, count)
}

/// The same in single precision.
pub fn single<const N: usize, const M: usize>(family: &str, count: usize) -> Option<Prepared<f32, N, M>> {
    prepare(family, count)
}

fn prepare<T: Number, const N: usize, const M: usize>(name: &str, count: usize) -> Option<Prepared<T, N, M>> {
    let family = generate(name).filter(|family| (family.variables, family.constraints) == (N, M))?;
    let mut qp = Box::new(Qp::zero());
    let programs = family.problems().take(count).map(|(matrices, vectors)| {
        set_matrices(&mut qp, &family, matrices);
        set_vectors(&mut qp, vectors);
        (*qp).clone()
    });
    let mut prepared =
        Prepared { programs: programs.collect(), workspace: Box::new(Workspace::new()), settings: Settings::default() };
    solve(prepared.programs.first()?, &mut prepared.workspace, &prepared.settings);
    Some(prepared)
}

/// Solves every problem from nothing; returns the sum of the iterations.
pub fn cold<T: Real, const N: usize, const M: usize>(prepared: &mut Prepared<T, N, M>) -> u32 {
    let Prepared { programs, workspace, settings } = prepared;
    programs.iter().map(|qp| solve(black_box(qp), workspace, settings).iterations).sum()
}

/// Solves every problem but the first as an update of the one before it; returns the sum of the iterations.
pub fn warm<T: Real, const N: usize, const M: usize>(prepared: &mut Prepared<T, N, M>) -> u32 {
    let Prepared { programs, workspace, settings } = prepared;
    let next = |qp| {
        update_linear(qp, workspace, &qp.linear);
        update_bounds(qp, workspace, &qp.lower, &qp.upper);
        solve_updated(black_box(qp), workspace, settings).iterations
    };
    programs.iter().skip(1).map(next).sum()
}
