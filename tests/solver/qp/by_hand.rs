//! Small problems by hand in which each entry has its own scale: solved as they are, or flagged.

use convex_edge_core::number::Number;
use convex_edge_core::qp::{Qp, Settings, Status, Workspace, solve};
use convex_edge_core::random::Pcg64;

const NONE: f64 = f64::INFINITY;

/// A row of two coefficients, its bounds and its softness.
type Row = ([f64; 2], [f64; 2], f64);

/// How the solve ends, and where.
fn solved<T: Number, const M: usize>(
    hessian: [[f64; 2]; 2],
    linear: [f64; 2],
    bounds: usize,
    rows: [Row; M],
) -> (Status, [f64; 2]) {
    let mut qp = Qp::<T, 2, M>::zero();
    for i in 0..2 {
        qp.linear[i] = T::rounded(linear[i]);
        (0..2).for_each(|j| qp.hessian[(i, j)] = T::rounded(hessian[i][j]));
    }
    qp.bounds = bounds;
    for (i, (row, [lower, upper], softness)) in rows.into_iter().enumerate() {
        (0..2).for_each(|j| qp.rows[(i, j)] = T::rounded(row[j]));
        (qp.lower[i], qp.upper[i], qp.softness[i]) = (T::rounded(lower), T::rounded(upper), T::rounded(softness));
    }
    let mut workspace = Workspace::new();
    let solution = solve(&qp, &mut workspace, &Settings::default());
    (solution.status, [solution.x[0].double(), solution.x[1].double()])
}

#[test]
fn a_soft_row_gives_way_by_what_its_dual_pays_for() {
    for (coefficient, softness) in [(1e5, 1e-6), (1e6, 1e-6), (1e8, 1.0)] {
        let row = ([coefficient, -1.0], [0.999, 0.999], softness);
        let (status, x) = solved::<f32, 1>([[7.0, 0.0], [0.0, 0.333]], [-1.0, 1.0], 0, [row]);
        // Its dual is about 1 / coefficient: it hardly gives way.
        let violation = coefficient * x[0] - x[1] - 0.999;
        let is_held = violation.abs() <= 1e-4 + softness / coefficient;
        assert!(status != Status::Solved || is_held, "{coefficient}: {violation}");
    }
}

#[test]
fn a_large_price_elsewhere_does_not_hide_a_small_linear_term() {
    let fixed = ([1.0, 0.0], [0.0, 0.0], 0.0);
    let (status, x) = solved::<f32, 1>([[1.0, 0.9], [0.9, 1.0]], [-1e6, -1.0], 1, [fixed]);
    assert!(status != Status::Solved || (x[1] - 1.0).abs() < 1e-4, "{x:?}");
    let limits = [([1.0, 0.0], [-10.0, -0.3333], 0.0), ([0.0, 1.0], [-1.0, NONE], 0.0)];
    let (status, x) = solved::<f32, 2>([[0.0, 0.0], [0.0, 1.0]], [1.0, 1e9], 2, limits);
    assert!(status != Status::Solved || x[0] == -10.0, "{x:?}");
    let limits = [([1.0, 0.0], [-NONE, 0.5], 0.0), ([-1.0, 3e6], [-NONE, 2.0], 0.01)];
    let (status, x) = solved::<f32, 2>([[0.0; 2]; 2], [-0.5, -3.0], 1, limits);
    assert!(status != Status::Solved || (x[0] - 0.5).abs() < 1e-4, "{x:?}");
}

#[test]
fn a_linear_term_of_zero_does_not_hide_what_its_row_makes_of_it() {
    // The second variable falls by the first one's growth.
    let rows = [([1.0, 0.0], [-1e-5, 1.0], 0.0), ([1.0, 1.0], [0.0, 0.0], 0.0), ([9.99e8, -1.0], [-3.0, NONE], 0.0)];
    let (status, x) = solved::<f32, 3>([[0.0; 2]; 2], [0.0, 3.0], 1, rows);
    assert!(status != Status::Solved || (x[0] - 1.0).abs() < 1e-4, "{x:?}");
}

#[test]
fn rows_that_are_nearly_parallel_are_not_taken_for_parallel_ones() {
    for (difference, linear) in [(1e-5, [0.3333, 0.0]), (3e-5, [0.3333, 0.0])] {
        let rows = [([-1.0, 1.0 + difference], [0.5, 1.0], 0.0), ([-1.0, 1.0], [-0.1, 1.2], 0.0)];
        assert_ne!(solved::<f32, 2>([[0.0; 2]; 2], linear, 0, rows).0, Status::Unbounded, "{difference}");
    }
}

