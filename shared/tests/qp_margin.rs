//! Margins and adjoints at kinks and ties, in single precision and without the host.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use convex_edge_core::qp::{Qp, Settings, Status, Workspace, solve, solve_warm};
use nalgebra::SVector;

/// The nearest point to p that is not negative.
fn rectifier(p: [f32; 2]) -> Qp<f32, 2, 2> {
    let mut qp = Qp::new();
    qp.linear = -SVector::from(p);
    qp.bounds = 2;
    qp.upper = [f32::INFINITY; 2].into();
    qp
}

#[test]
fn the_margin_is_the_distance_from_the_kink_cold_and_warm() {
    let mut workspace = Workspace::new();
    for (p, wanted) in [([0.0, 0.0], 0.0), ([3.0, 0.0], 0.0), ([0.25, -4.0], 0.25), ([-0.125, 9.0], 0.125)] {
        let qp = rectifier(p);
        for is_warm in [false, true] {
            let settings = Settings::default();
            let solution = if is_warm {
                solve_warm(&qp, &mut workspace, &settings)
            } else {
                solve(&qp, &mut workspace, &settings)
            };
            assert_eq!(solution.status, Status::Solved);
            assert_eq!(
                workspace.margin(&qp, &[1.0, 0.7].into(), (&[false; _], &[false; _]), |_, _, _| false, |_| true),
                wanted,
                "{p:?}"
            );
        }
    }
}

#[test]
fn a_kink_counts_for_outputs_that_have_it() {
    let (qp, mut workspace) = (rectifier([1.0, 0.0]), Workspace::new());
    solve(&qp, &mut workspace, &Settings::default());
    assert_eq!(workspace.margin(&qp, &[1.0, 0.0].into(), (&[false; _], &[false; _]), |_, _, _| false, |_| true), 1.0);
    assert_eq!(workspace.margin(&qp, &[0.0, 1.0].into(), (&[false; _], &[false; _]), |_, _, _| false, |_| true), 0.0);
}

#[test]
fn what_a_linear_program_leaves_open_has_neither_margin_nor_gradient() {
    let mut qp = Qp::<f32, 3, 3>::zero();
    qp.bounds = 3;
    qp.linear = [0.0, -1.0, 2.0].into();
    qp.upper = [1.0, 1.0, 1.0].into();
    let mut workspace = Workspace::new();
    assert_eq!(solve(&qp, &mut workspace, &Settings::default()).status, Status::Solved);
    assert_eq!(
        workspace.margin(&qp, &[1.0, 0.6, -0.3].into(), (&[false; _], &[false; _]), |_, _, _| false, |_| true),
        0.0
    );
    assert_eq!(
        workspace.margin(&qp, &[0.0, 0.6, -0.3].into(), (&[false; _], &[false; _]), |_, _, _| false, |_| true),
        1.0
    );
    let adjoint = workspace.sensitivity(&qp, &[1.0, 1.0, 1.0].into());
    assert!(adjoint.residual > 0.1);
    assert_eq!((adjoint.x.as_slice(), adjoint.dual.as_slice()), (&[0.0; 3][..], &[0.0, 1.0, 1.0][..]));
}

#[test]
fn curvature_that_a_variable_has_only_by_an_equality_is_found() {
    // x0 has no curvature of its own, but x0 = x1, and x1 hardly any.
    let mut qp = Qp::<f64, 2, 1>::zero();
    qp.hessian[(1, 1)] = 1e-3;
    qp.linear = [-1e-3, 0.0].into();
    (qp.rows[(0, 0)], qp.rows[(0, 1)]) = (1.0, -1.0);
    let mut workspace = Workspace::new();
    let solution = solve(&qp, &mut workspace, &Settings::default());
    assert_eq!(solution.status, Status::Solved);
    assert!((solution.x[0] - 1.0).abs() < 1e-9);
    let adjoint = workspace.sensitivity(&qp, &[1.0, 0.0].into());
    assert!(adjoint.residual < 1e-9, "{adjoint:?}");
    assert!((adjoint.x[0] - 1000.0).abs() < 1e-6 && (adjoint.x[1] - 1000.0).abs() < 1e-6, "{adjoint:?}");
    assert_eq!(
        workspace.margin(&qp, &[1.0, 0.0].into(), (&[false; _], &[false; _]), |_, _, _| false, |_| true),
        f64::INFINITY
    );
}

#[test]
fn an_adjoint_pays_for_its_slack_whatever_the_curvature() {
    let mut qp = Qp::<f32, 1, 1>::zero();
    (qp.hessian[(0, 0)], qp.linear[0], qp.rows[(0, 0)]) = (1e-8, 1.0, 1.0);
    (qp.lower[0], qp.upper[0], qp.softness[0]) = (1.0, 1.0, 1.0);
    let mut workspace = Workspace::new();
    assert_eq!(solve(&qp, &mut workspace, &Settings::default()).status, Status::Solved);
    assert_eq!(workspace.sensitivity(&qp, &[1.0].into()).x[0], 1.0);
}

