//! A solve that keeps the factors gives the cold answer, and gives no wrong one where it must not keep them.

use convex_edge_core::qp::{Qp, Settings, Status, Workspace, solve, solve_updated, update_bounds, update_linear};
use proptest::prelude::*;

const N: usize = 6;
const M: usize = 18;

fn vector(length: usize) -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(-1.0..1.0, length)
}

prop_compose! {
    /// Strictly convex, 6 simple bounds, feasible at 0.
    fn matrices()(root in vector(N * N), rows in vector(M * N)) -> Qp<f64, N, M> {
        let mut qp = Qp::<f64, N, M>::new();
        let root = nalgebra::SMatrix::<f64, N, N>::from_column_slice(&root);
        qp.hessian += root.transpose() * root;
        qp.rows.copy_from_slice(&rows);
        qp.bounds = N;
        qp
    }
}

prop_compose! {
    fn vectors()(
        linear in vector(N),
        lower in prop::collection::vec(prop_oneof![4 => -0.4..0.0, 1 => Just(f64::NEG_INFINITY)], M),
        upper in prop::collection::vec(prop_oneof![4 => 0.0..0.4, 1 => Just(f64::INFINITY)], M),
    ) -> [Vec<f64>; 3] {
        [linear.into_iter().map(|f| 3.0 * f).collect(), lower, upper]
    }
}

fn set(qp: &mut Qp<f64, N, M>, [linear, lower, upper]: &[Vec<f64>; 3]) {
    qp.linear.copy_from_slice(linear);
    qp.lower.copy_from_slice(lower);
    qp.upper.copy_from_slice(upper);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn new_vectors_give_the_cold_answer(
        mut qp in matrices(),
        sequence in prop::collection::vec(vectors(), 1..8),
    ) {
        let (mut kept, mut fresh) = (Workspace::new(), Workspace::new());
        for vectors in &sequence {
            set(&mut qp, vectors);
            let cold = solve(&qp, &mut fresh, &Settings::default());
            update_linear(&qp, &mut kept, &qp.linear);
            update_bounds(&qp, &mut kept, &qp.lower, &qp.upper);
            let updated = solve_updated(&qp, &mut kept, &Settings::default());
            prop_assert_eq!((cold.status, updated.status), (Status::Solved, Status::Solved));
            prop_assert!((cold.x - updated.x).amax() < 1e-7, "{} against {}", cold.x, updated.x);
        }
        // Once more with nothing changed: the working set is there.
        let again = solve_updated(&qp, &mut kept, &Settings::default());
        prop_assert_eq!((again.status, again.iterations), (Status::Solved, 0));
    }

    #[test]
    fn a_broken_promise_gives_no_wrong_answer(
        mut one in matrices(), mut other in matrices(), vectors in vectors(),
    ) {
        set(&mut one, &vectors);
        set(&mut other, &vectors);
        let mut workspace = Workspace::new();
        prop_assert_eq!(solve(&one, &mut workspace, &Settings::default()).status, Status::Solved);
        let claim = solve_updated(&other, &mut workspace, &Settings::default());
        if claim.status == Status::Solved {
            let mut fresh = Workspace::new();
            let cold = solve(&other, &mut fresh, &Settings::default());
            prop_assert!((cold.x - claim.x).amax() < 1e-5, "{} against {}", cold.x, claim.x);
        }
    }
}

#[test]
fn the_first_solve_needs_no_other_before() {
    let mut workspace = Workspace::new();
    let qp = Qp::<f32, 2, 3>::new();
    assert_eq!(solve_updated(&qp, &mut workspace, &Settings::default()).status, Status::Solved);
    let mut wrong = qp.clone();
    wrong.hessian[(0, 0)] = -1.0;
    assert_eq!(solve(&wrong, &mut workspace, &Settings::default()).status, Status::NotConvex);
    // Nothing is kept of a failed factorization.
    assert_eq!(solve_updated(&qp, &mut workspace, &Settings::default()).status, Status::Solved);
}
