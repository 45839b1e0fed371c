//! The bound against solves whose operations are counted by the numbers themselves.

extern crate std;

use super::worst_case;
use crate::qp::{Qp, Settings, Workspace, solve, solve_warm};
use crate::random::Pcg64;
use crate::real::counted::{Counted, taken};

/// A problem of small integers: degenerate, with rows that depend on others, now and then without curvature, infeasible
/// or unbounded.
fn problem<const N: usize, const M: usize>(random: &mut Pcg64) -> Qp<Counted, N, M> {
    let mut qp = Qp::<Counted, N, M>::zero();
    let rank = (random.next_u64() % (2 * N as u64)) as usize;
    let mut integer = |limit: u64| Counted((random.next_u64() % (2 * limit + 1)) as f64 - limit as f64);
    for _ in 0..rank {
        let factor: [Counted; N] = core::array::from_fn(|_| integer(2));
        for (column, &b) in qp.hessian.data.0.iter_mut().zip(&factor) {
            column.iter_mut().zip(&factor).for_each(|(h, &a)| *h += a * b);
        }
    }
    qp.linear.iter_mut().for_each(|f| *f = integer(9));
    qp.rows.iter_mut().for_each(|a| *a = integer(2));
    for i in 0..M {
        let (middle, width) = (integer(6), integer(6).0.abs());
        qp.lower[i] = Counted(middle.0 - width);
        qp.upper[i] = Counted(if i % 3 == 0 { f64::INFINITY } else { middle.0 + width });
        qp.softness[i] = Counted(if i % 5 == 4 { 0.5 } else { 0.0 });
    }
    qp.bounds = if rank.is_multiple_of(2) { N.min(M) } else { 0 };
    qp
}

/// The largest share of the bound over solves, cold and from the working set of another problem.
fn largest_share<const N: usize, const M: usize>(count: u64) -> f64 {
    let random = &mut Pcg64::from_seed(7);
    let mut workspace = Workspace::new();
    let mut largest = 0.0_f64;
    for index in 0..count {
        let qp = problem::<N, M>(random);
        let iteration_limit = (random.next_u64() % 100) as u32;
        let settings = Settings { iteration_limit, ..Settings::default() };
        taken();
        let solution = if index.is_multiple_of(2) {
            solve(&qp, &mut workspace, &settings)
        } else {
            solve_warm(&qp, &mut workspace, &settings)
        };
        assert!(solution.iterations <= iteration_limit);
        let cap = if index.is_multiple_of(2) { iteration_limit } else { iteration_limit.max(M as u32) };
        largest = largest.max(taken() as f64 / worst_case(N, M, cap) as f64);
    }
    largest
}

#[test]
fn no_solve_takes_more_than_the_bound() {
    let shares = [largest_share::<2, 5>(3000), largest_share::<4, 10>(2000), largest_share::<10, 30>(500)];
    assert!(shares.iter().all(|&share| share > 0.02 && share <= 1.0), "{shares:?}");
}
