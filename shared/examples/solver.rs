//! The solver alone: the nearest point to (2, 2) with x0 + x1 <= 1 and both entries in [0, 3].

use convex_edge_core::{Qp, Settings, Status, Workspace, solve};

fn main() {
    let mut qp = Qp::<f32, 2, 3>::new(); // H is the identity
    qp.linear = [-2.0, -2.0].into();
    qp.bounds = 2; // the first two constraints are simple bounds
    qp.lower = [0.0, 0.0, f32::NEG_INFINITY].into();
    qp.upper = [3.0, 3.0, 1.0].into();
    qp.rows.row_mut(2).copy_from_slice(&[1.0, 1.0]);

    let mut workspace = Workspace::new(); // a static on the target
    let solution = solve(&qp, &mut workspace, &Settings::default());
    println!("{:?} after {} changes of the working set", solution.status, solution.iterations);
    println!("x = {:?}, duals = {:?}", solution.x.as_slice(), solution.dual.as_slice());
    assert_eq!(solution.status, Status::Solved);
    assert_eq!(solution.x.as_slice(), [0.5, 0.5]);
}