#[test]
fn a_used_workspace_gives_the_bits_of_a_new_one() {
    let mut qp = Qp::<f32, 2, 3>::zero();
    qp.hessian.copy_from_slice(&[9.0, -6.0, -6.0, 4.0]);
    qp.linear = [-1.0, 1.0].into();
    for (i, row) in [[-3.0, 3.0], [2.0, 1.0], [0.0, 1.0]].iter().enumerate() {
        qp.rows.row_mut(i).copy_from_slice(row);
    }
    (qp.lower, qp.upper) = ([-6.0, -7.0, -6.0].into(), [2.0, 3.0, 1.0].into());
    let (mut new, mut used) = (Workspace::new(), Workspace::new());
    solve(&Qp::new(), &mut used, &Settings::default());
    let wanted = format!("{:?}", solve(&qp, &mut new, &Settings::default()));
    assert_eq!(format!("{:?}", solve(&qp, &mut used, &Settings::default())), wanted);
}

#[test]
fn a_linear_program_in_odd_units_is_not_called_non_convex() {
    let rows = [([2e-12, 0.0], [-9.0, 9.0], 0.0), ([3e-12, 0.0], [-NONE, 5.0], 0.0), ([0.0, -2e12], [-NONE, 4.0], 0.0)];
    assert_ne!(solved::<f32, 3>([[0.0; 2]; 2], [-30_000.0, 1.0], 0, rows).0, Status::NotConvex);
}

#[test]
fn a_ray_that_leaves_a_variable_free_proves_nothing() {
    let rows = [([1.0, 0.0], [1.0, 1.0], 0.0), ([1e4, 5e5], [-NONE, 2.0], 0.0), ([1e4, 500_000.06], [-1e-8, 0.9], 0.0)];
    assert_ne!(solved::<f32, 3>([[3e-9, 0.0], [0.0, 0.0]], [-3.0, 1.0], 1, rows).0, Status::Infeasible);
    let rows = [
        ([1.0, 0.0], [1.0 / 3.0, 3e5], 0.0),
        ([0.0, 1.0], [2.0, 3.0], 0.0),
        ([-1e7, -0.5], [-NONE, -1.0 / 3.0], 0.0),
        ([-1.0, 0.9], [-NONE, 1.0 / 3.0], 0.0),
    ];
    assert_ne!(solved::<f32, 4>([[0.0; 2]; 2], [0.5, 0.01], 2, rows).0, Status::Infeasible);
    let rows = [
        ([-3.0, -1e-4], [-0.09, 1.0 / 300.0], 0.0),
        ([-3.00007, -1e-4], [1.0 / 3.0, NONE], 0.0),
        ([1.0, -3.0], [-NONE, 3.0], 0.0),
    ];
    let hessian = [[2e5, 223.494_97], [223.494_97, 0.999]];
    assert_ne!(solved::<f32, 3>(hessian, [-0.5, -2.0], 0, rows).0, Status::Infeasible);
}

#[test]
fn prices_alone_lead_to_the_tip_of_hard_rows() {
    let rows = [([3.0, 0.0], [0.0, NONE], 0.0), ([-0.7, 0.0], [1.0, NONE], 0.2)];
    let found = solved::<f64, 2>([[1.0, 0.0], [0.0, 1.0]], [0.0; 2], 0, rows);
    assert_eq!(found, (Status::Solved, [0.0, 0.0]));
    let found = solved::<f32, 2>([[1.0, 0.0], [0.0, 1.0]], [0.0; 2], 0, rows);
    assert_eq!(found, (Status::Solved, [0.0, 0.0]));
    let random = &mut Pcg64::from_seed(1);
    let mut ends = [0, 0];
    for k in 0..20_000_usize {
        let mut integer = |limit: f64| random.uniform(-limit - 0.5, limit + 0.5).round();
        let (a, b, c) = (integer(2.0), integer(2.0), integer(2.0));
        let hessian = [[a * a + 1.0, a * b], [a * b, b * b + c * c + 1.0]];
        let rows = std::array::from_fn(|i| {
            let (one, other) = (integer(2.0), integer(2.0));
            let lower = if integer(1.0) > 0.0 { -NONE } else { one.min(other) };
            let softness = if i == k % 3 { [0.2, 1e-3, 1.0, 50.0][k % 4] } else { 0.0 };
            ([integer(3.0), integer(3.0)], [lower, one.max(other)], softness)
        });
        let (status, _) = solved::<f64, 3>(hessian, [0.0; 2], 0, rows);
        assert!(matches!(status, Status::Solved | Status::Infeasible), "{status:?} {hessian:?} {rows:?}");
        ends[usize::from(status == Status::Solved)] += 1;
    }
    assert!(ends.iter().all(|&end| end > 200), "{ends:?}");
}