#[test]
fn what_bounds_hold_does_not_move_in_an_adjoint() {
    let mut qp = Qp::<f64, 2, 3>::zero();
    (qp.hessian[(0, 0)], qp.hessian[(1, 1)], qp.bounds) = (1.0, 1e-12, 2);
    qp.linear = [1.0 / 3.0, 1.0 / 3.0].into();
    (qp.rows[(2, 0)], qp.rows[(2, 1)]) = (1.0, 1.0 / 3.0);
    qp.lower = [0.0, 2.0, 2.0 / 3.0].into();
    qp.upper = [1.0, f64::INFINITY, 2.0 / 3.0].into();
    let mut workspace = Workspace::new();
    assert_eq!(solve(&qp, &mut workspace, &Settings::default()).status, Status::Solved);
    for gradient in [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]] {
        let v = workspace.sensitivity(&qp, &gradient.into()).x;
        assert!(v.amax() < 1e-9, "{gradient:?}: {v}");
    }
}

#[test]
fn soft_rows_that_share_a_direction_with_others_get_their_own_adjoints() {
    let mut qp = Qp::<f32, 2, 3>::zero();
    qp.hessian.fill(1.0);
    qp.linear = [3.0, 8.0].into();
    for (i, row) in [[0.0, 1.0], [0.0, 2.0], [1.0, -3.0]].iter().enumerate() {
        qp.rows.row_mut(i).copy_from_slice(row);
    }
    (qp.lower, qp.upper) = ([-1.0, -2.0, 1.5].into(), [4.0, 3.5, 1.5].into());
    qp.softness.fill(1e-6);
    let mut workspace = Workspace::new();
    assert_eq!(solve(&qp, &mut workspace, &Settings::default()).status, Status::Solved);
    let sensitivity = workspace.sensitivity(&qp, &[-0.46, 0.98].into());
    for (found, wanted) in sensitivity.dual.iter().zip([-0.08, -0.16, -0.46]) {
        assert!((found - wanted).abs() < 1e-4, "{sensitivity:?}");
    }
}

#[test]
fn a_vertex_that_the_rows_determine_has_its_adjoint_and_a_margin() {
    let mut qp = Qp::<f64, 3, 6>::zero();
    qp.hessian.copy_from_slice(&[1.0, 3.0, 0.0, 3.0, 9.0, 0.0, 0.0, 0.0, 0.0]);
    qp.linear = [-7.0, -4.0, -3.0].into();
    let rows: [[f64; 3]; 6] = [
        [-1.0, -3.0, -3.0],
        [1.0, -1.0, -3.0],
        [0.0, 1.0, -3.0],
        [-2.0, 2.0, -2.0],
        [3.0, -2.0, -3.0],
        [-2.0, 2.0, 1.0],
    ];
    for (i, row) in rows.iter().enumerate() {
        qp.rows.row_mut(i).copy_from_slice(row);
    }
    qp.lower = [-2.0, -0.5, -2.0, -1.5, -4.0, -1.5].into();
    qp.upper = [2.0, 2.5, 1.5, 4.0, 3.5, 1.5].into();
    let mut workspace = Workspace::new();
    assert_eq!(solve(&qp, &mut workspace, &Settings::default()).status, Status::Solved);
    let gradient = [-0.268_839_498_767_103_2, -0.808_540_602_023_360_3, -0.269_417_581_273_789_34].into();
    let sensitivity = workspace.sensitivity(&qp, &gradient);
    for (i, wanted) in [(0, 0.269_345), (3, -0.179_623), (5, 0.179_371)] {
        assert!((sensitivity.dual[i] - wanted).abs() < 1e-5, "{sensitivity:?}");
    }
    assert!(workspace.margin(&qp, &gradient, (&[false; _], &[false; _]), |_, _, _| false, |_| true) > 0.1);
}

#[test]
fn bounds_that_may_part_have_a_kink_where_nothing_presses() {
    let mut workspace = Workspace::new();
    for (pull, wanted) in [(-5.0, 5.0), (0.0, 0.0), (0.25, 0.25)] {
        let mut qp = Qp::<f64, 1, 1>::new();
        (qp.bounds, qp.linear[0]) = (1, -pull);
        (qp.lower[0], qp.upper[0]) = (0.0, 0.0);
        assert_eq!(solve(&qp, &mut workspace, &Settings::default()).status, Status::Solved);
        assert_eq!(workspace.margin(&qp, &[1.0].into(), (&[true], &[false]), |_, _, _| false, |_| true), wanted);
        assert_eq!(
            workspace.margin(&qp, &[1.0].into(), (&[false], &[false]), |_, _, _| false, |_| true),
            f64::INFINITY
        );
    }
}
