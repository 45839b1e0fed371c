//! Programs of 200 variables and 400 constraints on a small stack, without optimization as well.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use convex_edge_core::heap::boxed;
use convex_edge_core::qp::{Qp, Settings, Status, Workspace, solve, solve_updated};
use std::sync::Mutex;
use std::thread;

const N: usize = 200;
const M: usize = 400;

/// The way without an allocator.
static QP: Mutex<Qp<f64, N, M>> = Mutex::new(Qp::zero());
static WORKSPACE: Mutex<Workspace<f64, N, M>> = Mutex::new(Workspace::new());

/// Nearest point to one beyond the bounds, with rows over neighbours, equalities among them.
fn fill(qp: &mut Qp<f64, N, M>, is_linear: bool) {
    qp.bounds = N;
    for i in 0..N {
        qp.hessian[(i, i)] = if is_linear { 0.0 } else { 2.0 };
        qp.linear[i] = -((i % 7) as f64);
        (qp.lower[i], qp.upper[i]) = (0.0, 2.0);
        let row = N + i;
        qp.rows[(row, i)] = 1.0;
        qp.rows[(row, (i + 1) % N)] = 1.0;
        let limit = 1.0 + (i % 3) as f64;
        (qp.lower[row], qp.upper[row]) = (if i % 50 == 0 { limit } else { 0.0 }, limit);
    }
}

/// In a thread of two mebibytes: solved cold and again, with derivative and margin.
fn on_a_small_stack(run: impl FnOnce() + Send) {
    thread::scope(|scope| {
        thread::Builder::new().stack_size(2 << 20).spawn_scoped(scope, run).unwrap().join().unwrap();
    });
}

fn solves(qp: &mut Qp<f64, N, M>, workspace: &mut Workspace<f64, N, M>) {
    let settings = Settings { iteration_limit: 4000, ..Settings::default() };
    for is_linear in [false, true] {
        fill(qp, is_linear);
        assert_eq!(solve(qp, workspace, &settings).status, Status::Solved);
        let gradient = nalgebra::SVector::from_fn(|i, _| 1.0 + (i as f64) / 7.0);
        assert!(workspace.margin(qp, &gradient, (&[false; _], &[false; _]), |_, _, _| false, |_| true) >= 0.0);
        assert!(workspace.sensitivity(qp, &gradient).x.iter().all(|entry| entry.is_finite()));
        assert_eq!(solve_updated(qp, workspace, &settings).status, Status::Solved);
    }
}

#[test]
fn in_a_static() {
    on_a_small_stack(|| solves(&mut QP.lock().unwrap(), &mut WORKSPACE.lock().unwrap()));
}

#[test]
fn on_the_heap() {
    on_a_small_stack(|| solves(&mut boxed(Qp::zero), &mut boxed(Workspace::new)));
}
