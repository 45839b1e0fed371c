//! The certificate that the check of the solver judges by: it accepts right answers and no others.

use crate::property::{cases, recipes};
use convex_edge_core::number::Number;
use convex_edge_core::qp::{Qp, Settings, Status, Workspace, solve};
use convex_edge_verify::certificate::{Errors, Size};
use convex_edge_verify::oracle::Reference;
use convex_edge_verify::problems::{Recipe, feasible_with_point};
use proptest::prelude::*;

/// Errors of the answer to one problem when judged as that to another.
fn errors<T: Number, const N: usize, const M: usize>(
    solved: &Qp<T, N, M>,
    judged: &Qp<T, N, M>,
    point: &[f64],
) -> Option<Errors> {
    let mut workspace = Workspace::new();
    let solution = solve(solved, &mut workspace, &Settings::default());
    let problem = Reference::new(judged);
    let size = Size::new(&problem, point).unwrap();
    (solution.status == Status::Solved).then(|| size.errors(&problem, &solution))
}

fn accepts<T: Number, const N: usize, const M: usize>(recipe: Recipe) {
    let (qp, point) = feasible_with_point::<T, N, M>(recipe);
    if let Some(errors) = errors(&qp, &qp, &point) {
        assert!(errors.are_small::<T>(), "{errors:?}: {qp:?}");
    }
}

/// The answer to another linear term, and those to another bound of a row that counts.
fn rejects<T: Number, const N: usize, const M: usize>(recipe: Recipe) {
    let (qp, point) = feasible_with_point::<T, N, M>(recipe);
    let mut tilted = qp.clone();
    for (f, row) in tilted.linear.iter_mut().zip(qp.hessian.row_iter()) {
        *f = T::rounded(f.double() + row.iter().map(|h| h.double()).sum::<f64>());
    }
    if let Some(errors) = errors(&tilted, &qp, &point) {
        assert!(!errors.are_small::<T>() && errors.tilt > 0.01, "{errors:?}: {qp:?}");
    }
    let mut workspace = Workspace::new();
    let solution = solve(&qp, &mut workspace, &Settings::default());
    for active in solution.working_set {
        let mut moved = qp.clone();
        let index = active.constraint();
        let bound = if active.upper { &mut moved.upper[index] } else { &mut moved.lower[index] };
        let size: f64 = (0..N).map(|j| qp.rows[(index, j)].double().abs()).sum();
        let outward = if active.upper { 1.0 } else { -1.0 };
        *bound = T::rounded(bound.double() + outward * 0.1 * (size + bound.double().abs()));
        let problem = Reference::new(&moved);
        let errors = Size::new(&problem, &point).unwrap().errors(&problem, &solution);
        assert!(solution.dual[index] == T::ZERO || errors.moved > 1e-4, "{errors:?} at {index}: {qp:?}");
    }
}

proptest! {
    #![proptest_config(cases(100))]

    #[test]
    fn right_answers_are_accepted(recipe in recipes(6.0)) {
        every_size!(accepts::<f64>(recipe));
        every_size!(accepts::<f32>(recipe));
    }

    #[test]
    fn answers_to_other_problems_are_rejected(seed: u64, simple_bounds: bool, condition in 0.0..2.0) {
        let recipe = Recipe { simple_bounds, condition, ..Recipe::plain(seed) };
        every_size!(rejects::<f64>(recipe));
        every_size!(rejects::<f32>(recipe));
    }
}
